"""Before money, secrets and closing: a proof of who is there that is at most 15 minutes old."""

import pytest
from django.http import HttpResponse
from django.urls import path

from accounts.decorators import reauthenticated
from accounts.held import held_form
from accounts.tests.factories import log_in, make_user
from pawsitters.urls import urlpatterns as site

PASSWORD = "a-walk-at-dawn"


@reauthenticated
def secret(request):
    held = held_form(request)
    return HttpResponse(f"secret {request.method} {held['note'] if held else ''}")


urlpatterns = [path("test-secret/", secret), *site]
pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
ASKED = "/sign/reauthenticate/?next=%2Ftest-secret%2F"


@pytest.fixture
def person():
    person = make_user()
    person.set_password(PASSWORD)
    person.save()
    return person


def test_who_has_just_logged_in_is_not_asked_again(client, person):
    log_in(client, person, minutes_ago=14)
    assert client.get("/test-secret/").content == b"secret GET "


def test_after_a_quarter_of_an_hour_the_password_leads_back_to_the_page(client, person):
    log_in(client, person, minutes_ago=16)
    assert client.get("/test-secret/").url == ASKED
    wrong = client.post(ASKED, {"password": "something else"})
    assert "This is not your password." in wrong.content.decode()
    assert client.get("/test-secret/").url == ASKED
    assert client.post(ASKED, {"password": PASSWORD}).url == "/test-secret/"
    assert client.get("/test-secret/").status_code == 200


def test_a_form_sent_too_late_does_nothing_and_is_filled_in_again(client, person):
    log_in(client, person, minutes_ago=16)
    assert client.post("/test-secret/", {"note": "under the pot"}).url == ASKED
    client.post(ASKED, {"password": PASSWORD})
    assert client.get("/test-secret/").content == b"secret GET under the pot"


def test_a_button_sent_too_late_leads_back_to_the_page_it_stands_on(client, person):
    log_in(client, person, minutes_ago=16)
    answer = client.post("/test-secret/", headers={"referer": "http://testserver/settings/?a=1"})
    assert answer.url == "/sign/reauthenticate/?next=%2Fsettings%2F%3Fa%3D1"


def test_a_visitor_logs_in_first(client):
    assert client.get("/test-secret/").url == "/sign/login/?next=/test-secret/"


def test_the_proof_of_one_person_is_none_of_another(client, person):
    log_in(client, person)
    session = client.session
    session["account_authentication_methods_user"] = str(make_user().pk)
    session.save()
    assert client.get("/test-secret/").url == ASKED
