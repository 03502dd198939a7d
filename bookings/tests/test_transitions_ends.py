"""The state table from T8 on: bookings that end by themselves, are missed or cancelled."""

from datetime import timedelta

import pytest

from bookings.exceptions import RefundChanged, RequestRefused
from bookings.models import Booking
from bookings.services import agreements, transitions
from bookings.services.clocks import run_clocks
from bookings.tests.effects import assert_refused, effects
from bookings.tests.factories import (
    make_booking,
    make_confirmed,
    make_owner,
    make_running,
)
from pawsitters import clock

Status = Booking.Status
pytestmark = pytest.mark.django_db


@pytest.fixture
def staff():
    return make_owner(name="Staff", is_staff=True)


# --- T8 and T9 -----------------------------------------------------------------------------


def test_t8_a_running_booking_completes_a_day_after_its_end():
    booking = make_running()
    due = booking.ends_at + timedelta(hours=24)
    with clock.at(due - timedelta(seconds=1)):
        assert run_clocks()["completed"] == 0

    with clock.at(due):
        done = run_clocks()
    assert {what: count for what, count in done.items() if count} == {"completed": 1}
    assert effects(booking) == (Status.COMPLETED, "completed", ["owner", "sitter"], 0)
    assert booking.is_completed_automatically
    assert "automatically" in booking.notices.filter(kind="completed").first().text


@pytest.fixture
def flagged():
    """A booking that nobody checked in to, twelve hours after its end."""
    booking = make_confirmed()
    with clock.at(booking.ends_at + timedelta(hours=12)):
        run_clocks()
        booking.refresh_from_db()
        yield booking


def test_t9_a_booking_without_check_in_is_flagged_once_to_both(flagged):
    assert effects(flagged) == (Status.CONFIRMED, "flagged", ["owner", "sitter"], 2)
    assert flagged.flagged_at
    assert run_clocks()["flagged"] == 0


def test_t9_is_not_due_before_twelve_hours_have_passed():
    booking = make_confirmed()
    with clock.at(booking.ends_at + timedelta(hours=12, seconds=-1)):
        assert run_clocks()["flagged"] == 0
        assert_refused(
            booking, lambda: transitions.report_missed(booking=booking, by=booking.owner)
        )


def test_t9_the_owner_says_that_nobody_came_and_gets_everything_back(flagged):
    transitions.report_missed(booking=flagged, by=flagged.owner)

    assert effects(flagged) == (Status.NO_SHOW_SITTER, "no_show_sitter", ["owner", "sitter"], 0)
    assert flagged.refund_cents == flagged.total_cents


def test_t9_no_access_needs_the_owners_agreement_and_keeps_the_price(flagged):
    transitions.claim_no_access(booking=flagged, by=flagged.sitter.user)
    assert effects(flagged) == (Status.CONFIRMED, "no_access_claimed", ["owner"], 2)

    transitions.agree_no_access(booking=flagged, by=flagged.owner)
    assert effects(flagged) == (Status.NO_SHOW_OWNER, "no_show_owner", ["owner", "sitter"], 0)
    assert flagged.refund_cents == 0
    assert [unit.kept_cents for unit in flagged.units.all()] == [4000, 4000]


def test_t9_no_access_can_only_be_agreed_to_after_it_was_claimed(flagged):
    assert_refused(flagged, lambda: transitions.agree_no_access(booking=flagged, by=flagged.owner))


def test_t9_no_access_is_claimed_once(flagged):
    transitions.claim_no_access(booking=flagged, by=flagged.sitter.user)

    assert_refused(
        flagged, lambda: transitions.claim_no_access(booking=flagged, by=flagged.sitter.user)
    )


def test_t9_staff_decides_who_was_not_there(flagged, staff):
    transitions.decide_no_show(booking=flagged, by=staff, status=Status.NO_SHOW_SITTER)

    assert effects(flagged) == (Status.NO_SHOW_SITTER, "no_show_sitter", ["owner", "sitter"], 0)
    assert flagged.events.last().role == "staff"


def test_t9_a_late_check_in_takes_the_flag_away(flagged):
    transitions.check_in(booking=flagged, by=flagged.sitter.user)

    flagged.refresh_from_db()
    assert flagged.flagged_at is None


# --- T10 to T12 ----------------------------------------------------------------------------


def test_t10_the_refund_that_was_shown_is_the_refund_that_is_executed():
    booking = make_confirmed()
    with clock.at(booking.starts_at - timedelta(hours=2)):
        preview = agreements.owner_preview(booking)
        transitions.cancel_by_owner(booking=booking, by=booking.owner, shown_hash=preview.hash)

    assert effects(booking) == (Status.CANCELLED_BY_OWNER, "cancelled", ["owner", "sitter"], 0)
    assert booking.refund_cents == preview.refund.refund_cents == 4000
    assert [unit.kept_cents for unit in booking.units.all()] == [2000, 2000]


def test_t10_nothing_is_cancelled_when_a_deadline_went_by_meanwhile():
    booking = make_confirmed()
    shown = agreements.owner_preview(booking).hash

    with clock.at(booking.starts_at - timedelta(hours=2)):
        assert_refused(
            booking,
            lambda: transitions.cancel_by_owner(
                booking=booking, by=booking.owner, shown_hash=shown
            ),
            with_=RefundChanged,
        )


def test_t10_two_clicks_refund_once():
    booking = make_confirmed()
    shown = agreements.owner_preview(booking).hash
    transitions.cancel_by_owner(booking=booking, by=booking.owner, shown_hash=shown)

    assert_refused(
        booking,
        lambda: transitions.cancel_by_owner(booking=booking, by=booking.owner, shown_hash=shown),
        says="already cancelled by the owner",
    )


def test_t10_the_rest_of_a_running_booking_can_be_cancelled():
    booking = make_running()
    with clock.at(booking.starts_at + timedelta(hours=1)):
        shown = agreements.owner_preview(booking).hash
        transitions.cancel_by_owner(booking=booking, by=booking.owner, shown_hash=shown)

    booking.refresh_from_db()
    assert [unit.kept_cents for unit in booking.units.all()] == [4000, 2000]
    assert booking.refund_cents == 2000


def test_t10_the_sitter_may_give_back_what_the_policy_lets_them_keep():
    booking = make_confirmed()
    with clock.at(booking.starts_at - timedelta(hours=2)):
        shown = agreements.owner_preview(booking).hash
        transitions.cancel_by_owner(booking=booking, by=booking.owner, shown_hash=shown)
        transitions.give_back_more(booking=booking, by=booking.sitter.user)

    assert effects(booking)[1:3] == ("gave_back", ["owner"])
    assert booking.refund_cents == booking.total_cents
    assert_refused(
        booking, lambda: transitions.give_back_more(booking=booking, by=booking.sitter.user)
    )


def test_t11_a_sitter_who_cancels_gives_back_what_was_not_delivered():
    booking = make_confirmed()
    transitions.cancel_by_sitter(
        booking=booking, by=booking.sitter.user, reason="ill", text="I am in hospital."
    )

    assert effects(booking) == (Status.CANCELLED_BY_SITTER, "cancelled", ["owner", "sitter"], 0)
    assert booking.refund_cents == booking.total_cents
    assert "I am in hospital." in booking.notices.filter(kind="cancelled").first().text


def test_t11_is_over_once_the_booking_has_ended():
    booking = make_running()
    with clock.at(booking.ends_at):
        assert_refused(
            booking,
            lambda: transitions.cancel_by_sitter(
                booking=booking, by=booking.sitter.user, reason="ill", text="Ill"
            ),
            says="already ended",
        )


@pytest.mark.parametrize("make", [make_booking, make_confirmed, make_running])
def test_t12_staff_cancels_in_any_open_state_with_an_explicit_refund(make, staff):
    booking = make()
    transitions.cancel_by_staff(booking=booking, by=staff, reason="Fraud", refund_cents=1234)

    assert effects(booking) == (Status.CANCELLED_BY_STAFF, "cancelled", ["owner", "sitter"], 0)
    assert booking.refund_cents == 1234
    assert booking.events.last().data["reason"] == "Fraud"


def test_t12_the_refund_lies_between_nothing_and_the_total(staff):
    booking = make_confirmed()
    for cents in (-1, booking.total_cents + 1):
        assert_refused(
            booking,
            lambda cents=cents: transitions.cancel_by_staff(
                booking=booking, by=staff, reason="x", refund_cents=cents
            ),
            with_=RequestRefused,
        )
