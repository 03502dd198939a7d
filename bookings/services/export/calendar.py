"""A person's bookings as one iCalendar file, event by event as in their feed."""

from django.db.models import OuterRef, Subquery

from bookings.models import Booking, BookingEvent
from bookings.services.export.kinds import Mine
from bookings.services.ics.events import TOOK_OR_TAKES_PLACE, calendar_of
from bookings.services.rules import role_of
from pawsitters import clock

# The one file that is made in memory; data.json has the older ones too.
MOST_BOOKINGS = 1000


def calendar_text(mine: Mine) -> bytes:
    """What was agreed and not cancelled, the newest where there are very many."""
    last = BookingEvent.objects.filter(booking=OuterRef("pk")).order_by("-number")
    rows = (
        Booking.objects.visible_to(mine.user)
        .filter(status__in=TOOK_OR_TAKES_PLACE)
        .with_parties()
        .prefetch_related("units", "booking_pets")
        .annotate(last_number=Subquery(last.values("number")[:1]))
        .annotate(last_at=Subquery(last.values("at")[:1]))
        .order_by("-starts_at", "-pk")
    )
    pairs = [(booking, role_of(booking, mine.user)) for booking in rows[:MOST_BOOKINGS]]
    return calendar_of(pairs, home_zone=mine.user.time_zone, now=clock.now(), with_addresses=False)
