"""What visitors and staff read on /status/, whatever state the database is in."""

import json
from datetime import timedelta

import pytest
from django.db import OperationalError

from accounts.tests.factories import make_user
from pawsitters import clock
from pawsitters.accessibility import problems_at_all_widths
from pawsitters.operations import health, hooks
from pawsitters.operations.tests.test_incidents import record
from pawsitters.operations.verdicts import Layer, Verdict

NAMED = "packets to db:3306 are dropped: look at «table inet t»"


@pytest.fixture
def found(settings):
    """found(layer, …): what the sentinel says now."""

    def write(layer="ok", detail="", cause="", took_ms=5.0, finding="", layers=()):
        verdict = Verdict(layer, detail, took_ms, clock.now(), layers, cause, None, finding)
        (settings.VAR_DIR / health.SENTINEL_FILE).write_text(verdict.to_json())

    write()
    return write


def was(days_ago: int, minutes: int, **more) -> str:
    # In the afternoon, so that it does not run into the next day.
    began = (clock.now() - timedelta(days=days_ago)).replace(hour=14)
    return record(began, began + timedelta(minutes=minutes), named=NAMED, **more)


def test_the_sentinels_verdict_is_shown_while_it_is_fresh(client, found, settings):
    found("connect", "no answer", "firewall", finding=NAMED)
    assert client.get("/healthz").status_code == 503

    file = settings.VAR_DIR / health.SENTINEL_FILE
    old = json.loads(file.read_text())
    old["checked_at"] = (clock.now() - timedelta(seconds=4)).isoformat()
    file.write_text(json.dumps(old))
    assert health.sentinels_verdict() is None


@pytest.mark.parametrize(
    ("layer", "cause", "code", "words"),
    [
        ("ok", "ok", 200, "Everything is working"),
        ("ok", "slow", 200, "Everything works, but slowly"),
        ("write", "read-only", 503, "You can look; saving has to wait"),
        ("connect", "firewall", 503, "having a lie-down"),
    ],
)
def test_plain_words_first(client, found, layer, cause, code, words):
    found(layer, cause=cause)

    response = client.get("/status/")

    assert response.status_code == code
    assert words in response.text
    assert ("Refresh" in response) == ("looks again by itself" in response.text) == (code == 503)


def test_every_step_with_its_time(client, found):
    layers = (Layer("name", True, 0.1), Layer("connect", False, 501.5), Layer("query", None))
    found("connect", "no answer", layers=layers)

    page = client.get("/status/").text
    checks = json.loads(client.get("/healthz").content)["checks"]

    assert "501.5 ms" in page
    assert page.count("Not reached") == 1
    assert [checks[f"database:{name}"][0]["status"] for name in ("name", "connect")] == [
        "pass",
        "fail",
    ]
    assert "database:query" not in checks


def test_slow_is_a_warning_for_machines(client, found):
    found(cause="slow")
    response = client.get("/healthz")

    assert (response.status_code, json.loads(response.content)["status"]) == (200, "warn")


def test_an_embedded_database_says_so(client, found):
    found(layers=(Layer("file", True, 0.3),))

    assert json.loads(client.get("/healthz").content)["output"].startswith("embedded: ")
    assert "embedded" in client.get("/status/").text


def test_ninety_days_as_bars_and_as_a_table(client, found):
    was(days_ago=3, minutes=150)
    was(days_ago=40, minutes=4, cause="read-only")

    page = client.get("/status/").text

    assert page.count("<rect ") == 90
    assert page.count('class="d-away"') == 1
    assert page.count('class="d-degraded"') == 1
    assert "1 day on which the database was away" in page
    assert "2 h 30 min" in page
    assert "Nothing could be saved" in page


def test_an_incident_that_goes_on_comes_first(client, found):
    was(days_ago=3, minutes=150)
    record(clock.now() - timedelta(seconds=95), named=NAMED)
    found("connect", "no answer", "firewall")

    page = client.get("/status/").text

    assert page.index("Happening now") < page.index("What happened")
    assert "for 2 min now" in page


@pytest.mark.django_db
def test_rules_and_names_are_for_staff_only(client, found):
    name = was(days_ago=3, minutes=150)
    found("write", "error 1290", "read-only", finding=NAMED)
    for user, sees in ((None, False), (make_user(), False), (make_user(is_staff=True), True)):
        if user:
            client.force_login(user)
        page = client.get("/status/").text
        assert ("table inet t" in page) is sees
        assert (f"/status/incidents/{name}/" in page) is sees


@pytest.mark.django_db
def test_staff_without_the_second_factor_are_visitors(client, found, settings):
    settings.STAFF_SECOND_FACTOR = True
    client.force_login(make_user(is_staff=True))
    was(days_ago=3, minutes=150)

    assert "table inet t" not in client.get("/status/").text


@pytest.mark.django_db
def test_a_session_that_cannot_be_read_breaks_nothing(client, found, monkeypatch):
    client.force_login(make_user(is_staff=True))

    def fail(request):
        raise OperationalError(2002, "away")

    monkeypatch.setattr(hooks, "_staff_checks", [fail])

    response = client.get("/status/")

    assert response.status_code == 200
    assert not response.cookies  # nobody is signed out by looking


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_it_is_accessible_with_incidents_and_without_a_database(open_page, found):
    was(days_ago=3, minutes=150)
    record(clock.now() - timedelta(seconds=95), named=NAMED)
    layers = (Layer("name", True, 0.1), Layer("connect", False, 501.5), Layer("query", None))
    found("connect", "no answer", "firewall", layers=layers)
    page = open_page("/status/")

    assert page.locator("h1").inner_text() == "Our database is having a lie-down"
    page.locator("details.more summary").click()
    assert not problems_at_all_widths(page)
