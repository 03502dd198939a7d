"""The corpus: that it is what it says, and a fixed spread of it through `check`."""

import json

import pytest

from pawsitters.operations.firewall.cautions import cautions
from pawsitters.operations.firewall.cli import main
from pawsitters.operations.firewall.corpus import running
from pawsitters.operations.firewall.corpus.entries import (
    CorpusError,
    _edited,
    _family,
    all_entries,
    base,
)
from pawsitters.operations.firewall.errors import CANNOT_HERE


def test_corpus_is_large_enough():
    entries = all_entries()
    assert sum(each.sort == "harmful" for each in entries) >= 100
    assert sum(each.sort == "harmless" for each in entries) >= 50
    assert {each.kind for each in entries if each.sort == "harmful"} == {
        "nft",
        "iptables",
        "ip6tables",
    }


def test_flows_that_entries_name_are_in_the_flows_file():
    known = {flow.text for flow in running.flows().flows}
    named = {name for entry in all_entries() for name in entry.names}
    assert {name for name in named if not name.startswith("others -> ")} <= known


def test_every_text_is_there_once():
    texts = [(entry.kind, entry.text) for entry in all_entries()]
    assert len(texts) == len(set(texts))


def test_an_edit_that_fits_no_line_is_an_error():
    with pytest.raises(ValueError, match="0 times"):
        _edited("table ip x {\n}\n", {"change": [["dport 3306", "dport 3307"]]})
    with pytest.raises(ValueError, match="0 lines"):
        _edited("table ip x {\n}\n", {"above": ["jump web", "drop"]})


def test_harmful_entries_say_what_they_break():
    with pytest.raises(CorpusError, match="has names"):
        list(_family("family", '[[entry]]\nname = "x"\nwhy = "y"\n', sort="harmful"))


def test_check_answers_a_spread_of_the_corpus_rightly(capsys):
    code = main(["corpus", "--short", "10", "--json"])
    if code == CANNOT_HERE:
        pytest.skip("no nft, or no network namespaces here")
    wrong = [each for each in json.loads(capsys.readouterr().out) if not each["right"]]
    assert (code, wrong) == (0, [])


@pytest.mark.parametrize(
    "entry", [each for each in all_entries() if each.warns], ids=lambda e: e.name
)
def test_what_no_test_can_decide_is_warned_of(entry):
    said = cautions(entry.text, set(running.flows().host.interfaces))
    assert any(entry.warns in sentence for sentence in said)


def test_known_good_rules_are_not_warned_of():
    assert cautions(base("base.nft") + base("live.nft"), set(running.flows().host.interfaces)) == []


def test_a_name_that_is_not_there_is_said(capsys):
    assert main(["corpus", "--only", "no such thing"]) == 2
    assert "no such thing" in capsys.readouterr().err
