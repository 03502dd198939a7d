from dataclasses import replace
from datetime import date, time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bookings.exceptions import NoRate, NothingToPrice
from bookings.services.pricing import make_quote, plan_of, total_only
from bookings.services.rounding import half_up, spread
from bookings.services.schedule import Choice
from bookings.services.terms import (
    AddOnChoice,
    Fees,
    PetFacts,
    RateCard,
    Terms,
    add_ons_from_snapshot,
    fees,
    terms_from_snapshot,
)
from bookings.tests import strategies
from bookings.tests.golden import (
    BISCUIT,
    BOARDING,
    CARD_R,
    FEES,
    G1_CHOICE,
    HOLIDAYS,
    MINKA,
    MOSS,
    PUPPY,
    g1,
    g3,
    priced,
    stay,
)
from profiles.kinds import Kind


def amounts(quote) -> list[int]:
    return [unit.amount_cents for unit in quote.units]


def test_g1_two_dogs_over_christmas_with_late_pickup_and_fees():
    quote = g1()
    assert amounts(quote) == [6000, 7000, 7000, 7000]
    assert quote.late_pickup_cents == 3500
    assert quote.subtotal_cents == 30500
    assert quote.owner_fee_cents == 1525
    assert quote.total_cents == 32025
    assert quote.sitter_net_cents == 27450


def test_g2_ten_nights_of_house_sitting_reach_the_first_long_stay_tier():
    terms = Terms(
        Kind.HOUSE_SITTING, {("dog", 0): RateCard(6000)}, long_stay=((7, 1000), (14, 1500))
    )
    choice = stay(date(2027, 6, 1), date(2027, 6, 11), kind=Kind.HOUSE_SITTING)
    quote = priced(terms, choice, [BISCUIT])
    assert quote.long_stay_cents == 6000
    assert quote.total_cents == 54000


def test_g3_three_visits_a_day_for_two_cats():
    quote = g3()
    assert amounts(quote) == [2200] * 6
    assert quote.total_cents == 13200


def test_g4_a_puppy_goes_first_at_the_young_rate():
    quote = priced(BOARDING, stay(date(2027, 6, 1), date(2027, 6, 3)), [BISCUIT, PUPPY])
    assert amounts(quote) == [6800, 6800]
    assert quote.total_cents == 13600


def test_g5_pickup_exactly_two_hours_later_costs_nothing():
    choice = stay(date(2027, 6, 1), date(2027, 6, 3), time(12))
    quote = priced(BOARDING, choice, [BISCUIT, MINKA])
    assert amounts(quote) == [5000, 5000]
    assert quote.late_pickup_cents == 0
    assert quote.total_cents == 10000


def test_g6_pickup_ten_hours_later_costs_a_whole_night():
    choice = stay(date(2027, 6, 1), date(2027, 6, 2), time(20))
    quote = priced(BOARDING, choice, [BISCUIT])
    assert quote.late_pickup_cents == 4000
    assert quote.total_cents == 8000


@pytest.mark.parametrize(
    ("end", "cents"),
    [(time(9), 0), (time(12), 0), (time(12, 1), 2000), (time(18), 2000), (time(18, 1), 4000)],
)
def test_late_pickup_counts_from_the_hour_of_bringing(end, cents):
    quote = priced(BOARDING, stay(date(2027, 6, 1), date(2027, 6, 2), end), [BISCUIT])
    assert quote.late_pickup_cents == cents


def test_late_pickup_can_be_switched_off_and_rounds_half_up():
    choice = stay(date(2027, 6, 1), date(2027, 6, 2), time(15))
    odd = replace(BOARDING, rates={("dog", 0): RateCard(4001)})
    assert priced(odd, choice, [BISCUIT]).late_pickup_cents == 2001
    lenient = replace(BOARDING, charges_late_pickup=False)
    assert priced(lenient, choice, [BISCUIT]).late_pickup_cents == 0


def test_late_pickup_is_for_nights_only():
    day = Choice(Kind.DAY_CARE, date(2027, 6, 1), date(2027, 6, 1), time(8), time(18))
    assert priced(replace(BOARDING, kind=Kind.DAY_CARE), day, [BISCUIT]).total_cents == 4000


def test_on_equal_rates_the_lowest_id_goes_first():
    rates = {("dog", 0): RateCard(4000, 3000), ("bird", 0): RateCard(4000, 100)}
    terms = replace(BOARDING, rates=rates)
    bird = PetFacts(9, "Kiki", "bird")
    choice = stay(date(2027, 6, 1), date(2027, 6, 2))
    assert priced(terms, choice, [bird, BISCUIT]).total_cents == 4100
    assert total_only(terms, plan_of(choice), [bird, BISCUIT], FEES) == 4100 + 205


def test_holiday_rate_may_be_lower_and_falls_back_to_the_base():
    christmas = stay(date(2027, 12, 24), date(2027, 12, 25))
    cheap = replace(BOARDING, rates={("dog", 0): RateCard(4000, 0, 3000)})
    assert priced(cheap, christmas, [BISCUIT]).total_cents == 3000
    assert priced(BOARDING, christmas, [MINKA]).total_cents == 2500


def test_the_longest_tier_that_is_reached_counts():
    terms = replace(BOARDING, long_stay=((14, 1500), (7, 1000)))
    totals = {
        nights: priced(terms, stay(date(2028, 2, 1), date(2028, 2, 1 + nights)), [BISCUIT])
        for nights in (6, 7, 14)
    }
    assert {n: q.long_stay_cents for n, q in totals.items()} == {6: 0, 7: 2800, 14: 8400}


def test_add_ons_multiply_by_booking_pet_or_unit():
    add_ons = [
        AddOnChoice(1, "Photos", 500, "booking"),
        AddOnChoice(2, "Bath", 1500, "pet"),
        AddOnChoice(3, "Long walk", 300, "unit"),
    ]
    choice = stay(date(2027, 6, 1), date(2027, 6, 5))
    quote = priced(BOARDING, choice, [BISCUIT, MOSS], add_ons=add_ons)
    assert quote.add_ons_cents == 500 + 3000 + 1200
    assert [line.quantity for line in quote.lines[1:]] == [1, 2, 4]


def test_fee_is_rounded_half_up_and_never_more_than_the_cap():
    choice = stay(date(2027, 6, 1), date(2027, 6, 2))
    assert priced(BOARDING, choice, [BISCUIT], Fees(1, 2500)).owner_fee_cents == 0  # 0.4
    odd = replace(BOARDING, rates={("dog", 0): RateCard(4050)})
    assert priced(odd, choice, [BISCUIT], Fees(100, 2500)).owner_fee_cents == 41  # 40.5
    assert priced(BOARDING, choice, [BISCUIT], Fees(5000, 1000)).owner_fee_cents == 1000


@pytest.mark.parametrize("none", [Fees(500, 0), Fees(0, 2500)])
def test_without_a_fee_there_is_no_line_for_it(none):
    quote = priced(BOARDING, G1_CHOICE, [BISCUIT], none)
    assert quote.owner_fee_cents == 0
    assert {line.rule for line in quote.lines} == {"unit", "late_pickup"}


def test_lines_read_like_sentences():
    assert [(line.sentence, line.detail) for line in g1().lines] == [
        ("1 night, Thu 23 Dec", "Biscuit 40 + Moss 20"),
        ("3 holiday nights, 24 to 26 Dec", "Biscuit 50 + Moss 20, three times"),
        ("Late pick-up, Mon 27 Dec, 16:30", "6 h 30 after the hour of arrival"),
        ("Service fee, 5 %", "never more than 25"),
    ]


def test_lines_name_dates_that_are_not_next_to_each_other():
    terms = Terms(Kind.DAY_CARE, CARD_R, long_stay=((2, 725),))
    choice = Choice(
        Kind.DAY_CARE,
        date(2027, 5, 31),
        date(2027, 6, 18),
        time(8),
        time(18),
        weekdays=frozenset({0}),
    )
    first, discount = priced(terms, choice, [BISCUIT]).lines
    assert first.sentence == "3 days, 31 May, 7 Jun and 14 Jun"
    assert (discount.sentence, discount.detail) == ("Long stay, 7.25 % off", "from 2 days on")


def test_long_names_do_not_overflow_a_line():
    pack = [PetFacts(n, "N" * 40, "dog") for n in range(1, 13)]
    assert all(len(line.detail) <= 200 for line in priced(BOARDING, G1_CHOICE, pack).lines)


def test_a_species_or_length_without_a_rate_is_refused():
    choice = stay(date(2027, 6, 1), date(2027, 6, 2))
    fish = PetFacts(1, "Bubbles", "fish")
    with pytest.raises(NoRate, match="Fish"):
        priced(BOARDING, choice, [BISCUIT, fish])
    with pytest.raises(NoRate, match="Fish"):
        total_only(BOARDING, plan_of(choice), [fish], FEES)
    walk = Choice(
        Kind.DOG_WALK, date(2027, 6, 1), date(2027, 6, 1), visit_times=(time(8),), minutes=60
    )
    with pytest.raises(NoRate, match="60 minutes"):
        priced(replace(BOARDING, kind=Kind.DOG_WALK), walk, [BISCUIT])


def test_nothing_chosen_is_refused():
    with pytest.raises(NothingToPrice):
        priced(BOARDING, G1_CHOICE, [])
    with pytest.raises(NothingToPrice):
        total_only(BOARDING, plan_of(G1_CHOICE), [], FEES)
    with pytest.raises(NothingToPrice):
        plan_of(stay(date(2027, 6, 1), date(2027, 6, 1)))


@settings(max_examples=300, deadline=None)
@given(strategies.cases())
def test_parts_add_up(case):
    quote = make_quote(**case)
    extras = quote.late_pickup_cents + quote.add_ons_cents

    assert sum(amounts(quote)) == quote.units_cents - quote.long_stay_cents
    assert quote.subtotal_cents == sum(amounts(quote)) + extras
    assert quote.total_cents == sum(line.amount_cents for line in quote.lines)
    assert quote.total_cents == quote.subtotal_cents + quote.owner_fee_cents
    assert all(line.amount_cents == line.quantity * line.unit_cents for line in quote.lines)
    assert min(amounts(quote)) >= 0
    assert 0 <= quote.owner_fee_cents <= case["fees"].owner_cap_cents


@settings(max_examples=300, deadline=None)
@given(strategies.cases())
def test_total_only_equals_the_quote(case):
    case["add_ons"] = ()
    plan = plan_of(case["choice"])
    total = total_only(case["terms"], plan, case["pets"], case["fees"])
    assert total == make_quote(**case).total_cents


@given(st.integers(0, 10**6), st.lists(st.integers(0, 10**5), min_size=1, max_size=60))
def test_spread_adds_up_and_is_off_by_less_than_a_cent(total, weights):
    parts = spread(total, weights)
    whole = sum(weights)
    assert sum(parts) == (total if whole else 0)
    if whole:
        assert all(abs(p * whole - total * w) < whole for p, w in zip(parts, weights, strict=True))


def test_half_up():
    assert [half_up(n, 2) for n in (0, 1, 2, 3)] == [0, 1, 1, 2]
    assert half_up(49, 100) == 0
    assert half_up(50, 100) == 1


SERVICE = {
    "kind": "boarding",
    "late_pickup": True,
    "rates": [["dog", 0, 4000, 2000, 5000, 4800, 2600], ["cat", 0, 2500, 1000, None, None, None]],
    "long_stay": [[7, 1000]],
    "add_ons": [[3, "Bath", 1500, "pet"], [4, "Photos", 500, "booking"]],
}


def test_terms_are_read_from_the_snapshot():
    terms = terms_from_snapshot(SERVICE, [[on.isoformat(), "Christmas"] for on in HOLIDAYS])
    assert terms == replace(BOARDING, long_stay=((7, 1000),))


def test_only_the_services_own_add_ons_are_taken():
    assert add_ons_from_snapshot(SERVICE, [3, 3, 999]) == (AddOnChoice(3, "Bath", 1500, "pet"),)


def test_fees_come_from_the_settings(settings):
    settings.OWNER_FEE_BPS, settings.OWNER_FEE_CAP_CENTS, settings.SITTER_FEE_BPS = 500, 2500, 1000
    assert fees() == FEES
