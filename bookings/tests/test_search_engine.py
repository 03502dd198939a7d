"""The engine against a naive reading of the same rules, on random sitters and random questions."""

import json
import random
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from bookings.exceptions import BookingError
from bookings.tests.factories import accept, make_booking, make_choice, make_owner
from pawsitters import clock
from profiles import geo
from profiles.availability import Taken, fits_hours, places_left, places_on, quarter_is_free
from profiles.kinds import DogSize, Kind, Species
from profiles.models import CalendarException, SearchRow, Seat, SitterProfile
from profiles.services.search import SearchQuery, Sort, find_sitters
from profiles.services.search import query as query_module
from profiles.services.search.bits import FENCED, INSTANT, SMOKE_FREE
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_pet, make_sitter, make_town

pytestmark = pytest.mark.django_db
ZONE = ZoneInfo("Europe/Berlin")
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
TODAY = NOON.date()
HERE = (52_520_000, 13_405_000)


def flat_price(terms: str) -> int:
    """Enough of a price for the engine: the dearest base rate."""
    return max(rate[2] for rate in json.loads(terms)["rates"])


def ask(kind=Kind.BOARDING, **fields) -> SearchQuery:
    defaults = {"lat_e6": HERE[0], "lng_e6": HERE[1], "radius_m": 10_000, "zone": ZONE}
    return SearchQuery(kind=kind, **{**defaults, "species": frozenset({"dog"}), **fields})


def nights(first: date, count: int) -> dict:
    dates = tuple(first + timedelta(days=n) for n in range(count))
    return {"dates": dates, "starts_at": datetime.combine(first, time(10), ZONE).astimezone(UTC)}


def visits(first: date, count: int, *starts: time, minutes=30) -> dict:
    begins = [
        datetime.combine(first + timedelta(days=n), at, ZONE).astimezone(UTC)
        for n in range(count)
        for at in starts
    ]
    length = timedelta(minutes=minutes)
    return {
        "dates": tuple(first + timedelta(days=n) for n in range(count)),
        "starts_at": begins[0],
        "visits": tuple((at, at + length) for at in begins),
        "minutes": minutes,
    }


def found_ids(query: SearchQuery) -> list[int]:
    return [found.sitter_id for found in find_sitters(query, flat_price).found]


# --- the naive design ------------------------------------------------------------------------


def naive(query: SearchQuery) -> dict[int, int]:
    """Sitters that can take it, with their distance in metres, by reading every row."""
    found = {}
    sitters = SitterProfile.objects.published().select_related("capacity")
    for sitter in sitters:
        metres = geo.metres_between(
            query.lat_e6, query.lng_e6, sitter.grid_lat_e6, sitter.grid_lng_e6
        )
        service = next((s for s in sitter.snapshot["services"] if s["kind"] == query.kind), None)
        if service and metres <= query.radius_m and can_take(query, sitter, service):
            found[sitter.pk] = metres
    return found


def can_take(query: SearchQuery, sitter, service: dict) -> bool:
    wanted = query.species - set(service["species"])
    priced = {(rate[0], rate[1]) for rate in service["rates"]}
    if wanted or any((one, query.minutes) not in priced for one in query.species):
        return False
    if query.pets > service["max_pets"]:
        return False
    if "dog" in query.species and (query.dog_kg or 0) > service["max_dog_kg"]:
        return False
    if query.youngest_months is not None and query.youngest_months < service["min_age_months"]:
        return False
    if query.features & FENCED and not sitter.has_fenced_yard:
        return False
    if query.features & SMOKE_FREE and not sitter.is_smoke_free:
        return False
    if query.features & INSTANT and not service["is_instant"]:
        return False
    return not query.dates or has_room(query, sitter, service)


def has_room(query: SearchQuery, sitter, service: dict) -> bool:
    now = clock.now()
    if query.starts_at < now + timedelta(hours=service["lead_hours"]):
        return False
    today = clock.today("Europe/Berlin")
    if query.dates[-1] > today + timedelta(days=service["horizon_days"]):
        return False
    rows = Seat.objects.filter(sitter=sitter).values_list(
        "resource", "slot", "number", "booking__kind"
    )
    taken = Taken.from_rows(rows)
    capacity = sitter.capacity
    needed = query.pets if query.kind.is_at_sitters else 1
    by_date = {
        on: places_on(sitter.snapshot, capacity.night_places, capacity.day_places, on)
        for on in query.dates
    }
    for on, places in by_date.items():
        household = service["one_household"]
        if places_left(query.kind, places, taken, on, one_household=household) < needed:
            return False
    return all(
        visit_fits(query, service, by_date, taken, begins, ends) for begins, ends in query.visits
    )


def visit_fits(query, service, by_date, taken, begins, ends) -> bool:
    local = begins.astimezone(ZONE), ends.astimezone(ZONE)
    if not fits_hours(by_date[local[0].date()], *local):
        return False
    buffer = service["buffer"] * 60
    first = (int(begins.timestamp()) - buffer) // 900
    last = (int(ends.timestamp()) + buffer - 1) // 900
    return all(
        quarter_is_free(taken, slot, kind=query.kind, group_size=service["group_size"])
        for slot in range(first, last + 1)
    )


# --- random data -----------------------------------------------------------------------------


@pytest.fixture
def noon():
    with clock.at(NOON):
        yield


@pytest.fixture
def crowd(noon):
    """Sitters of every sort within 30 km, with held seats and odd calendars."""
    rng = random.Random(7)
    make_town()
    sitters = [random_sitter(rng) for _ in range(70)]
    owners = [make_owner() for _ in range(8)]
    pets = {owner: [make_pet(owner) for _ in range(3)] for owner in owners}
    for sitter in sitters:
        for _ in range(rng.randint(0, 6)):
            try_to_book(rng, sitter, pets)
    assert Seat.objects.count() > 150
    return sitters


def random_sitter(rng) -> SitterProfile:
    away = rng.random() ** 0.5 * 300_000
    point = {
        "grid_lat_e6": HERE[0] + round(rng.uniform(-away, away)),
        "grid_lng_e6": HERE[1] + round(rng.uniform(-away, away)),
    }
    size = rng.choice([DogSize.SMALL, DogSize.LARGE, DogSize.GIANT])
    service = {
        "species": rng.choice([["dog"], ["dog", "cat"], ["cat"]]),
        "max_dog_kg": size,
        "min_age_months": rng.choice([0, 0, 6]),
        "max_pets": rng.randint(1, 4),
        "lead_hours": rng.choice([0, 24, 72]),
        "horizon_days": rng.choice([30, 180, 400]),
        "is_instant": rng.random() < 0.4,
        "is_one_household": rng.random() < 0.2,
        "buffer_minutes": rng.choice([0, 15, 40]),
        "group_size": rng.choice([1, 3]),
    }
    sitter = make_sitter(
        kinds=rng.sample(list(Kind), rng.randint(2, 5)),
        night_places=rng.randint(1, 4),
        day_places=rng.randint(1, 4),
        base_cents=rng.randint(15, 60) * 100,
        service_fields=service,
        has_fenced_yard=rng.random() < 0.5,
        is_smoke_free=rng.random() < 0.7,
        rating_count=rng.choice([0, 3, 20]),
        rating_sum=60,
        **point,
    )
    if rng.random() < 0.4:
        hours = sitter.weekday_hours.filter(weekday=rng.randint(0, 6))
        hours.update(takes_nights=False, takes_days=False, visits_from=time(16))
    for _ in range(rng.randint(0, 2)):
        first = TODAY + timedelta(days=rng.randint(0, 60))
        CalendarException.objects.create(
            sitter=sitter,
            starts_on=first,
            ends_on=first + timedelta(days=rng.randint(1, 12)),
            is_away=rng.random() < 0.4,
            night_places=rng.choice([None, 0, 1, 3]),
            day_places=rng.choice([None, 1, 2]),
        )
    if rng.random() < 0.1:
        sitter.status = SitterProfile.Status.PAUSED
        sitter.save()
    sitter_changed(sitter)
    return sitter


def try_to_book(rng, sitter, pets) -> None:
    owner = rng.choice(list(pets))
    kind = rng.choice([service["kind"] for service in sitter.snapshot["services"]])
    choice = make_choice(
        kind, starts_on=TODAY + timedelta(days=rng.randint(4, 28)), units=rng.randint(1, 4)
    )
    # What does not fit is refused, and an instant booking is confirmed already.
    with suppress(BookingError):
        accept(
            make_booking(
                sitter=sitter,
                owner=owner,
                pets=pets[owner][: rng.randint(1, 2)],
                choice=choice,
            )
        )


def random_query(rng) -> SearchQuery:
    kind = rng.choice(list(Kind))
    first = TODAY + timedelta(days=rng.randint(1, 45))
    when = {}
    if rng.random() < 0.85:
        count = rng.randint(1, 5)
        if kind.is_visits:
            times = rng.sample([time(8), time(11, 45), time(12, 10), time(17)], rng.randint(1, 2))
            when = visits(first, count, *sorted(times), minutes=rng.choice([30, 60]))
        else:
            when = nights(first, count)
    return ask(
        kind,
        lat_e6=HERE[0] + rng.randint(-80_000, 80_000),
        lng_e6=HERE[1] + rng.randint(-80_000, 80_000),
        radius_m=rng.choice([900, 5_000, 12_000, 40_000, 100_000]),
        pets=rng.choice([1, 1, 2, 3, 4]),
        species=frozenset(rng.choice([["dog"], ["cat"], ["dog", "cat"]])),
        dog_kg=rng.choice([None, 7, 18, 45, 999]),
        youngest_months=rng.choice([None, None, 3]),
        features=rng.choice([0, 0, FENCED, SMOKE_FREE | INSTANT]),
        **{"minutes": 30 if kind.is_visits else 0, **when},
    )


def test_results_are_those_of_the_naive_design(crowd, monkeypatch):
    monkeypatch.setattr("profiles.services.search.engine.PAGE_SIZE", 500)
    rng = random.Random(11)
    seen = 0
    for _ in range(300):
        query = random_query(rng)
        wanted = naive(query)
        seen += len(wanted)
        nearest = replace(query, sort=Sort.NEAREST)
        results = find_sitters(nearest, flat_price)
        assert {f.sitter_id: f.metres for f in results.found} == wanted, query
        assert results.total == len(wanted)
        distances = [found.metres for found in results.found]
        assert distances == sorted(distances)
        for sort in Sort:
            assert set(found_ids(replace(query, sort=sort))) == set(wanted), (sort, query)
    assert seen > 500


def test_rings_find_the_nearest_also_when_the_inner_ones_suffice(crowd, monkeypatch):
    """With three ranked instead of 500 the outer rings are never read."""
    monkeypatch.setattr("profiles.services.search.sql.MOST_RANKED", 3)
    rng = random.Random(3)
    for _ in range(60):
        query = replace(random_query(rng), sort=Sort.NEAREST)
        wanted = sorted(naive(query).values())[:3]
        found = find_sitters(query, flat_price).found
        assert [one.metres for one in found] == wanted


def test_orders_follow_their_number(crowd):
    query = ask(radius_m=60_000)
    by = {sort: find_sitters(replace(query, sort=sort), flat_price).found for sort in Sort}
    ratings = [found.rating_e3 for found in by[Sort.BEST]]
    assert ratings == sorted(ratings, reverse=True)
    prices = [found.total_cents for found in by[Sort.CHEAPEST]]
    assert prices == sorted(prices)
    days = [found.published_day for found in by[Sort.NEWEST]]
    assert days == sorted(days, reverse=True)


def test_bounds_hold_for_the_price_that_is_shown(crowd):
    query = ask(radius_m=60_000, min_cents=2_000, max_cents=4_000)
    results = find_sitters(query, flat_price)
    assert 0 < len(results.found) < len(naive(query))
    assert all(2_000 <= found.total_cents <= 4_000 for found in results.found)


def test_pages_do_not_overlap_and_a_page_too_far_shows_the_first(crowd):
    query = ask(radius_m=60_000)
    first = find_sitters(query, flat_price)
    second = find_sitters(replace(query, page=2), flat_price)
    assert first.total > query_module.PAGE_SIZE
    assert not {f.id for f in first.found} & {f.id for f in second.found}
    assert find_sitters(replace(query, page=25), flat_price).page == 1


# --- single rules ----------------------------------------------------------------------------


def test_sitter_over_the_date_line_is_found(noon):
    sitter = make_sitter(grid_lat_e6=-16_500_000, grid_lng_e6=-179_980_000)
    near = ask(lat_e6=-16_500_000, lng_e6=179_980_000)
    assert found_ids(near) == [sitter.pk]
    assert find_sitters(near, flat_price).found[0].metres < 5_000


def test_dates_beyond_what_the_bits_know_find_nobody(noon):
    make_sitter()
    late = TODAY + timedelta(days=400)
    assert found_ids(ask(**nights(late, 1)))
    assert not found_ids(ask(**nights(late, 2)))
    SearchRow.objects.update(horizon_days=2_000)
    assert not found_ids(ask(**nights(TODAY + timedelta(days=425), 1)))


def test_start_that_has_passed_finds_nobody(noon):
    make_sitter(service_fields={"lead_hours": 0})
    assert not found_ids(ask(**nights(TODAY, 1)))
    assert not found_ids(ask(**nights(TODAY - timedelta(days=5), 2)))


def test_sitter_of_another_kind_or_without_a_rate_is_not_found(noon):
    sitter = make_sitter(kinds=[Kind.DOG_WALK])
    assert not found_ids(ask(Kind.BOARDING))
    assert found_ids(ask(Kind.DOG_WALK, minutes=30)) == [sitter.pk]
    sitter.services.get().rates.filter(minutes=30).delete()
    sitter_changed(sitter)
    assert not found_ids(ask(Kind.DOG_WALK, minutes=30))
    assert found_ids(ask(Kind.DOG_WALK, minutes=60)) == [sitter.pk]


def test_recommended_prefers_the_better_record_at_the_same_distance(noon):
    plain = make_sitter()
    good = make_sitter(rating_count=30, rating_sum=150, answered_count=20, asked_count=20)
    assert found_ids(ask()) == [good.pk, plain.pk]


def test_card_and_terms_come_with_each_result(noon):
    sitter = make_sitter(headline="Quiet <b>flat</b>")
    found = find_sitters(ask(), flat_price).found[0]
    assert json.loads(found.card)["headline"] == "Quiet <b>flat</b>"
    assert json.loads(found.card)["slug"] == sitter.slug
    assert found.total_cents == 4_000


def test_cats_need_a_sitter_who_takes_cats(noon):
    make_sitter(service_fields={"species": [Species.DOG]})
    both = make_sitter()
    assert found_ids(ask(species=frozenset({"dog", "cat"}), pets=2)) == [both.pk]


@pytest.mark.parametrize("sort", list(Sort))
@pytest.mark.parametrize("pets", [1, 2, 3])
def test_search_takes_two_statements(noon, sort, pets, django_assert_num_queries):
    for _ in range(3):
        make_sitter(night_places=4)
    query = ask(sort=sort, pets=pets, **nights(TODAY + timedelta(days=3), 4))
    with django_assert_num_queries(2):
        assert len(find_sitters(query, flat_price).found) == 3
