"""One booking's page: what each side sees in every state, and nothing that is not allowed now."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bookings.models import Booking
from bookings.services import transitions
from bookings.services.rules import OWNER, SITTER, allowed
from bookings.tests.factories import (
    flag,
    just_before,
    make_booking,
    make_choice,
    make_confirmed,
    make_in,
    make_owner,
)
from bookings.tests.page_tools import buttons, page, user_of
from pawsitters import clock
from profiles.kinds import Kind
from profiles.tests.factories import make_home, make_pet, make_sitter

Status = Booking.Status
pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 9  # the ninth: reviews of the booking, or of the owner who asks


# --- Buttons -------------------------------------------------------------------------------


def moments(booking) -> list:
    """Moments between which what is allowed may change."""
    return [
        booking.requested_at + timedelta(minutes=1),
        just_before(booking),
        booking.starts_at + timedelta(hours=1),
        booking.ends_at - timedelta(minutes=1),
        booking.ends_at + timedelta(hours=13),
    ]


@pytest.mark.parametrize("role", [OWNER, SITTER])
@pytest.mark.parametrize("status", list(Status))
def test_the_buttons_are_what_the_state_table_allows_now(client, status, role):
    booking = make_in(status)
    for moment in moments(booking):
        verbs = allowed(Booking.objects.get(pk=booking.pk), role, moment)
        assert buttons(page(client, booking, role, moment), booking) == verbs, moment


@pytest.mark.parametrize("role", [OWNER, SITTER])
def test_a_flagged_booking_offers_both_answers(client, role):
    booking = flag(make_confirmed())
    moment = booking.flagged_at + timedelta(minutes=1)
    expected = {OWNER: {"report_missed"}, SITTER: {"check_in", "claim_no_access"}}[role]
    assert buttons(page(client, booking, role, moment), booking) == expected

    with clock.at(moment):
        transitions.claim_no_access(booking=booking, by=booking.sitter.user)
    expected = {OWNER: {"report_missed", "agree_no_access"}, SITTER: {"check_in"}}[role]
    assert buttons(page(client, booking, role, moment), booking) == expected


# --- Statements ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", [OWNER, SITTER])
@pytest.mark.parametrize("status", list(Status))
def test_statements_are_few_whatever_the_state(client, status, role, django_assert_max_num_queries):
    owner = make_owner(phone="+49 30 1")
    make_home(owner)
    pets = [make_pet(owner, name=name, must_follow="A\nB") for name in ("Biscuit", "Moss")]
    sitter = make_sitter(night_places=8, town=None)
    for _ in range(4):
        make_sitter()
    booking = make_in(status, owner=owner, pets=pets, sitter=sitter)
    client.force_login(user_of(booking, role))
    with django_assert_max_num_queries(MOST_STATEMENTS):
        response = client.get(booking.get_absolute_url())
    assert response.status_code == 200


# --- What it says --------------------------------------------------------------------------


def test_the_page_names_the_payment_and_that_we_take_none(client):
    sitter = make_sitter(payment_note="bank transfer on the first day")
    booking = make_booking(sitter=sitter)

    for role in (OWNER, SITTER):
        html = page(client, booking, role)
        assert "bank transfer on the first day" in html
        assert "PawSitters takes no payment" in html


def test_the_sitter_sees_the_net_amount(client, settings):
    settings.SITTER_FEE_BPS = 1000
    booking = make_booking()

    assert "€72.00" in page(client, booking, SITTER)
    assert "€72.00" not in page(client, booking, OWNER)


def test_texts_are_shown_as_text(client):
    nasty = "<script>alert(1)</script> {{ 7|add:7 }} ' OR 1=1"
    owner = make_owner(name=nasty)
    booking = make_booking(owner=owner, pets=[make_pet(owner, name=nasty[:40])], message=nasty)

    html = page(client, booking, SITTER)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_the_record_lists_every_entry_and_says_when_one_was_altered(client):
    booking = make_confirmed()
    assert "2 entries in this booking’s record, none altered" in page(client, booking, OWNER)
    html = client.get(reverse("bookings:record", args=[booking.public_id])).content.decode()
    assert "You asked" in html
    assert "Mara accepted" in html
    for event in booking.events.all():
        assert event.hash in html

    booking.events.filter(number=1).update(data={"to": "requested", "total_cents": 1})
    assert "does not add up" in page(client, booking, OWNER)


def test_after_a_decline_three_others_with_the_same_dates_are_suggested(client):
    sitter = make_sitter()
    others = [make_sitter() for _ in range(4)]
    make_booking_full = make_sitter(night_places=0)
    booking = make_in(Status.DECLINED, sitter=sitter)

    html = page(client, booking, OWNER)
    shown = [other for other in others if f"/sitters/{other.slug}/?" in html]
    assert len(shown) == 3
    assert f"/sitters/{sitter.slug}/?" not in html
    assert f"/sitters/{make_booking_full.slug}/?" not in html
    assert "€80.00" in html
    assert "/sitters/" not in page(client, booking, SITTER)


def test_after_the_sitter_cancelled_five_are_suggested(client):
    sitter = make_sitter()
    others = [make_sitter() for _ in range(6)]
    booking = make_in(Status.CANCELLED_BY_SITTER, sitter=sitter)

    html = page(client, booking, OWNER)
    assert sum(f"/sitters/{other.slug}/?" in html for other in others) == 5


def test_a_search_link_keeps_the_choice_of_a_visit(client):
    sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT])
    booking = make_in(Status.DECLINED, sitter=sitter, choice=make_choice(Kind.DROP_IN_VISIT))

    html = page(client, booking, OWNER)
    assert "times=12%3A00&amp;minutes=30" in html
    assert f"from={booking.starts_on}" in html
