"""check: try a ruleset with real connections before it is loaded on the host."""

import argparse
import time
from dataclasses import dataclass, field
from pathlib import Path

from pawsitters.operations.firewall import report, rulesets
from pawsitters.operations.firewall.cautions import cautions
from pawsitters.operations.firewall.errors import DIFFERS, DONE, Refusal
from pawsitters.operations.firewall.flows import read_flows
from pawsitters.operations.firewall.namespaces import run_apart
from pawsitters.operations.firewall.trial import Row, try_all
from pawsitters.operations.firewall.zones import Flows

CANNOT_SEE = """what it cannot see:
  flows that the flows file does not declare (flows learn proposes them)
  other hours than now; connections older than seconds; slow drops such as a quota
  what is not in nftables: cloud security groups, tc and eBPF, routes, the switch,
  a path with a smaller MTU, rules of iptables-legacy

The exit code is 0 if all flows are as declared, 1 if one differs, 2 for a mistake in
a file, 3 where this machine cannot run the test."""


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
    warnings = cautions(ruleset_text, set(flows.host.interfaces))
    rows = run_apart(lambda: try_all(flows, ruleset_text, trace), seconds)
    took_ms = (time.monotonic() - started) * 1000
    return Result(tuple(rows), tuple(warnings), round(took_ms, 1), ruleset_text)


# --- The command ---------------------------------------------------------------------------------
def add_to(subparsers) -> None:
    parser = subparsers.add_parser(
        "check",
        epilog=CANNOT_SEE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        help="try a ruleset with real connections in a throw-away namespace",
        description="Load a ruleset into a throw-away network namespace that looks like the host, try\n"
        "every flow of the flows file with real connections, and say what differs. Nothing on\n"
        "this machine changes. Runs as an ordinary user where user namespaces are allowed;\n"
        "large rulesets (from about 800 rules) need root.",
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
    result = next((each for each in results if not each.ok), results[-1])
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
        except OSError as error:
            raise Refusal(f"{args.live} cannot be read: {error.strerror}.") from None
        except UnicodeDecodeError:
            raise Refusal(f"{args.live} is not a text file.") from None
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
