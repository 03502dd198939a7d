"""Who may see a stored picture, and how it is sent."""

from datetime import date, timedelta

import pytest
from django.core.files.storage import default_storage

from accounts.tests.factories import make_user
from accounts.tests.test_images import picture
from bookings.tests.factories import make_booking, make_in, make_owner
from pawsitters import clock
from profiles.models import Vaccination
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db


def stored(name) -> str:
    default_storage.save(name, picture())
    return name


def test_faces_are_public_and_can_be_kept_for_ever(client):
    stored("people/ab12.webp")
    answer = client.get("/media/people/ab12.webp")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "image/webp"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert "public" in answer["Cache-Control"]
    assert "immutable" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "path",
    [
        "people/../../db.sqlite3",
        "people/..%2f..%2fdb.sqlite3",
        "people/page.html",
        "people/missing.webp",
        "people/.webp",
        "secret/ab.webp",
        "people/",
    ],
)
def test_nothing_else_is_ever_sent(client, path):
    stored("people/page.html")
    stored("secret/ab.webp")
    client.force_login(make_user())
    assert client.get(f"/media/{path}").status_code == 404


def test_a_pets_picture_is_its_owners(client, client_b):
    pet = make_pet(photo=stored("pets/ab.webp"))
    stored("pets/ab-480.webp")
    client.force_login(pet.owner)
    client_b.force_login(make_user())
    for path in ("/media/pets/ab.webp", "/media/pets/ab-480.webp"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert "private" in answer["Cache-Control"]
        assert client_b.get(path).status_code == 404


def test_a_visitor_is_asked_to_log_in(client):
    make_pet(photo=stored("pets/ab.webp"))
    assert client.get("/media/pets/ab.webp").status_code == 302


def test_a_vaccination_document_is_its_owners(client, client_b):
    pet = make_pet()
    Vaccination.objects.create(
        pet=pet,
        kind="Rabies",
        given_on=date(2020, 1, 1),
        expires_on=date(2030, 1, 1),
        document=stored("vaccinations/cd.webp"),
    )
    client.force_login(pet.owner)
    client_b.force_login(make_user())
    assert client.get("/media/vaccinations/cd.webp").status_code == 200
    assert client_b.get("/media/vaccinations/cd.webp").status_code == 404


def test_the_sitter_who_is_asked_sees_the_pet_until_ninety_days_after_the_end(client, client_b):
    owner = make_owner()
    pet = make_pet(owner, photo=stored("pets/ab.webp"))
    booking = make_in("completed", owner=owner, pets=[pet])
    asked = make_booking(owner=owner, pets=[make_pet(owner, photo=stored("pets/ef.webp"))])
    client.force_login(asked.sitter.user)
    assert client.get("/media/pets/ef.webp").status_code == 200
    client.force_login(booking.sitter.user)
    client_b.force_login(make_sitter().user)

    assert client.get("/media/pets/ab.webp").status_code == 200
    assert client_b.get("/media/pets/ab.webp").status_code == 404
    with clock.at(booking.ends_at + timedelta(days=91)):
        assert client.get("/media/pets/ab.webp").status_code == 404


@pytest.mark.parametrize("status", ["declined", "withdrawn", "expired"])
def test_a_request_that_came_to_nothing_hides_pictures_with_the_sheet(client, status):
    owner = make_owner()
    pet = make_pet(owner, photo=stored("pets/ab.webp"))
    booking = make_in(status, owner=owner, pets=[pet])
    client.force_login(booking.sitter.user)
    assert client.get("/media/pets/ab.webp").status_code == 404
    client.force_login(owner)
    assert client.get("/media/pets/ab.webp").status_code == 200


def test_an_agreed_booking_shows_pictures_for_ninety_days_after_a_cancellation(client):
    owner = make_owner()
    pet = make_pet(owner, photo=stored("pets/ab.webp"))
    booking = make_in("cancelled_by_owner", owner=owner, pets=[pet])
    client.force_login(booking.sitter.user)
    with clock.at(booking.ended_at + timedelta(days=89)):
        assert client.get("/media/pets/ab.webp").status_code == 200
    with clock.at(booking.ended_at + timedelta(days=91)):
        assert client.get("/media/pets/ab.webp").status_code == 404
