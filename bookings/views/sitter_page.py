"""A sitter's public page, the same for everybody, and its owner's look at it before that."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_cache_control
from django.views.decorators.http import require_safe

from bookings.choice import to_query
from bookings.pages import sitter_facts, sitter_panel, sitter_prices
from bookings.pages.sitter_calendar import frame, month_of
from bookings.services.quotes import offer_for
from profiles.models import SitterProfile

MAX_AGE_SECONDS = 60


@login_not_required
@require_safe
def sitter(request: HttpRequest, slug: str) -> HttpResponse:
    """Never asks who is looking: no session, no cookie, so that any cache may keep it."""
    profile = get_object_or_404(_profiles().published(), slug=slug)
    if not profile.snapshot.get("services"):
        raise Http404
    response = render(request, "bookings/sitter.html", page_of(profile, request.GET))
    patch_cache_control(response, public=True, max_age=MAX_AGE_SECONDS)
    if request.GET:
        response["X-Robots-Tag"] = "noindex"  # one page in the index, not one for each choice
    return response


@require_safe
def sitter_preview(request: HttpRequest) -> HttpResponse:
    """One's own page as others see it, also before it is published."""
    profile = get_object_or_404(_profiles(), user=request.user)
    context = page_of(profile, request.GET) if profile.snapshot.get("services") else {}
    return render(
        request, "bookings/sitter_preview.html", {**context, "sitter": profile, "is_preview": True}
    )


def _profiles():
    return SitterProfile.objects.select_related("user", "town", "capacity")


def page_of(profile: SitterProfile, params) -> dict:
    """The context of the page, in at most two more statements."""
    snapshot = profile.snapshot
    reading = sitter_panel.read_for(profile, params)
    offer = offer_for(profile, reading)
    photos, more_photos, more_count = sitter_facts.gallery(snapshot["photos"])
    month_head, legend = frame()
    return {
        "sitter": profile,
        "name": profile.user.short_name,
        "first_name": profile.user.get_short_name(),
        "place": sitter_facts.place_of(profile),
        "back": to_query(reading) if reading.values["where"] or reading.values["town"] else "",
        "where": reading.values["where"],
        "photos": photos,
        "photo_count": len(snapshot["photos"]),
        "more_photos": more_photos,
        "more_count": more_count,
        "tags": sitter_facts.check_tags(snapshot["checks"]),
        "facts": sitter_facts.home_facts(profile),
        "price_table": sitter_prices.price_table(snapshot),
        "price_notes": " ".join(sitter_prices.price_notes(snapshot)),
        "price_caption": sitter_prices.caption(),
        "extras": "; ".join(sitter_prices.extras(snapshot)),
        "rules": sitter_prices.rules(snapshot),
        "record": sitter_facts.track_record(profile),
        "calendar_age": sitter_facts.calendar_age(profile),
        "month": month_of(profile, offer.service, reading, offer, params.get("month", "")[:7]),
        "month_head": month_head,
        "legend": legend,
        "panel": sitter_panel.panel_of(profile, reading, offer),
        "offer": offer,
        "answer": sitter_panel.answer_to(profile, reading, offer),
        "from_words": sitter_panel.from_words(offer.service),
        "payment": sitter_panel.payment_words(profile),
    }
