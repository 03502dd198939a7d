"""What Prometheus reads; no test here has a database."""

import re

import pytest
from django.test import Client

from pawsitters import clock
from pawsitters.operations import hooks
from pawsitters.operations.counters import count
from pawsitters.operations.tests.test_incidents import record
from pawsitters.operations.verdicts import Layer, Verdict

LINE = re.compile(r'pawsitters_[a-z_]+(\{[a-z]+="[^"]*"(,[a-z]+="[^"]*")*\})? [-+.e0-9]+')


@pytest.fixture(autouse=True)
def _token(settings):
    settings.METRICS_TOKEN = "unlucky-13"


def ask(token="unlucky-13"):
    return Client().get("/metrics", HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_HOST="10.0.0.7")


@pytest.mark.parametrize("token", ["", "wrong", "Ünlucky-13", "unlucky-133"])
def test_without_the_token_there_is_nothing(token):
    assert ask(token).status_code == 404


def test_without_one_configured_there_is_nothing(settings):
    settings.METRICS_TOKEN = ""

    assert ask("").status_code == 404


def test_figures_of_a_fault(settings, monkeypatch):
    layers = (Layer("name", True, 0.4), Layer("connect", False, 502.1), Layer("handshake", None))
    verdict = Verdict("connect", "no answer", 502.5, clock.now(), layers, "firewall")
    (settings.VAR_DIR / "sentinel.json").write_text(verdict.to_json())
    monkeypatch.setattr(hooks, "_outboxes", [lambda: 4])
    count("pages_stale", 12)
    record(began=clock.now())

    text = ask().text
    for line in (
        "pawsitters_database_up 0",
        'pawsitters_verdict{cause="firewall",layer="connect"} 1',
        'pawsitters_probe_layer_seconds{layer="connect"} 0.5021',
        'pawsitters_pages_total{source="stale"} 12',
        "pawsitters_outbox_depth 4",
        "pawsitters_incident_ongoing 1",
        "pawsitters_gate_shut 0",
    ):
        assert f"{line}\n" in text
    assert 'layer="handshake"' not in text


def test_every_line_is_in_the_format():
    for line in ask().text.splitlines():
        assert line.startswith(("# HELP ", "# TYPE ")) or LINE.fullmatch(line), line


def test_a_sentinel_that_does_not_work_is_seen():
    assert "pawsitters_sentinel_up 0\n" in ask().text
