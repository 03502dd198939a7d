"""Bookings as events of a calendar: one for a stay, one for each day, visit or walk."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vDuration, vUri

from accounts.text import one_line
from bookings.models import Booking
from bookings.pages.words import join_names, title
from bookings.services.ics.uids import uid
from bookings.services.ics.zones import time_zone_component
from bookings.services.rules import OWNER
from bookings.services.visibility import shows_contacts

TOOK_OR_TAKES_PLACE = (*Booking.HOLDS_SEATS, Booking.Status.COMPLETED)
REFRESH = timedelta(hours=1)


@dataclass(frozen=True)
class Part:
    """One event of a booking; `number` is that of its unit, None for a whole stay."""

    number: int | None
    starts_at: datetime
    ends_at: datetime
    is_cancelled: bool


def our_host() -> str:
    return urlsplit(settings.SITE_URL).hostname or "localhost"


def calendar_of(
    pairs: Sequence[tuple[Booking, str]], *, home_zone: str, now: datetime, with_addresses: bool
) -> bytes:
    """The calendar of (booking, role) pairs.

    Bookings have parties, units and pets loaded, and `last_number` and `last_at` of their record:
    what counts the versions of an event and dates them, so the same bookings make the same bytes.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//PawSitters//Calendar//EN")
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("x-wr-calname", "PawSitters")
    calendar.add("refresh-interval", REFRESH, parameters={"value": "DURATION"})
    calendar.add("x-published-ttl", vDuration(REFRESH))
    # One at least, because a calendar without any part is none (RFC 5545, section 3.4).
    zones = {home_zone, *(booking.time_zone for booking, _role in pairs)}
    years = {now.year, *_years(booking for booking, _role in pairs)}
    for zone in sorted(zones):
        calendar.add_component(time_zone_component(zone, min(years) - 1, max(years) + 1))
    for booking, role in pairs:
        for part in parts_of(booking):
            calendar.add_component(_event(booking, role, part, now, with_addresses))
    return calendar.to_ical()


def _years(bookings: Iterable[Booking]) -> Iterable[int]:
    for booking in bookings:
        yield booking.starts_at.year
        yield booking.ends_at.year


def parts_of(booking: Booking) -> list[Part]:
    """What took place before a cancellation stays as it was; the rest is marked as cancelled."""
    if booking.kind_enum.is_nights:
        return [_stay(booking)]
    return [
        Part(unit.number, unit.starts_at, unit.ends_at, _is_off(booking, unit.ends_at))
        for unit in booking.units.all()
    ]


def _stay(booking: Booking) -> Part:
    ended = booking.ended_at
    is_cut = _is_off(booking, booking.ends_at) and booking.checked_in_at and ended
    if is_cut and booking.starts_at < ended:
        return Part(None, booking.starts_at, min(ended, booking.ends_at), False)
    return Part(None, booking.starts_at, booking.ends_at, _is_off(booking, booking.ends_at))


def _is_off(booking: Booking, ends_at: datetime) -> bool:
    """Whether something that ends then does not take place."""
    if booking.status in TOOK_OR_TAKES_PLACE:
        return False
    was_there = booking.checked_in_at is not None and booking.ended_at is not None
    return not (was_there and ends_at <= booking.ended_at)


def _event(booking: Booking, role: str, part: Part, now: datetime, with_addresses: bool) -> Event:
    event, url = Event(), settings.SITE_URL + booking.get_absolute_url()
    event.add("uid", uid(booking.public_id, part.number, our_host()))
    # Without a METHOD this is the last revision too (RFC 5545, section 3.8.7.2).
    event.add("dtstamp", booking.last_at)
    event.add("last-modified", booking.last_at)
    event.add("sequence", booking.last_number)
    for name, moment in _times(booking, part).items():
        event.add(name, moment)
    pets = join_names([pet.name for pet in booking.booking_pets.all()])
    event.add("summary", one_line(title(booking, role, pets)))
    reference = _("Booking %(reference)s") % {"reference": booking.reference}
    event.add("description", f"{reference}\n{url}")
    event.add("url", vUri(url))
    event.add("status", "CANCELLED" if part.is_cancelled else "CONFIRMED")
    # It takes the sitter's time; the owner is away with something else.
    event.add("transp", "TRANSPARENT" if role == OWNER or part.is_cancelled else "OPAQUE")
    event.add("class", "PRIVATE")
    if with_addresses and booking.status in Booking.HOLDS_SEATS and shows_contacts(booking, now):
        event.add("location", one_line(booking.care_address))
    return event


def _times(booking: Booking, part: Part) -> dict[str, datetime]:
    """On the clocks at the place of care; in UTC where the clock there shows a time twice.

    A local time cannot say that it is the second of two (RFC 5545, section 3.3.5: it is the first).
    """
    moments = {
        name: moment.replace(microsecond=0)
        for name, moment in (("dtstart", part.starts_at), ("dtend", part.ends_at))
    }
    local = {name: moment.astimezone(booking.zone) for name, moment in moments.items()}
    if any(moment.fold for moment in local.values()):
        return {name: moment.astimezone(UTC) for name, moment in moments.items()}
    return local
