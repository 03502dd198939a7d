"""After an outage: mails to those whose deadline fell into it and moved to an hour after its end."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q

from bookings.emails import more_time as emails
from bookings.models import Booking
from bookings.outages import GRACE, recorded
from bookings.services.agreements import free_until
from bookings.services.notices import tell_person
from pawsitters import clock
from profiles.kinds import TIER_DAYS

DAY = timedelta(days=1)
MOST = 500


def tell_of_more_time() -> int:
    """Tell everybody once, in the hour that they have; return how many notices were written."""
    now = clock.now()
    return sum(
        _tell(start, end)
        for start, end in recorded()
        if end is not None and end <= now < end + GRACE
    )


def _tell(start: datetime, end: datetime) -> int:
    told = 0
    bookings = Booking.objects.with_parties().order_by("pk")
    for booking in bookings.requested().filter(expires_at__range=(start, end))[:MOST]:
        until = booking.runs_out_at
        told += _notice(booking, booking.sitter.user, emails.to_answer(booking, until), end)
    for booking in _can_cancel_longer(start, end):
        told += _notice(booking, booking.owner, emails.to_cancel(booking, free_until(booking)), end)
    return told


def _can_cancel_longer(start: datetime, end: datetime) -> Iterator[Booking]:
    """Confirmed bookings that could be cancelled free of charge up to a moment in the outage.

    By the first date, the deadline that mails and lists name; the page has those of later visits.
    """
    near = Q(pk__in=[])
    for tier, days in TIER_DAYS.items():
        if days == 0:
            continue  # up to the start anyway
        dates = (start.date() + days * DAY - DAY, end.date() + days * DAY + DAY)
        near |= Q(cancellation_tier=tier, starts_on__range=dates)
    found = Booking.objects.with_parties().filter(near, status=Booking.Status.CONFIRMED)
    for booking in found.order_by("pk")[:MOST]:
        if free_until(booking) == min(end + GRACE, booking.starts_at):
            yield booking


def _notice(booking: Booking, person, message, end: datetime) -> bool:
    return tell_person(
        person,
        message,
        kind="more_time",
        key=f"more_time:{booking.public_id}:{end:%Y%m%d%H%M%S}",
        path=booking.get_absolute_url(),
        booking=booking,
    )
