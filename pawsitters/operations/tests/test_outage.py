"""What visitors see while the database cannot be reached."""

import socket
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client

from bookings.services.suspension import let_in_again, suspend_account
from bookings.tests.factories import make_owner
from pawsitters import clock
from pawsitters.operations import gate as gate_module
from pawsitters.operations import outage, stale
from pawsitters.operations.warmer import Warmer
from profiles.services import publishing
from profiles.tests.factories import make_sitter

needs_server = [pytest.mark.mysql, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cut_off(monkeypatch):
    """cut_off(): from now on nothing listens where the database was."""
    monkeypatch.setattr(gate_module, "_gates", {})
    monkeypatch.setattr(Client, "raise_request_exception", False, raising=False)
    free = socket.socket()
    free.bind(("127.0.0.1", 0))

    def cut():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "PORT", str(free.getsockname()[1]))

    yield cut
    connection.close()
    monkeypatch.undo()
    for gate in gate_module._gates.values():
        gate.shut_at = None
    free.close()


@pytest.fixture
def visitor():
    return Client(raise_request_exception=False)


class TestWithARealServer:
    pytestmark = needs_server

    def test_a_public_page_stays_up_and_tells_its_age(self, visitor, cut_off):
        sitter = make_sitter()
        path = sitter.get_absolute_url()
        assert visitor.get(path).status_code == 200
        cut_off()

        with clock.at(clock.now() + timedelta(minutes=7)):
            response = visitor.get(path)

        assert response.status_code == 200
        assert sitter.user.short_name in response.text
        assert "as it was 7 minutes ago" in response.text
        assert "no-store" in response["Cache-Control"]
        assert "default-src 'none'" in response["Content-Security-Policy"]

    @pytest.mark.parametrize(
        ("name", "value"), [("PASSWORD", "wrong"), ("HOST", "no-such.invalid")]
    )
    def test_nor_does_a_wrong_password_or_name_take_it_away(
        self, visitor, cut_off, monkeypatch, name, value
    ):
        path = make_sitter().get_absolute_url()
        assert visitor.get(path).status_code == 200
        connection.close()
        monkeypatch.setitem(connection.settings_dict, name, value)

        response = visitor.get(path)

        assert response.status_code == 200
        assert "X-Kept-At" in response

    def test_caches_may_show_their_copy_only_while_we_fail(self, visitor, cut_off):
        path = make_sitter().get_absolute_url()
        fresh, private = visitor.get(path), visitor.get("/sign/login/")
        cut_off()

        assert "stale-if-error=3600" in fresh["Cache-Control"]
        assert "max-age=60" in fresh["Cache-Control"]
        assert "stale-if-error" not in private["Cache-Control"]
        assert "stale-if-error" not in visitor.get(path)["Cache-Control"]

    def test_a_search_with_dates_shows_the_same_place_without_them(self, visitor, cut_off):
        make_sitter()
        assert visitor.get("/search/?where=Berlin&kind=boarding").status_code == 200
        cut_off()

        response = visitor.get(
            "/search/?kind=boarding&where=Berlin&from=2027-05-01&to=2027-05-04&dogs=1"
        )

        assert response.status_code == 200
        assert "as it was" in response.text
        assert "leaves out some of what you asked for" in response.text
        for empty in ("", "&from=&to="):
            exact = visitor.get(f"/search/?where=Berlin&kind=boarding{empty}")
            assert "as it was" in exact.text
            assert "leaves out" not in exact.text

    def test_a_page_that_nobody_kept_says_so_and_asks_again(self, visitor, cut_off):
        cut_off()
        response = visitor.get("/sitters/nobody/")

        assert response.status_code == 503
        assert response["Retry-After"] == response["Refresh"] == "5"
        assert "lie-down" in response.text

    def test_a_private_page_waits_and_nobody_is_signed_out(self, visitor, cut_off):
        visitor.force_login(make_owner())
        cookies = {name: morsel.value for name, morsel in visitor.cookies.items()}
        cut_off()

        response = visitor.get("/overview/")

        assert response.status_code == 503
        assert {name: visitor.cookies[name].value for name in cookies} == cookies
        assert not response.cookies.get("sessionid")

    def test_what_was_typed_is_in_the_answer_and_secrets_are_not(self, visitor, cut_off):
        visitor.force_login(make_owner())
        cut_off()

        response = visitor.post("/pets/add/", {"name": "Bix <b>", "password": "hunter2"})

        assert response.status_code == 503
        assert "Bix &lt;b&gt;" in response.text
        assert "hunter2" not in response.text
        assert 'action="/pets/add/"' in response.text
        assert response.text.count("Bix &lt;b&gt;") == 2  # to be sent again, and to be read
        assert "<title>Not sent yet" in response.text
        assert "Refresh" not in response

    def test_an_outage_is_not_logged_for_every_visitor(self, visitor, cut_off, caplog):
        cut_off()
        for _ in range(5):
            visitor.get("/sitters/nobody/")

        assert len([line for line in caplog.records if "away" in line.getMessage()]) <= 1


@pytest.mark.django_db
class TestKeeping:
    def test_the_warmer_keeps_every_public_page(self):
        sitter = make_sitter()
        kept = Warmer().run()

        assert kept >= 4
        for address in ("/", "/search/", sitter.get_absolute_url(), "/search/?where=Berlin"):
            assert stale.find(address), address

    @pytest.mark.parametrize("pause", [-5, 0.5, 90_000])
    def test_a_pause_that_is_none_is_refused(self, pause):
        with pytest.raises(CommandError, match="--every takes 1 to 86400 seconds") as refusal:
            call_command("warm", every=pause)
        assert refusal.value.returncode == 2

    def test_the_warmer_is_no_visitor_also_when_the_database_is_away(self, monkeypatch, rf):
        Warmer().run()
        counted = []
        monkeypatch.setattr(outage, "count", counted.append)
        for address in ("/", "/overview/"):
            outage.answer(rf.get(address, **{outage.WARMING: True}))
        assert counted == []

    def test_a_page_that_a_signed_in_person_asked_for_is_not_kept(self, client):
        client.force_login(make_owner())
        path = make_sitter().get_absolute_url()
        assert client.get(path).status_code == 200

        assert stale.find(path) is None

    @pytest.mark.parametrize("path", ["/sign/login/", "/status/", "/me/", "/robots.txt"])
    def test_what_is_not_public_html_is_not_kept(self, client, path):
        client.get(path)

        assert stale.find(path) is None

    def test_a_page_with_an_empty_field_is_not_shown_as_the_one_without(self, client):
        """It may complain, and anybody can ask for it; the other way round does no harm."""
        client.get("/search/?dogs=")
        assert stale.find("/search/") is None
        client.get("/search/?where=Berlin")
        assert stale.find("/search/?from=&to=&where=Berlin")

    def test_a_page_of_yesterday_is_not_shown(self, client):
        client.get("/")
        assert stale.find("/")

        with clock.at(clock.now() + stale.MAX_AGE):
            assert stale.find("/") is None

    def test_an_unreadable_file_is_no_page(self, client):
        client.get("/")
        stale._file("/").write_bytes(b"\x1f\x8bnonsense")

        assert stale.find("/") is None

    def test_the_oldest_pages_make_room(self, client, monkeypatch):
        client.get("/")
        client.get("/search/")
        monkeypatch.setattr(stale, "MOST_PAGES", 1)

        assert stale.trim() == 1
        assert (stale.find("/") is None) != (stale.find("/search/") is None)

    def test_made_up_addresses_do_not_fill_the_disk(self, client, monkeypatch):
        monkeypatch.setattr(outage, "MOST_ADDRESSES", 2)
        monkeypatch.setattr(stale, "MOST_PAGES", 2)
        for number in range(9):
            assert client.get(f"/?n={number}").status_code == 200

        assert 0 < len(list(stale._files())) <= 4


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "close",
    [
        lambda sitter: publishing.pause(sitter=sitter),
        lambda sitter: publishing.suspend(sitter=sitter, reason="x"),
        lambda sitter: publishing.erase(sitter=sitter),
        lambda sitter: suspend_account(person=sitter.user, by=make_owner(), reason="x"),
    ],
)
def test_a_sitter_who_is_closed_vanishes_from_kept_pages_at_once(close):
    sitter = make_sitter()
    Warmer().run()
    pages = [sitter.get_absolute_url(), "/search/?where=Berlin"]
    assert all(stale.find(page) for page in pages)

    close(sitter)

    assert stale._read(pages[0]) is None
    assert stale._read(pages[1]) is None


@pytest.mark.django_db(transaction=True)
def test_a_sitter_who_comes_back_is_shown_again(monkeypatch):
    sitter = make_sitter()
    monkeypatch.setattr(publishing, "missing", lambda sitter: [])
    Warmer().run()
    publishing.pause(sitter=sitter)
    publishing.resume(sitter=sitter)

    assert stale.find(sitter.get_absolute_url())


@pytest.mark.django_db(transaction=True)
def test_a_sitter_who_is_let_in_again_is_shown_again():
    sitter, staff = make_sitter(), make_owner()
    Warmer().run()
    suspend_account(person=sitter.user, by=staff, reason="x")
    let_in_again(person=sitter.user, by=staff)

    assert stale._read(sitter.get_absolute_url())
