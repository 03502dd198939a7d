"""`manage.py check_seats` finds whatever no service would leave behind."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command

from bookings.models import Booking
from bookings.services.seat_check import differences
from bookings.tests.factories import make_booking, make_choice, make_confirmed, make_in, make_owner
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import SearchRow, Seat, SitterCapacity
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db


def test_it_is_content_with_bookings_of_every_kind_and_state():
    for kind in Kind:
        make_confirmed(sitter=make_sitter(kinds=[kind]))
    for status in Booking.Status:
        make_in(status)
    owner = make_owner()
    make_confirmed(owner=owner, pets=[make_pet(owner), make_pet(owner)])

    output = StringIO()
    # Later than any of their events, which happened on their own days.
    with clock.at(clock.now() + timedelta(days=20)):
        assert list(differences()) == []
        call_command("check_seats", stdout=output)
    assert "search agrees" in output.getvalue()


def test_it_exits_with_1_and_names_the_booking():
    booking = make_confirmed()
    booking.seats.first().delete()
    errors = StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("check_seats", stderr=errors)

    assert stop.value.code == 1
    assert f"booking {booking.reference}: night {booking.starts_on}: needs 1, holds 0" in (
        errors.getvalue()
    )


def test_it_finds_a_seat_too_many():
    booking = make_confirmed()
    Seat.objects.create(
        sitter=booking.sitter,
        resource=Seat.Resource.NIGHT,
        slot=booking.starts_on.toordinal(),
        number=1,
        booking=booking,
    )

    assert any("needs 1, holds 2" in found for found in differences())


def test_it_finds_seats_of_a_booking_that_holds_none():
    booking = make_confirmed()
    Booking.objects.filter(pk=booking.pk).update(status=Booking.Status.COMPLETED)

    assert f"booking {booking.public_id} is completed and still holds 2 seats" in differences()


def test_it_finds_more_held_places_than_there_are():
    owner = make_owner()
    booking = make_confirmed(owner=owner, pets=[make_pet(owner), make_pet(owner)])
    SitterCapacity.objects.filter(pk=booking.sitter_id).update(night_places=1)

    assert any("2 held, 1 places" in found for found in differences())


def test_it_finds_search_bits_that_say_something_else():
    booking = make_confirmed(
        sitter=make_sitter(night_places=1, kinds=[Kind.BOARDING]), choice=make_choice(units=3)
    )
    SearchRow.objects.filter(sitter_id=booking.sitter_id).update(
        **{f"busy_{number}": 0 for number in range(7)}
    )

    assert f"sitter {booking.sitter_id}: search does not say what the seats say" in differences()


def test_a_request_holds_nothing():
    make_booking()

    assert not Seat.objects.exists()
    assert list(differences()) == []
