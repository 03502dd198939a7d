"""The three demo accounts and what has happened between them."""

from datetime import date, datetime, time, timedelta
from random import Random

from accounts.demo import OWNER, PASSWORD, SITTER, STAFF
from accounts.models import User
from bookings.demo.bookings import BookingMaker, Household
from bookings.demo.owners import OwnerMaker
from bookings.demo.report_cards import write_cards
from bookings.demo.rows import Rows
from bookings.demo.sitters import SitterMaker
from bookings.models import Booking
from bookings.services.schedule import Choice
from profiles.kinds import Kind, Species
from profiles.models import SitterProfile, Town

Status = Booking.Status


def make_staff(rows: Rows, now: datetime) -> User:
    user = User(
        email=STAFF.email,
        name="Robin Weber",
        face="jonas",
        is_staff=True,
        is_superuser=True,
        date_joined=now - timedelta(days=1600),
    )
    user.set_password(PASSWORD)
    return rows.add(user)


def _person(rows: Rows, email: str, now: datetime, **fields) -> User:
    user = User(email=email, date_joined=now - timedelta(days=1000), **fields)
    user.set_password(PASSWORD)
    return rows.add(user)


def make_lena(rows: Rows, owners: OwnerMaker, town: Town, now: datetime) -> Household:
    """Lena has two dogs, Biscuit and Moss, and everything filled in."""
    lena = _person(
        rows,
        OWNER.email,
        now,
        name="Lena Fischer",
        face="priya",
        phone="+49 30 5550123",
        time_zone=town.time_zone,
    )
    home = owners.home(
        lena,
        town,
        street="Lindenweg 4",
        postcode="10119",
        emergency_name="Jonas Fischer",
        emergency_phone="+49 30 5550124",
    )
    today = now.date()
    biscuit = owners.pet(
        lena,
        Species.DOG,
        name="Biscuit",
        breed="Labrador",
        portrait="pet-dog-lab",
        weight_grams=28_500,
        good_with_dogs="yes",
        born_on=today - timedelta(days=2300),
        must_follow="Off the lead only in the fenced field",
    )
    moss = owners.pet(
        lena,
        Species.DOG,
        name="Moss",
        breed="Border collie",
        portrait="pet-dog-collie",
        weight_grams=17_200,
        good_with_dogs="yes",
        born_on=today - timedelta(days=4100),
        medication="Thyrin, half a tablet at 8:00 and 20:00, in cheese",
        must_follow="Half a tablet at 8:00 and 20:00, in cheese\nNever alone for longer than two hours",
    )
    return Household(lena, home, [biscuit, moss])


def make_mara(rows: Rows, sitters: SitterMaker, town: Town, now: datetime) -> SitterProfile:
    """Mara offers everything, and is never away all week."""
    mara = _person(
        rows,
        SITTER.email,
        now,
        name="Mara Lindqvist",
        face="mara",
        phone="+49 30 5550199",
        time_zone=town.time_zone,
    )
    return sitters.make_full(
        town,
        user=mara,
        headline="A quiet flat by the water, walks on the hour",
        about=(
            "I write for a living and do it from home, so your dog is rarely alone for longer than a "
            "coffee run. We go out at seven, noon, five and ten. I have looked after seniors who "
            "need tablets at odd hours; I set alarms and write it all down."
        ),
        languages="English, Swedish, German",
        own_pets="One calm spaniel, Otto, 9 years",
        cameras="",
        children="none",
        experience_years=12,
        home_type="flat",
        max_alone_hours=2,
        payment_note="Bank transfer on the first day",
        is_smoke_free=True,
        has_fenced_yard=True,
        calendar_confirmed_on=now.date() - timedelta(days=2),
    )


def tell_story(maker: BookingMaker, lena: Household, mara: SitterProfile, now: datetime) -> None:
    """Lena and Mara's bookings: one in every state that their pages can show."""
    today: date = now.date()
    both, moss = lena.pets, lena.pets[1:]

    def nights(offset: int, count: int) -> Choice:
        starts_on = today + timedelta(days=offset)
        return Choice(
            Kind.BOARDING, starts_on, starts_on + timedelta(days=count), time(10), time(16, 30)
        )

    def walks(offset: int, count: int) -> Choice:
        starts_on = today + timedelta(days=offset)
        return Choice(
            Kind.DOG_WALK,
            starts_on,
            starts_on + timedelta(days=count - 1),
            visit_times=(time(12),),
            minutes=60,
        )

    history = [
        (both, nights(-300, 5), Status.COMPLETED),
        (both, walks(-200, 3), Status.COMPLETED),
        (moss, nights(-150, 2), Status.CANCELLED_BY_OWNER),
        (both, nights(-120, 4), Status.COMPLETED),
        (both, nights(-90, 3), Status.DECLINED),
        (both, nights(-60, 2), Status.WITHDRAWN),
        (both, nights(-45, 7), Status.CANCELLED_BY_SITTER),
        (both, nights(-25, 2), Status.EXPIRED),
        (both, walks(-6, 2), Status.COMPLETED),
        (moss, nights(-1, 4), Status.IN_PROGRESS),
        (lena.pets[:1], walks(-1, 4), Status.IN_PROGRESS),
        (both, walks(8, 3), Status.CONFIRMED),
        (both, nights(12, 4), Status.CONFIRMED),
        (both, nights(26, 3), Status.REQUESTED),
    ]
    for pets, choice, outcome in history:
        booking = maker.make(
            mara,
            lena,
            pets,
            choice,
            outcome,
            with_notices=True,
            message="We would be so glad if you had room for them."
            if outcome == Status.REQUESTED
            else "",
        )
        if booking and booking.checked_in_at:
            write_cards(maker.rows, maker.rng, booking, now)
    _visit_a_cat(maker, mara, today)


def _visit_a_cat(maker: BookingMaker, mara: SitterProfile, today: date) -> None:
    """Two visits a day at somebody's home, so that the sitter's day has something in it."""
    for household in maker.households:
        cats = [pet for pet in household.pets if pet.species == Species.CAT][:1]
        if cats:
            choice = Choice(
                Kind.DROP_IN_VISIT,
                today - timedelta(days=1),
                today + timedelta(days=2),
                visit_times=(time(9), time(17)),
                minutes=30,
            )
            booking = maker.make(mara, household, cats, choice, Status.IN_PROGRESS)
            if booking:
                write_cards(maker.rows, maker.rng, booking, maker.now)
            return


def rng_for(seed: int, part: str) -> Random:
    """A source of its own for each part, so that more of one does not change the others."""
    return Random(f"{seed}:{part}")
