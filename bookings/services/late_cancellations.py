"""T11: a sitter's cancellation with under seven days' notice is on public record for a year."""

from datetime import timedelta

from django.db.models import BigIntegerField, DateTimeField, F

from bookings.models import Booking
from pawsitters import clock
from pawsitters.prepared import Prepared

LATE_NOTICE = timedelta(days=7)
ON_RECORD = timedelta(days=365)
REASONS_SHOWN = 12


def is_late(booking: Booking) -> bool:
    """Whether the sitter gave, or would give now, less than seven days' notice."""
    return (booking.ended_at or clock.now()) > booking.starts_at - LATE_NOTICE


def on_record(sitter_id: int) -> list[Booking]:
    """The late cancellations of the last twelve months, newest first."""
    return LATE(sitter_id, clock.now() - ON_RECORD)


def _late(sitter_id, since):
    bookings = Booking.objects.filter(
        sitter=sitter_id,
        status=Booking.Status.CANCELLED_BY_SITTER,
        ended_at__gte=since,
        ended_at__gt=F("starts_at") - LATE_NOTICE,
    )
    return bookings.order_by("-ended_at")[:REASONS_SHOWN]


LATE = Prepared(_late, BigIntegerField, DateTimeField)
