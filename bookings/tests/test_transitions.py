"""The state table, line by line: what each event does, and who is refused and told why."""

from datetime import timedelta

import pytest

from bookings.exceptions import DatesTaken, RequestRefused
from bookings.models import Booking
from bookings.services import transitions
from bookings.services.capacity import find_conflicts
from bookings.services.care import must_follow_lines
from bookings.services.clocks import run_clocks
from bookings.services.history import faults
from bookings.services.requests import service_of, submit_request
from bookings.services.schedule import PlannedUnit
from bookings.tests.effects import assert_refused, effects
from bookings.tests.factories import (
    accept,
    just_before,
    make_booking,
    make_choice,
    make_confirmed,
    make_owner,
    make_running,
)
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import Seat
from profiles.tests.factories import make_pet, make_sitter

Status = Booking.Status
pytestmark = pytest.mark.django_db


# --- T1 ------------------------------------------------------------------------------------


def test_t1_a_request_copies_the_price_and_holds_no_seat():
    booking = make_booking()

    assert effects(booking) == (Status.REQUESTED, "requested", ["owner", "sitter"], 0)
    assert booking.total_cents == sum(line.amount_cents for line in booking.lines.all()) == 8000
    assert booking.units.count() == 2
    assert booking.care_address == "Hafenweg 1, 10117 Berlin"
    assert booking.expires_at == booking.requested_at + timedelta(hours=24)


def test_t1_the_same_form_sent_twice_makes_one_booking():
    first = make_booking(idempotency_key="form-1")
    again = submit_request(
        owner=first.owner,
        sitter=first.sitter,
        choice=make_choice(),
        pets=[first.booking_pets.get().pet],
        shown_total_cents=8000,
        idempotency_key="form-1",
    )

    assert again == first
    assert first.notices.count() == 2


@pytest.mark.parametrize(
    ("hours_ahead", "answer_hours"), [(100, 24), (20, 18), (2.5, 1)], ids=["a day", "lead", "hour"]
)
def test_t1_the_time_to_answer_ends_before_the_lead_time_but_lasts_an_hour(
    hours_ahead, answer_hours
):
    sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT], service_fields={"lead_hours": 2})
    choice = make_choice(Kind.DROP_IN_VISIT, units=1)
    starts_at = make_booking(sitter=sitter, choice=choice).starts_at
    with clock.at(starts_at - timedelta(hours=hours_ahead)):
        booking = make_booking(sitter=sitter, choice=choice)

    assert booking.expires_at - booking.requested_at == timedelta(hours=answer_hours)


def test_t1_instant_booking_is_confirmed_at_once():
    booking = make_booking(sitter=make_sitter(service_fields={"is_instant": True}))

    assert effects(booking) == (Status.CONFIRMED, "confirmed", ["owner", "sitter"], 2)
    assert [event.verb for event in booking.events.all()] == ["requested", "confirmed"]


def test_t1_instant_booking_with_must_follow_lines_waits_for_the_sitters_ticks():
    owner = make_owner()
    booking = make_booking(
        sitter=make_sitter(service_fields={"is_instant": True}),
        owner=owner,
        pets=[make_pet(owner, must_follow="Never alone")],
    )

    assert effects(booking) == (Status.REQUESTED, "requested", ["owner", "sitter"], 0)


# --- T2 ------------------------------------------------------------------------------------


def test_t2_accepting_confirms_claims_seats_and_copies_the_care_sheet():
    owner = make_owner()
    pets = [make_pet(owner, name="Biscuit", feeding="300 g"), make_pet(owner, name="Moss")]
    booking = accept(make_booking(owner=owner, pets=pets))

    assert effects(booking) == (Status.CONFIRMED, "confirmed", ["owner", "sitter"], 4)
    assert booking.confirmed_at == booking.answered_at
    sheet = booking.booking_pets.get(name="Biscuit").care_sheet
    assert ["Feeding", "300 g"] in sheet["care"]


def test_t2_accepting_wants_every_must_follow_line_ticked():
    owner = make_owner()
    pet = make_pet(owner, name="Moss", must_follow="Half a tablet at 8:00\n\nNever off the lead\n")
    booking = make_booking(owner=owner, pets=[pet])
    lines = must_follow_lines(booking)
    assert [line for _, line in lines] == [
        "Moss: Half a tablet at 8:00",
        "Moss: Never off the lead",
    ]

    def accept_with(keys):
        transitions.accept_booking(booking=booking, by=booking.sitter.user, ticked=keys)

    assert_refused(booking, lambda: accept_with([lines[0][0]]), with_=RequestRefused, says="tick")
    accept_with([key for key, _ in lines])
    assert booking.booking_pets.get().must_follow == [
        "Half a tablet at 8:00",
        "Never off the lead",
    ]


def test_t2_a_second_acceptance_is_told_that_it_is_already_confirmed():
    booking = make_confirmed()

    assert_refused(booking, lambda: accept(booking), says="already confirmed")


def test_t2_is_too_late_after_the_time_to_answer():
    booking = make_booking()

    with clock.at(booking.expires_at):
        assert_refused(booking, lambda: accept(booking), says="time to answer is over")


def test_t2_is_refused_with_the_dates_when_the_places_went_to_somebody_else():
    sitter = make_sitter(night_places=1)
    first, second = make_booking(sitter=sitter), make_booking(sitter=sitter)
    accept(first)

    with pytest.raises(DatesTaken) as refusal:
        accept(second)
    assert refusal.value.dates == [unit.on for unit in second.units.all()]
    assert effects(second)[0] == Status.REQUESTED
    assert second.seats.count() == 0


def test_t2_other_open_requests_no_longer_fit():
    sitter = make_sitter(night_places=1)
    first, second = make_booking(sitter=sitter), make_booking(sitter=sitter)
    units = [PlannedUnit(u.on, u.starts_at, u.ends_at) for u in second.units.all()]
    service = service_of(sitter, Kind.BOARDING)
    assert find_conflicts(sitter=sitter, service=service, units=units, pets=1) == []

    accept(first)
    assert len(find_conflicts(sitter=sitter, service=service, units=units, pets=1)) == 2


# --- T3 and T4 -----------------------------------------------------------------------------


def test_t3_declining_closes_the_request_and_tells_the_owner():
    booking = make_booking()
    transitions.decline_booking(
        booking=booking, by=booking.sitter.user, reason="dates", text="I am away."
    )

    assert effects(booking) == (Status.DECLINED, "declined", ["owner"], 0)
    assert (booking.end_reason, booking.end_text) == ("dates", "I am away.")
    assert "I am away." in booking.notices.get(kind="declined").text


def test_t3_nothing_but_a_request_can_be_declined():
    booking = make_confirmed()

    assert_refused(
        booking,
        lambda: transitions.decline_booking(
            booking=booking, by=booking.sitter.user, reason="dates"
        ),
        says="already confirmed",
    )


def test_t4_withdrawing_closes_the_request_and_tells_the_sitter():
    booking = make_booking()
    transitions.withdraw_booking(booking=booking, by=booking.owner)

    assert effects(booking) == (Status.WITHDRAWN, "withdrawn", ["sitter"], 0)
    assert_refused(
        booking,
        lambda: transitions.withdraw_booking(booking=booking, by=booking.owner),
        says="already withdrawn; there is nothing left to do",
    )
    assert_refused(booking, lambda: accept(booking), says="already withdrawn")


# --- T5 ------------------------------------------------------------------------------------


def test_t5_a_request_runs_out_when_its_time_is_over():
    booking = make_booking()
    with clock.at(booking.expires_at - timedelta(seconds=1)):
        assert run_clocks()["expired"] == 0
    assert_refused(booking, lambda: transitions.expire_booking(booking=booking))

    with clock.at(booking.expires_at):
        assert run_clocks()["expired"] == 1
        assert run_clocks()["expired"] == 0
    assert effects(booking) == (Status.EXPIRED, "expired", ["owner", "sitter"], 0)
    assert booking.answered_at is None


# --- T6 and T7 -----------------------------------------------------------------------------


def test_t6_checking_in_opens_an_hour_before_the_start():
    booking = make_confirmed()
    opens_at = booking.starts_at - timedelta(minutes=60)

    def check_in():
        transitions.check_in(booking=booking, by=booking.sitter.user)

    with clock.at(opens_at - timedelta(seconds=1)):
        assert_refused(booking, check_in, says="from one hour before the start")
    with clock.at(opens_at):
        check_in()
        assert effects(booking) == (Status.IN_PROGRESS, "checked_in", ["owner"], 2)
        assert_refused(booking, check_in, says="already in progress")


def test_t7_checking_out_of_the_last_unit_completes_and_frees_the_seats():
    booking = make_running()
    last = booking.units.last()

    def check_out():
        transitions.check_out(booking=booking, by=booking.sitter.user)

    with clock.at(last.starts_at - timedelta(seconds=1)):
        assert_refused(booking, check_out, says="once the last night has begun")
    with clock.at(last.starts_at):
        check_out()
        assert effects(booking) == (Status.COMPLETED, "completed", ["owner", "sitter"], 0)
        assert not booking.is_completed_automatically
        assert_refused(booking, check_out, says="already completed")


# --- Every state, every event --------------------------------------------------------------

CHANGES = {
    "accept": lambda b: accept(b),
    "decline": lambda b: transitions.decline_booking(booking=b, by=b.sitter.user, reason="dates"),
    "withdraw": lambda b: transitions.withdraw_booking(booking=b, by=b.owner),
    "expire": lambda b: transitions.expire_booking(booking=b),
    "check_in": lambda b: transitions.check_in(booking=b, by=b.sitter.user),
    "check_out": lambda b: transitions.check_out(booking=b, by=b.sitter.user),
    "complete": lambda b: transitions.complete_automatically(booking=b),
    "flag": lambda b: transitions.flag_missed(booking=b),
    "report_missed": lambda b: transitions.report_missed(booking=b, by=b.owner),
    "claim_no_access": lambda b: transitions.claim_no_access(booking=b, by=b.sitter.user),
    "agree_no_access": lambda b: transitions.agree_no_access(booking=b, by=b.owner),
    "owner cancels": lambda b: transitions.cancel_by_owner(booking=b, by=b.owner, shown_hash=""),
    "sitter cancels": lambda b: transitions.cancel_by_sitter(
        booking=b, by=b.sitter.user, reason="ill", text="Ill"
    ),
    "staff cancels": lambda b: transitions.cancel_by_staff(
        booking=b, by=b.owner, reason="x", refund_cents=0
    ),
}


@pytest.mark.parametrize("status", [s for s in Status if s not in Booking.OPEN])
def test_an_ended_booking_refuses_every_event(status):
    booking = make_booking()
    Booking.objects.filter(pk=booking.pk).update(status=status, refund_cents=0)

    for name, change in CHANGES.items():
        with clock.at(booking.ends_at + timedelta(hours=30)):
            assert_refused(booking, lambda change=change: change(booking), says="already"), name


def test_nobody_does_what_is_the_other_sides():
    booking = make_confirmed()
    stranger = make_owner()
    with clock.at(just_before(booking)):
        for by in (booking.owner, stranger):
            assert_refused(
                booking,
                lambda by=by: transitions.check_in(booking=booking, by=by),
                says="Only the sitter can do this",
            )
        for by in (booking.sitter.user, stranger):
            assert_refused(
                booking,
                lambda by=by: transitions.cancel_by_owner(booking=booking, by=by, shown_hash=""),
                says="Only the owner can do this",
            )


def test_every_event_adds_to_one_unbroken_record():
    booking = make_running()
    with clock.at(booking.ends_at - timedelta(hours=1)):
        transitions.check_out(booking=booking, by=booking.sitter.user)

    booking.refresh_from_db()
    assert [event.verb for event in booking.events.all()] == [
        "requested",
        "confirmed",
        "checked_in",
        "completed",
    ]
    assert list(faults(booking)) == []
    assert not Seat.objects.exists()
