"""What becomes of a request: accepted, declined, withdrawn, expired (T2–T5)."""

from collections.abc import Collection, Sequence

from django.utils.translation import gettext as _

from accounts import blocks
from accounts.models import User
from bookings.emails import transitions as emails
from bookings.exceptions import NotAllowedNow, RequestRefused
from bookings.models import Booking, BookingPet
from bookings.services.capacity import claim_seats, lock_capacity
from bookings.services.care import copy_care, locked_pets, missing_ticks
from bookings.services.retry import in_transaction
from bookings.services.rules import CLOCK, OWNER, SITTER, require
from bookings.services.transitions.moves import Messages, locked, move, require_from
from pawsitters import clock
from profiles.models import SitterProfile

Status = Booking.Status


@in_transaction
def accept_booking(*, booking: Booking, by: User, ticked: Sequence[str] = ()) -> Booking:
    """Confirm a request, so that it holds its seats.

    `ticked` are the must-follow lines the sitter agreed to, as `tick_key` names them.
    Raise DatesTaken if there is no room left, RequestRefused if a line is not ticked.
    """
    capacity = lock_capacity(booking.sitter_id)
    booking = locked(booking)
    require_from(booking, SITTER, "accept", by)
    if booking.sitter.status == SitterProfile.Status.SUSPENDED:
        raise NotAllowedNow(_("Your page is suspended, so you cannot take new bookings."))
    if blocks.is_blocked(booking.owner, by):
        raise NotAllowedNow(blocks.refusal(booking.owner))
    pets = locked_pets(booking)
    if missing := missing_ticks(pets, ticked):
        raise RequestRefused(
            dict.fromkeys(missing, _("Please tick every line that you promise to follow."))
        )
    return confirm(booking, capacity, by=by, role=SITTER, pets=pets, ticked=ticked)


def confirm(
    booking: Booking,
    capacity,
    *,
    by: User | None,
    role: str,
    pets: Sequence[BookingPet] | None = None,
    ticked: Collection[str] = (),
    messages: Messages = emails.confirmed,
) -> Booking:
    """Claim the seats and confirm; the caller holds both locks (acceptance, instant booking).

    A date of a series is confirmed by the clock: nobody asked or answered for it.
    """
    claim_seats(booking, capacity)
    now = clock.now()
    counted = copy_care(locked_pets(booking) if pets is None else pets, ticked, now)
    return move(
        booking,
        Status.CONFIRMED,
        verb="confirmed",
        role=role,
        by=by,
        data={"ticked": counted} if counted else None,
        messages=messages,
        answered_at=None if role == CLOCK else now,
        confirmed_at=now,
    )


@in_transaction
def decline_booking(*, booking: Booking, by: User, reason: str, text: str = "") -> Booking:
    booking = locked(booking)
    require_from(booking, SITTER, "decline", by)
    return move(
        booking,
        Status.DECLINED,
        verb="declined",
        role=SITTER,
        by=by,
        data={"reason": reason},
        messages=emails.declined,
        answered_at=clock.now(),
        ended_at=clock.now(),
        end_reason=reason,
        end_text=text,
    )


@in_transaction
def withdraw_booking(*, booking: Booking, by: User) -> Booking:
    booking = locked(booking)
    require_from(booking, OWNER, "withdraw", by)
    return move(
        booking,
        Status.WITHDRAWN,
        verb="withdrawn",
        role=OWNER,
        by=by,
        messages=emails.withdrawn,
        ended_at=clock.now(),
    )


@in_transaction
def expire_booking(*, booking: Booking) -> Booking:
    booking = locked(booking)
    require(booking, CLOCK, "expire", clock.now())
    return move(
        booking,
        Status.EXPIRED,
        verb="expired",
        role=CLOCK,
        messages=emails.expired,
        ended_at=clock.now(),
    )
