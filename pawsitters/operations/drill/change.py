"""A change of the firewall rehearsed from plan to confirmation, then two that go wrong: the rule of
12 August 2024 forced past the check, and one that somebody types in by hand.

The database host has its witness and watch, the web host a sentinel whose heartbeats confirm, and a
writer that says how long nothing could be written.
"""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass

import pymysql

from pawsitters.operations.drill.bounds import Line
from pawsitters.operations.drill.harness import DATABASE_PORT, PROJECT, WITNESS_PORT, World
from pawsitters.operations.drill.namespaces import DATABASE, FILES, WEB
from pawsitters.operations.drill.watching import Verdicts, wait_for
from pawsitters.operations.firewall.errors import DIFFERS, DONE, REVERTED

GAP_BOUND, ALERT_BOUND, NAMED_BOUND = 3.5, 1.0, 2.5  # seconds
WRITE_EVERY, WRITE_LIMIT = 0.05, 0.25
PATIENCE = 10
OFFICE = "10.31.8.64/28"
FLOWS = f"""\
flows = [
  "web -> db:{DATABASE_PORT} must pass",
  "web -> db:{WITNESS_PORT} must pass",
  "office -> db:22 must pass",
  "office -> db:{DATABASE_PORT} must not",
]

[host]
name = "db"
interfaces = {{ eth0 = ["{DATABASE}/24"] }}

[zones.web]
addresses = ["{WEB}"]

[zones.office]
addresses = ["{OFFICE}"]
"""
RULES = """\
table inet pawsitters {{
  chain input {{
    type filter hook input priority 0; policy drop;
    ct state established,related accept
    iif "lo" accept
    meta l4proto {{ icmp, ipv6-icmp }} accept
    {first}ip saddr {web} tcp dport {{ {database}, {witness} }} accept
    ip saddr {office} tcp dport 22 accept
  }}
}}
"""


def rules(database: int = DATABASE_PORT, first: str = "") -> str:
    values = {"web": WEB, "witness": WITNESS_PORT, "office": OFFICE, "database": database}
    return RULES.format(first=first, **values)


MENDED = rules()
MISTYPED = rules(database=3360)
AUG12 = rules(first=f"tcp dport {DATABASE_PORT} drop\n    ")
BY_HAND = f"tcp dport {DATABASE_PORT} drop"


@dataclass(frozen=True)
class Step:
    """One command and its exit code, which says whether the guard did what it is for."""

    words: str
    wanted: int
    code: int

    @property
    def is_held(self) -> bool:
        return self.code == self.wanted


class Desk:
    """The terminal of whoever changes the rules of the database host."""

    def __init__(self, world: World, show: Callable[[str], None]):
        self.world, self.show = world, show
        self.folder, self.state = FILES / "change", FILES / "firewall"
        self.steps: list[Step] = []
        self.folder.mkdir()
        (self.folder / "flows.toml").write_text(FLOWS)

    def write(self, text: str) -> None:
        (self.folder / "site.nft").write_text(text)

    def step(self, words: str, wanted: int, *arguments: str) -> str:
        """Run a command of the firewall there; return what it printed."""
        shown = [f'"{word}"' if " " in word else word for word in arguments]
        self.show(f"\n# {words}\n$ firewall.pyz {' '.join(shown)}")
        command = [*self.world.db.prefix, sys.executable, "-m", "pawsitters.operations.firewall"]
        done = subprocess.run(
            [*command, *arguments, "--state", str(self.state)],
            cwd=self.folder,
            env={**self.world.environment(), "PYTHONPATH": str(PROJECT)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.show(
            done.stdout.rstrip() + (f"\n[exit code {done.returncode}]" if done.returncode else "")
        )
        self.steps.append(Step(words, wanted, done.returncode))
        return done.stdout

    def newest(self) -> str:
        found = (self.state / "changes").glob("*.json")
        return max((file.stem for file in found), key=lambda name: int(name.rpartition("-")[2]))

    def alerts(self) -> list[dict]:
        """What the watch said of others than `apply`."""
        file = self.state / "events.jsonl"
        lines = file.read_text().splitlines() if file.exists() else []
        return [each for each in map(json.loads, lines) if each["by"] == "outside"]


class Writer(threading.Thread):
    """Writes through a fresh connection again and again, as a web host does."""

    def __init__(self, world: World):
        super().__init__(daemon=True)
        self.world = world
        self.written: list[float] = []  # monotonic seconds at the end of each write
        self._ended = threading.Event()

    def run(self) -> None:
        self.world.ask("CREATE TABLE pawsitters.drill_writes (id INT AUTO_INCREMENT PRIMARY KEY)")
        while not self._ended.wait(WRITE_EVERY):
            with suppress(pymysql.err.Error, OSError):
                self._write()
                self.written.append(time.monotonic())

    def _write(self) -> None:
        connection = pymysql.connect(
            host=DATABASE,
            port=DATABASE_PORT,
            user="pawsitters",
            password=self.world.password,
            database="pawsitters",
            autocommit=True,
            connect_timeout=WRITE_LIMIT,
            read_timeout=1,
            write_timeout=1,
        )
        with closing(connection), connection.cursor() as cursor:
            cursor.execute("INSERT INTO drill_writes VALUES ()")

    def gap(self, since: float) -> float:
        """The longest time without a write since then, in seconds."""
        before = [at for at in self.written if at <= since][-1:]
        times = before + [at for at in self.written if at > since] + [time.monotonic()]
        return max(later - at for at, later in zip(times, times[1:], strict=False))

    def end(self) -> None:
        self._ended.set()
        self.join()


def play(world: World, say, show: Callable[[str], None]) -> tuple[list[Step], list[Line]]:
    """Raise RuntimeError if the sentinel does not find the site well at the beginning."""
    world.start_sentinel()
    verdicts, writer = Verdicts(world.var / "sentinel.json"), Writer(world)
    verdicts.start()
    writer.start()
    if not wait_for(lambda: verdicts.now() == "ok" and writer.written, PATIENCE * 2):
        raise RuntimeError(f"The sentinel does not find the site well: {verdicts.now()}.")
    desk = Desk(world, show)
    say("A change is planned, found wrong, mended, approved and applied")
    lines = [_good(desk, writer)]
    say("The rule of 12 August 2024 is forced past the check")
    lines.append(_forced(desk, writer))
    say("Somebody types a rule in by hand")
    lines += _by_hand(world, desk, verdicts)
    desk.step("The records of all that", DONE, "changes")
    writer.end()
    verdicts.end()
    wrong = sum(not step.is_held for step in desk.steps)
    return desk.steps, [Line("steps that did not end as they should", wrong, 0), *lines]


def _good(desk: Desk, writer: Writer) -> Line:
    who = ("--flows", "flows.toml", "--by", "Anna", "--reason", "Let the office in by SSH")
    since = time.monotonic()
    desk.write(MISTYPED)
    desk.step("Plan it. A slip: port 3360", DIFFERS, "plan", "site.nft", *who)
    desk.step("It cannot be approved", DIFFERS, "approve", desk.newest(), "--by", "Ben")
    desk.write(MENDED)
    desk.step("Mended, planned again", DONE, "plan", "site.nft", *who)
    change = desk.newest()
    desk.step("Nobody approves their own", DIFFERS, "approve", change, "--by", "Anna")
    desk.step("A second person does", DONE, "approve", change, "--by", "Ben")
    boot = str(desk.folder / "boot.nft")
    applying = ("apply", change, "--by", "Anna", "--persist", boot)
    desk.step("Applied; heartbeats of the sentinel confirm it", DONE, *applying)
    desk.step("Where it stands now", DONE, "changes", change)
    return Line("longest time without a write, good change", writer.gap(since), 1.0, "s")


def _forced(desk: Desk, writer: Writer) -> Line:
    who = ("--flows", "flows.toml", "--by", "Carl", "--reason", "Routine security update")
    desk.write(AUG12)
    desk.step("12 August 2024: the check finds it", DIFFERS, "plan", "site.nft", *who)
    since = time.monotonic()
    forced = ("--emergency", "--by", "Carl", "--reason", "It must go in tonight")
    desk.step("Forced past it; it takes itself back", REVERTED, "apply", desk.newest(), *forced)
    wait_for(lambda: writer.written[-1] > time.monotonic() - 2 * WRITE_EVERY, PATIENCE)
    desk.step("Afterwards somebody else looks at it", DONE, "approve", desk.newest(), "--by", "Ben")
    return Line("longest time without a write, 12 August", writer.gap(since), GAP_BOUND, "s")


def _by_hand(world: World, desk: Desk, verdicts: Verdicts) -> list[Line]:
    # The sentinel has to have seen the end of the last outage, or this one is the same to it.
    wait_for(lambda: verdicts.now() == "ok", PATIENCE)
    false_alarms = len(desk.alerts())
    desk.show(f"\n# By hand\n$ nft insert rule inet pawsitters input {BY_HAND}")
    typed_at = time.monotonic()
    world.db.run("nft", "insert", "rule", "inet", "pawsitters", "input", *BY_HAND.split())
    alert_at = wait_for(lambda: len(desk.alerts()) > false_alarms, PATIENCE)
    wait_for(lambda: verdicts.first(typed_at, lambda cause: cause == "firewall"), PATIENCE)
    named = verdicts.first(typed_at, lambda cause: cause == "firewall")
    alert = desk.alerts()[-1] if alert_at else {}
    last = json.loads((world.var / "sentinel.json").read_text())
    desk.show(f"watch: {alert.get('process')} (pid {alert.get('pid')}): {alert.get('summary')}")
    desk.show(f"sentinel: {last.get('finding') or last.get('cause')}")
    world.db.rules((desk.folder / "boot.nft").read_text())
    wait_for(lambda: verdicts.now() == "ok", PATIENCE)
    process = (last.get("rule_change") or {}).get("process")
    return [
        Line("alarms of the watch about apply", false_alarms, 0),
        Line("alert after a rule by hand", alert_at and alert_at - typed_at, ALERT_BOUND, "s"),
        Line("verdict “firewall” after it", named and named[0] - typed_at, NAMED_BOUND, "s"),
        Line("the verdict names the process", int(process == "nft"), 1, is_at_least=True),
    ]
