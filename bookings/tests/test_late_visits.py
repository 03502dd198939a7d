"""Not begun 20 minutes after the planned start: the owner is told; at 40 staff too (product.md 11)."""

from datetime import timedelta

import pytest

from bookings.models import Booking, BookingUnit, Notice
from bookings.services.clocks import run_clocks
from bookings.services.late_visits import late_bookings, tell_of_late
from bookings.tests.factories import cancel, make_confirmed, make_owner
from bookings.tests.race import run_at_once
from bookings.tests.visit_tools import enter, leave, make_visits
from pawsitters import clock
from profiles.kinds import Kind

pytestmark = pytest.mark.django_db


def told(booking, minutes: float) -> dict[str, int]:
    """Who has been told so long after the start, by the clock of the worker."""
    with clock.at(booking.starts_at + timedelta(minutes=minutes)):
        run_clocks()
    late = Notice.objects.filter(kind__startswith="late_")
    return {
        "owner": late.filter(recipient=booking.owner).count(),
        "sitter": late.filter(recipient=booking.sitter.user).count(),
        "staff": late.filter(recipient__is_staff=True).count(),
    }


@pytest.fixture
def staff():
    return make_owner(is_staff=True, name="Robin")


@pytest.mark.parametrize("kind", list(Kind))
def test_the_owner_is_told_20_minutes_after_the_start_and_staff_after_40_each_once(kind, staff):
    booking = make_confirmed() if kind == Kind.BOARDING else make_visits(kind)

    assert told(booking, 19.9) == {"owner": 0, "sitter": 0, "staff": 0}
    assert told(booking, 20) == {"owner": 1, "sitter": 1, "staff": 0}
    assert told(booking, 39.9) == {"owner": 1, "sitter": 1, "staff": 0}
    assert told(booking, 40) == told(booking, 55) == {"owner": 1, "sitter": 1, "staff": 1}
    with clock.at(booking.starts_at + timedelta(minutes=40)):
        assert booking.units.first() in BookingUnit.objects.late_for_staff(clock.now())
    enter(booking, at=booking.starts_at + timedelta(minutes=58))
    assert not BookingUnit.objects.late_for_staff(clock.now()).exists()


def test_a_worker_that_comes_late_tells_both_at_once(staff):
    assert told(make_visits(units=4), 90) == {"owner": 1, "sitter": 1, "staff": 1}


def test_after_a_day_nobody_is_told(staff):
    assert told(make_visits(), 60 * 30) == {"owner": 0, "sitter": 0, "staff": 0}


def test_who_has_checked_in_or_cancelled_is_not_told(staff):
    begun, cancelled = make_visits(), make_visits()
    enter(begun)
    with clock.at(cancelled.starts_at - timedelta(hours=1)):
        cancel(cancelled)

    assert told(begun, 50)["owner"] == told(cancelled, 50)["owner"] == 0


def test_each_visit_of_a_booking_is_watched_for_itself(staff):
    booking = make_visits()
    enter(booking), leave(booking, 1)
    second = booking.units.get(number=2)

    minutes = (second.starts_at - booking.starts_at).total_seconds() / 60
    assert told(booking, minutes + 25) == {"owner": 1, "sitter": 1, "staff": 0}
    assert "12:00" in Notice.objects.get(recipient=booking.owner, kind="late_visit").text


def test_the_mail_of_a_late_visit_cannot_be_switched_off():
    booking = make_visits(owner=make_owner(unwanted_mails=["care", "messages", "reviews"]))
    told(booking, 25)

    assert Notice.objects.get(recipient=booking.owner, kind="late_visit").send_after


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_of_six_workers_at_once_one_tells():
    staff = make_owner(is_staff=True)
    booking = make_visits()
    at = booking.starts_at + timedelta(minutes=45)
    with clock.at(at):
        found = list(late_bookings())

    def work():
        with clock.at(at):
            for one in found:
                tell_of_late(booking=one)

    run_at_once([work] * 6)

    assert found == [Booking.objects.get(pk=booking.pk)]
    for person in (booking.owner, booking.sitter.user, staff):
        assert Notice.objects.filter(recipient=person, kind__startswith="late_").count() == 1
