"""Seats: what a booking holds, what fits beside it, and that nothing else does."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.db import IntegrityError, transaction

from bookings.exceptions import DatesTaken, PlacesHeld
from bookings.services import transitions
from bookings.services.capacity import change_calendar
from bookings.tests.factories import (
    accept,
    make_booking,
    make_choice,
    make_confirmed,
    make_owner,
    make_running,
)
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import CalendarException, Seat, WeekdayHours
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_pet, make_sitter

Resource = Seat.Resource
pytestmark = pytest.mark.django_db


def held(booking) -> set[tuple[int, int, int]]:
    return set(booking.seats.values_list("resource", "slot", "number"))


def fits(booking) -> bool:
    try:
        accept(booking)
    except DatesTaken:
        assert not booking.seats.exists()
        return False
    return True


def ask(sitter, kind, *, pets=1, **choice):
    """A request made before anybody else's was accepted."""
    owner = make_owner()
    animals = [make_pet(owner, name=f"Pet {n}") for n in range(pets)]
    return make_booking(
        sitter=sitter, owner=owner, pets=animals, choice=make_choice(kind, **choice)
    )


# --- What is held --------------------------------------------------------------------------


def test_a_night_holds_a_place_for_each_pet():
    owner = make_owner()
    booking = make_confirmed(owner=owner, pets=[make_pet(owner), make_pet(owner)])
    first = booking.starts_on.toordinal()

    assert held(booking) == {
        (Resource.NIGHT, slot, number) for slot in (first, first + 1) for number in (0, 1)
    }


def test_a_day_holds_a_place_for_each_pet_on_the_chosen_weekdays():
    monday = clock.now().date() + timedelta(days=14)
    monday += timedelta(days=-monday.weekday() % 7)
    choice = make_choice(Kind.DAY_CARE, starts_on=monday, units=7, weekdays=frozenset({0, 2}))
    booking = make_confirmed(sitter=make_sitter(kinds=[Kind.DAY_CARE]), choice=choice)

    first = monday.toordinal()
    assert held(booking) == {(Resource.DAY, first, 0), (Resource.DAY, first + 2, 0)}


def test_a_night_away_is_held_once_for_any_number_of_pets():
    sitter = make_sitter(kinds=[Kind.HOUSE_SITTING])
    booking = accept(ask(sitter, Kind.HOUSE_SITTING, pets=3, units=1))

    assert held(booking) == {(Resource.AWAY, booking.starts_on.toordinal(), 0)}


def test_a_visit_holds_its_quarters_with_the_travel_buffer():
    sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT], service_fields={"buffer_minutes": 15})
    booking = accept(ask(sitter, Kind.DROP_IN_VISIT, units=1))

    quarter = int(booking.starts_at.timestamp()) // 900
    assert held(booking) == {(Resource.TIME, quarter + n, 0) for n in (-1, 0, 1, 2)}


def test_the_freed_number_is_given_to_the_next():
    sitter = make_sitter(night_places=2)
    first, second, third = (ask(sitter, Kind.BOARDING, units=1) for _ in range(3))
    accept(first)
    accept(second)
    transitions.cancel_by_sitter(booking=first, by=sitter.user, reason="ill", text="Ill")
    accept(third)

    assert {number for _r, _s, number in held(third)} == {0}


# --- What fits -----------------------------------------------------------------------------


@pytest.mark.parametrize(("kind", "places"), [(Kind.BOARDING, "night"), (Kind.DAY_CARE, "day")])
def test_as_many_pets_fit_as_there_are_places(kind, places):
    sitter = make_sitter(kinds=[kind], **{f"{places}_places": 3})
    two, another_two, one = ask(sitter, kind, pets=2), ask(sitter, kind, pets=2), ask(sitter, kind)

    assert [fits(two), fits(another_two), fits(one)] == [True, False, True]


def test_a_stay_may_end_where_the_next_begins():
    sitter = make_sitter(night_places=1)
    start = clock.now().date() + timedelta(days=10)
    first = ask(sitter, Kind.BOARDING, starts_on=start, units=2)
    second = ask(sitter, Kind.BOARDING, starts_on=start + timedelta(days=2), units=2)

    assert fits(first)
    assert fits(second)


def test_only_the_full_dates_are_named():
    sitter = make_sitter(night_places=1)
    start = clock.now().date() + timedelta(days=10)
    first = ask(sitter, Kind.BOARDING, starts_on=start + timedelta(days=2), units=1)
    second = ask(sitter, Kind.BOARDING, starts_on=start, units=4)
    accept(first)

    with pytest.raises(DatesTaken) as refusal:
        accept(second)
    assert list(refusal.value.dates) == [start + timedelta(days=2)]


@pytest.mark.parametrize("order", [1, -1], ids=["boarding first", "house sitting first"])
def test_hosting_and_being_away_exclude_each_other(order):
    sitter = make_sitter(kinds=[Kind.BOARDING, Kind.HOUSE_SITTING], night_places=5)
    first, second = [ask(sitter, kind) for kind in (Kind.BOARDING, Kind.HOUSE_SITTING)][::order]

    assert fits(first)
    assert not fits(second)


def test_a_sitter_is_away_for_one_household_at_a_time():
    sitter = make_sitter(kinds=[Kind.HOUSE_SITTING])
    first, second = ask(sitter, Kind.HOUSE_SITTING), ask(sitter, Kind.HOUSE_SITTING)

    assert [fits(first), fits(second)] == [True, False]


@pytest.mark.parametrize("kind", [Kind.BOARDING, Kind.DAY_CARE])
def test_one_household_leaves_the_other_places_empty(kind):
    sitter = make_sitter(kinds=[kind], service_fields={"is_one_household": True})
    first, second = ask(sitter, kind), ask(sitter, kind)

    assert [fits(first), fits(second)] == [True, False]


def at(hour, minute=0):
    return {"units": 1, "visit_times": (time(hour, minute),)}


@pytest.mark.parametrize(
    ("buffer", "minute", "is_possible"),
    [(0, 30, True), (15, 30, False), (15, 45, False), (15, 60, True)],
)
def test_the_way_between_two_visits_is_kept_free(buffer, minute, is_possible):
    sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT], service_fields={"buffer_minutes": buffer})
    first = ask(sitter, Kind.DROP_IN_VISIT, **at(12))
    second = ask(sitter, Kind.DROP_IN_VISIT, **at(12 + minute // 60, minute % 60))

    assert fits(first)
    assert fits(second) == is_possible


@pytest.mark.parametrize(
    ("group_size", "expected"), [(1, [True, False, False]), (2, [True, True, False])]
)
def test_walks_are_shared_by_as_many_households_as_the_group_takes(group_size, expected):
    sitter = make_sitter(kinds=[Kind.DOG_WALK], service_fields={"group_size": group_size})
    walks = [ask(sitter, Kind.DOG_WALK, **at(12)) for _ in range(3)]

    assert [fits(walk) for walk in walks] == expected


@pytest.mark.parametrize("order", [1, -1])
def test_a_walk_is_never_shared_with_a_visit(order):
    sitter = make_sitter(
        kinds=[Kind.DOG_WALK, Kind.DROP_IN_VISIT], service_fields={"group_size": 4}
    )
    first, second = [ask(sitter, k, **at(12)) for k in (Kind.DOG_WALK, Kind.DROP_IN_VISIT)][::order]

    assert [fits(first), fits(second)] == [True, False]


@pytest.mark.parametrize(
    ("first", "last", "is_possible"),
    [
        (time(12), time(12, 30), True),
        (time(12, 1), time(18), False),
        (time(8), time(12, 29), False),
    ],
)
def test_visits_stay_inside_the_days_hours(first, last, is_possible):
    sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT])
    request = ask(sitter, Kind.DROP_IN_VISIT, **at(12))
    WeekdayHours.objects.filter(sitter=sitter).update(visits_from=first, visits_until=last)
    sitter_changed(sitter)

    assert fits(request) == is_possible


def test_two_bookings_cannot_hold_one_seat_whatever_the_code_does():
    booking, other = make_confirmed(), make_booking()
    seat = booking.seats.first()

    with pytest.raises(IntegrityError), transaction.atomic():
        Seat.objects.create(
            sitter_id=seat.sitter_id,
            resource=seat.resource,
            slot=seat.slot,
            number=seat.number,
            booking=other,
        )


def test_checking_out_frees_the_seats():
    booking = make_running()
    with clock.at(booking.ends_at):
        transitions.check_out(booking=booking, by=booking.sitter.user)

    assert not Seat.objects.exists()


# --- Changing the calendar -----------------------------------------------------------------


def set_places(count):
    def edit(capacity):
        capacity.night_places = count
        capacity.save()

    return edit


def test_places_cannot_be_fewer_than_are_held():
    owner = make_owner()
    booking = make_confirmed(owner=owner, pets=[make_pet(owner), make_pet(owner)])
    sitter = booking.sitter

    with pytest.raises(PlacesHeld) as refusal:
        change_calendar(sitter=sitter, edit=set_places(1))
    assert refusal.value.bookings == [booking]
    sitter.capacity.refresh_from_db()
    assert sitter.capacity.night_places == 2

    change_calendar(sitter=sitter, edit=set_places(3))
    sitter.capacity.refresh_from_db()
    assert sitter.capacity.night_places == 3


@pytest.mark.parametrize(("first", "last", "is_refused"), [(0, 2, True), (2, 5, False)])
def test_one_cannot_be_away_on_promised_dates(first, last, is_refused):
    booking = make_confirmed()
    sitter, start = booking.sitter, booking.starts_on

    def go_away(_capacity):
        CalendarException.objects.create(
            sitter=sitter,
            starts_on=start + timedelta(days=first),
            ends_on=start + timedelta(days=last),
        )

    if not is_refused:
        change_calendar(sitter=sitter, edit=go_away)
        return
    with pytest.raises(PlacesHeld):
        change_calendar(sitter=sitter, edit=go_away)
    assert not CalendarException.objects.exists()


def test_a_clock_change_costs_no_night_and_no_seat():
    # Berlin sets its clocks back on 31 October 2027.
    with clock.at(datetime(2027, 9, 1, tzinfo=UTC)):
        booking = make_confirmed(choice=make_choice(starts_on=date(2027, 10, 30), units=2))

    assert booking.units.count() == booking.seats.count() == 2
    assert booking.ends_at - booking.starts_at == timedelta(hours=49)
