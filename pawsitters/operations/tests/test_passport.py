"""Who is greeted while the database is away, and that nobody is signed out by it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import Session
from accounts.sessions import end_sessions
from bookings.tests.factories import make_choice, make_confirmed, make_owner
from pawsitters import clock
from pawsitters.operations import passport, soon
from pawsitters.operations.tests.faults import cut_off
from profiles.tests.factories import make_sitter

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_owner()


@pytest.fixture
def signed_in(owner):
    client = Client(raise_request_exception=False)
    client.force_login(owner)
    client.get("/overview/")
    return client


def known(client):
    """The passport that this browser's cookies amount to."""
    request = type("Request", (), {"COOKIES": {n: m.value for n, m in client.cookies.items()}})
    return passport.read(request)


def copy_of(client):
    copy = Client(raise_request_exception=False)
    copy.cookies.load({name: morsel.value for name, morsel in client.cookies.items()})
    return copy


class TestTheCookie:
    def test_private_pages_issue_it_and_script_cannot_read_it(self, signed_in, owner):
        cookie = signed_in.cookies[passport.COOKIE]

        assert known(signed_in).person == owner.pk
        assert (cookie["httponly"], cookie["samesite"], cookie["secure"]) == (True, "Lax", "")
        assert not signed_in.get("/overview/").cookies
        del signed_in.cookies[passport.COOKIE]
        assert signed_in.get("/overview/", secure=True).cookies[passport.COOKIE]["secure"]

    def test_public_pages_do_not(self, owner):
        client = Client()
        client.force_login(owner)
        make_sitter()

        assert passport.COOKIE not in client.get("/").cookies
        assert passport.COOKIE not in client.get("/search/?where=Berlin").cookies

    def test_it_costs_no_statement(self, signed_in):
        def statements() -> tuple[int, bool]:
            with CaptureQueriesContext(connection) as seen:
                response = signed_in.get("/overview/")
            return len(seen), passport.COOKIE in response.cookies

        count, _ = statements()
        del signed_in.cookies[passport.COOKIE]
        assert statements() == (count, True)
        assert statements() == (count, False)

    def test_it_is_renewed_after_some_hours_and_ends_after_a_day(self, signed_in, monkeypatch):
        now = passport.time.time()
        monkeypatch.setattr(passport.time, "time", lambda: now + passport.RENEW_SECONDS)
        assert passport.COOKIE in signed_in.get("/overview/").cookies
        monkeypatch.setattr(passport.time, "time", lambda: now + 2 * passport.MAX_AGE_SECONDS)
        assert known(signed_in) is None

    def test_it_belongs_to_one_session(self, signed_in):
        stolen = Client()
        stolen.cookies[passport.COOKIE] = signed_in.cookies[passport.COOKIE].value
        assert known(stolen) is None
        stolen.cookies[settings.SESSION_COOKIE_NAME] = "another"
        assert known(stolen) is None

    def test_a_changed_one_is_none(self, signed_in):
        signed_in.cookies[passport.COOKIE] = "x" + signed_in.cookies[passport.COOKIE].value
        assert known(signed_in) is None

    def test_logging_out_deletes_it(self, signed_in):
        signed_in.post("/sign/logout/")
        assert not signed_in.cookies[passport.COOKIE].value

    def test_after_logging_out_a_copy_of_the_cookies_is_none(self, signed_in):
        copy = copy_of(signed_in)
        assert known(copy)
        signed_in.post("/sign/logout/")

        assert known(copy) is None

    def test_whoever_ends_sessions_withdraws_it(self, signed_in, owner):
        other = Client()
        other.force_login(owner)
        other.get("/overview/")
        end_sessions(owner, but=other.session.session_key)

        assert known(signed_in) is None
        assert known(other) is None
        other.get("/overview/")
        assert known(other)
        signed_in.get("/overview/")
        assert not signed_in.cookies[passport.COOKIE].value


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
class TestInAnOutage:
    def _unchanged(self, response):
        assert not response.cookies, response.cookies

    def test_a_private_page_greets_and_keeps_the_menu(self, signed_in, monkeypatch):
        with cut_off(monkeypatch):
            response = signed_in.get("/bookings/")

        assert response.status_code == 503
        assert "Lena, our database is having a lie-down" in response.text
        assert 'href="/overview/"' in response.text
        assert "Lena" in response.text.split("menu-name")[1][:40]
        assert "default-src 'none'" in response["Content-Security-Policy"]
        assert "no-store" in response["Cache-Control"]
        self._unchanged(response)

    def test_script_puts_the_menu_into_kept_pages(self, signed_in, monkeypatch):
        with cut_off(monkeypatch):
            response = signed_in.get("/me/")
            stranger = Client(raise_request_exception=False).get("/me/")

        assert response.status_code == 200
        assert "Lena" in response.text
        assert stranger.status_code != 200 or "Lena" not in stranger.text
        self._unchanged(response)

    @pytest.mark.parametrize("path", ["/sign/login/", "/sign/signup/", "/sign/password/reset/"])
    def test_nobody_can_log_in_and_is_told_so(self, monkeypatch, path):
        visitor = Client(raise_request_exception=False)
        with cut_off(monkeypatch):
            visitor.get("/overview/")  # the first shuts the gate
            visitor.get("/sitters/nobody/")
            pages = [visitor.get(path), visitor.post(path, {"password": "hunter2", "login": "x"})]

        for response in pages:
            assert response.status_code == 503
            assert "Nobody can log in just now" in response.text
            assert "hunter2" not in response.text
            self._unchanged(response)

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("get", "/overview/"),
            ("get", "/me/"),
            ("get", "/"),
            ("get", "/sign/login/"),
            ("get", "/sign/logout/"),
            ("post", "/pets/add/"),
            ("post", "/sign/login/"),
            ("get", "/sitters/nobody/"),
            ("get", "/requests/held/ABC/"),
            ("get", "/admin/"),
        ],
    )
    def test_no_answer_touches_a_cookie(self, signed_in, monkeypatch, method, path):
        with cut_off(monkeypatch):
            for _ in range(2):
                self._unchanged(getattr(signed_in, method)(path))
        assert signed_in.get("/overview/").status_code == 200

    def test_logging_out_makes_this_browser_forget(self, signed_in, monkeypatch):
        key, copy = signed_in.session.session_key, copy_of(signed_in)
        with cut_off(monkeypatch):
            asked = signed_in.get("/sign/logout/")
            response = signed_in.post("/sign/logout/")

        assert known(copy) is None
        assert "Log out of this browser?" in asked.text
        assert response.status_code == 503
        assert "You are logged out of this browser" in response.text
        assert {name for name, cookie in response.cookies.items() if not cookie.value} == {
            passport.COOKIE,
            settings.SESSION_COOKIE_NAME,
        }
        assert signed_in.get("/overview/").status_code == 302
        assert Session.objects.filter(session_key=key).exists()  # held requests look for it

    def test_another_site_logs_nobody_out(self, signed_in, monkeypatch):
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        client.cookies = signed_in.cookies
        with cut_off(monkeypatch):
            response = client.post("/sign/logout/")

        assert not response.cookies.get(settings.SESSION_COOKIE_NAME)
        assert signed_in.get("/overview/").status_code == 200


class TestTheNextBookings:
    """Their file: soon.py."""

    @pytest.fixture(autouse=True)
    def wanted(self, monkeypatch):
        monkeypatch.setattr(soon, "_is_wanted", lambda: True)

    def _request(self, client, user=None):
        cookies = {n: m.value for n, m in client.cookies.items()}
        fields = {"COOKIES": cookies, "session": client.session, "user": user}
        return type("Request", (), fields)

    def _keep(self, client, owner, words="Canary, Mon 3 May"):
        soon.keep(self._request(client, owner), "overview", [(soon.time.time() + 3600, words)])

    def _read(self, client):
        return soon.read(self._request(client), known(client))

    def test_only_the_session_that_looked_reads_them(self, signed_in, owner):
        self._keep(signed_in, owner)
        same_person, other = Client(), Client()
        for client, user in ((same_person, owner), (other, make_owner())):
            client.force_login(user)
            client.get("/overview/")

        assert self._read(signed_in) == ["Canary, Mon 3 May"]
        assert self._read(same_person) == self._read(other) == []

    def test_the_disk_shows_nothing(self, signed_in, owner):
        self._keep(signed_in, owner)
        (file,) = soon._folder().glob("*/*")

        key = signed_in.session.session_key
        assert b"Canary" not in file.read_bytes()
        assert key not in str(file)  # its hash is
        assert str(owner.pk) != file.parent.name
        assert file.stat().st_mode & 0o077 == 0

    def test_a_passport_of_another_or_none_reads_nothing(self, signed_in, owner):
        self._keep(signed_in, owner)
        request = self._request(signed_in)

        assert soon.read(request, None) == []
        stranger = passport.Passport(owner.pk + 1, "X", soon.time.time(), known(signed_in).session)
        assert soon.read(request, stranger) == []

    @pytest.mark.parametrize("end", ["log out", "end sessions"])
    def test_they_go_with_the_session(self, signed_in, owner, end):
        self._keep(signed_in, owner)
        if end == "log out":
            signed_in.post("/sign/logout/")
        else:
            end_sessions(owner)

        assert not list(soon._folder().glob("*/*"))

    def test_what_is_over_or_old_is_not_shown(self, signed_in, owner, monkeypatch):
        self._keep(signed_in, owner)
        now = soon.time.time()
        monkeypatch.setattr(soon.time, "time", lambda: now + 3601)
        assert self._read(signed_in) == []
        monkeypatch.setattr(soon.time, "time", lambda: now + 25 * 3600)
        soon.sweep()
        assert not list(soon._folder().glob("*/*"))


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_the_next_three_days_are_on_the_page_of_an_outage(monkeypatch):
    soon_begins = make_choice(starts_on=clock.now().date() + timedelta(days=2))
    booking = make_confirmed(choice=soon_begins)
    later = make_confirmed(sitter=booking.sitter, owner=booking.owner)
    seen = {}
    for person, page in ((booking.owner, "/overview/"), (booking.sitter.user, "/sitting/")):
        client = Client(raise_request_exception=False)
        client.force_login(person)
        client.get(page)
        with cut_off(monkeypatch):
            seen[page] = client.get("/bookings/").text

    for text in seen.values():
        assert "Your next bookings are safe" in text
        assert "Biscuit" in text
        assert f"{later.starts_at:%-d %B}" not in text
        assert "Hafenweg" not in text
