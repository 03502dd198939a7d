"""Favourites, and booking a sitter again. The heart on public pages leads here."""

from urllib.parse import urlsplit

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.held import held_form
from accounts.redirects import page_of_form, safe_next
from bookings.exceptions import RequestRefused
from bookings.forms.notes import FavouriteForm
from bookings.models import Booking, Favourite
from bookings.pages.again import address_of
from bookings.pages.favourites import cards_of
from bookings.services.favourites import favourites_of, forget, remember
from bookings.services.rules import OWNER
from bookings.views.lookup import find_booking
from profiles.models import SitterProfile


@require_safe
def favourite_list(request: HttpRequest) -> HttpResponse:
    removed = Favourite.objects.filter(
        owner=request.user, removed_at__isnull=False, sitter__slug=request.GET.get("removed", "")
    )
    context = {
        "cards": cards_of(request.user),
        "removed": removed.select_related("sitter__user").first(),
        "current": "overview",
    }
    return render(request, "bookings/favourites.html", context)


def favourite_add(request: HttpRequest, slug: str) -> HttpResponse:
    """GET asks; POST saves, also for the heart's script, which wants no page."""
    sitter = _sitter(request, slug)
    onward = safe_next(request) or _came_from(request, sitter)
    is_script = _is_script(request)
    form = FavouriteForm(request.POST if request.method == "POST" else held_form(request))
    if request.method == "POST" and form.is_valid():
        # Undo and the heart know nothing of the note, so they leave it.
        note = form.cleaned_data["note"] if "note" in request.POST else None
        try:
            remember(owner=request.user, sitter=sitter, note=note)
        except RequestRefused as error:
            form.add_error(None, str(error))
        else:
            if is_script:
                return HttpResponse(status=204)
            done = _("%(sitter)s is among your favourites.") % {"sitter": sitter.user.short_name}
            messages.success(request, done)
            return redirect(onward)
    context = {
        "form": form,
        "sitter": sitter,
        "title": _("Remember %(sitter)s?") % {"sitter": sitter.user.short_name},
        "lede": _("Then they stand among your favourites. Nobody is told."),
        "button": _("Remember %(sitter)s") % {"sitter": sitter.user.get_short_name()},
        "hidden": [("next", onward)],
        "back_url": onward,
        "current": "overview",
    }
    return render(
        request, "bookings/favourite_form.html", context, status=409 if is_script else 200
    )


def favourite_note(request: HttpRequest, slug: str) -> HttpResponse:
    favourite = get_object_or_404(
        favourites_of(request.user).select_related("sitter__user"), sitter__slug=slug
    )
    form = FavouriteForm(
        request.POST if request.method == "POST" else held_form(request),
        initial={"note": favourite.note},
    )
    if request.method == "POST" and form.is_valid():
        remember(owner=request.user, sitter=favourite.sitter, note=form.cleaned_data["note"])
        messages.success(request, _("Saved."))
        return redirect("bookings:favourites")
    context = {
        "form": form,
        "title": _("Your note on %(sitter)s") % {"sitter": favourite.sitter},
        "button": _("Save"),
        "back_url": reverse("bookings:favourites"),
        "current": "overview",
    }
    return render(request, "bookings/favourite_form.html", context)


@require_POST
def favourite_remove(request: HttpRequest, slug: str) -> HttpResponse:
    sitter = get_object_or_404(_remembered(request), slug=slug)
    forget(owner=request.user, sitter=sitter)
    if _is_script(request):
        return HttpResponse(status=204)
    return redirect(f"{reverse('bookings:favourites')}?removed={slug}")


@require_GET
@cache_control(private=True, no_store=True)
def favourite_slugs(request: HttpRequest) -> JsonResponse:
    """Which hearts are full, and what a form needs: public pages know neither."""
    slugs = list(favourites_of(request.user).values_list("sitter__slug", flat=True))
    return JsonResponse({"slugs": slugs, "token": get_token(request)})


@require_safe
def booking_again(request: HttpRequest, public_id: str) -> HttpResponse:
    booking = find_booking(request, public_id, OWNER)
    booking = Booking.objects.select_related("sitter", "owner").get(pk=booking.pk)
    return redirect(address_of(booking))


def _sitter(request: HttpRequest, slug: str) -> SitterProfile:
    """A published page, or one that this person remembers already (undo, after it was paused)."""
    published = SitterProfile.objects.select_related("user").published().filter(slug=slug).first()
    return published or get_object_or_404(_remembered(request), slug=slug)


def _remembered(request: HttpRequest) -> QuerySet:
    """Sitters of the person's list, removed ones of the last day included."""
    own = Favourite.objects.filter(owner=request.user)
    return SitterProfile.objects.select_related("user").filter(pk__in=own.values("sitter"))


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("Accept") == "application/json"


def _came_from(request: HttpRequest, sitter: SitterProfile) -> str:
    """The page with the heart. Not an address of signing in, which may come between."""
    page = page_of_form(request)
    is_elsewhere = urlsplit(page).path.startswith(("/sign/", "/favourites/"))
    if not is_elsewhere:
        return page
    return sitter.get_absolute_url() if sitter.is_published else reverse("bookings:favourites")
