"""The lines of a quote in plain words (rule P9): what is charged, how often, for whom, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from bookings.services import wording
from bookings.services.schedule import Choice, minutes_between
from bookings.services.terms import AddOnChoice, Fees, PetFacts
from profiles.kinds import Kind

MAX_LENGTH = 200  # of the columns in BookingLine

UNITS = {
    Kind.BOARDING: ngettext_lazy("%(count)d night", "%(count)d nights", "count"),
    Kind.HOUSE_SITTING: ngettext_lazy("%(count)d night", "%(count)d nights", "count"),
    Kind.DAY_CARE: ngettext_lazy("%(count)d day", "%(count)d days", "count"),
    Kind.DROP_IN_VISIT: ngettext_lazy("%(count)d visit", "%(count)d visits", "count"),
    Kind.DOG_WALK: ngettext_lazy("%(count)d walk", "%(count)d walks", "count"),
}
HOLIDAY_UNITS = {
    Kind.BOARDING: ngettext_lazy("%(count)d holiday night", "%(count)d holiday nights", "count"),
    Kind.HOUSE_SITTING: ngettext_lazy(
        "%(count)d holiday night", "%(count)d holiday nights", "count"
    ),
    Kind.DAY_CARE: ngettext_lazy("%(count)d holiday day", "%(count)d holiday days", "count"),
    Kind.DROP_IN_VISIT: ngettext_lazy(
        "%(count)d holiday visit", "%(count)d holiday visits", "count"
    ),
    Kind.DOG_WALK: ngettext_lazy("%(count)d holiday walk", "%(count)d holiday walks", "count"),
}


@dataclass(frozen=True)
class Line:
    """One line of a price, in cents; a discount is negative.

    `rule` is unit, long_stay, late_pickup, add_on, kept or owner_fee. `amount_cents` is
    quantity × unit_cents.
    """

    rule: str
    quantity: int
    unit_cents: int
    amount_cents: int
    dates: tuple[date, ...]
    pets: tuple[str, ...]
    sentence: str
    detail: str = ""


class UnitPrice(NamedTuple):
    """The price of a unit before any discount, and each animal's share, dearest lead first."""

    cents: int
    shares: tuple[tuple[str, int], ...]
    is_holiday: bool


def unit_lines(
    kind: Kind, dates: Sequence[date], prices: Sequence[UnitPrice], pets: Sequence[PetFacts]
) -> list[Line]:
    """One line for each run of units with the same price."""
    lines = []
    for price, run in groupby(zip(prices, dates, strict=True), key=lambda pair: pair[0]):
        days = [on for _price, on in run]
        words = (HOLIDAY_UNITS if price.is_holiday else UNITS)[kind] % {"count": len(days)}
        lines.append(
            _line(
                "unit",
                len(days),
                price.cents,
                days,
                pets,
                _("%(units)s, %(dates)s") % {"units": words, "dates": wording.say_dates(days)},
                _shares(price, len(days)),
            )
        )
    return lines


def _shares(price: UnitPrice, count: int) -> str:
    """ "Biscuit 50 + Moss 20, three times"."""
    shares = " + ".join(f"{name} {wording.say_amount(cents)}" for name, cents in price.shares)
    return shares if count == 1 else f"{shares}, {wording.say_times(count)}"


def long_stay_line(
    kind: Kind, cents: int, tier: tuple[int, int], dates: Sequence[date], pets: Sequence[PetFacts]
) -> Line:
    min_units, bps = tier
    return _line(
        "long_stay",
        1,
        -cents,
        dates,
        pets,
        _("Long stay, %(percent)s off") % {"percent": wording.say_percent(bps)},
        _("from %(units)s on") % {"units": UNITS[kind] % {"count": min_units}},
    )


def late_pickup_line(choice: Choice, cents: int, pets: Sequence[PetFacts]) -> Line:
    late = minutes_between(choice.start_time, choice.end_time)
    return _line(
        "late_pickup",
        1,
        cents,
        [choice.last_on],
        pets,
        _("Late pick-up, %(date)s, %(time)s")
        % {"date": wording.say_date(choice.last_on), "time": f"{choice.end_time:%H:%M}"},
        _("%(time)s after the hour of arrival") % {"time": wording.say_minutes(late)},
    )


def add_on_line(
    add_on: AddOnChoice, quantity: int, dates: Sequence[date], pets: Sequence[PetFacts]
) -> Line:
    detail = ""
    if quantity > 1:
        detail = _("%(amount)s, %(times)s") % {
            "amount": wording.say_amount(add_on.amount_cents),
            "times": wording.say_times(quantity),
        }
    return _line("add_on", quantity, add_on.amount_cents, dates, pets, add_on.name, detail)


def kept_line(
    kind: Kind, count: int, cents: int, dates: Sequence[date], pets: Sequence[str]
) -> Line:
    """What stays due for units that a change drops after their deadline."""
    words = {"units": UNITS[kind] % {"count": count}, "dates": wording.say_dates(dates)}
    return Line(
        "kept",
        1,
        cents,
        cents,
        tuple(sorted(set(dates))),
        tuple(pets),
        _cut(_("Dropped late: %(units)s, %(dates)s") % words),
        _("as the cancellation rules say"),
    )


def owner_fee_line(fees: Fees, cents: int) -> Line:
    return _line(
        "owner_fee",
        1,
        cents,
        [],
        [],
        _("Service fee, %(percent)s") % {"percent": wording.say_percent(fees.owner_bps)},
        _("never more than %(amount)s") % {"amount": wording.say_amount(fees.owner_cap_cents)},
    )


def _line(rule, quantity, unit_cents, dates, pets, sentence, detail) -> Line:
    return Line(
        rule,
        quantity,
        unit_cents,
        quantity * unit_cents,
        tuple(sorted(set(dates))),
        tuple(pet.name for pet in pets),
        _cut(sentence),
        _cut(detail),
    )


def _cut(text: str) -> str:
    return text if len(text) <= MAX_LENGTH else f"{text[: MAX_LENGTH - 1]}…"
