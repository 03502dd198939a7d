import pytest
from django.core.files.storage import default_storage

from accounts.images import small_name
from accounts.tests.factories import make_user
from accounts.tests.test_images import picture

pytestmark = pytest.mark.django_db
URL = "/settings/"
TYPED = {"name": "Ada", "phone": "+49 30 123", "time_zone": "Europe/Madrid"}


@pytest.fixture
def person(client):
    person = make_user()
    client.force_login(person)
    return person


def test_settings_are_saved_and_said(client, person):
    page = client.post(URL, TYPED, follow=True).content.decode()
    person.refresh_from_db()
    assert (person.name, person.phone, person.time_zone) == tuple(TYPED.values())
    assert "Saved." in page


def test_a_photo_is_stored_with_its_small_copy_and_the_old_one_goes(
    client, person, django_capture_on_commit_callbacks
):
    client.post(URL, {**TYPED, "photo": picture()})
    person.refresh_from_db()
    first = person.photo.name
    assert default_storage.exists(first)
    assert default_storage.exists(small_name(first))

    with django_capture_on_commit_callbacks(execute=True):
        client.post(URL, {**TYPED, "photo": picture((200, 100))})

    person.refresh_from_db()
    assert person.photo.name != first
    assert not default_storage.exists(first)
    assert not default_storage.exists(small_name(first))

    with django_capture_on_commit_callbacks(execute=True):
        client.post(URL, {**TYPED, "photo-clear": "on"})
    person.refresh_from_db()
    assert not person.photo


def test_a_bad_photo_keeps_the_old_one_and_what_was_typed(client, person):
    client.post(URL, {**TYPED, "photo": picture()})
    person.refresh_from_db()
    first = person.photo.name
    executable = picture()
    executable.file = __import__("io").BytesIO(b"MZ\x90\x00" + bytes(200))
    page = client.post(URL, {**TYPED, "name": "Ada B.", "photo": executable}).content.decode()
    assert "not a picture" in page
    assert 'value="Ada B."' in page
    person.refresh_from_db()
    assert (person.name, person.photo.name) == ("Ada", first)


@pytest.mark.parametrize(
    ("field", "value"),
    [("name", ""), ("name", "x" * 10_000), ("phone", "1" * 31), ("time_zone", "Mars/Base")],
)
def test_what_cannot_be_is_said_beside_the_field(client, person, field, value):
    page = client.post(URL, {**TYPED, field: value}).content.decode()
    assert "is-invalid" in page
    person.refresh_from_db()
    assert person.name != "Ada"


def test_a_forged_role_changes_nothing(client, person):
    client.post(URL, {**TYPED, "is_staff": "on", "is_superuser": "on", "email": "x@example.org"})
    person.refresh_from_db()
    assert not person.is_staff
    assert person.email != "x@example.org"


def test_a_name_is_one_line_whatever_a_program_sends(client, person):
    client.post(URL, {**TYPED, "name": "Eve\r\nBcc: x@evil.example \u202eylno"})
    person.refresh_from_db()
    assert person.name == "Eve Bcc: x@evil.example ylno"
    family = "Ada \U0001f468\u200d\U0001f469\u200d\U0001f467 נעמי"
    client.post(URL, {**TYPED, "name": family})
    person.refresh_from_db()
    assert person.name == family
