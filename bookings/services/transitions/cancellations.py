"""Cancelling (T10–T12), and what a sitter may still do afterwards."""

from django.utils.translation import gettext as _

from accounts.models import User
from bookings.emails import transitions as emails
from bookings.exceptions import RefundChanged, RequestRefused
from bookings.models import Booking
from bookings.services import agreements
from bookings.services.capacity import lock_capacity, release_seats
from bookings.services.retry import in_transaction
from bookings.services.rules import OWNER, SITTER, STAFF
from bookings.services.transitions.moves import locked, move, note, require_from, write_kept
from pawsitters import clock

Status = Booking.Status


@in_transaction
def cancel_by_owner(*, booking: Booking, by: User, shown_hash: str) -> Booking:
    """Cancel with exactly the refund that was shown.

    Raise RefundChanged if it is another one by now (a deadline went by while the page was open).
    """
    capacity = lock_capacity(booking.sitter_id)
    booking = locked(booking)
    require_from(booking, OWNER, "cancel", by)
    preview = agreements.owner_preview(booking)
    if preview.hash != shown_hash:
        raise RefundChanged()
    return _cancel(booking, capacity, preview.refund, Status.CANCELLED_BY_OWNER, by=by, role=OWNER)


@in_transaction
def cancel_by_sitter(*, booking: Booking, by: User, reason: str, text: str) -> Booking:
    """Undelivered units and all fees go back; under seven days' notice it is on public record."""
    capacity = lock_capacity(booking.sitter_id)
    booking = locked(booking)
    require_from(booking, SITTER, "cancel", by)
    refund = agreements.sitter_refund(booking)
    return _cancel(
        booking,
        capacity,
        refund,
        Status.CANCELLED_BY_SITTER,
        by=by,
        role=SITTER,
        end_reason=reason,
        end_text=text,
    )


@in_transaction
def cancel_by_staff(*, booking: Booking, by: User, reason: str, refund_cents: int) -> Booking:
    """Cancel in any open state with an explicit refund in cents, 0 to the total."""
    if not 0 <= refund_cents <= booking.total_cents:
        raise RequestRefused({"refund": _("The refund must lie between 0 and the total.")})
    capacity = lock_capacity(booking.sitter_id)
    booking = locked(booking)
    require_from(booking, STAFF, "cancel", by)
    release_seats(booking, capacity)
    return move(
        booking,
        Status.CANCELLED_BY_STAFF,
        verb="cancelled",
        role=STAFF,
        by=by,
        data={"refund_cents": refund_cents, "reason": reason},
        messages=emails.cancelled,
        ended_at=clock.now(),
        refund_cents=refund_cents,
        end_text=reason,
    )


def _cancel(
    booking: Booking, capacity, refund, status: str, *, by: User, role: str, **texts
) -> Booking:
    write_kept(booking, refund.kept_per_unit)
    release_seats(booking, capacity)
    return move(
        booking,
        status,
        verb="cancelled",
        role=role,
        by=by,
        data={"refund_cents": refund.refund_cents, "kept_cents": refund.kept_cents},
        messages=emails.cancelled,
        ended_at=clock.now(),
        refund_cents=refund.refund_cents,
        **texts,
    )


@in_transaction
def give_back_more(*, booking: Booking, by: User) -> Booking:
    """The sitter gives everything back that the policy let them keep."""
    booking = locked(booking)
    require_from(booking, SITTER, "give_back", by)
    more = booking.total_cents - (booking.refund_cents or 0)
    booking.refund_cents = booking.total_cents
    booking.save(update_fields=["refund_cents"])
    return note(
        booking,
        verb="gave_back",
        role=SITTER,
        by=by,
        data={"more_cents": more, "refund_cents": booking.refund_cents},
        messages=emails.more_given_back,
    )


@in_transaction
def refund_by_staff(*, booking: Booking, by: User, reason: str, more_cents: int) -> Booking:
    """Give more back once it is over, on top of what has come back. The record says why.

    Raise RequestRefused if it would be more than the total, NotAllowedNow while it is not over.
    """
    booking = locked(booking)
    require_from(booking, STAFF, "refund", by)
    refund = (booking.refund_cents or 0) + more_cents
    if more_cents <= 0 or refund > booking.total_cents:
        raise RequestRefused({"more": _("The refund must lie between 0 and the total.")})
    booking.refund_cents = refund
    booking.save(update_fields=["refund_cents"])
    return note(
        booking,
        verb="refunded",
        role=STAFF,
        by=by,
        data={"more_cents": more_cents, "refund_cents": refund, "reason": reason},
        messages=lambda booking: emails.refunded(booking, reason),
    )


@in_transaction
def reply_in_public(*, booking: Booking, by: User, text: str) -> Booking:
    """The sitter's one reply beside a late cancellation on their page."""
    booking = locked(booking)
    require_from(booking, SITTER, "reply", by)
    booking.public_reply = text
    booking.save(update_fields=["public_reply"])
    return note(
        booking, verb="replied", role=SITTER, by=by, data={"text": text}, messages=lambda _: {}
    )
