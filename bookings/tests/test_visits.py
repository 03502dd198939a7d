"""Visits and days are checked in and out one by one (product.md 9, T6–T9, and 11)."""

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bookings.models import Booking, BookingUnit
from bookings.services import transitions
from bookings.services.history import faults
from bookings.tests.effects import assert_refused, effects
from bookings.tests.factories import (
    cancel,
    make_confirmed,
    make_in,
    make_owner,
    make_running,
)
from bookings.tests.page_tools import page
from bookings.tests.race import run_at_once
from bookings.tests.visit_tools import enter, leave, make_visits
from pawsitters import clock
from profiles.kinds import Kind
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_sitter

Status = Booking.Status
pytestmark = pytest.mark.django_db


def states(booking) -> list[tuple[bool, bool]]:
    return [
        (bool(u.checked_in_at), bool(u.checked_out_at))
        for u in BookingUnit.objects.filter(booking=booking)
    ]


@pytest.mark.parametrize("kind", [Kind.DROP_IN_VISIT, Kind.DOG_WALK, Kind.DAY_CARE])
def test_t6_the_first_check_in_begins_the_booking_and_t7_the_last_check_out_completes_it(kind):
    booking = make_visits(kind, units=2 if kind == Kind.DAY_CARE else 1)

    assert effects(enter(booking))[:3] == (Status.IN_PROGRESS, "checked_in", ["owner"])
    assert effects(leave(booking, 1))[:3] == (Status.IN_PROGRESS, "visit_ended", [])
    assert effects(enter(booking, 2))[:3] == (Status.IN_PROGRESS, "visit_begun", ["owner"])
    assert effects(leave(booking, 2)) == (Status.COMPLETED, "completed", ["owner", "sitter"], 0)
    assert states(booking) == [(True, True), (True, True)]
    assert list(faults(Booking.objects.get(pk=booking.pk))) == []


def test_t6_a_stay_has_one_check_in_at_its_start_and_one_check_out_at_its_end():
    booking = make_in(Status.COMPLETED)

    assert states(booking) == [(True, False), (False, True)]
    assert booking.units.first().checked_in_at == booking.checked_in_at


def test_a_visit_is_checked_in_from_60_minutes_before_its_planned_start():
    booking = make_visits()
    enter(booking), leave(booking, 1)
    opens_at = booking.units.get(number=2).starts_at - timedelta(minutes=60)

    early = opens_at - timedelta(seconds=1)
    with clock.at(early):
        assert_refused(
            booking, lambda: enter(booking, 2, at=early), says="one hour before the start"
        )
    assert enter(booking, 2, at=opens_at).status == Status.IN_PROGRESS


def test_a_second_click_on_check_in_or_out_is_told_when_it_happened():
    booking = make_visits()
    enter(booking, 1)

    assert_refused(booking, lambda: enter(booking, 1), says="checked in already, at 08:00")
    leave(booking, 1)
    assert_refused(booking, lambda: leave(booking, 1), says="checked out already, at 08:30")
    assert states(booking) == [(True, True), (False, False)]


def test_visits_out_of_order_are_refused_with_a_sentence():
    booking = make_visits(times=(time(8), time(8, 30)))
    first, second = booking.units.all()

    assert_refused(
        booking, lambda: enter(booking, 2, at=first.starts_at), says="The one at 08:00 comes first"
    )
    assert_refused(booking, lambda: leave(booking, 2), says="not checked in there yet")
    enter(booking, 1)
    assert_refused(
        booking, lambda: enter(booking, 2), says="still checked in since 08:00. Check out there"
    )
    assert_refused(booking, lambda: leave(booking, 2), says="not checked in there yet")


def test_a_skipped_visit_is_seen_as_such_by_both_and_stays_skipped(client):
    booking = make_visits(units=2)
    enter(booking, 1), leave(booking, 1), enter(booking, 3), leave(booking, 3)

    assert_refused(
        booking, lambda: enter(booking, 2, at=booking.ends_at), says="A later one has begun already"
    )
    moment = booking.units.get(number=3).ends_at
    for role in ("owner", "sitter"):
        assert page(client, booking, role, moment).count("Not checked in") == 1


def test_a_missed_visit_may_be_made_late_until_the_next_one_is_due():
    booking = make_visits()
    first, second = booking.units.all()

    with clock.at(first.ends_at + timedelta(minutes=20)):
        transitions.check_in(booking=booking, by=booking.sitter.user)
    assert states(booking)[0] == (True, False)

    other = make_visits()
    with clock.at(other.units.get(number=2).starts_at - timedelta(minutes=10)):
        transitions.check_in(booking=other, by=other.sitter.user)
    assert states(other) == [(False, False), (True, False)]


def test_a_booking_cancelled_meanwhile_takes_no_check_in():
    booking = make_visits()
    with clock.at(booking.starts_at - timedelta(minutes=30)):
        cancel(booking)

    assert_refused(booking, lambda: enter(booking, 1), says="already cancelled by the owner")


def test_only_the_sitter_checks_in_to_a_visit(client):
    booking = make_visits()
    for by in (booking.owner, make_owner()):
        with clock.at(booking.starts_at):
            assert_refused(
                booking,
                lambda by=by: transitions.check_in(booking=booking, by=by, number=1),
                says="Only the sitter",
            )


def test_a_visit_on_the_hour_that_spring_skips_has_its_check_in_an_hour_before_by_the_clock():
    """On 28 March 2027 a clock in Berlin shows 03:30 where 02:30 would be."""
    with clock.at(datetime(2027, 3, 20, 12, tzinfo=UTC)):
        sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT])
        sitter.weekday_hours.update(visits_from=time(0), visits_until=time(22))
        sitter_changed(sitter)
        booking = make_visits(sitter=sitter, starts_on=date(2027, 3, 28), times=(time(2, 30),))
    opens_at = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # 01:30, of which an hour later is 03:30

    with pytest.raises(Exception, match="one hour before"):
        enter(booking, at=opens_at - timedelta(seconds=1))
    assert enter(booking, at=opens_at).status == Status.IN_PROGRESS


def test_a_visit_on_29_february_is_a_visit_like_any_other():
    with clock.at(datetime(2028, 2, 20, 12, tzinfo=UTC)):
        booking = make_visits(starts_on=date(2028, 2, 29), times=(time(8),))
    enter(booking)

    assert leave(booking).status == Status.COMPLETED
    assert booking.units.get().on == date(2028, 2, 29)


def test_the_record_names_each_visit_but_the_page_is_not_buried(client):
    booking = make_visits(units=3)
    for number in range(1, 7):
        enter(booking, number), leave(booking, number)
    client.force_login(booking.owner)

    record = client.get(f"{booking.get_absolute_url()}record/").text
    assert "checked in to number 2" in record
    line = client.get(booking.get_absolute_url()).text.split('id="line-title"')[1]
    assert "number 2" not in line.split("</section>")[0]


def test_the_buttons_name_the_visit_so_that_a_stale_page_does_no_other(client):
    booking = make_visits(times=(time(8), time(8, 30)))
    client.force_login(booking.sitter.user)
    address = f"{booking.get_absolute_url()}visits/1/check-in/"
    with clock.at(booking.starts_at):
        assert address in client.get(booking.get_absolute_url()).text
        client.post(address)
        client.post(f"{booking.get_absolute_url()}visits/1/check-out/")
        second = client.post(address, follow=True)

    assert "You checked in already, at 08:00" in second.text
    assert states(booking) == [(True, True), (False, False)]


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_of_six_check_ins_to_one_visit_at_once_one_counts():
    booking = make_visits()

    found = run_at_once([lambda: enter(booking, 1).status] * 6)

    assert sorted(found) == sorted(["in_progress", *["NotAllowedNow"] * 5])
    assert booking.events.filter(verb="checked_in").count() == 1
    assert booking.notices.filter(kind="checked_in").count() == 1


def test_running_stays_are_not_visits():
    booking = make_running()
    with clock.at(booking.starts_at):
        assert_refused(
            booking,
            lambda: transitions.check_in(booking=booking, by=booking.sitter.user, number=2),
            says="already in progress",
        )
    assert not BookingUnit.objects.filter(number=2, checked_in_at__isnull=False).exists()
    assert make_confirmed().units.filter(checked_in_at=None).count() == 2
