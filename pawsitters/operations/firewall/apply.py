"""`apply`: load an approved change so that it undoes itself unless the web tier still gets through.

The kernel holds the dead man's switch (see switch.py), so the way back needs no step of this process:
killed at any moment before the confirming transaction, the old rules return by themselves when the time
is up. That transaction is the one point of no return; what is left to do after it (the file for
the next boot, the record) the next command finishes. Per change there is a folder
STATE/pending/ID, so that no flag of an earlier change can be taken for one of this.
"""

import os
import shutil
import signal
import syslog
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from pawsitters.operations.firewall import records, state, switch
from pawsitters.operations.firewall.changes import Change, examine, summary
from pawsitters.operations.firewall.check import check
from pawsitters.operations.firewall.errors import CANNOT_HERE, DIFFERS, Refusal
from pawsitters.operations.firewall.flows import read_flows
from pawsitters.operations.firewall.heartbeats import WANTED, Heartbeats, hosts_heard, lacking
from pawsitters.operations.firewall.settle import alone, has_changed, nothing, recover, settle

SECONDS = 3.0
MOST_SECONDS = 60.0
LISTEN_SECONDS = 1.2  # before loading: which web hosts are there?


@dataclass(frozen=True)
class Order:
    """What somebody asked for."""

    folder: Path
    change: str
    by: str
    seconds: float = SECONDS
    emergency: str = ""  # the reason for going past check and approval
    persist: Path | None = None  # file that is loaded at boot

    @property
    def pending(self) -> Path:
        return self.folder / "pending" / self.change


def apply_change(
    order: Order,
    say: Callable[[str], None] = print,
    at_step: Callable[[str], None] = nothing,
) -> int:
    """Return DONE, or REVERTED when the old rules are back. Raise Refusal when nothing was loaded."""
    if os.geteuid():
        raise Refusal("Rules may only be changed as root. Use sudo.", CANNOT_HERE)
    records.read_one(order.folder / "changes", order.change)
    with alone(order.folder) as lock:
        recover(order.folder, lock, say)
        records.read_intact(order.folder)
        record = records.read_one(order.folder / "changes", order.change)
        at_step("locked")
        try:
            change = _examined(order, record, say)
            at_step("examined")
            _prepare(order, change)
        except Refusal as refusal:
            records.append(order.folder, record.id, "refused", order.by, str(refusal))
            shutil.rmtree(order.pending, ignore_errors=True)
            raise
        except OSError as error:
            raise Refusal(
                f"{order.pending}: {error.strerror}. Nothing was loaded.", CANNOT_HERE
            ) from None
        at_step("prepared")
        return _test(order, change, lock, say, at_step)


# --- Before ----------------------------------------------------------------------------------


def _examined(order: Order, record: records.Record, say) -> Change:
    if busy := switch.traces():
        raise Refusal(f"Change {min(busy)} is being tested from another state folder.", DIFFERS)
    done = record.status in ("applied", "confirmed", "reverted")
    if done:
        raise Refusal(f"{record.id} was {record.status}: plan it again.", DIFFERS)
    for name in ("source", "flows_source"):
        _same_still(record, name)
    say(f"{record.id}: comparing with the live rules and trying the flows …")
    change = examine(order.folder / "changes" / f"{record.id}.nft")
    if order.emergency:
        _be_loud(order, record, say)
    else:
        _demand_all(order, record, change)
    return change


def _same_still(record: records.Record, name: str) -> None:
    """Refusal if somebody edited a file after planning, and so expects something else to be loaded."""
    ending = {"source": ".nft", "flows_source": ".flows.toml"}[name]
    path = Path(record.plan[name])
    try:
        text = path.read_text()
    except (OSError, ValueError):
        return  # a file that is gone cannot mislead: what was planned is kept with the record
    if records.sha256(text) != record.plan["files"][record.id + ending]:
        raise Refusal(f"{path} has changed since {record.id} was planned: plan it again.", DIFFERS)


def _demand_all(order: Order, record: records.Record, change: Change) -> None:
    """Refusal for what only an emergency could justify."""
    _demand_approval(record)
    if change.fingerprint != record.plan["live"]:
        raise Refusal(
            f"The live rules are no longer those for which {record.id} was planned: plan it again.",
            DIFFERS,
        )
    flows = read_flows(order.folder / "changes" / f"{record.id}.flows.toml")
    result = summary(check(flows, change.outcome))
    if not result["ok"]:  # another table changed since
        row = result["wrong"][0]
        say = f"Checked again, {row['flow']} {row['expected']}, but: {row['seen']}."
        raise Refusal(f"{say} Mend it and plan it again.", DIFFERS)


def _demand_approval(record: records.Record) -> None:
    if not record.plan["check"]["ok"]:
        flow = record.plan["check"]["wrong"][0]["flow"]
        raise Refusal(f"{record.id} fails its check ({flow}): mend it and plan it again.", DIFFERS)
    if record.status != "approved":
        say = f"{record.id} is not approved: somebody else says  approve {record.id} --by NAME"
        raise Refusal(say, DIFFERS)


def _be_loud(order: Order, record: records.Record, say) -> None:
    text = f"EMERGENCY: {order.by} applies firewall change {order.change}: {order.emergency}"
    try:
        _demand_approval(record)
    except Refusal as objection:
        text += f" (against: {objection})"
    say("!" * 72)
    say(f"{text}\nA second person must review it afterwards:  approve {order.change} --by NAME")
    say("!" * 72)
    syslog.syslog(syslog.LOG_CRIT, text)


def _prepare(order: Order, change: Change) -> None:
    """Everything that could fail for a reason other than the rules: now, while nothing is loaded."""
    shutil.rmtree(order.pending, ignore_errors=True)
    order.pending.mkdir(mode=0o755)  # the witness may be somebody else
    (order.pending / "applier").write_text(str(os.getpid()))
    old, new = switch.plain(change.tables, change.old), switch.plain(change.tables, change.new)
    switch.load(old, only_check=True)
    switch.load(new, only_check=True)
    before = {"tables": change.tables, "fingerprint": change.fingerprint}
    state.write(order.pending / "before.json", before)
    if order.persist:
        _stage_boot_file(order, change)


def _stage_boot_file(order: Order, change: Change) -> None:
    """Write it beside the one that it will replace, so that confirming takes no more than a rename."""
    target = order.persist.resolve()  # a link stays a link
    staged = target.with_name(f".{target.name}.{order.change}")
    title = f"# Change {order.change}, as confirmed by heartbeats. Written by `apply`.\n"
    text = title + switch.removal(change.tables) + change.candidate.text
    wanted = {"to": str(target), "staged": str(staged), "sha256": records.sha256(text)}
    state.write(order.pending / "persist.json", wanted)
    try:
        records.write(staged, text)
    except OSError as error:
        raise Refusal(f"{target} cannot be written: {error.strerror}.", CANNOT_HERE) from None


# --- The test --------------------------------------------------------------------------------


class Interrupted(Exception):
    """Somebody or the end of their session asks us to stop."""


@contextmanager
def _interruptible():
    def interrupt(number, _frame):
        raise Interrupted(signal.Signals(number).name)

    wanted = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in wanted}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _test(order: Order, change: Change, lock: int, say, at_step) -> int:
    hosts = hosts_heard(order.folder, LISTEN_SECONDS)
    if hosts:
        say(f"Web hosts heard: {', '.join(sorted(hosts))}.")
    else:
        say("No heartbeat of the web tier arrives now. Do sentinel and witness run?")
    # Before it happens, so that no loaded rules are without a record.
    facts = {"seconds": order.seconds, "emergency": bool(order.emergency)}
    text = f"EMERGENCY: {order.emergency}" if order.emergency else ""
    records.append(order.folder, order.change, "applied", order.by, text, **facts)
    at_step("recorded")
    try:
        with _interruptible():
            why = _load_and_listen(order, change, hosts, lock, say, at_step)
    except (Refusal, OSError) as problem:
        why = str(problem)
    except Interrupted as signal_name:
        why = f"interrupted ({signal_name})"
    return settle(order.folder, order.change, order.by, why, lock, say, at_step)


def _load_and_listen(order: Order, change: Change, hosts, lock: int, say, at_step) -> str:
    """Why the change was not confirmed, or "" after the transaction that confirms it."""
    if has_changed(order.pending):
        return "the live rules were changed by somebody else meanwhile, so nothing was loaded"
    heartbeats = Heartbeats(order.folder)
    text = switch.armed(order.change, change.old, change.new, order.seconds)
    started = time.monotonic()
    switch.load(text, lock)
    loaded = time.monotonic()
    say(
        f"Loaded in {(loaded - started) * 1000:.0f} ms. The old rules return in {order.seconds:g} s "
        f"unless {WANTED} heartbeats of the web tier come through."
    )
    at_step("loaded")

    def heard(number, beat):
        say(f"  heartbeat {number} from {beat.host} after {time.monotonic() - loaded:.1f} s")
        at_step(f"heartbeat {number}")

    why = lacking(heartbeats, since=loaded, until=started + order.seconds, hosts=hosts, heard=heard)
    if not why:
        at_step("confirming")
        text = switch.confirmed(order.change, change.tables, change.old, change.new)
        try:
            switch.load(text, lock)
        except Refusal:
            if time.monotonic() < started + order.seconds:
                raise
            return "the time was up before it could be confirmed"
        at_step("confirmed")
    return why


# --- The command -----------------------------------------------------------------------------


def add_to(subparsers) -> None:
    parser = subparsers.add_parser(
        "apply",
        help="load an approved change; it undoes itself unless the web tier gets through",
        description="Load an approved change beside the old rules and switch to it. The kernel switches "
        f"back by itself unless {WANTED} new heartbeats of the web tier arrive, and at least one from each "
        "web host that was heard just before. Exit code 4 if it was taken back.",
    )
    parser.add_argument("change", metavar="ID")
    parser.add_argument(
        "--by", default="", metavar="NAME", help="who applies it; default: your account"
    )
    parser.add_argument(
        "--seconds",
        type=float,
        default=SECONDS,
        help=f"until the old rules return; default: {SECONDS:g}",
    )
    parser.add_argument(
        "--persist",
        type=Path,
        metavar="FILE",
        help="write the confirmed rules there for the next boot, such as /etc/nftables.d/site.nft",
    )
    parser.add_argument(
        "--emergency",
        action="store_true",
        help="past check and approval; needs --by and --reason, and a review afterwards",
    )
    parser.add_argument("--reason", default="", metavar="TEXT", help="why it is an emergency")
    state.add_option(parser)
    parser.set_defaults(run=run)


def run(args) -> int:
    if not 1 <= args.seconds <= MOST_SECONDS:
        raise Refusal(f"--seconds is from 1 to {MOST_SECONDS:g}.")
    if args.reason and not args.emergency:
        raise Refusal("--reason belongs to --emergency; the change has its own.")
    reason = records.say_who(args.reason, "--reason") if args.emergency else ""
    by = records.say_who(args.by) if args.emergency or args.by else records.account()
    order = Order(args.state, args.change, by, args.seconds, reason, args.persist)
    return apply_change(order, _say)


def _say(line: str) -> None:
    with suppress(OSError):  # the terminal went away; there is still work to do
        print(line, flush=True)
