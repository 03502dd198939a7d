"""While the server only reads, every page that is only looked at goes on working."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from bookings.services.messages import find_thread, send_message
from bookings.tests.factories import make_confirmed
from pawsitters.operations.tests.faults import read_only

pytestmark = [pytest.mark.mysql, pytest.mark.django_db(transaction=True)]


def _signed_in(user) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user)
    Session.objects.update(seen_at=timezone.now() - timedelta(hours=1))
    return client


def test_private_and_public_pages_are_shown():
    booking = make_confirmed()
    thread = find_thread(booking.owner, booking.sitter)
    for number, person in enumerate((booking.owner, booking.sitter.user)):
        send_message(thread=thread, sender=person, text="A walk at noon", key=f"{number:032x}")
    pages = {
        booking.owner: ["/overview/", "/pets/", "/favourites/"],
        booking.sitter.user: ["/sitting/", "/sitting/calendar/", "/sitting/day/"],
    }
    both = ["/bookings/", booking.get_absolute_url(), f"{booking.get_absolute_url()}record/"]
    both += ["/messages/", thread.get_absolute_url(), "/notices/", "/settings/", "/me/"]
    both += ["/settings/devices/", "/settings/data/", "/", "/search/?where=Berlin"]
    for user, own in pages.items():
        client = _signed_in(user)
        with read_only():
            answers = {path: client.get(path).status_code for path in [*own, *both]}
            assert "Bix" in client.post("/pets/add/", {"name": "Bix"}).text
            notice = client.get(f"/notices/{user.notices.first().pk}/")
        assert notice.status_code == 302
        assert {path: code for path, code in answers.items() if code != 200} == {}
