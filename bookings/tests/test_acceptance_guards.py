"""What changed between looking at a request and accepting it."""

import pytest

from bookings.exceptions import NotAllowedNow, RequestRefused
from bookings.models import Booking
from bookings.services.care import must_follow_lines
from bookings.services.transitions import accept_booking
from bookings.tests.factories import accept, make_booking, make_owner
from profiles.services.publishing import suspend
from profiles.tests.factories import make_pet

pytestmark = pytest.mark.django_db


def test_a_tick_does_not_count_for_a_line_that_the_owner_changed_meanwhile():
    owner = make_owner()
    pet = make_pet(owner, must_follow="Never off the lead")
    booking = make_booking(owner=owner, pets=[pet])
    ticked = [key for key, _line in must_follow_lines(booking)]
    pet.must_follow = "An injection every two hours, at night too"
    pet.save()

    with pytest.raises(RequestRefused, match="tick"):
        accept_booking(booking=booking, by=booking.sitter.user, ticked=ticked)

    booking.refresh_from_db()
    assert booking.status == Booking.Status.REQUESTED


def test_a_suspended_sitter_accepts_nothing_that_was_asked_before():
    booking = make_booking()
    suspend(sitter=booking.sitter, reason="A dog was hurt.")

    with pytest.raises(NotAllowedNow, match="suspended"):
        accept(booking)

    booking.refresh_from_db()
    assert booking.status == Booking.Status.REQUESTED
    assert not booking.seats.exists()
