"""Saved searches: the list, one's form, and the page behind the link in the mail."""

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.held import held_form
from bookings.exceptions import BookingError
from bookings.forms.searches import SavedSearchForm
from bookings.pages.search_page import summary_of
from bookings.pages.search_reading import read_search
from bookings.services import saved_searches
from profiles.models import SavedSearch
from profiles.querysets import own_or_gone
from profiles.words import GONE

LIST = "bookings:searches"


@require_safe
def searches(request: HttpRequest) -> HttpResponse:
    rows = list(SavedSearch.objects.filter(user=request.user))
    deleted = request.GET.get("deleted", "")
    context = {
        "searches": [row for row in rows if row.deleted_at is None],
        "deleted": next((row for row in rows if str(row.pk) == deleted and row.deleted_at), None),
        "most": saved_searches.MOST_PER_PERSON,
    }
    return render(request, "bookings/searches.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def search_save(request: HttpRequest) -> HttpResponse:
    reading = read_search(request.GET)
    if reading.town is None or reading.errors:
        # The search page says what is missing, beside the fields.
        return redirect(f"{reverse('bookings:search')}?{request.GET.urlencode()}")
    summary = summary_of(reading)
    form = SavedSearchForm(
        request.POST or held_form(request),
        initial={"name": summary[:80], "often": SavedSearch.Often.AT_ONCE},
    )
    if request.method == "POST" and form.is_valid():
        if not consume(request, action="save_search", user=request.user):
            form.add_error(None, _("That was a lot at once. Please try again in a minute."))
        else:
            try:
                saved_searches.save_search(user=request.user, reading=reading, **form.cleaned_data)
            except BookingError as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(request, _("Saved. We write to you as soon as somebody new fits."))
                return redirect(LIST)
    context = {
        "form": form,
        "summary": summary,
        "back_url": f"{reverse('bookings:search')}?{reading.address()}",
    }
    return render(request, "bookings/search_form.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def search_edit(request: HttpRequest, pk: int) -> HttpResponse:
    search = get_object_or_404(_own(request), pk=pk, deleted_at=None)
    form = SavedSearchForm(request.POST or held_form(request), instance=search)
    if request.method == "POST" and form.is_valid():
        saved_searches.change_search(search=search, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect(LIST)
    context = {"form": form, "search": search, "back_url": reverse(LIST)}
    return render(request, "bookings/search_form.html", context)


def _own(request: HttpRequest):
    return SavedSearch.objects.select_related("user").filter(user=request.user)


@require_POST
def search_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it, or go on with it, as the button said."""
    search = _found(request, pk)
    if search is None:
        return redirect(LIST)
    if request.POST.get("to") == "on":
        saved_searches.resume_search(search=search)
        messages.success(request, _("We are looking again."))
    else:
        saved_searches.stop_search(search=search)
        messages.success(request, _("Stopped. The search stays here."))
    return redirect(LIST)


@require_POST
def search_delete(request: HttpRequest, pk: int) -> HttpResponse:
    search = _found(request, pk)
    if search is None:
        return redirect(LIST)
    saved_searches.delete_search(search=search)
    return redirect(f"{reverse(LIST)}?deleted={search.pk}")


@require_POST
def search_restore(request: HttpRequest, pk: int) -> HttpResponse:
    search = _found(request, pk)
    if search is None:
        return redirect(LIST)
    try:
        saved_searches.restore_search(search=search)
    except BookingError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is back."))
    return redirect(LIST)


def _found(request: HttpRequest, pk: int) -> SavedSearch | None:
    """Somebody else's does not exist; one that is gone is no mistake, and is said."""
    search = own_or_gone(_own(request), pk)
    if search is None:
        messages.warning(request, GONE)
    return search


# The signed address is the permission, and mail programs post it on their own (RFC 8058).
@csrf_exempt
@login_not_required
@require_http_methods(["GET", "HEAD", "POST"])
def search_stop(request: HttpRequest, token: str) -> HttpResponse:
    search = saved_searches.search_of_token(token)
    if search is None:
        raise Http404
    if request.method == "POST":
        saved_searches.stop_search(search=search)
        search.mails = False
    response = render(request, "bookings/search_stop.html", {"search": search, "current": ""})
    patch_cache_control(response, private=True, no_store=True)
    return response
