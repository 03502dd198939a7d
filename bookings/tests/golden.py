"""The worked examples of the product rules (card R, G1 to G6), as plain values."""

from datetime import date, time
from zoneinfo import ZoneInfo

from bookings.services.cancellation import Agreement, agreement_for_quote
from bookings.services.pricing import Quote, make_quote
from bookings.services.schedule import Choice, planned_units
from bookings.services.terms import Fees, PetFacts, RateCard, Terms
from profiles.kinds import Kind, Tier

BERLIN = ZoneInfo("Europe/Berlin")
HOLIDAYS = frozenset(date(2027, 12, day) for day in (24, 25, 26))
CARD_R = {
    ("dog", 0): RateCard(4000, 2000, 5000, 4800, 2600),
    ("cat", 0): RateCard(2500, 1000),
}
FEES = Fees(owner_bps=500, owner_cap_cents=2500, sitter_bps=1000)
NO_FEES = Fees()
BISCUIT = PetFacts(1, "Biscuit", "dog")
MOSS = PetFacts(2, "Moss", "dog")
PUPPY = PetFacts(3, "Pip", "dog", is_young=True)
MINKA = PetFacts(4, "Minka", "cat")
TOM = PetFacts(5, "Tom", "cat")

BOARDING = Terms(Kind.BOARDING, CARD_R, HOLIDAYS)


def stay(first: date, last: date, end: time = time(10), kind: Kind = Kind.BOARDING) -> Choice:
    return Choice(kind, first, last, time(10), end)


def priced(terms: Terms, choice: Choice, pets, fees: Fees = NO_FEES, add_ons=()) -> Quote:
    units = planned_units(choice, BERLIN)
    return make_quote(
        terms=terms, choice=choice, units=units, pets=pets, add_ons=add_ons, fees=fees
    )


G1_CHOICE = stay(date(2027, 12, 23), date(2027, 12, 27), time(16, 30))
G3_TERMS = Terms(Kind.DROP_IN_VISIT, {("cat", 30): RateCard(1800, 400)})
G3_CHOICE = Choice(
    Kind.DROP_IN_VISIT,
    date(2027, 6, 5),
    date(2027, 6, 6),
    visit_times=(time(8), time(13), time(19)),
    minutes=30,
)


def g1() -> Quote:
    return priced(BOARDING, G1_CHOICE, [BISCUIT, MOSS], FEES)


def g3() -> Quote:
    return priced(G3_TERMS, G3_CHOICE, [MINKA, TOM])


def agreed(quote: Quote, choice: Choice, tier: Tier, **fields) -> Agreement:
    return agreement_for_quote(quote, choice=choice, tier=tier, time_zone=BERLIN.key, **fields)
