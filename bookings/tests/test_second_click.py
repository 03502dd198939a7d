"""Whatever is sent twice happens once, and the second answer is no error page."""

import pytest
from django.apps import apps
from django.contrib.messages import get_messages

from accounts.tests.test_images import picture
from bookings.models import Booking
from bookings.tests.test_hostile_input import FORMS, open_form
from bookings.tests.test_url_walk import addresses, browser_of
from bookings.tests.url_rows import LOGIN
from bookings.tests.url_table import TABLE
from bookings.tests.world import OWNER, SITTER, make_world

pytestmark = pytest.mark.django_db
STATUSES = (Booking.Status.REQUESTED, Booking.Status.CONFIRMED, Booking.Status.IN_PROGRESS)
REMOVES = (
    "profiles:vaccination_delete",
    "profiles:sitting_photo_delete",
    "profiles:sitting_holiday_remove",
    "bookings:calendar_exception_remove",
)


def counts() -> dict[str, int]:
    models = [model for model in apps.get_models() if model._meta.label != "accounts.Session"]
    return {model._meta.label: model._base_manager.count() for model in models}


def test_a_form_sent_twice_adds_one_thing():
    world = make_world(statuses=STATUSES)
    for path in [path for path in FORMS if not path.startswith("/sign/")]:
        client, address, form, changes = open_form(path, world)
        first = client.post(address, form.data(**changes))
        after_one = counts()
        second = client.post(address, form.data(**changes))

        assert (first.status_code, second.status_code) == (302, 302), path
        assert counts() == after_one, path
        if path in ("/pets/add/", "/bookings/new/{slug}/?{choice}"):
            assert second.url == first.url


def test_a_photo_sent_twice_is_stored_once_and_another_one_besides():
    world = make_world(statuses=())
    client = browser_of(world.users[SITTER])
    photos = world.users[SITTER].sitter.photos
    before = photos.count()
    for _click in range(2):
        client.post("/sitting/page/photos/", {"image": picture(), "caption": "Our garden"})
    assert photos.count() == before + 1
    client.post("/sitting/page/photos/", {"image": picture(size=(80, 48)), "caption": "Our garden"})
    assert photos.count() == before + 2


@pytest.mark.parametrize("person", [OWNER, SITTER])
def test_every_button_may_be_pressed_twice(person):
    """Only those that lead somewhere the first time: the rest is in the table of the walk."""
    world = make_world(statuses=STATUSES)
    for name, row in TABLE.items():
        if row.get[person] != 405 and name not in REMOVES:
            continue
        for path in row.paths:
            for address in addresses(path, world, person):
                client = browser_of(world.users[person])
                first, second = client.post(address), client.post(address)
                assert first.status_code == second.status_code, address
                assert LOGIN not in getattr(second, "url", "")


@pytest.mark.parametrize("name", REMOVES)
def test_what_was_removed_already_is_said(name):
    world = make_world(statuses=())
    person = OWNER if "pets" in TABLE[name].paths[0] else SITTER
    client = browser_of(world.users[person])
    address = TABLE[name].paths[0].format(**world.names)
    assert client.post(address).status_code == 302
    second = client.post(address)
    said = [str(message) for message in get_messages(second.wsgi_request)]
    assert said[-1] == "It was removed already."
