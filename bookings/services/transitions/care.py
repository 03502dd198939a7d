"""Care begins and ends (T6–T8); visits and days are checked in and out one by one."""

from collections.abc import Callable
from functools import partial

from accounts.models import User
from bookings.emails import transitions as emails
from bookings.emails import visits as visit_emails
from bookings.exceptions import NotAllowedNow
from bookings.models import Booking, BookingUnit
from bookings.services import visits
from bookings.services.capacity import lock_capacity, release_seats
from bookings.services.retry import in_transaction
from bookings.services.rules import CLOCK, SITTER, require
from bookings.services.transitions.moves import locked, move, note, require_from, require_role
from pawsitters import clock

Status = Booking.Status


@in_transaction
def check_in(*, booking: Booking, by: User, number: int | None = None) -> Booking:
    """T6 for the first one. `number` is the visit that was meant; without it, whose turn it is."""
    booking = locked(booking)
    unit = _meant(booking, by, number, visits.why_not_in)
    require_from(booking, SITTER, "check_in", by)
    units = list(booking.units.all())
    if not visits.is_visit_by_visit(booking):
        unit = units[0]
    unit = unit or visits.to_check_in(units, clock.now())
    _stamp(unit, "checked_in_at")
    if booking.status == Status.IN_PROGRESS:
        return note(
            booking,
            verb="visit_begun",
            role=SITTER,
            by=by,
            data={"visit": unit.number},
            messages=partial(visit_emails.begun, number=unit.number, of=len(units)),
        )
    return move(
        booking,
        Status.IN_PROGRESS,
        verb="checked_in",
        role=SITTER,
        by=by,
        messages=emails.checked_in,
        checked_in_at=clock.now(),
        flagged_at=None,
    )


@in_transaction
def check_out(*, booking: Booking, by: User, number: int | None = None) -> Booking:
    """T7 for the last one; an earlier visit only ends."""
    capacity = lock_capacity(booking.sitter_id)
    booking = locked(booking)
    unit = _meant(booking, by, number, lambda booking, unit, now: visits.why_not_out(booking, unit))
    require_from(booking, SITTER, "check_out", by)
    units = list(booking.units.all())
    if not visits.is_visit_by_visit(booking):
        unit = units[-1]
    unit = unit or visits.under_way(units)
    _stamp(unit, "checked_out_at")
    if unit.number != units[-1].number:
        # Nobody is mailed that a visit is over: its report card says more.
        data = {"visit": unit.number}
        return note(
            booking, verb="visit_ended", role=SITTER, by=by, data=data, messages=lambda booking: {}
        )
    release_seats(booking, capacity)
    return move(
        booking,
        Status.COMPLETED,
        verb="completed",
        role=SITTER,
        by=by,
        messages=emails.completed,
        checked_out_at=clock.now(),
        ended_at=clock.now(),
    )


def _meant(
    booking: Booking, by: User, number: int | None, why_not: Callable[..., str]
) -> BookingUnit | None:
    """The visit of that number, where visits are counted and it can be done now."""
    require_role(booking, SITTER, by)
    if number is None or not booking.is_open or not visits.is_visit_by_visit(booking):
        return None
    unit = next((unit for unit in booking.units.all() if unit.number == number), None)
    if unit and (refusal := why_not(booking, unit, clock.now())):
        raise NotAllowedNow(refusal)
    return unit


def _stamp(unit: BookingUnit, name: str) -> None:
    setattr(unit, name, clock.now())
    unit.save(update_fields=[name])


@in_transaction
def complete_automatically(*, booking: Booking) -> Booking:
    capacity = lock_capacity(booking.sitter_id)
    booking = locked(booking)
    require(booking, CLOCK, "complete", clock.now())
    release_seats(booking, capacity)
    return move(
        booking,
        Status.COMPLETED,
        verb="completed",
        role=CLOCK,
        data={"automatic": 1},
        messages=emails.completed,
        ended_at=clock.now(),
        is_completed_automatically=True,
    )
