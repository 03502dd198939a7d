"""One trial of a ruleset in the lab: all flows, the wrong ones a second time, and once more for later."""

import json
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, replace

from pawsitters.operations.firewall import rulesets
from pawsitters.operations.firewall.cautions import remembers
from pawsitters.operations.firewall.errors import Refusal
from pawsitters.operations.firewall.lab import Lab
from pawsitters.operations.firewall.plan import Plan
from pawsitters.operations.firewall.probes import PASSES, Probe, Run
from pawsitters.operations.firewall.samples import Samples
from pawsitters.operations.firewall.trace import traced
from pawsitters.operations.firewall.zones import Flow, Flows

MOST_INTERFACES = 50
MOST_AGAIN = 40  # flows that are tried a second time
Groups = dict[Flow, list[Probe]]


@dataclass(frozen=True)
class Row:
    """What became of one flow."""

    flow: str  # the sentence without its verdict: "web -> db:3306/tcp"
    expected: str  # "must pass" or "must not"
    seen: str
    ok: bool
    rule: str = ""  # that decided, where it can be told; only for wrong ones
    example: str = ""  # the addresses that show it


def try_all(flows: Flows, ruleset: str, trace: bool) -> list[Row]:
    """For use inside `run_apart`. Raise Refusal if the rules do not load."""
    plan = Plan(flows, Samples(flows, ruleset))
    known = {*flows.host.interfaces, "lo"}
    extra = [name for name in rulesets.interfaces_in(ruleset) if name not in known]
    lab = Lab(flows.host, plan.addresses(), extra[:MOST_INTERFACES])
    with lab.host:
        rulesets.load(ruleset)
    groups: Groups = defaultdict(list)
    for probe in plan.probes(lab):
        groups[probe.flow].append(probe)
    rows = _tried(groups)
    if remembers(ruleset) and not all(row.ok for row in rows.values()):
        # Whoever was written down at the first try may be let in at the second one.
        with lab.host:
            rulesets.run(["nft", "flush", "ruleset"])
            rulesets.load(ruleset)
    rows |= _again(lab, groups, rows, trace)
    if "timeout" in ruleset and _forget_timed(lab):
        rows |= _later(lab, groups, rows, trace)
    return list(rows.values())


def _tried(groups: Groups) -> dict[Flow, Row]:
    Run([probe for group in groups.values() for probe in group]).run()
    return {flow: _row(flow, group) for flow, group in groups.items()}


def _row(flow: Flow, probes: list[Probe]) -> Row:
    wrong = [probe for probe in probes if probe.is_wrong]
    name = f"{flow.source} -> {flow.target}:{flow.port}/{flow.protocol}"
    if not wrong:
        seen = PASSES if flow.must_pass else ", ".join(sorted({each.outcome for each in probes}))
        return Row(name, flow.expected, seen, True)
    first = wrong[0]
    share = "" if len(wrong) == len(probes) else f" ({len(wrong)} of {len(probes)} connections)"
    return Row(name, flow.expected, first.outcome + share, False, example=first.ends)


def _again(lab: Lab, groups: Groups, rows: dict[Flow, Row], trace: bool) -> dict[Flow, Row]:
    """The wrong flows once more, traced. What now passes as a whole had only been slow: limits on
    numbers and rates would show again, as all is done as before."""
    wrong = {flow: groups[flow] for flow in list(groups) if not rows[flow].ok}
    wrong = dict(list(wrong.items())[:MOST_AGAIN])
    if not wrong:
        return {}
    lab.forget_neighbours()
    if not trace:
        seen, rules = _tried(wrong), {}
    else:
        with traced(lab, wrong) as trail:
            seen = _tried(wrong)
        rules = trail.deciders(wrong)
    found = {}
    for flow, row in seen.items():
        better = row if flow.must_pass and row.ok else rows[flow]
        found[flow] = replace(better, rule="" if better.ok else rules.get(flow, ""))
    return found


def _forget_timed(lab: Lab) -> bool:
    """Empty the sets whose elements time out, as time will; False if there are none."""
    with lab.host:
        listed = json.loads(rulesets.run(["nft", "-j", "list", "sets"]))["nftables"]
        timed = [
            each["set"] for each in listed if "timeout" in each.get("set", {}).get("flags", [])
        ]
        for each in timed:
            names = [each["family"], each["table"], each["name"]]
            with suppress(Refusal):  # one that nft cannot empty does not empty itself by time alone
                rulesets.run(["nft", "flush", "set", *names])
    return bool(timed)


def _later(lab: Lab, groups: Groups, before: dict[Flow, Row], trace: bool) -> dict[Flow, Row]:
    lab.forget_neighbours()
    rows = _tried(groups)
    rows |= _again(lab, groups, rows, trace)
    return {
        flow: replace(row, seen=f"{row.seen}, once elements have timed out")
        for flow, row in rows.items()
        if before[flow].ok and not row.ok
    }
