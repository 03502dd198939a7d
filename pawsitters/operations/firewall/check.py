"""check: try a ruleset with real connections before it is loaded on the host."""

import argparse
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from pathlib import Path

from pawsitters.operations.firewall import report, rulesets
from pawsitters.operations.firewall.errors import DIFFERS, DONE, Refusal
from pawsitters.operations.firewall.flows import Flow, Flows, read_flows
from pawsitters.operations.firewall.lab import Lab
from pawsitters.operations.firewall.namespaces import run_apart
from pawsitters.operations.firewall.plan import Plan
from pawsitters.operations.firewall.probes import PASSES, Probe, Run
from pawsitters.operations.firewall.samples import Samples
from pawsitters.operations.firewall.trace import deciders

MOST_INTERFACES = 50


@dataclass(frozen=True)
class Row:
    """What became of one flow."""

    flow: str  # the sentence without its verdict: "web -> db:3306/tcp"
    expected: str  # "must pass" or "must not"
    seen: str
    ok: bool
    rule: str = ""  # that decided, where it can be told; only for wrong ones
    example: str = ""  # the address that shows it


@dataclass(frozen=True)
class Result:
    rows: tuple[Row, ...]
    warnings: tuple[str, ...] = ()
    took_ms: float = 0
    ruleset: str = field(default="", repr=False)

    @property
    def wrong(self) -> tuple[Row, ...]:
        return tuple(row for row in self.rows if not row.ok)

    @property
    def ok(self) -> bool:
        return not self.wrong


def check(flows: Flows, ruleset_text: str, *, trace: bool = True, seconds: float = 120) -> Result:
    """Try every flow against the rules in a throw-away namespace. Raise Refusal if they do not load.

    The machine's own rules and links are neither read nor touched.
    """
    started = time.monotonic()
    warnings = rulesets.warnings_about(ruleset_text, set(flows.host.interfaces))
    rows = run_apart(lambda: _in_the_lab(flows, ruleset_text, trace), seconds)
    took_ms = (time.monotonic() - started) * 1000
    return Result(tuple(rows), tuple(warnings), round(took_ms, 1), ruleset_text)


def _in_the_lab(flows: Flows, ruleset: str, trace: bool) -> list[Row]:
    plan = Plan(flows, Samples(flows, ruleset))
    known = {*flows.host.interfaces, "lo"}
    extra = [name for name in rulesets.interfaces_in(ruleset) if name not in known]
    lab = Lab(flows.host, plan.addresses(), extra[:MOST_INTERFACES])
    with lab.host:
        rulesets.load(ruleset)
    probes = plan.probes(lab)
    Run(probes).run()
    by_flow: dict[Flow, list[Probe]] = defaultdict(list)
    for probe in probes:
        by_flow[probe.flow].append(probe)
    rows = {flow: _row(flow, group) for flow, group in by_flow.items()}
    if trace and not all(row.ok for row in rows.values()):
        wrong = {flow: _wrong(by_flow[flow]) for flow, row in rows.items() if not row.ok}
        for flow, rule in deciders(lab, wrong).items():
            rows[flow] = replace(rows[flow], rule=rule)
    return list(rows.values())


def _wrong(probes: list[Probe]) -> list[Probe]:
    return [probe for probe in probes if probe.passes != probe.flow.must_pass]


def _row(flow: Flow, probes: list[Probe]) -> Row:
    wrong = _wrong(probes)
    name = f"{flow.source} -> {flow.target}:{flow.port}/{flow.protocol}"
    if not wrong:
        seen = PASSES if flow.must_pass else ", ".join(sorted({each.outcome for each in probes}))
        return Row(name, flow.expected, seen, True)
    first = wrong[0]
    ends = f"{first.source or 'from the host'} -> {first.target}"
    share = "" if len(wrong) == len(probes) else f" ({len(wrong)} of {len(probes)} connections)"
    return Row(name, flow.expected, first.outcome + share, False, example=ends)


# --- The command ---------------------------------------------------------------------------------
def add_to(subparsers) -> None:
    parser = subparsers.add_parser(
        "check",
        help="try a ruleset with real connections in a throw-away namespace",
        description="Load a ruleset into a throw-away network namespace that looks like the host, "
        "try every flow of the flows file with real connections, and say what differs. Nothing on "
        "this machine changes. Runs as an ordinary user where user namespaces are allowed.",
    )
    parser.add_argument("candidate", help="file for nft -f, or from iptables-save")
    parser.add_argument("--flows", default="flows.toml", help="default: flows.toml")
    live = parser.add_mutually_exclusive_group()
    live.add_argument(
        "--live",
        metavar="FILE",
        help="rules of the host (nft -s list ruleset), in which the candidate's tables are "
        "replaced; default: those of this machine, if it is the host",
    )
    live.add_argument("--alone", action="store_true", help="test the candidate and nothing else")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    parser.add_argument("--junit", metavar="FILE", help="write the result as JUnit XML too")
    parser.add_argument("--repeat", type=int, default=1, metavar="N", help="N times, for timing")
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    flows = read_flows(args.flows)
    candidate = rulesets.read_candidate(args.candidate)
    rules, note = _merged(args, flows, candidate)
    try:
        results = [check(flows, rules) for _ in range(max(1, args.repeat))]
    except Refusal as refusal:
        raise Refusal(f"{args.candidate}: {refusal}", refusal.code) from None
    result = results[-1]
    warnings = (*candidate.warnings, *note, *result.warnings)
    if args.junit:
        report.write_junit(args.junit, args.candidate, result)
    if args.json:
        print(report.as_json(args.candidate, result, warnings))
    else:
        print(report.as_table(args.candidate, result, warnings))
        if args.repeat > 1:
            print(report.timing([each.took_ms for each in results]))
    return DONE if all(each.ok for each in results) else DIFFERS


def _merged(args, flows: Flows, candidate) -> tuple[str, tuple[str, ...]]:
    """The rules to test, and a remark on which live rules are among them."""
    if args.alone:
        return candidate.text, ()
    if args.live:
        try:
            live = Path(args.live).read_text()
        except (OSError, UnicodeDecodeError) as error:
            raise Refusal(f"{args.live} cannot be read: {error}.") from None
        return rulesets.replaced(live, candidate), ()
    if not _is_this_machine(flows):
        return candidate.text, (
            f"This machine has none of {flows.host.name}'s addresses: the candidate is tested "
            "alone, without the host's other tables (--live FILE adds them).",
        )
    try:
        return rulesets.replaced(rulesets.live(), candidate), ()
    except Refusal as refusal:
        return candidate.text, (
            f"The live rules cannot be read, so the candidate is tested alone. {refusal}",
        )


def _is_this_machine(flows: Flows) -> bool:
    addresses = rulesets.run(["ip", "-o", "addr"])
    return any(f" {address}/" in addresses for address in flows.host.addresses)
