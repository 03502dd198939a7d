"""Where one is logged in: the list, logging out elsewhere, and what ends sessions by itself."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Session
from accounts.sessions import handle_of
from accounts.tests.factories import log_in, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "a-walk-at-dawn"
DEVICES = "/settings/devices/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:140.0) Gecko/20100101 Firefox/140.0"
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
EDGE = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36 Edg/140.0"


@pytest.fixture
def person():
    person = make_user()
    person.set_password(PASSWORD)
    person.save()
    return person


def browser(person, user_agent="") -> Client:
    client = Client(headers={"user-agent": user_agent})
    page = client.post("/sign/login/", {"login": person.email, "password": PASSWORD})
    assert page.status_code == 302
    return client


@pytest.fixture(autouse=True)
def _verified(person):
    person.emailaddress_set.create(email=person.email, verified=True, primary=True)


def is_in(client) -> bool:
    return client.get("/settings/").status_code == 200


def key_of(client) -> str:
    return client.session.session_key


def test_the_list_names_each_browser_and_marks_this_one(person):
    here = browser(person, FIREFOX)
    browser(person, IPHONE)
    browser(person, EDGE)
    browser(person, "curl/8")
    page = here.get(DEVICES).content.decode()
    for device in ("Firefox on Windows", "Safari on iPhone", "Edge on Linux", "An unknown browser"):
        assert page.count(f"<strong>{device}</strong>") == 1
    assert page.index("Firefox on Windows") < page.index("This browser") < page.index("Safari on")


def test_the_page_holds_no_key_that_would_let_anybody_in(person):
    here, there = browser(person), browser(person)
    page = here.get(DEVICES).content.decode()
    assert handle_of(key_of(there)) in page
    assert key_of(there) not in page
    assert key_of(here) not in page


def test_one_other_browser_is_logged_out(person):
    here, there, third = browser(person, FIREFOX), browser(person, IPHONE), browser(person)
    here.post(f"{DEVICES}log-out/", {"device": handle_of(key_of(there))})
    assert not is_in(there)
    assert is_in(here)
    assert is_in(third)


def test_all_other_browsers_are_logged_out(person):
    here, *others = (browser(person) for _number in range(3))
    stranger = Client()
    log_in(stranger, make_user())
    here.post(f"{DEVICES}log-out-others/")
    assert is_in(here)
    assert not any(map(is_in, others))
    assert is_in(stranger)


def test_nobody_logs_a_stranger_out(person):
    here, stranger = browser(person), Client()
    log_in(stranger, make_user())
    answer = here.post(f"{DEVICES}log-out/", {"device": handle_of(key_of(stranger))})
    assert answer.status_code == 404
    assert is_in(stranger)


def test_a_new_password_logs_out_everywhere_else_and_the_list_says_so(person):
    here, there = browser(person), browser(person)
    changed = {"oldpassword": PASSWORD, "password1": "a-walk-at-noon"}
    assert here.post("/sign/password/change/", changed).status_code == 302
    assert is_in(here)
    assert not is_in(there)
    assert "You are logged in nowhere else." in here.get(DEVICES).content.decode()
    assert Session.objects.filter(user=person).count() == 1


def test_logging_out_takes_the_browser_off_the_list(person):
    here, there = browser(person), browser(person)
    there.post("/sign/logout/")
    assert Session.objects.filter(user=person).count() == 1
    assert is_in(here)


def test_looking_at_pages_writes_when_one_was_seen_four_times_an_hour_at_most(person):
    here = browser(person)
    sessions = Session.objects.filter(user=person)
    seen_at = timezone.now() - timedelta(minutes=14)
    sessions.update(seen_at=seen_at)
    here.get(DEVICES)
    assert sessions.get().seen_at == seen_at

    sessions.update(seen_at=timezone.now() - timedelta(minutes=16))
    here.get(DEVICES)
    assert timezone.now() - sessions.get().seen_at < timedelta(minutes=1)


def test_a_visitors_session_belongs_to_nobody(client):
    client.post("/pets/add/", {"name": "Moss"})
    assert Session.objects.get().user_id is None
