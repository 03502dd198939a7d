"""What care costs: rules P1 to P9, as pure functions over plain values.

All amounts are integer cents, rounded half up line by line. `make_quote` explains a price line by
line; `total_only` gives the same total in microseconds, for search.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from bookings.exceptions import NoRate, NothingToPrice
from bookings.services.lines import (
    Line,
    UnitPrice,
    add_on_line,
    late_pickup_line,
    long_stay_line,
    owner_fee_line,
    unit_lines,
)
from bookings.services.rounding import half_up, spread
from bookings.services.schedule import Choice, PlannedUnit, minutes_between
from bookings.services.terms import AddOnChoice, Fees, PetFacts, RateCard, Terms
from profiles.kinds import Species

__all__ = [
    "AddOnChoice",
    "Fees",
    "Line",
    "PetFacts",
    "Plan",
    "PricedUnit",
    "Quote",
    "RateCard",
    "Terms",
    "all_in",
    "make_quote",
    "plan_of",
    "total_only",
]

BPS = 10_000
PUNCTUAL_MINUTES = 120
HALF_MINUTES = 480


@dataclass(frozen=True)
class PricedUnit:
    """A planned unit with its price in cents, its share of a long-stay discount taken off."""

    on: date
    starts_at: datetime
    ends_at: datetime
    amount_cents: int


@dataclass(frozen=True)
class Quote:
    """A price with all its parts, in cents.

    `units_cents` is the sum before the discount `long_stay_cents` (a positive number), so
    subtotal = units − long stay + late pick-up + add-ons + settled, and total = subtotal + owner
    fee. The amounts of `lines` add up to the total.
    """

    units: tuple[PricedUnit, ...]
    lines: tuple[Line, ...]
    units_cents: int
    long_stay_cents: int
    late_pickup_cents: int
    add_ons_cents: int
    subtotal_cents: int
    owner_fee_cents: int
    sitter_fee_cents: int
    total_cents: int
    settled_cents: int = 0

    @property
    def sitter_net_cents(self) -> int:
        """What the sitter keeps when everything takes place."""
        return self.subtotal_cents - self.sitter_fee_cents


def make_quote(
    *,
    terms: Terms,
    choice: Choice,
    units: Sequence[PlannedUnit],
    pets: Sequence[PetFacts],
    add_ons: Sequence[AddOnChoice] = (),
    settled: Sequence[Line] = (),
    fees: Fees,
) -> Quote:
    """Price a choice: `units` are those of `planned_units(choice, zone)`.

    `settled` are lines of a changed booking that stay due as they are (`kept_line`).

    The owner's fee is capped at `fees.owner_cap_cents` always, so a cap of 0 means no fee.
    Late pick-up is a part of the last night's price before any long-stay discount.
    Raise NoRate if the sitter has no price for one of the animals, NothingToPrice without any.
    """
    pets = sorted(pets)
    prices = _unit_prices(terms, choice, units, pets)
    dates = [unit.on for unit in units]
    amounts = [price.cents for price in prices]
    units_cents = sum(amounts)
    lines = unit_lines(choice.kind, dates, prices, pets)

    tier = _long_stay_tier(terms, len(units))
    long_stay_cents = half_up(units_cents * tier[1], BPS)
    if long_stay_cents:
        lines.append(long_stay_line(choice.kind, long_stay_cents, tier, dates, pets))

    late_cents = 0
    if terms.charges_late_pickup:
        late_cents = _late_pickup(amounts[-1], _late_minutes(choice))
    if late_cents:
        lines.append(late_pickup_line(choice, late_cents, pets))

    times = {"booking": 1, "pet": len(pets), "unit": len(units)}
    add_on_lines = [add_on_line(a, times[a.per], dates, pets) for a in add_ons]
    add_ons_cents = sum(line.amount_cents for line in add_on_lines)
    lines += add_on_lines

    settled_cents = sum(line.amount_cents for line in settled)
    lines += settled

    subtotal_cents = units_cents - long_stay_cents + late_cents + add_ons_cents + settled_cents
    owner_fee_cents = _owner_fee(subtotal_cents, fees)
    if owner_fee_cents:
        lines.append(owner_fee_line(fees, owner_fee_cents))
    return Quote(
        units=_discounted(units, amounts, long_stay_cents),
        lines=tuple(lines),
        units_cents=units_cents,
        long_stay_cents=long_stay_cents,
        late_pickup_cents=late_cents,
        add_ons_cents=add_ons_cents,
        subtotal_cents=subtotal_cents,
        owner_fee_cents=owner_fee_cents,
        sitter_fee_cents=half_up(subtotal_cents * fees.sitter_bps, BPS),
        total_cents=subtotal_cents + owner_fee_cents,
        settled_cents=settled_cents,
    )


def _unit_prices(
    terms: Terms, choice: Choice, units: Sequence[PlannedUnit], pets: Sequence[PetFacts]
) -> list[UnitPrice]:
    """P2 for every unit; there are only two different ones, with and without a holiday."""
    if not pets or not units:
        raise NothingToPrice(_("Choose at least one animal and one date."))
    usual = _unit_price(terms.rates, choice.minutes, pets, is_holiday=False)
    festive = _unit_price(terms.rates, choice.minutes, pets, is_holiday=True)
    if festive.shares == usual.shares:
        return [usual] * len(units)
    return [festive if unit.on in terms.holidays else usual for unit in units]


def _unit_price(
    rates: Mapping[tuple[str, int], RateCard],
    minutes: int,
    pets: Sequence[PetFacts],
    *,
    is_holiday: bool,
) -> UnitPrice:
    """The dearest animal pays its full rate, each other one its rate as a further animal."""
    cards = [_card(rates, pet.species, minutes) for pet in pets]
    leads = [_lead(card, pet.is_young, is_holiday) for card, pet in zip(cards, pets, strict=True)]
    first = leads.index(max(leads))  # on a tie the lowest id: pets are in order of id
    shares = [(pets[first].name, leads[first])]
    for index, (pet, card) in enumerate(zip(pets, cards, strict=True)):
        if index != first:
            shares.append((pet.name, _extra(card, pet.is_young)))
    return UnitPrice(sum(cents for _name, cents in shares), tuple(shares), is_holiday)


def _card(rates: Mapping[tuple[str, int], RateCard], species: str, minutes: int) -> RateCard:
    try:
        return rates[species, minutes]
    except KeyError:
        animal = Species(species).label
        if minutes:
            sentence = _(
                "There is no price here for %(minutes)d minutes with this animal: %(animal)s."
            )
        else:
            sentence = _("There is no price here for this animal: %(animal)s.")
        raise NoRate(sentence % {"minutes": minutes, "animal": animal}) from None


def _lead(card: RateCard, is_young: bool, is_holiday: bool) -> int:
    cents = card.holiday_cents if is_holiday and card.holiday_cents is not None else card.base_cents
    if is_young and card.young_cents is not None:
        return max(cents, card.young_cents)
    return cents


def _extra(card: RateCard, is_young: bool) -> int:
    if is_young and card.young_additional_cents is not None:
        return max(card.additional_cents, card.young_additional_cents)
    return card.additional_cents


def _long_stay_tier(terms: Terms, count: int) -> tuple[int, int]:
    """(minimum units, basis points) of the longest tier that is reached; (0, 0) for none."""
    return max((tier for tier in terms.long_stay if tier[0] <= count), default=(0, 0))


def _discounted(
    units: Sequence[PlannedUnit], amounts: list[int], discount: int
) -> tuple[PricedUnit, ...]:
    parts = spread(discount, amounts)
    return tuple(
        PricedUnit(unit.on, unit.starts_at, unit.ends_at, amount - part)
        for unit, amount, part in zip(units, amounts, parts, strict=True)
    )


def _late_minutes(choice: Choice) -> int:
    if not choice.kind.is_nights:
        return 0
    return minutes_between(choice.start_time, choice.end_time)


def _late_pickup(last_unit_cents: int, minutes: int) -> int:
    if minutes <= PUNCTUAL_MINUTES:
        return 0
    return half_up(last_unit_cents, 2) if minutes <= HALF_MINUTES else last_unit_cents


def all_in(subtotal_cents: int, fees: Fees) -> int:
    """An amount with the owner's fee on top, in cents: what a "from" price shows."""
    return subtotal_cents + _owner_fee(subtotal_cents, fees)


def _owner_fee(subtotal_cents: int, fees: Fees) -> int:
    return min(fees.owner_cap_cents, half_up(subtotal_cents * fees.owner_bps, BPS))


@dataclass(frozen=True, slots=True)
class Plan:
    """All that `total_only` needs of a choice, worked out once for hundreds of sitters."""

    dates: frozenset[date]
    last_date: date
    units_per_date: int
    units: int
    minutes: int
    late_minutes: int


def plan_of(choice: Choice) -> Plan:
    """Raise NothingToPrice when the choice has no date or no time of day."""
    dates = choice.dates
    per_date = len(choice.visit_times) if choice.kind.is_visits else 1
    if not dates or not per_date:
        raise NothingToPrice(_("Choose at least one animal and one date."))
    return Plan(
        dates=frozenset(dates),
        last_date=dates[-1],
        units_per_date=per_date,
        units=len(dates) * per_date,
        minutes=choice.minutes,
        late_minutes=_late_minutes(choice),
    )


def total_only(terms: Terms, plan: Plan, pets: Sequence[PetFacts], fees: Fees) -> int:
    """`make_quote(…).total_cents` without add-ons, in a few microseconds.

    Search prices hundreds of sitters for one choice, so no line, unit or date is made here. A test
    keeps the two equal. Raise NoRate and NothingToPrice as `make_quote` does.
    """
    if not pets:
        raise NothingToPrice(_("Choose at least one animal and one date."))
    usual = last = _unit_cents(terms.rates, plan.minutes, pets, False)
    units_cents = usual * plan.units
    holidays = terms.holidays
    if not holidays.isdisjoint(plan.dates):
        festive = _unit_cents(terms.rates, plan.minutes, pets, True)
        units_cents += (festive - usual) * len(holidays & plan.dates) * plan.units_per_date
        if plan.last_date in holidays:
            last = festive

    subtotal = units_cents
    if terms.long_stay:
        subtotal -= half_up(units_cents * _long_stay_tier(terms, plan.units)[1], BPS)
    if plan.late_minutes > PUNCTUAL_MINUTES and terms.charges_late_pickup:
        subtotal += _late_pickup(last, plan.late_minutes)
    if fees.owner_bps:
        subtotal += _owner_fee(subtotal, fees)
    return subtotal


def _unit_cents(rates, minutes: int, pets: Sequence[PetFacts], is_holiday: bool) -> int:
    """`_unit_price(…).cents`, written flat for speed."""
    extras = first_lead = first_extra = 0
    first_id = None
    for number, _name, species, is_young in pets:
        card = rates.get((species, minutes)) or _card(rates, species, minutes)
        lead, extra, holiday, young, young_extra = card
        if is_holiday and holiday is not None:
            lead = holiday
        if is_young:
            if young is not None and young > lead:
                lead = young
            if young_extra is not None and young_extra > extra:
                extra = young_extra
        extras += extra
        if first_id is None or lead > first_lead or (lead == first_lead and number < first_id):
            first_lead, first_extra, first_id = lead, extra, number
    return extras - first_extra + first_lead
