"""The lists behind a sitter's reliability numbers: in public, and for the sitter with bookings."""

from django.contrib.auth.decorators import login_not_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from bookings.pages import numbers
from bookings.services.reliability import NUMBERS, REPEAT, REPEAT_LABEL, households_of
from profiles.decorators import for_sitter
from profiles.models import SitterProfile

MAX_AGE_SECONDS = 300
PER_PAGE = 50


@login_not_required
@require_safe
def sitter_record(request: HttpRequest, slug: str, number: str) -> HttpResponse:
    """The same for everybody, so that any cache may keep it."""
    sitter = SitterProfile.objects.public_page(slug)
    if sitter is None:
        raise Http404
    context = _context(request, sitter, number, is_own=False)
    response = render(request, "bookings/sitter_record.html", context)
    patch_cache_control(response, public=True, max_age=MAX_AGE_SECONDS)
    response["X-Robots-Tag"] = "noindex"
    return response


@require_safe
@for_sitter
def own_record(request: HttpRequest, sitter: SitterProfile, number: str) -> HttpResponse:
    context = _context(request, sitter, number, is_own=True)
    return render(
        request,
        "bookings/own_record.html",
        {**context, "current": "sitting", "sitting_tab": "today"},
    )


def _context(request, sitter: SitterProfile, slug: str, *, is_own: bool) -> dict:
    if slug == REPEAT:
        households = households_of(sitter)
        label, count, total = REPEAT_LABEL, sitter.repeat_owner_count, sitter.owner_count
        page = Paginator(households, PER_PAGE).get_page(request.GET.get("page"))
        rows = numbers.household_rows(page.object_list, is_own=is_own)
    elif number := NUMBERS.get(slug):
        label = number.label
        count, total = getattr(sitter, number.count), getattr(sitter, number.total)
        found = number.list_of(sitter)
        booking = "booking__" if slug == "on-time" else ""
        if is_own or booking:
            found = found.select_related(*([f"{booking}owner"] if is_own else ["booking"]))
        page = Paginator(found, PER_PAGE).get_page(request.GET.get("page"))
        rows = numbers.rows_of(number, page.object_list, is_own=is_own)
    else:
        raise Http404
    return {
        "sitter": sitter,
        "name": sitter.user.short_name,
        "slug": slug,
        "label": label,
        "figure": numbers.figure(count, total),
        "rows": rows,
        "page": page,
        "query": "",
    }
