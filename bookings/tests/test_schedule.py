from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings

from bookings.services import schedule
from bookings.services.schedule import Choice, PlannedUnit, planned_units, seat_slots, to_utc
from bookings.tests import strategies
from bookings.tests.golden import BERLIN, G3_CHOICE, stay
from profiles.kinds import Kind
from profiles.models import Seat


def utc(*parts) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_time_that_does_not_exist_moves_forward_by_the_gap():
    assert to_utc(date(2027, 3, 28), time(2, 30), BERLIN) == utc(2027, 3, 28, 1, 30)  # 03:30 there


def test_time_that_exists_twice_is_the_first():
    assert to_utc(date(2027, 10, 31), time(2, 30), BERLIN) == utc(2027, 10, 31, 0, 30)
    assert to_utc(date(2027, 10, 31), time(2, 30, fold=1), BERLIN) == utc(2027, 10, 31, 0, 30)


def test_half_hour_gap_moves_by_half_an_hour():
    lord_howe = ZoneInfo("Australia/Lord_Howe")
    moved = to_utc(date(2027, 10, 3), time(2, 15), lord_howe).astimezone(lord_howe)
    assert moved.time() == time(2, 45)


@pytest.mark.parametrize("first", [date(2027, 3, 27), date(2027, 10, 30)])
def test_stay_over_a_clock_change_has_the_same_nights(first):
    units = planned_units(stay(first, first + timedelta(days=3)), BERLIN)

    assert [unit.on for unit in units] == [first + timedelta(days=n) for n in range(3)]
    assert {unit.starts_at.astimezone(BERLIN).time() for unit in units} == {time(10)}
    hours = {(unit.ends_at - unit.starts_at) // timedelta(hours=1) for unit in units}
    assert hours == ({23, 24} if first.month == 3 else {24, 25})


def test_nights_over_29_february():
    units = planned_units(stay(date(2028, 2, 28), date(2028, 3, 1)), BERLIN)
    assert [unit.on for unit in units] == [date(2028, 2, 28), date(2028, 2, 29)]


def test_last_night_ends_at_the_hour_of_collecting():
    choice = Choice(Kind.BOARDING, date(2027, 6, 1), date(2027, 6, 3), time(18), time(9, 30))
    units = planned_units(choice, BERLIN)

    assert choice.ends_on == date(2027, 6, 3)
    assert units[0].ends_at == units[1].starts_at == utc(2027, 6, 2, 16)
    assert units[1].ends_at == utc(2027, 6, 3, 7, 30)


def test_days_end_the_day_after_the_last_and_keep_to_the_weekdays():
    choice = Choice(
        Kind.DAY_CARE,
        date(2027, 6, 7),  # a Monday
        date(2027, 6, 13),
        time(8),
        time(18),
        weekdays=frozenset({0, 4}),
    )
    assert choice.ends_on == date(2027, 6, 14)
    assert choice.dates == (date(2027, 6, 7), date(2027, 6, 11))
    assert [u.ends_at for u in planned_units(choice, BERLIN)] == [
        utc(2027, 6, 7, 16),
        utc(2027, 6, 11, 16),
    ]


def test_visits_come_in_order_of_time():
    units = planned_units(G3_CHOICE, BERLIN)
    assert len(units) == 6
    assert units[0] == PlannedUnit(date(2027, 6, 5), utc(2027, 6, 5, 6), utc(2027, 6, 5, 6, 30))
    assert [unit.starts_at for unit in units] == sorted(unit.starts_at for unit in units)


@settings(max_examples=150, deadline=None)
@given(strategies.choices(), strategies.zones)
def test_units_last_and_do_not_depend_on_the_clock(choice, zone):
    units = planned_units(choice, zone)
    visits = len(choice.visit_times) if choice.kind.is_visits else 1

    assert len(units) == len(choice.dates) * visits
    assert all(unit.ends_at > unit.starts_at for unit in units)
    if choice.kind.is_nights:
        assert [u.starts_at for u in units[1:]] == [u.ends_at for u in units[:-1]]


def test_day_care_whose_first_hour_is_skipped_still_lasts():
    choice = Choice(Kind.DAY_CARE, date(2027, 3, 28), date(2027, 3, 28), time(2, 30), time(3, 10))
    (unit,) = planned_units(choice, BERLIN)
    assert unit.ends_at - unit.starts_at == timedelta(minutes=40)


def test_resources_are_those_of_the_seats():
    assert [schedule.NIGHT, schedule.DAY, schedule.AWAY, schedule.TIME] == [
        Seat.Resource.NIGHT,
        Seat.Resource.DAY,
        Seat.Resource.AWAY,
        Seat.Resource.TIME,
    ]


@pytest.mark.parametrize(
    ("kind", "resource"),
    [(Kind.BOARDING, 1), (Kind.DAY_CARE, 2), (Kind.HOUSE_SITTING, 3)],
)
def test_a_night_or_day_takes_the_seat_of_its_date(kind, resource):
    choice = Choice(kind, date(2027, 6, 1), date(2027, 6, 2), time(8), time(18))
    slots = seat_slots(kind, planned_units(choice, BERLIN))
    assert slots[0] == (resource, date(2027, 6, 1).toordinal())
    assert len(slots) == (1 if kind.is_nights else 2)


def quarters(start: datetime, end: datetime, buffer: int) -> list[str]:
    unit = PlannedUnit(start.date(), start, end)
    slots = seat_slots(Kind.DOG_WALK, [unit], buffer)
    return [f"{datetime.fromtimestamp(slot * 900, UTC):%H:%M}" for _resource, slot in slots]


def test_a_visit_takes_each_quarter_that_it_touches():
    eight = utc(2027, 6, 1, 8)
    half_past = utc(2027, 6, 1, 8, 30)
    assert quarters(eight, half_past, 0) == ["08:00", "08:15"]
    assert quarters(eight, half_past, 15) == ["07:45", "08:00", "08:15", "08:30"]
    assert quarters(eight, half_past, 10) == ["07:45", "08:00", "08:15", "08:30"]
    assert quarters(eight, utc(2027, 6, 1, 8, 31), 0) == ["08:00", "08:15", "08:30"]


def test_quarters_shared_by_two_visits_are_taken_once():
    choice = Choice(
        Kind.DOG_WALK,
        date(2027, 6, 1),
        date(2027, 6, 1),
        visit_times=(time(8), time(8, 30)),
        minutes=30,
    )
    slots = seat_slots(Kind.DOG_WALK, planned_units(choice, BERLIN), 15)
    assert len(slots) == len(set(slots)) == 6
    assert list(slots) == sorted(slots)
