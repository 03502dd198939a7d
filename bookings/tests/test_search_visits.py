"""Many visits in one search stay a short question to the database."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bookings.services.schedule import Choice, planned_units
from pawsitters import clock
from profiles.kinds import Kind
from profiles.services.search.sql import progressions
from profiles.tests.factories import make_sitter, make_town

FULL = "&".join(f"times={hour:02}:00" for hour in (8, 10, 12, 14, 16, 18))


@given(
    starts_on=st.dates(date(2026, 1, 1), date(2028, 12, 31)),
    days=st.integers(1, 60),
    hours=st.sets(st.integers(0, 23), min_size=1, max_size=6),
    weekdays=st.frozensets(st.integers(0, 6)),
)
def test_progressions_hold_each_visit_once(starts_on, days, hours, weekdays):
    choice = Choice(
        Kind.DROP_IN_VISIT,
        starts_on,
        starts_on + timedelta(days=days - 1),
        visit_times=tuple(time(hour) for hour in sorted(hours)),
        weekdays=weekdays,
        minutes=30,
    )
    units = planned_units(choice, ZoneInfo("Europe/Berlin"))
    visits = [(unit.starts_at, unit.ends_at) for unit in units]
    found = progressions(visits)
    told = [
        datetime.fromtimestamp(first + number * step, UTC)
        for first, length, step, count in found
        for number in range(count)
    ]
    assert sorted(told) == sorted({begins for begins, _ends in visits})
    assert {length for _first, length, _step, _count in found} <= {1800}
    # At most twice seven weekdays for each time of day: before and after a clock change.
    assert len(found) <= 14 * len(hours)


@pytest.mark.django_db
@pytest.mark.parametrize("kind", ["dog_walk", "drop_in_visit"])
def test_a_search_for_360_visits_is_answered(client, kind, django_assert_max_num_queries):
    """As one condition for each visit this took 4.5 s with a hundred sitters, or failed."""
    make_sitter(kinds=[kind])
    first = clock.now().date() + timedelta(days=5)
    last = first + timedelta(days=59)
    query = f"town={make_town().pk}&km=100&kind={kind}&from={first}&to={last}&{FULL}"
    with django_assert_max_num_queries(3):
        html = client.get(f"/search/?{query}").content.decode()
    assert "1 sitter" in html
