"""Bookings made the way people make them, through the services."""

import secrets
from datetime import date, datetime, time, timedelta

from allauth.account.models import EmailAddress

from accounts.models import User
from accounts.tests.factories import make_user
from bookings.models import Booking
from bookings.services.requests import submit_request
from bookings.services.schedule import Choice
from bookings.services.transitions import accept_booking, must_follow_lines
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
