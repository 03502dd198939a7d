"""Care begins and ends (T6–T8)."""

from accounts.models import User
from bookings.emails import transitions as emails
from bookings.models import Booking
from bookings.services.capacity import lock_capacity, release_seats
from bookings.services.retry import in_transaction
from bookings.services.rules import CLOCK, SITTER, require
from bookings.services.transitions.moves import locked, move, require_from
from pawsitters import clock

Status = Booking.Status


@in_transaction
def check_in(*, booking: Booking, by: User) -> Booking:
    booking = locked(booking)
    require_from(booking, SITTER, "check_in", by)
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
def check_out(*, booking: Booking, by: User) -> Booking:
    capacity = lock_capacity(booking.sitter_id)
    booking = locked(booking)
    require_from(booking, SITTER, "check_out", by)
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
