"""A person's bookings as one iCalendar file (RFC 5545)."""

from typing import TextIO

from django.utils.translation import gettext as _
from icalendar import Calendar, Event

from bookings.models import Booking
from bookings.services.export.kinds import IDS_AT_ONCE, Mine, first_name
from pawsitters import clock
from profiles.kinds import Kind

Status = Booking.Status
# What never became an agreement is no date in anybody's calendar.
AGREED = (Status.CONFIRMED, Status.IN_PROGRESS, Status.COMPLETED)


def write_calendar(mine: Mine, target: TextIO) -> None:
    calendar = Calendar()
    calendar.add("prodid", "-//PawSitters//export//EN")
    calendar.add("version", "2.0")
    # Written piece by piece: only the frame and one event are in memory.
    head, _end, tail = calendar.to_ical().decode().partition("END:VCALENDAR")
    target.write(head)
    for start in range(0, len(mine.bookings), IDS_AT_ONCE):
        bookings = Booking.objects.filter(
            pk__in=mine.bookings[start : start + IDS_AT_ONCE], status__in=AGREED
        )
        for booking in bookings.with_parties():
            target.write(_event(booking, mine).to_ical().decode())
    target.write(f"END:VCALENDAR{tail}")


def _event(booking: Booking, mine: Mine) -> Event:
    is_mine = booking.owner_id == mine.user.pk
    other = booking.sitter.user if is_mine else booking.owner
    event = Event()
    event.add("uid", f"{booking.public_id}@pawsitters")
    event.add("dtstamp", clock.now())
    event.add("dtstart", booking.starts_at)
    event.add("dtend", booking.ends_at)
    event.add(
        "summary",
        _("%(kind)s with %(name)s")
        % {"kind": Kind(booking.kind).label, "name": first_name(other.short_name)},
    )
    return event
