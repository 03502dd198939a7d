"""Nobody checked in, and what both sides say about it (T9)."""

from accounts.models import User
from bookings.emails import transitions as emails
from bookings.models import Booking
from bookings.services import agreements
from bookings.services.capacity import lock_capacity, release_seats
from bookings.services.retry import in_transaction
from bookings.services.rules import CLOCK, OWNER, SITTER, STAFF, require
from bookings.services.transitions.moves import locked, move, note, require_from, write_kept
from pawsitters import clock

Status = Booking.Status


@in_transaction
def flag_missed(*, booking: Booking) -> Booking:
    booking = locked(booking)
    require(booking, CLOCK, "flag", clock.now())
    booking.flagged_at = clock.now()
    booking.save(update_fields=["flagged_at"])
    return note(booking, verb="flagged", role=CLOCK, by=None, messages=emails.flagged)


@in_transaction
def report_missed(*, booking: Booking, by: User) -> Booking:
    """The owner says that nobody came: everything comes back."""
    capacity = lock_capacity(booking.sitter_id)
    booking = locked(booking)
    require_from(booking, OWNER, "report_missed", by)
    return _close_no_show(booking, capacity, Status.NO_SHOW_SITTER, by=by, role=OWNER)


@in_transaction
def claim_no_access(*, booking: Booking, by: User) -> Booking:
    booking = locked(booking)
    require_from(booking, SITTER, "claim_no_access", by)
    return note(
        booking, verb="no_access_claimed", role=SITTER, by=by, messages=emails.no_access_claimed
    )


@in_transaction
def agree_no_access(*, booking: Booking, by: User) -> Booking:
    """The owner agrees that the sitter could not get in: as cancelled after its end."""
    capacity = lock_capacity(booking.sitter_id)
    booking = locked(booking)
    require_from(booking, OWNER, "agree_no_access", by)
    return _close_no_show(booking, capacity, Status.NO_SHOW_OWNER, by=by, role=OWNER)


@in_transaction
def decide_no_show(*, booking: Booking, by: User, status: str) -> Booking:
    """Staff decides who was not there; `status` is one of the two no-show states."""
    if status not in (Status.NO_SHOW_OWNER, Status.NO_SHOW_SITTER):
        raise ValueError(status)
    capacity = lock_capacity(booking.sitter_id)
    booking = locked(booking)
    require_from(booking, STAFF, "decide_no_show", by)
    return _close_no_show(booking, capacity, status, by=by, role=STAFF)


def _close_no_show(booking: Booking, capacity, status: str, *, by: User, role: str) -> Booking:
    # Nothing was delivered if the sitter did not come. If the owner was not there, every unit has
    # begun and is kept, as in a cancellation at the end.
    kept = (
        [unit.amount_cents for unit in booking.units.all()]
        if status == Status.NO_SHOW_OWNER
        else [0] * booking.units.count()
    )
    refund = agreements.refund_for_kept(booking, kept)
    write_kept(booking, kept)
    release_seats(booking, capacity)
    return move(
        booking,
        status,
        verb=status,
        role=role,
        by=by,
        data={"refund_cents": refund},
        messages=emails.no_show,
        ended_at=clock.now(),
        refund_cents=refund,
    )
