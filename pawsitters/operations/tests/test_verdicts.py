"""A verdict survives the file that it is passed on in, and says what to look at next."""

from datetime import UTC, datetime

import pytest

from pawsitters.operations.verdicts import (
    CAUSE_OF_LAYER,
    NAMED,
    SENTENCES,
    Layer,
    Verdict,
)

AT = datetime(2024, 8, 12, 14, 0, 5, tzinfo=UTC)
CHANGE = {"changed_at": "2024-08-12T16:00:03+02:00", "process": "nft", "pid": 123, "by": "outside"}


def test_it_comes_back_from_json_as_it_was():
    layers = (Layer("name", True, 0.1), Layer("connect", False, 501.2), Layer("handshake", None))
    verdict = Verdict("connect", "no answer", 502.0, AT, layers, "firewall", CHANGE, "dropped")

    assert Verdict.from_json(verdict.to_json()) == verdict


@pytest.mark.parametrize(
    "text",
    ["", "7", "null", "{}", '{"layer": "ok"}', "[]", "{",
     Verdict("ok", "", 1.0, AT).to_json().replace('"layer": "ok"', '"layer": "cellar"'),
     Verdict("ok", "", 1.0, AT).to_json().replace('"cause": "ok"', '"cause": "luck"')],
)  # fmt: skip
def test_anything_else_is_refused(text):
    with pytest.raises(ValueError, match="verdict|JSON|Expecting|column"):
        Verdict.from_json(text)


def test_every_layer_and_cause_has_its_words():
    assert set(CAUSE_OF_LAYER) == set(SENTENCES)
    assert set(CAUSE_OF_LAYER.values()) <= set(NAMED)


def test_a_cause_in_the_network_comes_with_the_last_rule_change():
    firewall = Verdict("connect", "no answer", 502.0, AT, cause="firewall", rule_change=CHANGE)
    password = Verdict("sign-in", "error 1045", 4.0, AT, rule_change=CHANGE)

    told = "last rule change 14:00:03 by nft (pid 123), outside of a recorded change"
    assert firewall.named.endswith(told)
    assert "rule change" not in password.named.partition(": ")[2]


def test_an_older_change_is_told_with_its_day():
    change = {**CHANGE, "changed_at": "2024-08-02T09:00:00+00:00", "by": "apply 2024-08-02-1"}
    verdict = Verdict("connect", "no answer", 502.0, AT, cause="firewall", rule_change=change)

    assert verdict.change == (
        "last rule change 02 August, 09:00:00 by nft (pid 123), by apply 2024-08-02-1"
    )


@pytest.mark.parametrize("change", [None, {}, {"changed_at": "yesterday"}, {"changed_at": 7}])
def test_without_a_known_change_nothing_is_said(change):
    assert Verdict("connect", "refused", 1.0, AT, rule_change=change).change == ""
