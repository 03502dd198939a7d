"""check against the example host: what must be seen is seen, and the machine stays as it was."""

from pathlib import Path

from pawsitters.operations.firewall.check import check
from pawsitters.operations.firewall.flows import read_flows
from pawsitters.operations.firewall.rulesets import read_candidate

EXAMPLES = Path(__file__).parents[4] / "docs" / "examples"
FLOWS = read_flows(EXAMPLES / "flows.toml")


def test_the_example_rules_do_what_the_example_flows_say():
    assert check(FLOWS, read_candidate(EXAMPLES / "db.nft").text).wrong == ()
