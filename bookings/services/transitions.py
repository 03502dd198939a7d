"""One function per event of the state table; a booking's status is written nowhere else.

Each is one transaction: lock the sitter's seats where they change, lock the booking, look again,
change, event, notices. Mail is sent afterwards by the worker. All raise NotAllowedNow when the
booking's state does not allow the event, so of two people at once the second is told.
"""

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _

from accounts.models import User
from bookings import emails
from bookings.exceptions import NotAllowedNow, RefundChanged, RequestRefused
from bookings.models import Booking, BookingUnit
from bookings.services import agreements
from bookings.services.capacity import claim_seats, lock_capacity, release_seats
from bookings.services.care import care_sheet, must_follow_lines
from bookings.services.history import record
from bookings.services.notices import tell
from bookings.services.retry import in_transaction
from bookings.services.rules import CLOCK, OWNER, SITTER, STAFF, require, role_of
from pawsitters import clock

Status = Booking.Status
Messages = Callable[[Booking], Mapping[str, emails.Message]]


def _locked(booking: Booking) -> Booking:
    """The booking as it is now, held until the end of the transaction."""
    # Only this row is locked: MariaDB has no FOR UPDATE OF, and a joined lock would hold people.
    Booking.objects.select_for_update().only("pk").get(pk=booking.pk)
    found = Booking.objects.with_parties().select_related("service")
    return found.prefetch_related("booking_pets", "units").get(pk=booking.pk)


def _require(booking: Booking, role: str, verb: str, by: User) -> None:
    """The state table's guard, and that `by` is on the side whose event this is."""
    if role != STAFF and role_of(booking, by) != role:
        raise NotAllowedNow(
            _("Only the owner can do this.") if role == OWNER else _("Only the sitter can do this.")
        )
    require(booking, role, verb, clock.now())


def _move(
    booking: Booking,
    to: str,
    *,
    verb: str,
    role: str,
    messages: Messages,
    by: User | None = None,
    data: dict | None = None,
    **changes,
) -> Booking:
    """Write the new status with its event and notices."""
    was = booking.status
    booking.status = to
    for name, value in changes.items():
        setattr(booking, name, value)
    booking.save(update_fields=["status", *changes])
    event = record(
        booking, verb=verb, by=by, role=role, data={"from": was, "to": to, **(data or {})}
    )
    tell(booking, event, messages(booking))
    return booking


def _note(
    booking: Booking, *, verb: str, role: str, by: User | None, messages: Messages, data=None
) -> Booking:
    """An event that leaves the status as it is."""
    event = record(booking, verb=verb, by=by, role=role, data=data)
    tell(booking, event, messages(booking))
    return booking


# --- answering a request (T2–T5) -----------------------------------------------------------


@in_transaction
def accept_booking(*, booking: Booking, by: User, ticked: Sequence[str] = ()) -> Booking:
    """Confirm a request, so that it holds its seats.

    `ticked` are the must-follow lines the sitter agreed to, as "pet id:line number". Raise
    DatesTaken if there is no room left, RequestRefused if a line is not ticked.
    """
    capacity = lock_capacity(booking.sitter_id)
    booking = _locked(booking)
    _require(booking, SITTER, "accept", by)
    missing = [key for key, _line in must_follow_lines(booking) if key not in ticked]
    if missing:
        raise RequestRefused(
            dict.fromkeys(missing, _("Please tick every line that you promise to follow."))
        )
    return confirm(booking, capacity, by=by, role=SITTER)


def confirm(booking: Booking, capacity, *, by: User, role: str) -> Booking:
    """Claim the seats and confirm; the caller holds both locks (acceptance, instant booking)."""
    claim_seats(booking, capacity)
    for row in booking.booking_pets.select_related("pet").prefetch_related("pet__vaccinations"):
        row.must_follow = row.pet.must_follow_lines if row.pet else []
        row.care_sheet = care_sheet(row.pet) if row.pet else {}
        row.save(update_fields=["must_follow", "care_sheet"])
    now = clock.now()
    return _move(
        booking,
        Status.CONFIRMED,
        verb="confirmed",
        role=role,
        by=by,
        messages=emails.confirmed,
        answered_at=now,
        confirmed_at=now,
    )


@in_transaction
def decline_booking(*, booking: Booking, by: User, reason: str, text: str = "") -> Booking:
    booking = _locked(booking)
    _require(booking, SITTER, "decline", by)
    return _move(
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
    booking = _locked(booking)
    _require(booking, OWNER, "withdraw", by)
    return _move(
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
    booking = _locked(booking)
    require(booking, CLOCK, "expire", clock.now())
    return _move(
        booking,
        Status.EXPIRED,
        verb="expired",
        role=CLOCK,
        messages=emails.expired,
        ended_at=clock.now(),
    )


# --- care (T6–T8) --------------------------------------------------------------------------


@in_transaction
def check_in(*, booking: Booking, by: User) -> Booking:
    booking = _locked(booking)
    _require(booking, SITTER, "check_in", by)
    return _move(
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
    booking = _locked(booking)
    _require(booking, SITTER, "check_out", by)
    release_seats(booking, capacity)
    return _move(
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
    booking = _locked(booking)
    require(booking, CLOCK, "complete", clock.now())
    release_seats(booking, capacity)
    return _move(
        booking,
        Status.COMPLETED,
        verb="completed",
        role=CLOCK,
        data={"automatic": 1},
        messages=emails.completed,
        ended_at=clock.now(),
        is_completed_automatically=True,
    )


# --- nobody came (T9) ----------------------------------------------------------------------


@in_transaction
def flag_missed(*, booking: Booking) -> Booking:
    booking = _locked(booking)
    require(booking, CLOCK, "flag", clock.now())
    booking.flagged_at = clock.now()
    booking.save(update_fields=["flagged_at"])
    return _note(booking, verb="flagged", role=CLOCK, by=None, messages=emails.flagged)


@in_transaction
def report_missed(*, booking: Booking, by: User) -> Booking:
    """The owner says that nobody came: everything comes back."""
    capacity = lock_capacity(booking.sitter_id)
    booking = _locked(booking)
    _require(booking, OWNER, "report_missed", by)
    return _close_no_show(booking, capacity, Status.NO_SHOW_SITTER, by=by, role=OWNER)


@in_transaction
def claim_no_access(*, booking: Booking, by: User) -> Booking:
    booking = _locked(booking)
    _require(booking, SITTER, "claim_no_access", by)
    return _note(
        booking, verb="no_access_claimed", role=SITTER, by=by, messages=emails.no_access_claimed
    )


@in_transaction
def agree_no_access(*, booking: Booking, by: User) -> Booking:
    """The owner agrees that the sitter could not get in: as cancelled after its end."""
    capacity = lock_capacity(booking.sitter_id)
    booking = _locked(booking)
    _require(booking, OWNER, "agree_no_access", by)
    return _close_no_show(booking, capacity, Status.NO_SHOW_OWNER, by=by, role=OWNER)


@in_transaction
def decide_no_show(*, booking: Booking, by: User, status: str) -> Booking:
    """Staff decides who was not there; `status` is one of the two no-show states."""
    if status not in (Status.NO_SHOW_OWNER, Status.NO_SHOW_SITTER):
        raise ValueError(status)
    capacity = lock_capacity(booking.sitter_id)
    booking = _locked(booking)
    _require(booking, STAFF, "decide_no_show", by)
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
    _write_kept(booking, kept)
    release_seats(booking, capacity)
    return _move(
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


# --- cancelling (T10–T12) ------------------------------------------------------------------


@in_transaction
def cancel_by_owner(*, booking: Booking, by: User, shown_hash: str) -> Booking:
    """Cancel with exactly the refund that was shown.

    Raise RefundChanged if it is another one by now (a deadline went by while the page was open).
    """
    capacity = lock_capacity(booking.sitter_id)
    booking = _locked(booking)
    _require(booking, OWNER, "cancel", by)
    preview = agreements.owner_preview(booking)
    if preview.hash != shown_hash:
        raise RefundChanged()
    return _cancel(booking, capacity, preview.refund, Status.CANCELLED_BY_OWNER, by=by, role=OWNER)


@in_transaction
def cancel_by_sitter(*, booking: Booking, by: User, reason: str, text: str) -> Booking:
    """Undelivered units and all fees go back; under seven days' notice it is on public record."""
    capacity = lock_capacity(booking.sitter_id)
    booking = _locked(booking)
    _require(booking, SITTER, "cancel", by)
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
    booking = _locked(booking)
    _require(booking, STAFF, "cancel", by)
    release_seats(booking, capacity)
    return _move(
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
    _write_kept(booking, refund.kept_per_unit)
    release_seats(booking, capacity)
    return _move(
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


def _write_kept(booking: Booking, kept_per_unit: Sequence[int]) -> None:
    units = list(booking.units.all())
    for unit, kept in zip(units, kept_per_unit, strict=True):
        unit.kept_cents = kept
    BookingUnit.objects.bulk_update(units, ["kept_cents"])


@in_transaction
def give_back_more(*, booking: Booking, by: User) -> Booking:
    """The sitter gives everything back that the policy let them keep."""
    booking = _locked(booking)
    _require(booking, SITTER, "give_back", by)
    more = booking.total_cents - (booking.refund_cents or 0)
    booking.refund_cents = booking.total_cents
    booking.save(update_fields=["refund_cents"])
    return _note(
        booking,
        verb="gave_back",
        role=SITTER,
        by=by,
        data={"more_cents": more, "refund_cents": booking.refund_cents},
        messages=emails.more_given_back,
    )


@in_transaction
def reply_in_public(*, booking: Booking, by: User, text: str) -> Booking:
    """The sitter's one reply beside a late cancellation on their page."""
    booking = _locked(booking)
    _require(booking, SITTER, "reply", by)
    booking.public_reply = text
    booking.save(update_fields=["public_reply"])
    return _note(
        booking, verb="replied", role=SITTER, by=by, data={"text": text}, messages=lambda _: {}
    )
