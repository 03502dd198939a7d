from dataclasses import replace
from datetime import date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.services.cancellation import (
    deadline,
    grace_until,
    refund_hash,
    refund_if_owner_cancels,
    refund_if_sitter_cancels,
    refund_with_kept,
    timeline,
)
from bookings.services.refund_steps import TICK, grace_sentence
from bookings.services.terms import AddOnChoice, RateCard, Terms
from bookings.tests import strategies
from bookings.tests.golden import (
    BERLIN,
    BISCUIT,
    BOARDING,
    G1_CHOICE,
    G3_CHOICE,
    agreed,
    g1,
    g3,
    priced,
    stay,
)
from profiles.kinds import Kind, Tier


def berlin(*parts) -> datetime:
    return datetime(*parts, tzinfo=BERLIN)


def g1_agreed(tier=Tier.THREE_DAY, **fields):
    return agreed(g1(), G1_CHOICE, tier, **fields)


def twelve_nights():
    choice = stay(date(2028, 2, 10), date(2028, 2, 22))
    return agreed(priced(BOARDING, choice, [BISCUIT]), choice, Tier.ONE_DAY)


def test_c1_at_the_deadline_everything_comes_back():
    refund = refund_if_owner_cancels(g1_agreed(), berlin(2027, 12, 20, 12))
    assert refund.refund_cents == 32025
    assert refund.kept_cents == 0


def test_c2_a_minute_later_half_of_each_night_is_kept():
    refund = refund_if_owner_cancels(g1_agreed(), berlin(2027, 12, 20, 12, 1))
    assert (refund.kept_cents, refund.refund_cents, refund.fee_refund_cents) == (13500, 17850, 850)
    assert refund.kept_per_unit == (3000, 3500, 3500, 3500)


def test_c3_nights_that_have_begun_are_kept_in_full():
    refund = refund_if_owner_cancels(g1_agreed(), berlin(2027, 12, 25, 9))
    assert (refund.kept_cents, refund.refund_cents, refund.fee_refund_cents) == (20000, 11025, 525)


def test_c4_half_is_kept_for_the_first_seven_dates_only():
    refund = refund_if_owner_cancels(twelve_nights(), berlin(2028, 2, 9, 12, 0, 1))
    assert (refund.kept_cents, refund.refund_cents) == (14000, 34000)


def test_c5_each_visit_has_the_deadline_of_its_own_date():
    agreement = agreed(g3(), G3_CHOICE, Tier.ONE_DAY)
    refund = refund_if_owner_cancels(agreement, berlin(2027, 6, 5, 10))
    assert (refund.kept_cents, refund.refund_cents) == (4400, 8800)
    assert refund.kept_per_unit == (2200, 1100, 1100, 0, 0, 0)


def test_c6_within_an_hour_of_confirming_everything_comes_back():
    agreement = g1_agreed(Tier.FOURTEEN_DAY, confirmed_at=berlin(2027, 12, 19, 9))
    refund = refund_if_owner_cancels(agreement, berlin(2027, 12, 19, 9, 30))
    assert refund.refund_cents == 32025
    assert refund.is_grace


def test_grace_ends_after_an_hour_and_48_hours_before_the_start():
    agreement = g1_agreed(Tier.FOURTEEN_DAY, confirmed_at=berlin(2027, 12, 19, 9))
    assert refund_if_owner_cancels(agreement, berlin(2027, 12, 19, 10)).refund_cents == 32025
    assert refund_if_owner_cancels(agreement, berlin(2027, 12, 19, 10, 1)).refund_cents == 17850

    late = replace(agreement, confirmed_at=berlin(2027, 12, 21, 9, 30))
    assert grace_until(late) == berlin(2027, 12, 21, 10)
    assert refund_if_owner_cancels(late, berlin(2027, 12, 21, 10)).is_grace
    assert not refund_if_owner_cancels(late, berlin(2027, 12, 21, 10, 1)).is_grace


def test_grace_is_not_named_where_the_tier_gives_everything_anyway():
    agreement = g1_agreed(Tier.ONE_DAY, confirmed_at=berlin(2027, 12, 19, 9))
    assert not refund_if_owner_cancels(agreement, berlin(2027, 12, 19, 9, 30)).is_grace


@pytest.mark.parametrize(
    ("tier", "expected"),
    [
        (Tier.SAME_DAY, berlin(2027, 12, 23, 10)),
        (Tier.ONE_DAY, berlin(2027, 12, 22, 12)),
        (Tier.THREE_DAY, berlin(2027, 12, 20, 12)),
        (Tier.SEVEN_DAY, berlin(2027, 12, 16, 12)),
        (Tier.FOURTEEN_DAY, berlin(2027, 12, 9, 12)),
    ],
)
def test_deadlines_by_tier(tier, expected):
    assert deadline(g1_agreed(tier)) == expected
    assert deadline(g1_agreed(tier), g1_agreed().units[3]) == expected  # nights share one


def test_deadline_is_noon_on_the_clock_across_a_clock_change():
    choice = stay(date(2027, 3, 30), date(2027, 4, 1))
    agreement = agreed(priced(BOARDING, choice, [BISCUIT]), choice, Tier.THREE_DAY)
    assert deadline(agreement) == berlin(2027, 3, 27, 12)
    assert deadline(agreement).hour == 11  # UTC, before the change; after it noon is 10:00


def test_deadline_before_29_february():
    choice = stay(date(2028, 3, 1), date(2028, 3, 2))
    agreement = agreed(priced(BOARDING, choice, [BISCUIT]), choice, Tier.ONE_DAY)
    assert deadline(agreement) == berlin(2028, 2, 29, 12)


def test_same_day_gives_everything_back_until_just_before_the_start():
    agreement = g1_agreed(Tier.SAME_DAY)
    start = berlin(2027, 12, 23, 10)
    assert refund_if_owner_cancels(agreement, start - TICK).refund_cents == 32025
    assert refund_if_owner_cancels(agreement, start).kept_per_unit == (6000, 0, 0, 0)
    late = refund_if_owner_cancels(agreement, start + TICK)
    assert late.kept_per_unit == (6000, 3500, 3500, 3500)


def test_extras_come_back_until_the_booking_has_ended():
    choice = stay(date(2027, 6, 1), date(2027, 6, 2))
    bath = [AddOnChoice(1, "Bath", 1500, "booking")]
    agreement = agreed(priced(BOARDING, choice, [BISCUIT], add_ons=bath), choice, Tier.ONE_DAY)
    assert refund_if_owner_cancels(agreement, berlin(2027, 6, 2, 9)).refund_cents == 1500
    assert refund_if_owner_cancels(agreement, berlin(2027, 6, 2, 10)).refund_cents == 0


def test_sitter_gives_back_what_has_not_begun_and_all_fees():
    before = refund_if_sitter_cancels(g1_agreed(), berlin(2027, 12, 22, 20))
    assert before.refund_cents == 32025
    during = refund_if_sitter_cancels(g1_agreed(), berlin(2027, 12, 25, 9))
    assert during.kept_per_unit == (6000, 7000, 0, 0)
    assert during.refund_cents == 30500 - 13000 + 1525
    assert during.fee_refund_cents == 1525


def test_sitter_may_keep_less():
    refund = refund_with_kept(g1_agreed(), [6000, 0, 0, 0])
    assert (refund.kept_cents, refund.refund_cents) == (6000, 24500 + 1225)
    assert refund_with_kept(g1_agreed(), [0] * 4).refund_cents == 32025


@pytest.mark.parametrize("kept", [[6001, 0, 0, 0], [-1, 0, 0, 0], [0, 0]])
def test_sitter_cannot_keep_more_than_a_unit_costs(kept):
    with pytest.raises(ValueError, match=r"cents|argument"):
        refund_with_kept(g1_agreed(), kept)


def told(agreement, now) -> list[tuple]:
    return [
        (step.title, step.sentence, step.refund_cents, step.down_to_cents)
        for step in timeline(agreement, now)
    ]


def test_timeline_reads_as_the_page_shows_it():
    assert told(g1_agreed(), berlin(2027, 12, 1)) == [
        ("Until Mon 20 Dec, 12:00", "the whole amount, fee included", 32025, 32025),
        (
            "Until it starts, Thu 23 Dec, 10:00",
            "half of each night, all of the late pick-up",
            17850,
            17850,
        ),
        ("During the stay", "less after each night; shown before you click", 14700, 3675),
    ]


def test_timeline_starts_with_the_present_step():
    steps = timeline(g1_agreed(), berlin(2027, 12, 25, 9))
    assert [(step.refund_cents, step.down_to_cents, step.is_now) for step in steps] == [
        (11025, 3675, True)
    ]
    (ended,) = timeline(g1_agreed(), berlin(2027, 12, 28))
    assert (ended.until, ended.refund_cents) == (None, 0)


def test_timeline_shows_the_grace_of_a_booking_just_confirmed():
    agreement = g1_agreed(Tier.FOURTEEN_DAY, confirmed_at=berlin(2027, 12, 19, 9))
    first, second, *_rest = timeline(agreement, berlin(2027, 12, 19, 9, 5))
    assert (first.title, first.refund_cents) == ("Until Sun 19 Dec, 10:00", 32025)
    assert second.refund_cents == 17850


def test_grace_is_mentioned_before_confirming_only_where_it_can_apply():
    assert grace_sentence(g1_agreed(), berlin(2027, 12, 1))
    assert not grace_sentence(g1_agreed(), berlin(2027, 12, 22))
    assert not grace_sentence(g1_agreed(confirmed_at=berlin(2027, 12, 1)), berlin(2027, 12, 1))


def test_timeline_of_many_nights_says_which_half():
    (_whole, notice, _during) = timeline(twelve_nights(), berlin(2028, 1, 1))
    assert notice.sentence == "half of the first seven nights, all of the others"


def test_timeline_of_one_visit():
    terms = Terms(Kind.DOG_WALK, {("dog", 30): RateCard(2000)})
    choice = replace(
        G3_CHOICE,
        kind=Kind.DOG_WALK,
        last_on=G3_CHOICE.starts_on,
        visit_times=(G3_CHOICE.visit_times[0],),
    )
    agreement = agreed(priced(terms, choice, [BISCUIT]), choice, Tier.ONE_DAY)
    assert told(agreement, berlin(2027, 6, 1)) == [
        ("Until Fri 4 Jun, 12:00", "the whole amount", 2000, 2000),
        ("Until it starts, Sat 5 Jun, 08:00", "half of the price", 1000, 1000),
        ("Once it has begun", "nothing comes back", 0, 0),
    ]


def test_hash_changes_with_what_was_shown():
    agreement = g1_agreed()
    early = refund_if_owner_cancels(agreement, berlin(2027, 12, 1))
    late = refund_if_owner_cancels(agreement, berlin(2027, 12, 21))
    assert refund_hash(agreement, early) == refund_hash(agreement, replace(early))
    assert refund_hash(agreement, early) != refund_hash(agreement, late)
    assert refund_hash(agreement, early) != refund_hash(g1_agreed(Tier.ONE_DAY), early)


@st.composite
def agreement_and_moments(draw, count: int):
    agreement = draw(strategies.agreements())
    return agreement, sorted(draw(strategies.moments(agreement)) for _ in range(count))


@settings(max_examples=300, deadline=None)
@given(agreement_and_moments(1))
def test_refund_is_between_nothing_and_all_and_parts_add_up(case):
    agreement, (moment,) = case
    for refund in (
        refund_if_owner_cancels(agreement, moment),
        refund_if_sitter_cancels(agreement, moment),
    ):
        assert 0 <= refund.refund_cents <= agreement.total_cents
        assert 0 <= refund.fee_refund_cents <= agreement.owner_fee_cents
        back = refund.refund_cents - refund.fee_refund_cents
        assert back + refund.kept_cents == agreement.subtotal_cents
        assert refund.kept_cents - sum(refund.kept_per_unit) in (0, agreement.extras_cents)
        for unit, kept in zip(agreement.units, refund.kept_per_unit, strict=True):
            assert 0 <= kept <= unit.amount_cents


@settings(max_examples=300, deadline=None)
@given(agreement_and_moments(2))
def test_cancelling_later_never_refunds_more(case):
    agreement, (early, late) = case
    for rule in (refund_if_owner_cancels, refund_if_sitter_cancels):
        assert rule(agreement, early).refund_cents >= rule(agreement, late).refund_cents


@settings(max_examples=200, deadline=None)
@given(agreement_and_moments(1))
def test_owner_never_gets_more_than_when_the_sitter_cancels(case):
    agreement, (moment,) = case
    if not refund_if_owner_cancels(agreement, moment).is_grace:
        by_owner = refund_if_owner_cancels(agreement, moment).refund_cents
        assert by_owner <= refund_if_sitter_cancels(agreement, moment).refund_cents


@settings(max_examples=200, deadline=None)
@given(agreement_and_moments(2))
def test_the_sum_in_the_timeline_is_the_sum_executed(case):
    agreement, (now, moment) = case
    steps = timeline(agreement, now)

    assert 1 <= len(steps) <= 4
    assert steps[0].is_now
    assert steps[0].refund_cents == refund_if_owner_cancels(agreement, now).refund_cents
    untils = [step.until for step in steps[:-1]]
    assert untils == sorted(set(untils))
    if any(step.until == moment for step in steps):
        return  # at the very edge either of the two sums may hold
    refund = refund_if_owner_cancels(agreement, moment).refund_cents
    step = next((s for s in steps if s.until is None or moment < s.until), None)
    if step is None:
        assert moment > agreement.ends_at
    else:
        assert step.down_to_cents <= refund <= step.refund_cents
