"""The buttons of a booking: what they do, refuse, and say; twice is harmless."""

import re
from datetime import timedelta

import pytest

from bookings.models import Booking
from bookings.services import agreements
from bookings.services.care import must_follow_lines
from bookings.services.rules import OWNER, SITTER
from bookings.tests.factories import (
    accept,
    make_booking,
    make_confirmed,
    make_owner,
    make_running,
)
from bookings.tests.page_tools import page, post, url
from pawsitters import clock
from profiles.tests.factories import make_pet, make_sitter

Status = Booking.Status
pytestmark = pytest.mark.django_db


def test_a_change_needs_a_post(client):
    booking = make_booking()
    client.force_login(booking.sitter.user)
    for verb in ("accept", "decline"):
        client.get(url(booking, verb))
    client.force_login(booking.owner)
    client.get(url(booking, "withdraw"))

    booking.refresh_from_db()
    assert booking.status == Status.REQUESTED


def test_accepting_with_a_line_unticked_keeps_the_other_ticks(client):
    owner = make_owner()
    pet = make_pet(owner, must_follow="Half a tablet\nNever alone")
    booking = make_booking(owner=owner, pets=[pet])
    keys = [key for key, _line in must_follow_lines(booking)]
    html = page(client, booking, SITTER)
    assert [f'value="{key}"' in html for key in keys] == [True, True]

    html = post(client, booking, "accept", SITTER, ticked=keys[:1]).content.decode()
    assert "Please tick every line" in html
    assert re.search(f'value="{keys[0]}"[^>]* checked', html)
    assert not re.search(f'value="{keys[1]}"[^>]* checked', html)

    html = post(client, booking, "accept", SITTER, ticked=keys).content.decode()
    assert "It is settled" in html


@pytest.mark.parametrize(
    ("verb", "role", "make", "words"),
    [
        ("accept", SITTER, make_booking, "already confirmed"),
        ("withdraw", OWNER, make_booking, "already withdrawn"),
        ("check_in", SITTER, make_confirmed, "already in progress"),
        ("check_out", SITTER, make_running, "already completed"),
    ],
)
def test_a_double_click_is_harmless(client, verb, role, make, words):
    booking = make()
    with clock.at(
        booking.requested_at if make is make_booking else booking.ends_at - timedelta(hours=1)
    ):
        first = post(client, booking, verb, role)
        events = booking.events.count()
        second = post(client, booking, verb, role)

    assert "notice-ok" in first.content.decode()
    assert words in second.content.decode()
    assert booking.events.count() == events


def test_accepting_what_no_longer_fits_names_the_dates(client):
    sitter = make_sitter(night_places=1)
    first, second = make_booking(sitter=sitter), make_booking(sitter=sitter)
    accept(first)

    html = post(client, second, "accept", SITTER).content.decode()
    assert "There is no room on" in html
    second.refresh_from_db()
    assert second.status == Status.REQUESTED


def test_declining_asks_for_a_reason(client):
    booking = make_booking()
    html = post(client, booking, "decline", SITTER, reason="", text="Sorry").content.decode()
    assert "error-summary" in html
    assert "Sorry" in html

    post(client, booking, "decline", SITTER, reason="dates", text="Sorry")
    booking.refresh_from_db()
    assert (booking.status, booking.end_reason, booking.end_text) == (
        Status.DECLINED,
        "dates",
        "Sorry",
    )


@pytest.mark.parametrize(("days_ahead", "is_warned"), [(10, False), (5, True)])
def test_a_sitter_who_cancels_says_why_and_is_warned_of_the_public_record(
    client, days_ahead, is_warned
):
    booking = make_confirmed()
    with clock.at(booking.starts_at - timedelta(days=days_ahead)):
        client.force_login(booking.sitter.user)
        html = client.get(url(booking, "cancel")).content.decode()
        assert ("stands on your public page" in html) == is_warned
        html = post(client, booking, "cancel", SITTER, reason="ill", text=" ").content.decode()
        assert "error-summary" in html
        post(client, booking, "cancel", SITTER, reason="ill", text="I broke my leg.")

    booking.refresh_from_db()
    assert booking.status == Status.CANCELLED_BY_SITTER
    assert booking.refund_cents == booking.total_cents


def test_the_sum_on_the_cancel_button_is_executed(client):
    booking = make_confirmed()
    moment = booking.starts_at - timedelta(hours=2)
    with clock.at(moment):
        assert "Cancel: get back €40.00" in page(client, booking, OWNER, moment)
        html = client.get(url(booking, "cancel")).content.decode()
        assert "Cancel: get back €40.00" in html
        shown = re.search(r'name="shown" value="(\w+)"', html)[1]
        html = post(client, booking, "cancel", OWNER, shown=shown).content.decode()

    assert "The booking is cancelled" in html
    booking.refresh_from_db()
    assert booking.refund_cents == 4000


def test_a_sum_that_changed_meanwhile_is_shown_again_instead(client):
    booking = make_confirmed()
    shown = agreements.owner_preview(booking).hash
    client.force_login(booking.owner)
    with clock.at(booking.starts_at - timedelta(hours=2)):
        response = client.post(url(booking, "cancel"), {"shown": shown})
    html = response.content.decode()

    assert response.status_code == 409
    assert "has changed" in html
    assert "Cancel: get back €40.00" in html
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


def test_a_forged_hash_status_or_refund_changes_nothing(client):
    booking = make_confirmed()
    data = {"shown": "x' OR 1=1", "status": "completed", "refund_cents": "1"}
    post(client, booking, "cancel", OWNER, **data)

    booking.refresh_from_db()
    assert (booking.status, booking.refund_cents) == (Status.CONFIRMED, None)


def test_cancelling_the_rest_says_so(client):
    booking = make_running()
    moment = booking.starts_at + timedelta(hours=1)

    assert "Cancel the rest: get back €20.00" in page(client, booking, OWNER, moment)
