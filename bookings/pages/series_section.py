"""On a booking's page: that it is one date of a weekly series."""

from datetime import datetime

from bookings.models import Booking
from bookings.pages.section import Section


def series_section(booking: Booking, role: str, now: datetime) -> Section | None:
    """`booking.series_id` is the series' public id, read with the booking in one statement."""
    public_id = getattr(booking, "series_id", None)
    if not public_id:
        return None
    return Section("bookings/_series_part.html", public_id, is_side=True)
