"""A sitter's public page, the same for everybody, and its owner's look at it before that."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.core.cache import caches
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.template.loader import render_to_string
from django.utils.cache import patch_cache_control
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from bookings.choice import to_query
from bookings.pages import numbers, reviews, sitter_facts, sitter_panel, sitter_prices
from bookings.pages.sitter_calendar import frame, month_of, span_of
from bookings.services.quotes import offer_for, taken_between
from bookings.services.requests import service_of
from pawsitters import clock
from profiles.models import SitterProfile
from profiles.services.search import score

MAX_AGE_SECONDS = 60
DESCRIPTION_SECONDS = 3600


@login_not_required
@require_safe
def sitter(request: HttpRequest, slug: str) -> HttpResponse:
    """Never asks who is looking: no session, no cookie, so that any cache may keep it."""
    profile = SitterProfile.objects.public_page(slug)
    if profile is None or not profile.snapshot.get("services"):
        raise Http404
    response = render(request, "bookings/sitter.html", page_of(profile, request.GET))
    patch_cache_control(response, public=True, max_age=MAX_AGE_SECONDS)
    if request.GET:
        response["X-Robots-Tag"] = "noindex"  # one page in the index, not one for each choice
    return response


@require_safe
def sitter_preview(request: HttpRequest) -> HttpResponse:
    """One's own page as others see it, also before it is published."""
    profiles = SitterProfile.objects.select_related("user", "town", "capacity")
    profile = get_object_or_404(profiles, user=request.user)
    context = page_of(profile, request.GET) if profile.snapshot.get("services") else {}
    return render(request, "bookings/sitter_preview.html", {**context, "sitter": profile})


def page_of(profile: SitterProfile, params) -> dict:
    """The context of the page, in one more statement."""
    reading = sitter_panel.read_for(profile, params)
    service = service_of(profile, reading.kind)
    span = span_of(profile, service, reading, params.get("month", "")[:7])
    taken = taken_between(profile, reading.kind, span.first_seat_on, span.last_seat_on)
    offer = offer_for(profile, reading, taken)
    month_head, legend = frame()
    has_place = reading.values["where"] or reading.values["town"]
    return {
        "sitter": profile,
        "name": profile.user.short_name,
        "first_name": profile.user.get_short_name(),
        "place": sitter_facts.place_of(profile),
        "back": to_query(reading) if has_place else "",
        "where": reading.values["where"],
        "gallery": _kept("gallery", profile),
        "description": _kept("description", profile),
        "record": _kept("record", profile),
        "reviews": _kept("reviews", profile),
        "cancellations": sitter_facts.late_cancellations(profile),
        "calendar_age": sitter_facts.calendar_age(profile),
        "month": month_of(profile, reading, offer, span, taken),
        "month_head": month_head,
        "legend": legend,
        "panel": sitter_panel.panel_of(profile, reading, offer),
        "offer": offer,
        "answer": sitter_panel.answer_to(profile, reading, offer),
        "from_words": sitter_panel.from_words(service),
        "payment": sitter_panel.payment_words(profile),
    }


# --- what only an edit by the sitter changes ------------------------------------------------


def _kept(part: str, profile: SitterProfile) -> SafeString:
    """A part of the page that is the same for every choice, kept for as long as it is true.

    The key names everything it is made of, so nobody has to remember to throw it away.
    """
    user = profile.user
    key = ":".join(
        str(word)
        for word in (
            f"sitter-{part}",
            profile.pk,
            profile.updated_at.timestamp(),
            hash((user.name, user.photo.name, user.face, profile.town_id)),
            clock.today(profile.time_zone),
            get_language(),
            settings.OWNER_FEE_BPS,
            settings.OWNER_FEE_CAP_CENTS,
        )
    )
    fragments = caches["fragments"]
    html = fragments.get(key)
    if html is None:
        html = str(PARTS[part](profile))
        fragments.set(key, html, DESCRIPTION_SECONDS)
    return mark_safe(html)  # rendered by a template of ours


def _gallery(profile: SitterProfile) -> str:
    photos = profile.snapshot["photos"]
    shown, more, more_count = sitter_facts.gallery(photos)
    context = {"count": len(photos), "photos": shown, "more": more, "more_count": more_count}
    return render_to_string("bookings/_sitter_gallery.html", context)


def _description(profile: SitterProfile) -> str:
    snapshot = profile.snapshot
    context = {
        "sitter": profile,
        "name": profile.user.short_name,
        "rating_e3": score.shown_rating_e3(profile, score.mean_rating_e3()),
        "place": sitter_facts.place_of(profile),
        "tags": sitter_facts.check_tags(snapshot["checks"]),
        "facts": sitter_facts.home_facts(profile),
        "price_caption": sitter_prices.caption(),
        "price_table": sitter_prices.price_table(snapshot),
        "price_notes": " ".join(sitter_prices.price_notes(snapshot)),
        "extras": "; ".join(sitter_prices.extras(snapshot)),
        "rules": sitter_prices.rules(snapshot),
    }
    return render_to_string("bookings/_sitter_description.html", context)


PARTS = {
    "gallery": _gallery,
    "description": _description,
    "record": numbers.record_html,
    "reviews": reviews.section_html,
}
