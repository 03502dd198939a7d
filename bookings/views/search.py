"""The search page and the suggestions of its place field: the same for everybody, no cookie."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from bookings.pages import ranking, search_form, search_page
from bookings.pages.search_cards import CardWords, cards, dial, read_cards
from bookings.pages.search_reading import SearchReading, read_search
from bookings.services.search_prices import price_of
from profiles.models import SitterProfile
from profiles.services.search import find_nearby, find_sitters, score_of
from profiles.services.towns import find_towns

MAX_AGE_SECONDS = 60
PLACES_MAX_AGE_SECONDS = 86_400
LONGEST_QUESTION = 80


@login_not_required
@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Three statements: the place, the sitters, their cards."""
    reading = read_search(request.GET)
    context = _form(reading)
    if reading.town and not reading.errors:
        context |= _results(reading)
    context["carried"] = _carried(reading, context)
    context["title"] = search_page.title_of(reading, context.get("results"))
    response = render(request, "bookings/search.html", context)
    patch_cache_control(response, public=True, max_age=MAX_AGE_SECONDS)
    if request.GET:
        response["X-Robots-Tag"] = "noindex"  # there is no end of combinations
    return response


def _form(reading: SearchReading) -> dict:
    return {
        "reading": reading,
        "current": "search",
        "summary": search_page.summary_of(reading),
        "main_fields": search_form.main_fields(reading),
        "more_fields": search_form.more_fields(reading),
        "is_more_open": search_form.is_more_open(reading),
        "filter_fields": search_form.filter_fields(reading),
        "filter_count": reading.filter_count,
        "clear": reading.filter_count
        and reading.address(**dict.fromkeys(search_form.FILTER_NAMES)),
        "sort_options": search_form.sort_options(reading),
        "errors": search_page.error_links(reading),
        "has_filter_error": bool({"min", "max"} & reading.errors.keys()),
        "towns": search_page.town_links(reading, reading.places.choices or reading.places.near),
        "town_id": reading.choice.values["town"],
    }


def _carried(reading: SearchReading, context: dict) -> list[tuple[str, str]]:
    """What was set in fields that this page does not show: without results there are no filters."""
    if "results" not in context:
        shown = search_form.FILTER_NAMES if context["has_filter_error"] else ()
        return [pair for pair in reading.filters.items() if pair[0] not in shown]
    is_sorted = "sort" in reading.filters and "cards" not in context
    return [("sort", reading.filters["sort"])] if is_sorted else []


def _results(reading: SearchReading) -> dict:
    query, price = reading.query(), price_of(reading.choice)
    results = find_sitters(query, price)
    context = {
        "results": results,
        "lead": search_page.lead_of(reading, bool(results.found)),
        "save_address": reading.address(sort=None),
    }
    if not results.found:
        nearby = find_nearby(query, price)
        return {**context, "empty": search_page.empty_of(reading, nearby)}
    address = reading.address()
    words = CardWords(
        price_label=search_page.price_label(reading.choice),
        is_total=reading.choice.choice is not None,
        address=address,
        today=query.today,
    )
    read = read_cards(results.found)
    return {
        **context,
        "cards": cards(results.found, read, words),
        "dial": dial(results.found, read, query, words),
        "pages": search_page.pages_of(results, address),
    }


@login_not_required
@require_safe
def search_why(request: HttpRequest, slug: str) -> HttpResponse:
    """Why a sitter stands where they do in this search: the sum that the list is sorted by."""
    sitter = SitterProfile.objects.public_page(slug)
    if sitter is None:
        raise Http404
    reading = read_search(request.GET)
    if not reading.town or reading.errors:
        return redirect("bookings:search")
    query = reading.query()
    scored = score_of(query, sitter.pk)
    if scored is None:
        return redirect(sitter)
    found, total_e6 = scored
    context = {
        "sitter": sitter,
        "name": sitter.user.short_name,
        "reading": reading,
        "kind": reading.choice.kind.label,
        "address": reading.address(),
        "lines": ranking.lines(
            found, sitter.rating_sum, found.details()["counts"], query.today, total_e6
        ),
        "total": ranking.total_points(total_e6),
    }
    response = render(request, "bookings/search_why.html", context)
    patch_cache_control(response, public=True, max_age=MAX_AGE_SECONDS)
    response["X-Robots-Tag"] = "noindex"
    return response


@login_not_required
@require_safe
def places(request: HttpRequest) -> JsonResponse:
    """Towns that begin with `q`, for the list below the place field."""
    towns = find_towns(request.GET.get("q", "")[:LONGEST_QUESTION])
    found = [{"id": town.id, "label": town.label} for town in towns]
    response = JsonResponse({"places": found})
    patch_cache_control(response, public=True, max_age=PLACES_MAX_AGE_SECONDS)
    return response
