"""Who sees what of a booking, and until when (product.md 12). Pure; moments are aware."""

from datetime import datetime, timedelta

from bookings.models import Booking
from bookings.services.rules import OWNER

CONTACTS_FOR = timedelta(days=7)
CARE_SHEET_FOR = timedelta(days=90)
Status = Booking.Status
NEVER_CONFIRMED = (Status.REQUESTED, Status.DECLINED, Status.WITHDRAWN, Status.EXPIRED)


def is_agreed(booking: Booking) -> bool:
    """Whether both sides ever agreed; before that nobody learns an address or a number."""
    return booking.confirmed_at is not None and booking.status not in NEVER_CONFIRMED


def end_of(booking: Booking) -> datetime:
    """When it ended, or is planned to."""
    return booking.ended_at or booking.ends_at


def shows_contacts(booking: Booking, now: datetime) -> bool:
    """Phones, and the exact address of the place of care."""
    return is_agreed(booking) and (booking.is_open or now < end_of(booking) + CONTACTS_FOR)


def contacts_until(booking: Booking) -> datetime:
    return end_of(booking) + CONTACTS_FOR


def shows_care_sheet(booking: Booking, role: str, now: datetime) -> bool:
    """Behaviour and medical: the sitter's from the request on, not after one that came to nothing.

    The owner always sees their own.
    """
    if role == OWNER or booking.is_open:
        return True
    return is_agreed(booking) and now < end_of(booking) + CARE_SHEET_FOR
