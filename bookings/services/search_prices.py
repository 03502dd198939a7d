"""Prices of many sitters for one choice: what `find_sitters` asks for each candidate."""

import json
from collections.abc import Callable
from functools import lru_cache

from bookings.choice import Reading
from bookings.exceptions import BookingError
from bookings.services.pricing import Plan, plan_of, total_only
from bookings.services.terms import Terms, fees, terms_from_snapshot
from pawsitters import clock


def price_of(reading: Reading) -> Callable[[str], int | None]:
    """From the terms of a search card to the total of the choice, all fees in, in cents.

    Without dates it is the price of one unit with these animals on an ordinary day. None where
    the sitter has no price for them.
    """
    plan = plan_of(reading.choice) if reading.choice else _one_unit(reading)
    pets, charged = reading.pets, fees()

    def price(terms: str) -> int | None:
        try:
            return total_only(_terms(terms), plan, pets, charged)
        except BookingError:
            return None

    return price


def _one_unit(reading: Reading) -> Plan:
    minutes = int(reading.values["minutes"]) if reading.kind.is_visits else 0
    return Plan(frozenset(), clock.now().date(), 1, 1, minutes, 0)


# The text is the key: a sitter's new price is another text.
@lru_cache(maxsize=4096)
def _terms(text: str) -> Terms:
    values = json.loads(text)
    return terms_from_snapshot(values, values["holidays"])
