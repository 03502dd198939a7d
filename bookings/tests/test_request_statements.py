"""Sending a request asks the database the same few things, however much is booked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from bookings.models import Booking
from bookings.tests.factories import make_owner
from bookings.tests.test_request_page import choice, hidden, url_of
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db

# Who is asking (2), whom (1) and for which animals (1); the lock, the sitter again and the seats;
# seven inserts: the booking, its animals, units, lines and first event, the thread of the two in
# which the request stands, and the notices.
STATEMENTS = 14


def statements_of(client, url: str) -> list[str]:
    """What sending the form asks, without the savepoint that stands for the transaction here."""
    typed = hidden(client.get(url))
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert client.post(url, typed).status_code == 302
    texts = [query["sql"].strip() for query in captured]
    return [text for text in texts if "SAVEPOINT" not in text]


@pytest.mark.parametrize(("pets", "nights"), [(1, 2), (3, 2), (1, 10), (3, 10)])
def test_statements_stay_the_same_for_more_animals_and_nights(client, pets, nights):
    owner = make_owner()
    client.force_login(owner)
    for number in range(pets):
        make_pet(owner, name=f"Pet {number}")
    sitter = make_sitter(service_fields={"max_pets": 3}, night_places=3)

    found = statements_of(client, url_of(sitter, **choice(nights=nights, dogs=pets)))

    assert len(found) == STATEMENTS, "\n".join(found)
    booking = Booking.objects.get()
    assert booking.booking_pets.count() == pets
    assert booking.units.count() == nights


def test_the_lock_on_the_seats_comes_before_anything_else_of_the_change(client):
    owner = make_owner()
    client.force_login(owner)
    make_pet(owner)

    found = statements_of(client, url_of(make_sitter(), **choice()))

    writes = [text for text in found if not text.startswith("SELECT")]
    assert "UPDATE" in writes[0]
    assert "sittercapacity" in writes[0]
    after = found[found.index(writes[0]) + 1]
    assert "has_confirmed_email" in after
