"""A visit that has not begun: the owner is told after 20 minutes, with a nudge to the sitter, and
staff after 40. Each once: the unit's row says so, and the notices' keys are unique.
"""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.urls import reverse

from accounts.models import User
from bookings.emails import visits as emails
from bookings.models import Booking, BookingUnit
from bookings.services.notices import tell_person
from bookings.services.retry import in_transaction
from bookings.services.transitions.moves import locked
from bookings.services.visits import OWNER_TOLD_AFTER, STAFF_TOLD_AFTER
from pawsitters import clock

# After an outage of a day nobody is helped by "has not begun"; the flag of T9 asks what happened.
OLDEST = timedelta(hours=24)


def late_bookings() -> QuerySet:
    """Bookings of which somebody is to be told now."""
    return Booking.objects.filter(pk__in=_late_units().order_by().values("booking"))


def _late_units() -> QuerySet:
    now = clock.now()
    return BookingUnit.objects.not_begun(now - OWNER_TOLD_AFTER).filter(
        Q(owner_told_late_at=None)
        | Q(staff_told_late_at=None, starts_at__lte=now - STAFF_TOLD_AFTER),
        starts_at__gt=now - OLDEST,
    )


@in_transaction
def tell_of_late(*, booking: Booking) -> None:
    """Look again under the booking's lock, so that of several workers one tells."""
    booking = locked(booking)
    for unit in _late_units().filter(booking=booking):
        _tell_of(unit, booking, clock.now())


def _tell_of(unit: BookingUnit, booking: Booking, now: datetime) -> None:
    if unit.owner_told_late_at is None:
        _tell(booking.owner, emails.late_to_owner(booking, unit), booking, unit)
        _tell(booking.sitter.user, emails.late_to_sitter(booking, unit), booking, unit)
        unit.owner_told_late_at = now
    if unit.staff_told_late_at is None and unit.starts_at <= now - STAFF_TOLD_AFTER:
        path = reverse("admin:bookings_booking_change", args=[booking.pk])
        for person in User.objects.filter(is_staff=True, is_active=True):
            _tell(person, emails.late_to_staff(booking, unit), booking, unit, path)
        unit.staff_told_late_at = now
    unit.save(update_fields=["owner_told_late_at", "staff_told_late_at"])


def _tell(person: User, message, booking: Booking, unit: BookingUnit, path: str = "") -> None:
    kind = "late_for_staff" if path else "late_visit"
    tell_person(
        person,
        message,
        kind=kind,
        key=f"{kind}:{unit.pk}:{person.pk}",
        path=path or booking.get_absolute_url(),
        booking=None if path else booking,
    )
