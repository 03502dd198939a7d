"""The sums that the front page and the help pages name are worked out again by the engine."""

from datetime import datetime

import pytest

from bookings.services.cancellation import refund_if_owner_cancels
from bookings.tests.golden import BERLIN, BISCUIT, BOARDING, G1_CHOICE, MOSS, agreed, priced
from bookings.views.home import _example_of_refunds
from profiles.kinds import Tier
from profiles.money import amount, plain_amount

QUOTE = priced(BOARDING, G1_CHOICE, [BISCUIT, MOSS])
MOMENTS = [(20, 12, 0), (23, 9, 59), (25, 9, 0)]


def refunds() -> list[int]:
    agreement = agreed(QUOTE, G1_CHOICE, Tier.THREE_DAY)
    moments = [datetime(2027, 12, *parts, tzinfo=BERLIN) for parts in MOMENTS]
    return [refund_if_owner_cancels(agreement, moment).refund_cents for moment in moments]


def test_front_page_shows_refunds_that_the_engine_gives():
    assert [step["refund_cents"] for step in _example_of_refunds()] == refunds()


def test_cancelling_page_shows_refunds_that_the_engine_gives(client):
    page = client.get("/help/cancelling/").text
    assert all(amount(cents) in page for cents in refunds())


def test_prices_page_shows_the_lines_of_the_quote(client):
    page = client.get("/help/prices/").text
    assert all(f"<td>{plain_amount(line.amount_cents)}</td>" in page for line in QUOTE.lines)
    assert amount(QUOTE.total_cents) in page


@pytest.mark.parametrize("tier", Tier)
def test_cancelling_page_names_every_deadline(client, tier):
    words = tier.value.removesuffix("_day").replace("_", " ").capitalize()
    assert words in client.get("/help/cancelling/").text
