"""What the health pages say while the database is well, and while it is not."""

import json

import pytest
from django.test import override_settings
from django.urls import reverse

from pawsitters import clock
from pawsitters.operations import health, probe
from pawsitters.operations.verdicts import Verdict

PATHS = ("/livez", "/readyz", "/healthz", "/status/")


@pytest.fixture(autouse=True)
def _no_kept_verdict():
    health.watch.forget()
    yield
    health.watch.forget()


@pytest.fixture
def failing(monkeypatch):
    verdict = Verdict("connect", "refused", 3.2, clock.now())
    monkeypatch.setattr(probe, "probe", lambda: verdict)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_healthy(client, path):
    response = client.get(path)

    assert response.status_code == 200
    assert "no-store" in response["Cache-Control"]
    assert not response.cookies
    assert "Retry-After" not in response


@pytest.mark.parametrize("path", ["/healthz", "/status/"])
def test_database_away_is_503_in_plain_words(client, failing, path):
    response = client.get(path)

    assert response.status_code == 503
    assert response["Retry-After"] == "5"
    assert "cannot be reached over the network" in response.text
    assert "Traceback" not in response.text


def test_while_the_database_is_away_visitors_are_still_sent_here(client, failing):
    response = client.get("/readyz")

    assert response.status_code == 200
    assert response.text.startswith("reading only: ")


def test_livez_does_not_look_at_the_database(client, failing):
    assert client.get("/livez").status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_no_statement_even_with_the_cookie_of_a_session(client, failing, path):
    # Without the django_db mark any use of the application's connection fails the test.
    client.cookies["sessionid"] = "an-old-one"
    client.cookies["csrftoken"] = "x"

    assert client.get(path).status_code in (200, 503)


@pytest.mark.django_db
@pytest.mark.parametrize("path", PATHS)
def test_the_applications_connection_is_not_used(client, django_assert_num_queries, path):
    with django_assert_num_queries(0):
        client.get(path)


@pytest.mark.parametrize("path", PATHS[:3])
@override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["pawsitters.example"])
def test_probes_by_address_and_plain_http_are_answered(client, monkeypatch, path):
    verdict = Verdict("ok", "", 1.0, clock.now())
    monkeypatch.setattr(probe, "probe", lambda: verdict)

    assert client.get(path, headers={"host": "10.0.0.7:8000"}).status_code == 200


@pytest.mark.parametrize("path", PATHS)
def test_only_reading_is_allowed(client, path):
    assert client.post(path).status_code == 405


def test_healthz_follows_the_draft(client, failing):
    response = client.get("/healthz")

    body = json.loads(response.content)
    assert response["Content-Type"] == "application/health+json"
    assert body["status"] == "fail"
    check = body["checks"]["database:responseTime"][0]
    assert check["status"] == "fail"
    assert check["observedUnit"] == "ms"
    assert check["output"] == "connect: refused"


def test_the_status_page_tells_people_first(client, failing):
    text = client.get(reverse("operations:status")).text

    assert text.index("Confirmed bookings stand") < text.index("connect: refused")


def test_a_flood_of_questions_opens_few_connections(monkeypatch):
    asked = []
    verdict = Verdict("ok", "", 1.0, clock.now())
    monkeypatch.setattr(probe, "probe", lambda: asked.append(1) or verdict)
    watch = health.Watch(keep_seconds=60)

    assert {watch.verdict() for _ in range(100)} == {verdict}
    assert len(asked) == 1


def test_an_outage_is_logged_once_and_so_is_its_end(monkeypatch, client, caplog):
    verdicts = iter([Verdict("connect", "refused", 1.0, clock.now())] * 3)
    well = Verdict("ok", "", 1.0, clock.now())
    monkeypatch.setattr(probe, "probe", lambda: next(verdicts, well))
    monkeypatch.setattr(health.watch, "keep_seconds", 0)
    monkeypatch.setattr(health, "OLD_SECONDS", 0)

    for _ in range(5):
        client.get("/readyz")

    assert [(record.levelname, record.message) for record in caplog.records] == [
        ("ERROR", "database: connect: refused"),
        ("WARNING", "database: answers again after connect"),
    ]
