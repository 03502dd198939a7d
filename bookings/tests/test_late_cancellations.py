from datetime import timedelta

import pytest

from bookings.exceptions import NotAllowedNow
from bookings.services.reliability import recount
from bookings.services.transitions import cancel_by_sitter, reply_in_public
from bookings.tests.factories import make_confirmed
from pawsitters import clock

pytestmark = pytest.mark.django_db


def cancelled(days_before: int):
    """A booking that the sitter cancelled so many days before its start."""
    booking = make_confirmed()
    with clock.at(booking.starts_at - timedelta(days=days_before)):
        booking = cancel_by_sitter(
            booking=booking, by=booking.sitter.user, reason="ill", text="Flu."
        )
    with clock.at(booking.ended_at + timedelta(seconds=1)):
        recount(booking.sitter)
    return booking


def page(client, booking) -> str:
    return client.get(booking.sitter.get_absolute_url()).content.decode()


def test_a_late_cancellation_stands_on_the_public_page_with_its_reason(client):
    booking = cancelled(days_before=4)

    text = page(client, booking)

    assert "cancelled 4 days before the start. Reason given: I am ill or hurt." in text
    assert "Flu." not in text, "what was written to the owner is theirs"


def test_one_in_good_time_does_not(client):
    assert "Reason given" not in page(client, cancelled(days_before=8))


def test_the_sitter_may_reply_once_and_everybody_reads_it(client, client_b):
    booking = cancelled(days_before=2)
    client.force_login(booking.sitter.user)
    url = f"{booking.get_absolute_url()}reply/"

    client.post(url, {"text": "<b>I rang</b> the same hour."})
    client.post(url, {"text": "And another thing."})

    booking.refresh_from_db()
    assert booking.public_reply == "<b>I rang</b> the same hour."
    text = page(client_b, booking)
    assert "&lt;b&gt;I rang&lt;/b&gt; the same hour." in text
    assert booking.events.filter(verb="replied").count() == 1


def test_only_the_sitter_may_reply(client):
    booking = cancelled(days_before=2)
    client.force_login(booking.owner)

    assert client.post(f"{booking.get_absolute_url()}reply/", {"text": "No"}).status_code == 404


def test_there_is_nothing_to_reply_to_after_a_cancellation_in_good_time():
    booking = cancelled(days_before=9)

    with pytest.raises(NotAllowedNow):
        reply_in_public(booking=booking, by=booking.sitter.user, text="Sorry.")


def test_reading_them_costs_the_page_one_statement(client, django_assert_num_queries):
    booking = cancelled(days_before=3)
    with django_assert_num_queries(3):
        page(client, booking)
