"""Search rows follow every change: an edit, a booking, its end, and the passing of days."""

from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from bookings.services.capacity import lock_capacity, release_seats
from bookings.tests.factories import make_choice, make_confirmed, make_owner
from pawsitters import clock
from profiles.kinds import KIND_CODES, Kind
from profiles.models import CalendarException, SearchCard, SearchRow, Seat, SitterProfile
from profiles.services.search import (
    rebuild_search,
    roll_forward,
    sitters_with_wrong_bits,
)
from profiles.services.search.bits import DAYS_PER_COLUMN, RING_DAYS
from profiles.services.search.rows import KIND_SHIFT
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db
NOON = datetime(2027, 3, 1, 12, tzinfo=UTC)
SOON = NOON.date() + timedelta(days=10)
NIGHTS = (Kind.BOARDING, Kind.HOUSE_SITTING)


@pytest.fixture(autouse=True)
def noon():
    with clock.at(NOON):
        yield


def row_of(sitter, kind) -> SearchRow:
    code = KIND_CODES[Kind(kind)]
    return next(
        row for row in SearchRow.objects.filter(sitter_id=sitter.pk) if row.id >> KIND_SHIFT == code
    )


def is_set(row, name, on) -> bool:
    day = on.toordinal()
    bits = getattr(row, f"{name}_{day // DAYS_PER_COLUMN % 7}")
    return bool(bits >> day % DAYS_PER_COLUMN & 1)


def states(sitter, kind, *days) -> list[tuple[bool, bool]]:
    row = row_of(sitter, kind)
    return [(is_set(row, "busy", on), is_set(row, "tight", on)) for on in days]


FREE, LAST_ONE, FULL = (False, False), (False, True), (True, True)


def test_booking_a_night_marks_exactly_its_nights():
    sitter = make_sitter(night_places=2)
    make_confirmed(sitter=sitter, choice=make_choice(starts_on=SOON, units=2))
    around = [SOON + timedelta(days=n) for n in range(-1, 3)]
    assert states(sitter, Kind.BOARDING, *around) == [FREE, LAST_ONE, LAST_ONE, FREE]
    make_confirmed(sitter=sitter, choice=make_choice(starts_on=SOON, units=1))
    assert states(sitter, Kind.BOARDING, *around) == [FREE, FULL, LAST_ONE, FREE]
    assert sitters_with_wrong_bits() == []


def test_hosting_and_being_away_exclude_each_other():
    sitter = make_sitter(kinds=[*NIGHTS, Kind.DAY_CARE])
    make_confirmed(sitter=sitter, choice=make_choice(Kind.BOARDING, starts_on=SOON, units=1))
    assert states(sitter, Kind.HOUSE_SITTING, SOON) == [FULL]
    later = SOON + timedelta(days=5)
    make_confirmed(sitter=sitter, choice=make_choice(Kind.HOUSE_SITTING, starts_on=later, units=1))
    assert states(sitter, Kind.BOARDING, later) == [FULL]
    assert states(sitter, Kind.DAY_CARE, SOON, later) == [FREE, FREE]
    assert sitters_with_wrong_bits() == []


def test_released_seats_are_open_again():
    sitter = make_sitter(night_places=1)
    booking = make_confirmed(sitter=sitter, choice=make_choice(starts_on=SOON, units=3))
    assert states(sitter, Kind.BOARDING, SOON) == [FULL]
    release_seats(booking, lock_capacity(sitter.pk))
    assert states(sitter, Kind.BOARDING, SOON) == [(False, True)]
    assert sitters_with_wrong_bits() == []


def test_one_household_fills_the_date():
    sitter = make_sitter(night_places=4, service_fields={"is_one_household": True})
    make_confirmed(sitter=sitter, choice=make_choice(starts_on=SOON, units=1))
    assert states(sitter, Kind.BOARDING, SOON) == [FULL]


def test_exceptions_and_the_weekly_template_are_in_the_bits():
    sitter = make_sitter(kinds=[Kind.BOARDING, Kind.DOG_WALK], night_places=3)
    away, few = SOON + timedelta(days=20), SOON + timedelta(days=30)
    CalendarException.objects.create(
        sitter=sitter, starts_on=away, ends_on=away + timedelta(days=1)
    )
    CalendarException.objects.create(
        sitter=sitter, starts_on=few, ends_on=few + timedelta(days=1), is_away=False, night_places=1
    )
    sitter.weekday_hours.filter(weekday=SOON.weekday()).delete()
    sitter_changed(sitter)
    assert states(sitter, Kind.BOARDING, SOON, away, few) == [FULL, FULL, LAST_ONE]
    assert states(sitter, Kind.DOG_WALK, SOON, away, few) == [FULL, FULL, FREE]


def test_paused_sitter_and_closed_account_leave_no_row():
    sitter, closed = make_sitter(), make_sitter()
    sitter.status = SitterProfile.Status.PAUSED
    sitter.save()
    sitter_changed(sitter)
    closed.user.is_active = False
    closed.user.save()
    sitter_changed(closed)
    assert not SearchRow.objects.exists()
    assert not SearchCard.objects.exists()


def test_moving_leaves_one_row_at_the_new_place():
    sitter = make_sitter()
    old = row_of(sitter, Kind.BOARDING).id
    sitter.grid_lat_e6 += 500_000
    sitter.save()
    sitter_changed(sitter)
    row = SearchRow.objects.get()
    assert row.id != old
    assert row.lat_e6 == sitter.grid_lat_e6
    assert SearchCard.objects.get().id == row.id


def test_booking_far_ahead_is_known_although_rows_end_before():
    sitter = make_sitter(night_places=1)
    far = NOON.date() + timedelta(days=400)
    make_confirmed(sitter=sitter, choice=make_choice(starts_on=far, units=1))
    assert states(sitter, Kind.BOARDING, far) == [FULL]
    assert sitters_with_wrong_bits() == []


def test_freeing_a_past_night_does_not_touch_the_day_a_ring_later():
    sitter = make_sitter(night_places=1)
    booking = make_confirmed(sitter=sitter, choice=make_choice(starts_on=SOON, units=3))
    with clock.at(NOON + timedelta(days=12)):
        sitter_changed(sitter)
        release_seats(booking, lock_capacity(sitter.pk))
        assert sitters_with_wrong_bits() == []


def test_rows_stay_true_while_days_go_by_and_roll_forward_in_time():
    sitter = make_sitter(night_places=1)
    make_confirmed(sitter=sitter, choice=make_choice(starts_on=SOON, units=2))
    filled_to = row_of(sitter, Kind.BOARDING).filled_to
    assert filled_to == NOON.toordinal() - 1 + RING_DAYS - 1
    with clock.at(NOON + timedelta(days=5)):
        assert sitters_with_wrong_bits() == []
        assert roll_forward(clock.now().date()) == 0
    later = NOON + timedelta(days=30)
    with clock.at(later):
        assert sitters_with_wrong_bits() == []
        assert roll_forward(later.date()) == 1
        assert roll_forward(later.date()) == 0
        # The held nights have passed; the days that took over their bits are open.
        row = row_of(sitter, Kind.BOARDING)
        assert row.filled_to == filled_to + 30
        assert states(sitter, Kind.BOARDING, SOON + timedelta(days=RING_DAYS)) == [LAST_ONE]


def test_rebuild_makes_what_the_edits_made(capsys):
    sitters = [make_sitter(kinds=list(Kind)) for _ in range(3)]
    owner = make_owner()
    for sitter in sitters:
        make_confirmed(
            sitter=sitter, owner=owner, pets=[make_pet(owner)], choice=make_choice(starts_on=SOON)
        )
    before = list(SearchRow.objects.order_by("id").values())
    SearchRow.objects.filter(sitter_id=sitters[0].pk).delete()
    SearchRow.objects.filter(sitter_id=sitters[1].pk).update(busy_1=5)
    assert sitters_with_wrong_bits() == [sitters[0].pk, sitters[1].pk]
    out = StringIO()
    call_command("rebuild_search", stdout=out)
    assert "3 sitters can be found" in out.getvalue()
    assert list(SearchRow.objects.order_by("id").values()) == before


def test_rebuild_forgets_sitters_who_left():
    sitter = make_sitter()
    SitterProfile.objects.filter(pk=sitter.pk).update(status=SitterProfile.Status.SUSPENDED)
    assert rebuild_search() == 0
    assert not SearchRow.objects.exists()


def test_updating_bits_takes_two_statements(django_assert_num_queries):
    from profiles.services.search import update_busy

    sitter = make_sitter(kinds=list(Kind))
    booking = make_confirmed(sitter=sitter, choice=make_choice(starts_on=SOON))
    capacity = lock_capacity(sitter.pk)
    Seat.objects.filter(booking=booking).delete()
    with django_assert_num_queries(2):
        update_busy(sitter, capacity, [SOON, SOON + timedelta(days=1)])
    assert states(sitter, Kind.BOARDING, SOON) == [FREE]
