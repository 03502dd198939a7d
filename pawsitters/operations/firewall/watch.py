"""Watch the rules: say at once who changed them outside `apply`, what, and which flows that breaks.

The kernel's notices give speed and the process; comparing the rules every few seconds finds what has
no notice (iptables-legacy, routes, what happened while nobody watched).
"""

import re
import select
import signal
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from pawsitters.operations.firewall import (
    difference,
    events,
    rulesets,
    seen,
    settle,
    state,
    telling,
)
from pawsitters.operations.firewall.check import check
from pawsitters.operations.firewall.errors import CANNOT_HERE, DIFFERS, DONE, Refusal
from pawsitters.operations.firewall.flows import read_flows

POLL_SECONDS = 10
# A script that sets rule after rule is one change: wait until it is quiet, but not for ever. While
# programs go on adding elements, which is none, every look comes after FIRST_SECONDS.
QUIET_SECONDS = 0.15
FIRST_SECONDS = 0.5  # the longest wait for the first alert
AGAIN_SECONDS = 5  # … and for the next one, while it goes on
CHECK_SECONDS = 30  # flows are tried this often while only ignored elements change
MOST_SUMMARY = 3  # lines
OWN_FILES = re.compile(r"^nft -f /proc/self/fd/\d+$")  # switch.load hands rules over in memory


class Watch:
    """Compares the rules with those it saw last, which it keeps in the state folder."""

    def __init__(
        self, folder: Path, *, ignored=(), flows: Path | None = None, tell=lambda change: None
    ):
        self.folder = folder
        self.ignored = (*seen.IGNORED, *ignored)
        self.flows = flows
        self.tell = tell
        self.late_events = list  # those that were announced while the rules were being listed
        self.seen_file = folder / "watch.seen"
        self.known: str | None = None
        self.raw = ""
        self.tested: frozenset[str] | None = None
        self.broken: list[str] = []
        self.checked_at = -CHECK_SECONDS

    def begin(self) -> dict | None:
        """Look for what changed while nobody watched. The first time there is nothing to compare."""
        try:
            self.known = self.seen_file.read_text()
        except (FileNotFoundError, UnicodeDecodeError):
            self._remember(seen.everything(seen.live(), self.ignored))
            print("first look: the rules of now are taken as known", flush=True)
        return self.look([])

    def look(self, noticed: list[events.Event]) -> dict | None:
        """Compare now. Return the change that was told, or None."""
        raw = seen.live()
        now = seen.everything(raw, self.ignored)
        moved, self.raw = raw != self.raw, raw
        noticed = noticed or self.late_events()
        change = self._tested(noticed, raw)
        if now != self.known:
            change = self._describe(noticed, difference.lines(self.known, now))
        if change:
            self._publish(change)
        if now != self.known:
            self._remember(now)
        if self.flows and not self.tested and (change or moved and self._may_check()):
            change = self._check(noticed, change)
        return change

    def _tested(self, noticed: list[events.Event], raw: str) -> dict | None:
        """A test by `apply` that has begun or ended: the rules in force are not those of before."""
        before, self.tested = self.tested or frozenset(), seen.tested(raw)
        begun, ended = self.tested - before, before - self.tested
        if not begun and not ended:
            return None
        change = self._describe(noticed, [])
        words = ["the test began"] * bool(begun) + ["the test ended"] * bool(ended)
        which = ", ".join(sorted(begun | ended))
        return {**change, "by": f"apply {which}", "summary": " and ".join(words)}

    def _may_check(self) -> bool:
        return time.monotonic() - self.checked_at >= CHECK_SECONDS

    def _remember(self, text: str) -> None:
        self.known = text
        state.replace(self.seen_file, text, 0o600)

    def _describe(self, noticed: list[events.Event], diff: list[str]) -> dict:
        # Of several transactions the last that still could be looked at says most.
        event = max(noticed, key=lambda one: (bool(one.user), one.generation), default=None)
        lines = difference.changed(diff)
        more = len(lines) - MOST_SUMMARY
        return {
            "event": "change",
            "changed_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "process": ", ".join(dict.fromkeys(one.process for one in noticed if one.process)),
            "pid": event.pid if event else None,
            "user": event.user if event else "",
            "command": event.command if event else "",
            "parents": list(event.parents) if event else [],
            "by": self._by(noticed),
            "summary": "; ".join(lines[:MOST_SUMMARY]) + (f"; {more} more" if more > 0 else ""),
            "diff": diff,
            "breaks": None,
        }

    def _by(self, noticed: list[events.Event]) -> str:
        """Who made these. While `apply` is at work, somebody else may be at work too."""
        return "outside" if any(map(_is_foreign, noticed)) else state.changer(self.folder, noticed)

    def _check(self, noticed: list[events.Event], change: dict | None) -> dict | None:
        """Try the flows against the live rules, and say which no longer are as declared."""
        self.checked_at = time.monotonic()
        try:
            broken = broken_flows(self.flows)
        except Refusal as refusal:
            print(f"the flows could not be tried: {refusal}", flush=True)
            return change
        worse = [flow for flow in broken if flow not in self.broken]
        self.broken = broken
        if change is None and not worse:
            return None
        if change is None:
            change = self._describe(noticed, [])
            change["summary"] = (
                "only elements of sets that are not watched changed, but flows broke"
            )
        change = {**change, "event": "flows", "breaks": broken}
        self._publish(change)
        return change

    def _publish(self, change: dict) -> None:
        print(telling.told(change), flush=True)
        if change["by"] == "outside":
            self.tell(change)
        kept = (*state.CHANGE_FIELDS, "breaks")
        try:  # people have been told, which a full disk must not prevent
            state.write(self.folder / "watch.json", {name: change[name] for name in kept})
            telling.log(self.folder / "events.jsonl", change)
        except OSError as error:
            print(f"{self.folder} cannot be written: {error.strerror}", flush=True)


def _is_foreign(event: events.Event) -> bool:
    """`apply` loads files with nft and does nothing else."""
    named = event.process not in ("", "nft")
    return named or bool(event.command) and not OWN_FILES.search(event.command)


def broken_flows(path: Path) -> list[str]:
    """The flows that are not as declared under the rules of now, in words."""
    flows, rules = read_flows(path), rulesets.live()
    wrong = check(flows, rules).wrong
    if wrong:  # a busy host can make one connection late, but hardly the same one twice
        again = {row.flow: row for row in check(flows, rules).wrong}
        wrong = [again[row.flow] for row in wrong if row.flow in again]
    return [
        f"{row.flow} {row.expected}, but {row.seen}" + (f" ({row.rule})" if row.rule else "")
        for row in wrong
    ]


# --- The command -------------------------------------------------------------------------------
def add_to(subparsers) -> None:
    parser = subparsers.add_parser(
        "watch",
        help="say at once who changed the rules outside apply",
        description="Watches the rules of this host. A change that `apply` did not make is printed within "
        "a second with the process, the user and a diff, kept in the state folder, and told to --command "
        "and --webhook. With --flows it also says which flows the change breaks. Counters, sets with "
        "`dynamic` or `timeout` and those of fail2ban raise no alarm.",
    )
    parser.add_argument(
        "--flows", type=Path, metavar="FILE", help="try these flows after each change"
    )
    parser.add_argument(
        "--command",
        dest="shell",
        metavar="COMMAND",
        help="run in a shell, with the change as JSON on its input",
    )
    parser.add_argument("--webhook", metavar="URL", help="POST the change as JSON")
    parser.add_argument(
        "--ignore",
        action="append",
        default=[],
        metavar="PATTERN",
        help='sets or chains whose contents come and go, as "family table name": "ip nat DOCKER*"; may be repeated',
    )
    parser.add_argument(
        "--once",
        action="store_true",
        help="compare with the last look and end: 1 if the rules changed",
    )
    state.add_option(parser)
    parser.set_defaults(run=run)


def run(args) -> int:
    _refuse_bad(args)
    watch = Watch(
        args.state,
        ignored=args.ignore,
        flows=args.flows,
        tell=telling.teller(args.shell, args.webhook),
    )
    if args.once:
        return DIFFERS if _begin(watch) else DONE
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(DONE))
    try:
        kernel = events.listen()
    except PermissionError as error:
        raise Refusal("Changes are announced to root alone. Use sudo.", CANNOT_HERE) from error
    except OSError as error:
        say = f"The kernel does not announce changes: {error.strerror}."
        raise Refusal(say, CANNOT_HERE) from error
    watch.late_events = lambda: events.read(kernel)
    _begin(watch)
    print("watching the rules of this host", flush=True)
    follow(kernel, lambda noticed: _look_after_tests(watch, noticed))
    return DONE


def _look_after_tests(watch: Watch, noticed: list[events.Event]) -> dict | None:
    """Now and then end the test of an `apply` that died; the kernel's notice of that follows."""
    if not noticed and settle.recover_if_idle(watch.folder):
        return None
    return watch.look(noticed)


def _begin(watch: Watch) -> dict | None:
    try:
        return watch.begin()
    except OSError as error:
        raise Refusal(f"{watch.folder} cannot be used: {error.strerror}.", CANNOT_HERE) from error


def _refuse_bad(args) -> None:
    if args.webhook and not args.webhook.startswith(("http://", "https://")):
        raise Refusal("--webhook needs an address that begins with http:// or https://.")
    if not args.state.is_dir():
        raise Refusal(f"{args.state} is missing: create it, or give --state.")
    if args.flows:
        read_flows(args.flows)  # a typo is said now, not at the first alarm


def follow(kernel, look, poll_seconds: float = POLL_SECONDS) -> None:
    """Call `look(events)` once per burst of changes and every `poll_seconds`; never returns."""
    noticed: list[events.Event] = []
    first = last = polled = time.monotonic()
    told_at = float("-inf")
    while True:
        now = time.monotonic()
        if noticed:
            longest = FIRST_SECONDS if first - told_at > QUIET_SECONDS * 4 else AGAIN_SECONDS
            due = min(last + QUIET_SECONDS, first + longest)
        else:
            due = polled + poll_seconds
        ready, _, _ = select.select([kernel], [], [], max(0, due - now))
        if ready:
            last = time.monotonic()
            first = first if noticed else last
            noticed += events.read(kernel)
            continue
        change = _look_safely(look, noticed)
        polled = time.monotonic()
        told_at = polled if change else told_at
        noticed = []


def _look_safely(look, noticed):
    """A disk that is full or an nft that fails for once must not end the watch."""
    try:
        return look(noticed)
    except (Refusal, OSError) as problem:
        print(f"could not compare the rules: {problem}", flush=True)
        return None
