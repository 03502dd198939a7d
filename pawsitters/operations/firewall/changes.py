"""The way of a change up to its loading: `plan`, `approve`, and `changes` to look at them."""

import json
import re
import sys
from dataclasses import dataclass, replace
from pathlib import Path

from pawsitters.operations.firewall import difference, records, rulesets, seen, state, switch
from pawsitters.operations.firewall.check import Result, check
from pawsitters.operations.firewall.errors import DIFFERS, DONE, Refusal
from pawsitters.operations.firewall.flows import read_flows
from pawsitters.operations.firewall.listing import listed
from pawsitters.operations.firewall.settle import fingerprint, recover_if_idle
from pawsitters.operations.firewall.telling import shown

DELETED = re.compile(
    r"^\s*(?:delete|destroy)\s+table\s+(?:(ip|ip6|inet|arp|bridge|netdev)\s+)?([\w./-]+)",
    re.MULTILINE,
)


@dataclass(frozen=True)
class Change:
    """A candidate beside the rules that it would replace, both as nft lists them."""

    candidate: rulesets.Candidate
    live: str  # all rules of the host
    old: dict[switch.Table, str]
    new: dict[switch.Table, str]

    @property
    def tables(self) -> list[switch.Table]:
        return list(dict.fromkeys([*self.new, *self.old]))

    @property
    def outcome(self) -> str:
        """All rules of the host as `apply` would leave them: each table as a whole, as nft lists it. What
        the candidate says to a live table, a flush for instance, finds that table empty there."""
        listed = replace(self.candidate, text="".join(self.new.values()), tables=(*self.tables,))
        return rulesets.replaced(self.live, listed)

    @property
    def fingerprint(self) -> str:
        return fingerprint(self.old)

    @property
    def diff(self) -> str:
        """For who approves it. Of the live rules without what comes and goes by itself; of the new ones
        everything, or a rule could hide in a chain with such a name, an address in such a set."""
        old = "\n".join(seen.steady(self.old.get(table, "")) for table in self.tables)
        new = [
            line for table in self.tables for line in self.new.get(table, "").splitlines() if line
        ]
        return "\n".join(difference.lines(old, "\n".join(new)))


def examine(path: Path) -> Change:
    """Read a candidate and the rules of this host. Raise Refusal for what cannot be changed safely."""
    candidate = rulesets.read_candidate(path)
    if candidate.kind != "nft":
        raise Refusal(
            f"{path} is for iptables, which cannot be taken back as one. It can be checked; to load "
            "it, translate it with iptables-restore-translate -f and plan that."
        )
    live = rulesets.live()
    present = switch.live()
    deleted = [
        (family or "ip", name)
        for family, name in DELETED.findall(rulesets.without_comments(candidate.text))
    ]
    named = list(dict.fromkeys([*candidate.tables, *deleted]))
    new = listed(candidate, named)
    own = {*named, *new}
    if ours := [n for _, n in own if n.startswith((switch.TESTED, switch.DONE))]:
        raise Refusal(f"{path}: the name {ours[0]} is kept for tests of changes.")
    change = Change(candidate, live, {t: present[t] for t in present if t in own}, new)
    switch.restorable(change.old, "The live")
    switch.restorable(change.new, "The candidate's")
    return change


# --- plan ------------------------------------------------------------------------------------


def plan(folder: Path, path: Path, flows_path: Path, by: str, reason: str) -> records.Record:
    """Record what a candidate would change and whether it may. Nothing is loaded."""
    by, reason = records.say_who(by), records.say_who(reason, "--reason")
    flows = read_flows(flows_path)
    change = examine(path)
    before = check(flows, change.live)
    after = check(flows, change.outcome)
    facts = {
        "by": by,
        "reason": reason,
        "source": str(path.resolve()),
        "flows_source": str(flows_path.resolve()),
        "tables": [list(table) for table in change.tables],
        "live": change.fingerprint,
        "diff": change.diff,
        "impact": impact(before, after),
        "check": summary(after),
        "warnings": [*change.candidate.warnings, *after.warnings],
        "rollback": [
            "Until it is confirmed the kernel returns to the old rules by itself; nothing to do.",
            "After that: plan ID.before.nft as the next change, or in an emergency apply that with "
            "--emergency.",
            "By hand, without a test: nft -f ID.before.nft",
        ],
    }
    texts = {
        ".nft": change.candidate.raw,
        ".flows.toml": flows_path.read_text(),
        ".before.nft": switch.plain(change.tables, change.old),
    }
    return records.create(folder, facts, texts)


def impact(before: Result, after: Result) -> list[dict]:
    """The flows whose answer changes."""
    old = {row.flow: row for row in before.rows}
    return [
        {
            "flow": row.flow,
            "before": old[row.flow].seen,
            "after": row.seen,
            "expected": row.expected,
            "ok": row.ok,
        }
        for row in after.rows
        if row.flow in old and (old[row.flow].seen, old[row.flow].ok) != (row.seen, row.ok)
    ]


def summary(result: Result) -> dict:
    wrong = [
        {"flow": row.flow, "expected": row.expected, "seen": row.seen, "rule": row.rule}
        for row in result.wrong
    ]
    return {"ok": result.ok, "flows": len(result.rows), "wrong": wrong}


# --- approve ---------------------------------------------------------------------------------


def approve(folder: Path, change: str, by: str, text: str = "") -> records.Record:
    """A second person says yes; after an emergency, that they have looked at it."""
    by = records.say_who(by)
    record = records.read_one(folder / "changes", change)
    involved = [record.by, *(e["by"] for e in record.events if e.get("emergency"))]
    if any(records.same_person(by, name) for name in involved):
        raise Refusal(f"{by} planned or applied {change}: it takes a second person.", DIFFERS)
    if record.needs_review:
        return records.append(folder, change, "reviewed", by, text)
    if record.status != "planned":
        raise Refusal(f"{change} is {record.status} already.", DIFFERS)
    if not record.plan["check"]["ok"]:
        flow = record.plan["check"]["wrong"][0]["flow"]
        raise Refusal(f"{change} fails its check ({flow}): mend it and plan it again.", DIFFERS)
    return records.append(folder, change, "approved", by, text)


# --- The commands ----------------------------------------------------------------------------


def add_to(subparsers) -> None:
    parser = subparsers.add_parser(
        "plan",
        help="record a change: who, why, what it does to the flows",
        description="Compare a candidate with the rules of this host, try both with the flows, and "
        "write a record of it. Nothing is loaded. Exit code 1 if its check fails: it cannot be approved.",
    )
    parser.add_argument(
        "candidate", type=Path, help="file for nft -f; replaces its tables as a whole"
    )
    parser.add_argument(
        "--flows", type=Path, default=Path("flows.toml"), help="default: flows.toml"
    )
    parser.add_argument("--by", required=True, metavar="NAME", help="who plans it")
    parser.add_argument("--reason", required=True, metavar="TEXT", help="why")
    state.add_option(parser)
    parser.set_defaults(run=run_plan)

    parser = subparsers.add_parser(
        "approve",
        help="a second person agrees with a change",
        description="Say yes to a planned change, as somebody other than its planner; or that you have "
        "looked at one that was applied as an emergency.",
    )
    parser.add_argument("change", metavar="ID")
    parser.add_argument("--by", required=True, metavar="NAME", help="who approves it")
    parser.add_argument("--note", default="", metavar="TEXT")
    state.add_option(parser)
    parser.set_defaults(run=run_approve)

    parser = subparsers.add_parser(
        "changes",
        help="list the records and verify that none was altered",
        description="List all changes, or show one with its events. Exit code 2 if a record was altered "
        "or is missing.",
    )
    parser.add_argument("change", nargs="?", metavar="ID")
    parser.add_argument("--json", action="store_true", help="everything, as JSON")
    state.add_option(parser)
    parser.set_defaults(run=run_changes)


def run_plan(args) -> int:
    recover_if_idle(args.state, _aside)
    record = plan(args.state, args.candidate, args.flows, args.by, args.reason)
    print(as_text(record))
    if not record.plan["check"]["ok"]:
        print(f"\nIt cannot be approved as it is: mend {args.candidate} and plan it again.")
        return DIFFERS
    print(f"\nNext, by somebody else: approve {record.id} --by NAME")
    return DONE


def run_approve(args) -> int:
    record = approve(args.state, args.change, args.by, args.note)
    print(f"{record.id}: {record.head['event']} by {record.head['by']}.")
    if record.status == "approved":
        print(f"Next: apply {record.id}")
    return DONE


def run_changes(args) -> int:
    recover_if_idle(args.state, _aside)
    folder = args.state / "changes"
    found = [records.read_one(folder, args.change)] if args.change else records.read_all(folder)
    if args.json:
        print(json.dumps([as_json(record) for record in found], indent=1))
    elif args.change:
        print(as_text(found[0]))
    else:
        print("\n".join(_line(record) for record in found) or f"No changes in {folder}.")
    records.read_intact(args.state)
    return DONE


def _aside(line: str) -> None:
    print(line, file=sys.stderr)


def as_json(record: records.Record) -> dict:
    review = {"status": record.status, "needs_review": record.needs_review}
    return {**review, "plan": record.plan, "events": list(record.events)}


def _line(record: records.Record) -> str:
    mark = "  NEEDS REVIEW" if record.needs_review else ""
    return shown(f"{record.id:14} {record.status:10} {record.by}: {record.reason}{mark}")


def as_text(record: records.Record) -> str:
    facts = record.plan
    checked, impact = facts["check"], facts.get("impact", [])
    lines = [
        f"Change {record.id}, {record.status}{', NEEDS REVIEW' if record.needs_review else ''}",
        f"By {record.by}: {record.reason}",
        "",
        facts.get("diff") or "No difference from the live rules.",
        "",
    ]
    lines += [f"{row['flow']}: was {row['before']}, becomes {row['after']}" for row in impact]
    lines += [] if impact else ["No flow changes its answer."]
    lines += [f"Warning: {text}" for text in facts.get("warnings", [])]
    for row in checked["wrong"]:
        rule = f" (by: {row['rule']})" if row["rule"] else ""
        lines.append(f"WRONG: {row['flow']} {row['expected']}, but: {row['seen']}{rule}")
    right = checked["flows"] - len(checked["wrong"])
    lines += [f"Check: {right} of {checked['flows']} flows as declared.", ""]
    lines += [
        f"{e['at'][:19]}  {e['event']:9} {e['by']}{': ' if e['text'] else ''}{e['text']}"
        for e in record.events
    ]
    return shown("\n".join(lines))
