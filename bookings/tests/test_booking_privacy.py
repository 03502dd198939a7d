"""Who sees what of a booking, and until when (product.md 12)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from bookings.models import Booking
from bookings.services.rules import OWNER, SITTER
from bookings.tests.factories import (
    accept,
    cancel,
    check_out,
    make_booking,
    make_choice,
    make_confirmed,
    make_in,
    make_owner,
)
from bookings.tests.page_tools import page, url, user_of
from profiles.kinds import Kind
from profiles.tests.factories import make_home, make_pet, make_sitter

Status = Booking.Status
pytestmark = pytest.mark.django_db

SECRETS = {
    "owner's phone": "+49 30 111",
    "sitter's phone": "+49 30 222",
    "owner's street": "Lindenweg 4",
    "sitter's street": "Hafenweg 1",
}


def make_with_secrets(kind, status=Status.REQUESTED):
    owner = make_owner(phone=SECRETS["owner's phone"])
    make_home(owner)
    sitter = make_sitter(kinds=[kind])
    sitter.user.phone = SECRETS["sitter's phone"]
    sitter.user.save()
    pet = make_pet(owner, bite_history="Bit the postman", has_bitten="yes", feeding="300 g")
    return make_in(status, owner=owner, sitter=sitter, pets=[pet], choice=make_choice(kind))


def seen(html: str) -> set[str]:
    return {name for name, text in SECRETS.items() if text in html}


@pytest.mark.parametrize("kind", [Kind.BOARDING, Kind.HOUSE_SITTING])
def test_before_confirmation_neither_phones_nor_the_others_address_are_shown(client, kind):
    booking = make_with_secrets(kind)
    at_sitters = kind == Kind.BOARDING

    assert seen(page(client, booking, OWNER)) == (set() if at_sitters else {"owner's street"})
    assert seen(page(client, booking, SITTER)) == ({"sitter's street"} if at_sitters else set())


@pytest.mark.parametrize("kind", [Kind.BOARDING, Kind.HOUSE_SITTING])
def test_after_confirmation_both_see_phones_and_the_place_of_care_only(client, kind):
    booking = accept(make_with_secrets(kind))
    street = "sitter's street" if kind == Kind.BOARDING else "owner's street"

    assert seen(page(client, booking, OWNER)) == {"sitter's phone", street}
    assert seen(page(client, booking, SITTER)) == {"owner's phone", street}


@pytest.mark.parametrize("kind", [Kind.BOARDING, Kind.HOUSE_SITTING])
@pytest.mark.parametrize("end", [check_out, cancel], ids=["completed", "cancelled"])
def test_seven_days_after_the_end_phones_and_the_others_address_are_gone(client, kind, end):
    booking = make_with_secrets(kind, Status.IN_PROGRESS if end is check_out else Status.CONFIRMED)
    booking = end(booking)
    last = booking.ended_at + timedelta(days=7)
    own = {OWNER: "owner's street", SITTER: "sitter's street"}
    side_of_care = SITTER if kind == Kind.BOARDING else OWNER

    for role in (OWNER, SITTER):
        assert len(seen(page(client, booking, role, last - timedelta(minutes=1)))) == 2
        expected = {own[role]} if role == side_of_care else set()
        assert seen(page(client, booking, role, last)) == expected


@pytest.mark.parametrize("status", [Status.DECLINED, Status.WITHDRAWN, Status.EXPIRED])
def test_a_request_that_came_to_nothing_opens_nothing(client, status):
    booking = make_with_secrets(Kind.BOARDING, status)

    assert seen(page(client, booking, OWNER)) == set()
    html = page(client, booking, SITTER)
    assert seen(html) == {"sitter's street"}
    assert "Bit the postman" not in html


def test_before_acceptance_the_sitter_sees_the_towns_distance_not_the_door(client):
    booking = make_with_secrets(Kind.DROP_IN_VISIT)

    assert "Less than 1 km from you" in page(client, booking, SITTER)


def test_the_care_sheet_is_live_before_acceptance_and_a_copy_afterwards(client):
    booking = make_with_secrets(Kind.BOARDING)
    pet = booking.booking_pets.get().pet
    pet.feeding = "400 g"
    pet.save()
    assert "400 g" in page(client, booking, SITTER)
    assert "Bit the postman" in page(client, booking, SITTER)

    accept(booking)
    pet.feeding = "500 g"
    pet.save()
    html = page(client, booking, SITTER)
    assert "400 g" in html
    assert "500 g" not in html


def test_the_care_sheet_is_closed_to_the_sitter_after_ninety_days(client):
    booking = check_out(make_with_secrets(Kind.BOARDING, Status.IN_PROGRESS))
    last = booking.ended_at + timedelta(days=90)

    assert "Bit the postman" in page(client, booking, SITTER, last - timedelta(minutes=1))
    html = page(client, booking, SITTER, last)
    assert "Bit the postman" not in html
    assert "It is closed now" in html
    assert "Bit the postman" in page(client, booking, OWNER, last)


def test_a_pet_that_was_erased_leaves_its_copy(client):
    booking = accept(make_with_secrets(Kind.BOARDING))
    booking.booking_pets.get().pet.delete()

    assert "300 g" in page(client, booking, SITTER)


@pytest.mark.parametrize("verb", ["", "record/", "cancel/", "accept/", "check-in/", "give-back/"])
def test_strangers_find_nothing(client, verb):
    booking = make_confirmed()
    for stranger in (make_owner(), make_sitter().user):
        client.force_login(stranger)
        assert client.get(booking.get_absolute_url() + verb).status_code == 404
        if verb not in ("", "record/"):
            assert client.post(booking.get_absolute_url() + verb).status_code == 404
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


def test_visitors_are_asked_to_log_in(client):
    booking = make_booking()
    response = client.get(booking.get_absolute_url())

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("verb", "role"),
    [("accept", OWNER), ("decline", OWNER), ("check_in", OWNER), ("withdraw", SITTER)],
)
def test_the_other_sides_buttons_do_not_exist(client, verb, role):
    booking = make_booking()
    client.force_login(user_of(booking, role))

    assert client.get(url(booking, verb)).status_code == 404
    assert client.post(url(booking, verb)).status_code == 404
