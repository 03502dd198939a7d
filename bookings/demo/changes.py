"""Lena's proposed change and weekly walks with Mara."""

from dataclasses import replace
from datetime import datetime, time, timedelta
from random import Random

from accounts.demo import OWNER, SITTER
from bookings.demo.bookings import BookingMaker, Household
from bookings.demo.rows import Rows
from bookings.models import Booking, Notice, Series, SeriesDate
from bookings.models.bookings import REFERENCE_ALPHABET
from bookings.services.changes import terms_of
from bookings.services.proposals import plan_for, propose_change
from bookings.services.requests import service_of
from bookings.services.schedule import Choice
from bookings.services.series_dates import AHEAD, series_terms
from bookings.services.wanted import as_agreed
from profiles.kinds import Kind
from profiles.models import SitterProfile

WALK_AT = time(15)
LEFT_OUT = 2  # which of the dates Lena has left out


def walk_weekly(
    rows: Rows,
    maker: BookingMaker,
    rng: Random,
    lena: Household,
    mara: SitterProfile,
    now: datetime,
) -> None:
    """A series that has been running for a while, with eight weeks booked and one date left out."""
    first = now.date() + timedelta(days=3)
    dates = [first + timedelta(weeks=n) for n in range(8)]
    left_out = dates.pop(LEFT_OUT)
    bookings = [(on, _walk(maker, lena, mara, on)) for on in dates]
    price = next(booking.total_cents for _on, booking in bookings if booking)
    series = rows.add(_series(rng, lena, mara, first, price, now))
    for pet in lena.pets:
        rows.add(Series.pets.through(series_id=series.pk, pet_id=pet.pk))
    for on, booking in bookings:
        reason = "" if booking else SeriesDate.Reason.CLOSED
        rows.add(SeriesDate(series=series, on=on, booking=booking, reason=reason))
    rows.add(SeriesDate(series=series, on=left_out, reason=SeriesDate.Reason.OWNER))


def _walk(maker: BookingMaker, lena: Household, mara: SitterProfile, on) -> Booking | None:
    choice = Choice(Kind.DOG_WALK, on, on, visit_times=(WALK_AT,), minutes=60)
    return maker.make(mara, lena, lena.pets, choice, Booking.Status.CONFIRMED)


def _series(rng: Random, lena: Household, mara: SitterProfile, first, price, now) -> Series:
    public_id = "".join(rng.choice(REFERENCE_ALPHABET) for _ in range(12))
    asked_at = now - timedelta(days=4)
    return Series(
        public_id=public_id,
        idempotency_key=f"demo:{public_id}",
        owner=lena.user,
        sitter=mara,
        kind=Kind.DOG_WALK,
        state=Series.State.RUNNING,
        weekdays=[first.weekday()],
        visit_times=[f"{WALK_AT:%H:%M}"],
        minutes=60,
        start_time=time(10),
        end_time=time(10),
        starts_on=first,
        terms=series_terms(mara, service_of(mara, Kind.DOG_WALK)),
        date_cents=price,
        must_follow={str(pet.pk): pet.must_follow_lines for pet in lena.pets},
        requested_at=asked_at,
        expires_at=asked_at + timedelta(days=1),
        accepted_at=asked_at + timedelta(hours=3),
        made_until=now.date() + AHEAD,
    )


def tell_changes(rng: Random, now: datetime) -> None:
    """After everything is saved: this goes through the service, which reads what is there."""
    _propose(rng)
    # In-app entries only: nobody is sent mail about an invented past.
    Notice.objects.filter(send_after__isnull=False).update(send_after=None, sent_at=now)


def _propose(rng: Random) -> None:
    booking = Booking.objects.with_parties().filter(
        owner__email=OWNER.email,
        sitter__user__email=SITTER.email,
        kind=Kind.BOARDING,
        status=Booking.Status.CONFIRMED,
    )
    booking = booking.prefetch_related("units", "lines", "booking_pets").first()
    if booking is None:
        return
    agreed = as_agreed(booking, terms_of(booking))
    last_on = agreed.choice.last_on + timedelta(days=1)
    wanted = replace(agreed, choice=replace(agreed.choice, last_on=last_on))
    plan = plan_for(booking, wanted, side="owner")
    propose_change(
        booking=booking,
        by=booking.owner,
        wanted=wanted,
        shown_total_cents=plan.new_total_cents,
        message="Our train home is a day later. Would that be all right?",
        idempotency_key=f"{rng.getrandbits(128):032x}",
    )
