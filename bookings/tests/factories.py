"""Bookings made the way people make them, through the services."""

import secrets
from datetime import date, datetime, time, timedelta

from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.tests.factories import make_user
from bookings.models import Booking, BookingUnit
from bookings.services import agreements, transitions
from bookings.services.care import must_follow_lines
from bookings.services.requests import submit_request
from bookings.services.schedule import Choice
from bookings.services.transitions import accept_booking
from bookings.services.visits import is_visit_by_visit
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import Home
from profiles.tests.factories import make_home, make_pet, make_sitter


def make_owner(**fields) -> User:
    """A person with a verified e-mail address."""
    user = make_user(**{"name": "Lena Fischer", **fields})
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def make_choice(kind=Kind.BOARDING, starts_on: date | None = None, units=2, **fields) -> Choice:
    """`units` nights, days or days with one 30-minute visit at 12:00, ten days from now."""
    starts_on = starts_on or clock.now().date() + timedelta(days=10)
    kind = Kind(kind)
    last_on = starts_on + timedelta(days=units if kind.is_nights else units - 1)
    defaults = {"start_time": time(10), "end_time": time(10)}
    if kind == Kind.DAY_CARE:
        defaults = {"start_time": time(8), "end_time": time(18)}
    if kind.is_visits:
        defaults = {"visit_times": (time(12),), "minutes": 30}
    return Choice(kind=kind, starts_on=starts_on, last_on=last_on, **{**defaults, **fields})


def make_booking(*, sitter=None, owner=None, pets=None, choice=None, **fields) -> Booking:
    """A requested booking (confirmed at once where the sitter's service is instant)."""
    sitter = sitter or make_sitter()
    owner = owner or make_owner()
    pets = pets or [make_pet(owner)]
    choice = choice or make_choice(sitter.snapshot["services"][0]["kind"])
    if not choice.kind.is_at_sitters and not Home.objects.filter(user=owner).exists():
        make_home(owner)
    defaults = {"shown_total_cents": 10_000_000, "idempotency_key": secrets.token_hex(8)}
    return submit_request(
        owner=owner, sitter=sitter, choice=choice, pets=pets, **{**defaults, **fields}
    )


def make_confirmed(**fields) -> Booking:
    return accept(make_booking(**fields))


def accept(booking: Booking) -> Booking:
    """The sitter accepts and ticks every line."""
    ticked = [key for key, _line in must_follow_lines(booking)]
    return accept_booking(booking=booking, by=booking.sitter.user, ticked=ticked)


def just_before(booking: Booking) -> datetime:
    """Half an hour before the start, when checking in is open."""
    return booking.starts_at - timedelta(minutes=30)


def make_running(**fields) -> Booking:
    """Checked in half an hour before the start; stand there with clock.at(booking.starts_at)."""
    booking = make_confirmed(**fields)
    with clock.at(just_before(booking)):
        return transitions.check_in(booking=booking, by=booking.sitter.user)


def make_in(status: str, **fields) -> Booking:
    """A booking that came into this status by the events that lead there."""
    status = Booking.Status(status)
    if status in BEFORE_ACCEPTANCE:
        return BEFORE_ACCEPTANCE[status](make_booking(**fields))
    if status in (Booking.Status.IN_PROGRESS, Booking.Status.COMPLETED):
        booking = make_running(**fields)
        return booking if status == Booking.Status.IN_PROGRESS else check_out(booking)
    return AFTER_ACCEPTANCE[status](make_confirmed(**fields))


def check_out(booking: Booking) -> Booking:
    """A stay at its end; of visits and days each one, to the minute."""
    by = booking.sitter.user
    units = list(booking.units.all()) if is_visit_by_visit(booking) else []
    for unit in units[:-1]:
        make_visit(booking, unit)
    if units and not units[-1].checked_in_at:
        with clock.at(units[-1].starts_at):
            transitions.check_in(booking=booking, by=by)
    with clock.at(booking.ends_at):
        return transitions.check_out(booking=booking, by=by)


def make_visit(booking: Booking, unit: BookingUnit) -> Booking:
    """One visit as planned; the first one of `make_running` has begun already."""
    by = booking.sitter.user
    if not unit.checked_in_at:
        with clock.at(unit.starts_at):
            transitions.check_in(booking=booking, by=by, number=unit.number)
    with clock.at(unit.ends_at):
        return transitions.check_out(booking=booking, by=by, number=unit.number)


def flag(booking: Booking) -> Booking:
    """Nobody checked in until twelve hours after the end."""
    with clock.at(booking.ends_at + timedelta(hours=12)):
        return transitions.flag_missed(booking=booking)


def expire(booking: Booking) -> Booking:
    with clock.at(booking.expires_at):
        return transitions.expire_booking(booking=booking)


def cancel(booking: Booking) -> Booking:
    """By the owner, with the refund that the page shows now."""
    shown = agreements.owner_preview(booking).hash
    return transitions.cancel_by_owner(booking=booking, by=booking.owner, shown_hash=shown)


def _agree_no_access(booking: Booking) -> Booking:
    booking = flag(booking)
    with clock.at(booking.flagged_at + timedelta(hours=1)):
        transitions.claim_no_access(booking=booking, by=booking.sitter.user)
        return transitions.agree_no_access(booking=booking, by=booking.owner)


def _report_missed(booking: Booking) -> Booking:
    booking = flag(booking)
    with clock.at(booking.flagged_at + timedelta(hours=1)):
        return transitions.report_missed(booking=booking, by=booking.owner)


BEFORE_ACCEPTANCE = {
    Booking.Status.REQUESTED: lambda b: b,
    Booking.Status.DECLINED: lambda b: transitions.decline_booking(
        booking=b, by=b.sitter.user, reason="dates", text="I am away then."
    ),
    Booking.Status.WITHDRAWN: lambda b: transitions.withdraw_booking(booking=b, by=b.owner),
    Booking.Status.EXPIRED: expire,
}
AFTER_ACCEPTANCE = {
    Booking.Status.CONFIRMED: lambda b: b,
    Booking.Status.CANCELLED_BY_OWNER: cancel,
    Booking.Status.CANCELLED_BY_SITTER: lambda b: transitions.cancel_by_sitter(
        booking=b, by=b.sitter.user, reason="ill", text="I broke my leg."
    ),
    Booking.Status.CANCELLED_BY_STAFF: lambda b: transitions.cancel_by_staff(
        booking=b, by=make_owner(is_staff=True), reason="Asked by both", refund_cents=0
    ),
    Booking.Status.NO_SHOW_OWNER: _agree_no_access,
    Booking.Status.NO_SHOW_SITTER: _report_missed,
}
