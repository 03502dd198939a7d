"""Forms that are kept over a login, and what a stranger cannot do with that."""

import pytest

from accounts.encryption import decrypt
from accounts.models import Session
from accounts.tests.factories import log_in, make_user
from profiles.tests.factories import make_home

pytestmark = pytest.mark.django_db
TYPED = {"name": "Moss", "species": "dog", "sex": "male"}


def test_what_was_typed_is_there_after_logging_in_and_gone_after_that(client):
    answer = client.post("/pets/add/", TYPED)
    assert answer.url == "/sign/login/?next=/pets/add/"
    client.force_login(make_user())
    assert 'value="Moss"' in client.get("/pets/add/").content.decode()
    assert 'value="Moss"' not in client.get("/pets/add/").content.decode()


def test_passwords_are_never_kept(client):
    client.post("/settings/", {"name": "Ada", "password": "a-walk-at-dawn"})
    (kept,) = Session.objects.all()
    assert decrypt(kept.get_decoded()["held_form"]["typed"]) == "name=Ada"


def test_a_stranger_cannot_fill_the_table_of_sessions(client):
    for _number in range(25):
        client.cookies.clear()
        assert client.post("/pets/add/", TYPED).status_code == 302
    assert Session.objects.count() == 20


def test_a_form_of_any_length_is_not_kept(client):
    client.post("/pets/add/", {"name": "x" * 60_000})
    assert not Session.objects.exists()


def test_what_is_held_cannot_be_read_in_the_database(client):
    client.post("/pets/add/", TYPED)
    assert "Moss" not in str(Session.objects.get().get_decoded())


def test_a_door_code_is_held_for_who_is_asked_again_but_not_for_who_logs_in_next(client):
    person = make_user()
    make_home(person)
    client.post("/home/access/", {"access_notes": "code 4711"})
    assert not Session.objects.exists()
    log_in(client, person, minutes_ago=16)
    assert client.post("/home/access/", {"access_notes": "code 4711"}).status_code == 302
    log_in(client, person)
    assert "code 4711" in client.get("/home/access/").content.decode()
