"""product.md 5, reliability: numbers of twelve months, and the lists they are counted from."""

import re
from datetime import timedelta
from random import Random

import pytest

from bookings.models import Booking, BookingUnit
from bookings.models.bookings import new_public_id
from bookings.services.reliability import NUMBERS, REPEAT, YEAR, households_of, recount
from bookings.services.upkeep import daily_upkeep
from bookings.tests.factories import make_booking, make_owner
from pawsitters import clock
from profiles.models import SitterProfile
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db
Status = Booking.Status
ENDED = [
    Status.COMPLETED,
    Status.COMPLETED,
    Status.COMPLETED,
    Status.CANCELLED_BY_OWNER,
    Status.CANCELLED_BY_SITTER,
    Status.CANCELLED_BY_STAFF,
    Status.NO_SHOW_OWNER,
    Status.NO_SHOW_SITTER,
]
UNCONFIRMED = [Status.DECLINED, Status.EXPIRED, Status.WITHDRAWN, Status.REQUESTED]


def random_past(sitter, rng: Random, count: int) -> None:
    """Bookings of fourteen months in every state, as the services leave them."""
    owners = [make_owner(name=f"Zelda{number}") for number in range(5)]
    model = make_booking(sitter=sitter, owner=owners[0], pets=[make_pet(owners[0])])
    unit = model.units.first()
    now = clock.now()
    bookings, units = [], []
    for number in range(count):
        row = Booking.objects.get(pk=model.pk)
        row.pk, row.public_id, row.idempotency_key = None, new_public_id(), f"random {number}"
        row.owner = rng.choice(owners)
        row.requested_at = now - timedelta(hours=rng.randint(1, 24 * 430))
        row.starts_at = row.requested_at + timedelta(hours=rng.randint(24, 900))
        row.ends_at = row.starts_at + timedelta(hours=30)
        row.status = rng.choice(ENDED + UNCONFIRMED)
        answered = row.requested_at + timedelta(hours=rng.randint(0, 40))
        if row.status in ENDED or row.status == Status.DECLINED:
            row.answered_at = answered
        if row.status in ENDED:
            row.confirmed_at = answered
            row.ended_at = row.starts_at + timedelta(hours=rng.randint(-400, 30))
        elif row.status != Status.REQUESTED:
            row.ended_at = answered
        bookings.append(row)
    Booking.objects.bulk_create(bookings)
    for row in Booking.objects.filter(sitter=sitter, status=Status.COMPLETED):
        late = timedelta(minutes=rng.randint(-30, 50))
        units.append(
            BookingUnit(
                booking=row,
                number=1,
                on=unit.on,
                starts_at=row.starts_at,
                ends_at=row.ends_at,
                amount_cents=100,
                checked_in_at=row.starts_at + late if rng.random() < 0.8 else None,
            )
        )
    BookingUnit.objects.bulk_create(units)


@pytest.mark.parametrize("seed", range(3))
def test_every_number_is_the_length_of_its_list(seed):
    sitter = make_sitter()
    random_past(sitter, Random(seed), 120)

    recount(sitter)

    sitter.refresh_from_db()
    for number in NUMBERS.values():
        rows = list(number.list_of(sitter))
        assert len(rows) == getattr(sitter, number.total) > 5
        assert sum(row.is_good for row in rows) == getattr(sitter, number.count)
    households = households_of(sitter)
    assert len(households) == sitter.owner_count
    assert sum(len(bookings) > 1 for bookings in households) == sitter.repeat_owner_count


def test_what_happens_after_the_count_is_in_no_list_until_the_next():
    sitter = make_sitter()
    random_past(sitter, Random(7), 30)
    recount(sitter)
    before = sitter.confirmed_count
    Booking.objects.filter(status=Status.COMPLETED).update(ended_at=clock.now())

    with clock.at(clock.now() + timedelta(hours=1)):
        assert NUMBERS["completed"].list_of(sitter).count() < before
        recount(sitter)
        assert NUMBERS["completed"].list_of(sitter).count() == sitter.confirmed_count


def test_numbers_look_back_twelve_months_and_the_daily_count_forgets_older_things():
    sitter = make_sitter()
    booking = make_booking(sitter=sitter)
    Booking.objects.filter(pk=booking.pk).update(
        status=Status.COMPLETED,
        answered_at=clock.now(),
        confirmed_at=clock.now(),
        ended_at=clock.now(),
    )
    for after, count in ((timedelta(days=1), 1), (YEAR + timedelta(days=1), 0)):
        with clock.at(clock.now() + after):
            daily_upkeep()
        sitter.refresh_from_db()
        assert (sitter.confirmed_count, sitter.asked_count, sitter.owner_count) == (count,) * 3


@pytest.mark.parametrize(("minutes", "on_time"), [(-30, 1), (20, 1), (21, 0)])
def test_a_check_in_up_to_20_minutes_after_the_start_is_on_time(minutes, on_time):
    booking = make_booking()
    unit = booking.units.first()
    unit.checked_in_at = unit.starts_at + timedelta(minutes=minutes)
    unit.save()
    with clock.at(unit.starts_at + timedelta(days=1)):
        recount(booking.sitter)
    assert (booking.sitter.on_time_count, booking.sitter.check_in_count) == (on_time, 1)


def test_an_answer_within_24_hours_counts_and_one_that_ran_out_does_not():
    sitter = make_sitter()
    times = {"declined": timedelta(hours=24), "withdrawn": None, "expired": None}
    for status, after in times.items():
        booking = make_booking(sitter=sitter)
        Booking.objects.filter(pk=booking.pk).update(
            status=status,
            ended_at=clock.now(),
            answered_at=booking.requested_at + after if after else None,
        )
    with clock.at(clock.now() + timedelta(days=2)):
        recount(sitter)
    assert (sitter.answered_count, sitter.asked_count) == (1, 2), "a withdrawn one counts nowhere"


def test_every_number_on_the_page_opens_its_list_without_names(client):
    sitter = make_sitter()
    random_past(sitter, Random(3), 60)
    recount(sitter)
    html = client.get(sitter.get_absolute_url()).text
    links = re.findall(
        rf'href="(/sitters/{sitter.slug}/record/[\w-]+/)"[^>]*>(\d+) of (\d+)<', html
    )
    assert [link.split("/")[-2] for link, _n, _all in links] == [*NUMBERS, REPEAT]
    for link, _count, total in links:
        page = client.get(link).text
        assert len(re.findall(r"<tr><td>", page)) == min(50, int(total))
        assert "Zelda" not in page
        assert "/bookings/" not in page


def test_the_sitters_own_list_leads_to_the_bookings(client):
    sitter = make_sitter()
    random_past(sitter, Random(4), 40)
    recount(sitter)
    client.force_login(sitter.user)
    for slug in (*NUMBERS, REPEAT):
        page = client.get(f"/sitting/record/{slug}/").text
        assert "Zelda" in page
        assert re.search(r'href="/bookings/\w{12}/"', page)
    assert client.get("/sitting/record/nothing/").status_code == 404
    assert "/sitting/record/answered/" in client.get("/sitting/").text


def test_lists_cost_as_much_with_many_rows(client, django_assert_max_num_queries):
    sitter = make_sitter()
    random_past(sitter, Random(5), 90)
    recount(sitter)
    for slug in (*NUMBERS, REPEAT):
        with django_assert_max_num_queries(3):
            client.get(f"{sitter.get_absolute_url()}record/{slug}/")
    assert SitterProfile.objects.get(pk=sitter.pk).counted_at
