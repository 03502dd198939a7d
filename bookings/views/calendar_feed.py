"""The calendar feed for other programs, and the page on which a person switches it on and off."""

from datetime import datetime

from allauth.core.internal.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.utils.cache import get_conditional_response, patch_cache_control
from django.utils.http import http_date
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import reauthenticated
from bookings.models import CalendarFeed
from bookings.services import calendar_feed as service
from pawsitters import clock

MAX_AGE_SECONDS = 300
PAGE = "bookings:calendar_settings"
TEXT = "text/plain; charset=utf-8"


@login_not_required
@require_safe
def calendar_feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Reads no cookie and no session: whoever has the address sees the calendar."""
    feed = service.feed_of_secret(secret)
    if feed is None:
        if not _may_read(request, action="calendar_guess"):
            return _too_many()
        return HttpResponseNotFound(_("There is no calendar at this address."), content_type=TEXT)
    if not _may_read(request, action="calendar_feed", key=feed.key):
        return _too_many()
    text, bookings = service.calendar_text(feed.user, with_addresses=feed.shows_addresses)
    etag, changed = service.etag_of(text), _last_modified(feed, bookings)
    response = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'inline; filename="pawsitters.ics"'
    response["ETag"] = etag
    response["Last-Modified"] = http_date(changed)
    response["X-Robots-Tag"] = "noindex"
    patch_cache_control(response, private=True, max_age=MAX_AGE_SECONDS)
    return get_conditional_response(request, etag, changed, response)


def _may_read(request: HttpRequest, **limit) -> bool:
    # allauth's public function never limits a GET.
    return bool(consume(request, app="allauth.account", limit_get=True, **limit))


def _last_modified(feed: CalendarFeed, bookings) -> int:
    """Seconds since 1970. Not before today began: as days go by, bookings leave the feed."""
    midnight: datetime = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    moments = [midnight, feed.changed_at, *(booking.last_at for booking in bookings)]
    return int(max(moments).timestamp())


def _too_many() -> HttpResponse:
    response = HttpResponse(_("Too often. Please wait a while."), status=429, content_type=TEXT)
    response["Retry-After"] = "3600"
    return response


@reauthenticated
@require_safe
def calendar_settings(request: HttpRequest) -> HttpResponse:
    feed = CalendarFeed.objects.filter(user=request.user).first()
    address = service.address_of(feed) if feed else ""
    context = {
        "feed": feed,
        "address": address,
        "webcal": f"webcal:{address.partition(':')[2]}",
    }
    response = render(request, "bookings/calendar_settings.html", context)
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_POST
@reauthenticated
def calendar_renew(request: HttpRequest) -> HttpResponse:
    is_new = not CalendarFeed.objects.filter(user=request.user).exists()
    # A second click on "make an address" finds it made; only "a new address" replaces one.
    if is_new or request.POST.get("again"):
        service.renew_feed(user=request.user)
    if not is_new and request.POST.get("again"):
        messages.success(request, _("This is your new address. The old one no longer works."))
    return redirect(PAGE)


@require_POST
@reauthenticated
def calendar_revoke(request: HttpRequest) -> HttpResponse:
    service.revoke_feed(user=request.user)
    messages.success(request, _("Switched off. The address no longer works."))
    return redirect(PAGE)


@require_POST
@reauthenticated
def calendar_addresses(request: HttpRequest) -> HttpResponse:
    service.show_addresses(user=request.user, shows="shows" in request.POST)
    messages.success(request, _("Saved."))
    return redirect(PAGE)
