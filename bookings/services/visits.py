"""Whose turn it is among a booking's visits or days (pure): each is checked in and out, in order.

A night's stay has one check-in and one check-out; its first unit keeps the one, its last the other.
Moments are aware, in UTC; `units` are a booking's, in order.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from bookings.models import Booking, BookingUnit
from pawsitters import dates
from profiles.kinds import Kind

CHECK_IN_OPENS = timedelta(minutes=60)
# Product rules, section 11: not begun by then, the owner is told, and then staff.
OWNER_TOLD_AFTER = timedelta(minutes=20)
STAFF_TOLD_AFTER = timedelta(minutes=40)


def is_visit_by_visit(booking: Booking) -> bool:
    """Whether each unit is checked in for itself: visits, walks and days of day care."""
    return not Kind(booking.kind).is_nights


def under_way(units: Sequence[BookingUnit]) -> BookingUnit | None:
    """The visit that was checked in and not yet checked out."""
    return next((unit for unit in units if unit.checked_in_at and not unit.checked_out_at), None)


def to_check_in(units: Sequence[BookingUnit], now: datetime) -> BookingUnit | None:
    """The visit that may be checked in now: the one that is due, else the last one missed."""
    if under_way(units):
        return None
    begun = [number for number, unit in enumerate(units, start=1) if unit.checked_in_at]
    left = units[begun[-1] if begun else 0 :]
    opened = [unit for unit in left if now >= unit.starts_at - CHECK_IN_OPENS]
    due = next((unit for unit in opened if unit.ends_at > now), None)
    return due or (opened[-1] if opened else None)


def next_unit(units: Sequence[BookingUnit], now: datetime) -> BookingUnit | None:
    """The first that is still to come: not begun, not over, nothing later begun."""
    begun = max((unit.number for unit in units if unit.checked_in_at), default=0)
    coming = (unit for unit in units if unit.number > begun and unit.ends_at > now)
    return next(coming, None)


def is_missed(unit: BookingUnit, now: datetime) -> bool:
    """Whether nobody checked in although its time is over."""
    return unit.checked_in_at is None and unit.ends_at <= now


def why_not_in(booking: Booking, unit: BookingUnit, now: datetime) -> str:
    """Why this very visit cannot be checked in now; empty where it can."""
    units = list(booking.units.all())
    if unit.checked_in_at:
        return _("You checked in already, at %(hour)s.") % _hour(booking, unit.checked_in_at)
    if other := under_way(units):
        return _("You are still checked in since %(hour)s. Check out there first.") % _hour(
            booking, other.checked_in_at
        )
    if any(later.checked_in_at for later in units if later.number > unit.number):
        return _("A later one has begun already, so this one stays as not made.")
    if now < unit.starts_at - CHECK_IN_OPENS:
        return _("You can check in from one hour before the start: from %(hour)s.") % _hour(
            booking, unit.starts_at - CHECK_IN_OPENS
        )
    first = to_check_in(units, now)
    if first and first.number < unit.number:
        return _("The one at %(hour)s comes first.") % _hour(booking, first.starts_at)
    return ""


def why_not_out(booking: Booking, unit: BookingUnit) -> str:
    if unit.checked_out_at:
        return _("You checked out already, at %(hour)s.") % _hour(booking, unit.checked_out_at)
    return "" if unit.checked_in_at else _("You have not checked in there yet.")


def _hour(booking: Booking, at: datetime) -> dict[str, str]:
    return {"hour": dates.hour(at, booking.zone)}
