"""Changes of a confirmed booking: proposed by one side, accepted by the other."""

from dataclasses import replace
from datetime import time, timedelta
from random import Random
from secrets import token_hex

import pytest

from bookings.exceptions import (
    DatesTaken,
    NotAllowedNow,
    PriceChanged,
    RequestRefused,
)
from bookings.models import Booking, BookingPet, Proposal
from bookings.services import history, proposals, transitions
from bookings.services.changes import terms_of
from bookings.services.clocks import run_clocks
from bookings.services.seat_check import differences
from bookings.services.wanted import Wanted, as_agreed
from bookings.tests.factories import (
    cancel,
    just_before,
    make_booking,
    make_choice,
    make_confirmed,
    make_owner,
    make_running,
)
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import Rate
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_pet, make_sitter

Status, State = Booking.Status, Proposal.State
pytestmark = pytest.mark.django_db


def agreed(booking) -> Wanted:
    booking = Booking.objects.get(pk=booking.pk)
    return as_agreed(booking, terms_of(booking))


def wanted_of(booking, *, pets=None, add_ons=None, **choice) -> Wanted:
    """The booking as it is, but for what is named."""
    old = agreed(booking)
    return Wanted(
        replace(old.choice, **choice),
        old.pets if pets is None else tuple(pet.pk for pet in pets),
        old.add_ons if add_ons is None else add_ons,
    )


def later(booking, days: int, **choice) -> Wanted:
    """The same stay, moved."""
    old = agreed(booking).choice
    shift = timedelta(days=days)
    return wanted_of(
        booking, starts_on=old.starts_on + shift, last_on=old.last_on + shift, **choice
    )


def longer(booking, days: int) -> Wanted:
    return wanted_of(booking, last_on=agreed(booking).choice.last_on + timedelta(days=days))


def propose(booking, wanted, by=None, **fields) -> Proposal:
    by = by or booking.owner
    side = "owner" if by == booking.owner else "sitter"
    booking = Booking.objects.get(pk=booking.pk)
    if "shown_total_cents" not in fields:
        plan = proposals.plan_for(booking, wanted, side=side)
        fields["shown_total_cents"] = plan.new_total_cents
    return proposals.propose_change(
        booking=booking, by=by, wanted=wanted, **{"idempotency_key": token_hex(16), **fields}
    )


def accept_change(proposal, **fields) -> Booking:
    booking = proposal.booking
    by = booking.sitter.user if proposal.side == "owner" else booking.owner
    return proposals.accept_proposal(proposal=proposal, by=by, **fields)


def assert_clean(booking) -> None:
    """Seats are those of the units, the record is whole, and the parts of the price add up."""
    booking = Booking.objects.get(pk=booking.pk)
    assert list(differences()) == []
    assert list(history.faults(booking)) == []
    assert sum(line.amount_cents for line in booking.lines.all()) == booking.total_cents
    by_rule = {line.rule: 0 for line in booking.lines.all()}
    for line in booking.lines.all():
        by_rule[line.rule] += line.amount_cents
    units = sum(unit.amount_cents for unit in booking.units.all())
    assert units == by_rule["unit"] + by_rule.get("long_stay", 0)
    assert [unit.number for unit in booking.units.all()] == list(
        range(1, booking.units.count() + 1)
    )


# --- Both sides, and what accepting does ---------------------------------------------------


@pytest.mark.parametrize("side", ["owner", "sitter"])
def test_either_side_proposes_and_the_other_accepts(side):
    booking = make_confirmed()
    by = booking.owner if side == "owner" else booking.sitter.user
    total = booking.total_cents

    proposal = propose(booking, longer(booking, 1), by=by)
    booking.refresh_from_db()
    assert booking.total_cents == total
    assert booking.seats.count() == 2

    accept_change(proposal)

    booking.refresh_from_db()
    proposal.refresh_from_db()
    assert booking.units.count() == booking.seats.count() == 3
    assert booking.total_cents == proposal.new_total_cents == total // 2 * 3
    assert proposal.state == State.ACCEPTED
    assert proposal.open_for is None
    assert_clean(booking)


def test_the_record_names_old_and_new_with_their_hashes_and_both_are_told():
    booking = make_confirmed()
    proposal = propose(booking, longer(booking, 1))
    accept_change(proposal)

    event = booking.events.last()
    assert event.verb == "changed"
    assert event.data["old_total_cents"] == proposal.old_total_cents
    assert event.data["new_total_cents"] == proposal.new_total_cents
    assert event.data["old"]["to"] < event.data["new"]["to"]
    assert event.data["old_hash"] == proposal.base != event.data["new_hash"]
    told = booking.notices.filter(kind="changed").values_list("recipient", flat=True)
    assert set(told) == {booking.owner_id, booking.sitter.user_id}
    asked = booking.notices.get(kind="change_proposed")
    assert asked.recipient == booking.sitter.user


def test_a_bed_that_the_booking_holds_counts_as_open_for_it():
    booking = make_confirmed(sitter=make_sitter(night_places=1))
    accept_change(propose(booking, later(booking, 1)))
    assert_clean(booking)
    assert booking.seats.count() == 2


def test_new_dates_that_are_taken_are_refused_and_nothing_is_lost():
    sitter = make_sitter(night_places=1)
    booking = make_confirmed(sitter=sitter)
    proposal = propose(booking, longer(booking, 1))
    rival = make_confirmed(
        sitter=sitter, choice=make_choice(starts_on=booking.ends_on, units=1), owner=make_owner()
    )
    with pytest.raises(DatesTaken):
        accept_change(proposal)
    assert booking.seats.count() == 2
    proposal.refresh_from_db()
    assert proposal.is_open
    proposals.withdraw_proposal(proposal=proposal, by=booking.owner)
    with pytest.raises(RequestRefused, match="no room"):
        propose(booking, longer(booking, 1))
    cancel(rival)
    assert_clean(booking)


def test_a_new_animal_comes_with_its_care_sheet_and_its_lines_to_tick():
    booking = make_confirmed(sitter=make_sitter(night_places=2))
    second = make_pet(booking.owner, name="Moss", must_follow="Half a tablet at eight")
    first = booking.booking_pets.get().pet
    proposal = propose(booking, wanted_of(booking, pets=[first, second]))

    with pytest.raises(RequestRefused):
        accept_change(proposal)
    lines = proposals.new_lines(booking, [first, second])
    assert [text for _key, text in lines] == ["Moss: Half a tablet at eight"]
    accept_change(proposal, ticked=[key for key, _text in lines])

    row = booking.booking_pets.get(pet=second)
    assert row.must_follow == ["Half a tablet at eight"]
    assert row.care_sheet["about"]
    assert_clean(booking)

    accept_change(propose(booking, wanted_of(booking, pets=[second]), by=booking.sitter.user))
    assert BookingPet.objects.get(booking=booking).name == "Moss"
    assert_clean(booking)


# --- The price -----------------------------------------------------------------------------


def raise_prices(sitter) -> None:
    Rate.objects.filter(service__sitter=sitter).update(base_cents=9900)
    sitter_changed(sitter)


def test_a_change_is_priced_at_the_prices_that_were_agreed():
    booking = make_confirmed()
    raise_prices(booking.sitter)
    a_night = booking.total_cents // 2
    proposal = propose(booking, longer(booking, 2))
    assert proposal.new_total_cents == 4 * a_night


def test_nobody_raises_or_lowers_the_price_by_a_forged_sum():
    booking = make_confirmed()
    for forged in (0, booking.total_cents, 1_000_000):
        with pytest.raises(PriceChanged):
            propose(booking, longer(booking, 1), shown_total_cents=forged)
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(("side", "kept"), [("owner", 2000), ("sitter", 0)])
def test_a_night_dropped_late_costs_the_owner_what_the_policy_says(side, kept):
    booking = make_confirmed(choice=make_choice(units=3))
    by = booking.owner if side == "owner" else booking.sitter.user
    night = booking.total_cents // 3
    with clock.at(booking.starts_at - timedelta(hours=3)):
        proposal = propose(booking, longer(booking, -1), by=by)
        kept = night // 2 if kept else 0
        assert proposal.new_total_cents == 2 * night + kept
        accept_change(proposal)
        assert_clean(booking)
        # What the change settled stays settled when the owner cancels the rest …
        cancelled = cancel(Booking.objects.get(pk=booking.pk))
    assert cancelled.refund_cents == night


def test_the_sitter_who_cancels_after_a_change_gives_the_settled_part_back_too():
    booking = make_confirmed(choice=make_choice(units=3))
    with clock.at(booking.starts_at - timedelta(hours=3)):
        accept_change(propose(booking, longer(booking, -1)))
        booking.refresh_from_db()
        done = transitions.cancel_by_sitter(
            booking=booking, by=booking.sitter.user, reason="ill", text="Flu."
        )
    assert done.refund_cents == done.total_cents


def test_a_night_dropped_in_time_costs_nothing():
    booking = make_confirmed(choice=make_choice(units=3))
    proposal = propose(booking, longer(booking, -1))
    assert proposal.new_total_cents == booking.total_cents // 3 * 2


def test_a_walk_moved_to_another_hour_of_the_day_drops_nothing():
    sitter = make_sitter(kinds=[Kind.DOG_WALK])
    booking = make_confirmed(sitter=sitter, choice=make_choice(Kind.DOG_WALK, units=1))
    before = booking.units.get().pk
    with clock.at(booking.starts_at - timedelta(hours=5)):
        proposal = propose(booking, wanted_of(booking, visit_times=(time(15),)))
        assert proposal.new_total_cents == booking.total_cents
        accept_change(proposal)
    assert booking.units.get().pk == before
    assert_clean(booking)


# --- Who, when, how often ------------------------------------------------------------------


def test_of_two_who_propose_at_once_the_second_is_told():
    booking = make_confirmed()
    first = propose(booking, longer(booking, 1))
    with pytest.raises(NotAllowedNow, match="has proposed a change already"):
        propose(booking, longer(booking, 2), by=booking.sitter.user)
    with pytest.raises(NotAllowedNow, match="You have already proposed"):
        propose(booking, longer(booking, 2))
    proposals.withdraw_proposal(proposal=first, by=booking.owner)
    assert propose(booking, longer(booking, 2)).number == 2


def test_the_same_form_sent_twice_makes_one_proposal():
    booking = make_confirmed()
    key = token_hex(16)
    wanted = longer(booking, 1)
    assert propose(booking, wanted, idempotency_key=key) == propose(
        booking, wanted, idempotency_key=key
    )


def test_it_is_open_for_72_hours_and_never_past_the_start():
    booking = make_confirmed()
    assert propose(booking, longer(booking, 1)).expires_at - clock.now() <= timedelta(hours=72)
    soon = make_confirmed(sitter=booking.sitter, owner=booking.owner, pets=None)
    with clock.at(soon.starts_at - timedelta(hours=5)):
        assert propose(soon, longer(soon, 1)).expires_at == soon.starts_at


def test_it_expires_by_the_clock_and_the_one_who_proposed_is_told():
    booking = make_confirmed()
    proposal = propose(booking, longer(booking, 1))
    with clock.at(proposal.expires_at):
        with pytest.raises(NotAllowedNow, match="time to answer"):
            accept_change(proposal)
        assert run_clocks()["changes expired"] == 1
        assert run_clocks()["changes expired"] == 0
    proposal.refresh_from_db()
    assert proposal.state == State.EXPIRED
    assert booking.notices.get(kind="change_expired").recipient == booking.owner
    assert_clean(booking)


@pytest.mark.parametrize("what", ["cancel", "check in"])
def test_it_is_overtaken_when_the_booking_changes_state(what):
    booking = make_confirmed()
    proposal = propose(booking, longer(booking, 1))
    with clock.at(just_before(booking)):
        if what == "cancel":
            cancel(Booking.objects.get(pk=booking.pk))
        else:
            transitions.check_in(booking=booking, by=booking.sitter.user)
    proposal.refresh_from_db()
    assert proposal.state == State.OVERTAKEN
    with pytest.raises(NotAllowedNow, match="already overtaken"):
        accept_change(proposal)


def test_only_the_other_side_answers_and_only_the_proposer_takes_it_back():
    booking = make_confirmed()
    proposal = propose(booking, longer(booking, 1))
    for by in (booking.owner, make_owner()):
        with pytest.raises(NotAllowedNow):
            proposals.accept_proposal(proposal=proposal, by=by)
        with pytest.raises(NotAllowedNow):
            proposals.decline_proposal(proposal=proposal, by=by)
    for by in (booking.sitter.user, make_owner()):
        with pytest.raises(NotAllowedNow):
            proposals.withdraw_proposal(proposal=proposal, by=by)
    proposals.decline_proposal(proposal=proposal, by=booking.sitter.user)
    with pytest.raises(NotAllowedNow, match="already declined"):
        accept_change(proposal)
    assert_clean(booking)


def test_somebody_elses_animal_and_nothing_new_are_refused():
    booking = make_confirmed()
    strange = make_pet(make_owner(), name="Rex")
    with pytest.raises(RequestRefused, match="cannot be chosen"):
        propose(booking, wanted_of(booking, pets=[strange]), shown_total_cents=1)
    own = make_pet(booking.owner, name="Moss")
    with pytest.raises(RequestRefused, match="cannot be chosen"):
        propose(
            booking, wanted_of(booking, pets=[own]), by=booking.sitter.user, shown_total_cents=1
        )
    with pytest.raises(RequestRefused, match="Nothing is different"):
        propose(booking, agreed(booking), shown_total_cents=booking.total_cents)
    open_request = make_booking(sitter=booking.sitter, owner=make_owner())
    with pytest.raises(NotAllowedNow):
        propose(open_request, longer(open_request, 1))


# --- While it is running -------------------------------------------------------------------


def test_a_running_stay_is_made_longer_and_what_has_begun_stays():
    booking = make_running(choice=make_choice(units=3))
    with clock.at(booking.starts_at + timedelta(hours=30)):
        first, second, third = booking.units.all()
        first.checked_in_at = booking.starts_at
        first.save()
        accept_change(propose(booking, longer(booking, 1)))
        assert_clean(booking)
        assert list(booking.units.all())[0].checked_in_at == booking.starts_at
        with pytest.raises(RequestRefused, match="What has begun"):
            propose(booking, longer(booking, -3), shown_total_cents=0)
        pets = [booking.booking_pets.get().pet, make_pet(booking.owner, name="Moss")]
        with pytest.raises(RequestRefused, match="animals stay the same"):
            propose(booking, wanted_of(booking, pets=pets), shown_total_cents=0)
        accept_change(propose(booking, longer(booking, -2), by=booking.sitter.user))
    booking.refresh_from_db()
    assert booking.units.count() == 2
    assert_clean(booking)


# --- Any sequence --------------------------------------------------------------------------


def test_after_any_sequence_of_changes_seats_record_and_price_add_up():
    """Random changes of one booking, late and early, with a neighbour in the way now and then."""
    rng = Random(5)
    sitter = make_sitter(night_places=3)
    owner = make_owner()
    pets = [make_pet(owner, name=name) for name in ("Biscuit", "Moss")]
    booking = make_confirmed(sitter=sitter, owner=owner, pets=pets[:1], choice=make_choice(units=5))
    make_confirmed(
        sitter=sitter,
        owner=make_owner(),
        choice=make_choice(starts_on=booking.starts_on + timedelta(days=3), units=3),
    )
    moment, done = clock.now(), 0
    for _ in range(9):
        booking = Booking.objects.get(pk=booking.pk)
        moment = min(moment + timedelta(hours=rng.randint(5, 40)), booking.starts_at - timedelta(1))
        with clock.at(moment):
            shift = rng.randint(-1, 3)
            old = agreed(booking).choice
            starts_on = max(old.starts_on + timedelta(shift), clock.now().date() + timedelta(2))
            wanted = wanted_of(
                booking,
                starts_on=starts_on,
                last_on=starts_on + timedelta(rng.randint(1, 7)),
                end_time=time(rng.choice([10, 16, 20])),
                pets=pets[: rng.randint(1, 2)],
            )
            by = booking.owner if rng.random() < 0.6 else booking.sitter.user
            try:
                accept_change(propose(booking, wanted, by=by))
                done += 1
            except (RequestRefused, DatesTaken):
                pass
        assert_clean(booking)
    assert done >= 3
