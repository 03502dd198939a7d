"""Alerts, the runbook and the probe speak of the same causes."""

import pytest
from django.conf import settings
from django.db import connections

from pawsitters.operations.advice import ADVICE, UNKNOWN, advice_for, commands_for, section_of
from pawsitters.operations.verdicts import NAMED

RUNBOOK = (settings.BASE_DIR / "docs" / "operations.md").read_text()


@pytest.mark.parametrize("cause", sorted({*NAMED, "unknown"} - {"ok"}))
def test_every_cause_has_advice_that_stands_in_the_runbook(cause):
    _before, heading, section = RUNBOOK.partition(f"\n### Alert: {cause}\n")
    section = section.partition("\n##")[0]

    assert heading, "no section"
    assert cause in ADVICE or advice_for(cause) is UNKNOWN
    for command in advice_for(cause).commands:
        assert f"\n{command}\n" in section
    assert section_of(cause).endswith(f"#alert-{cause}")


def test_commands_can_be_pasted(monkeypatch):
    values = {**connections["default"].settings_dict, "HOST": "db.example", "PORT": "3310"}
    monkeypatch.setattr(connections["default"], "settings_dict", values)

    assert commands_for("unreachable")[0] == "db$ ss -ltn 'sport = :3310'"
    assert "db.example" in commands_for("network")[0]
