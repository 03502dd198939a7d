"""The guarded apply put to the test in namespaces: python -m pawsitters.operations.firewall.drills.guarded_apply

Kills the applier at each of its steps, forces the rule of 12 August 2024 past the check, and reloads
good rules under load. Prints what it measured; ends with 1 if a bound is missed. Needs root.
"""

import argparse
import os
import random
import shutil
import statistics
import sys
import tempfile
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pawsitters.operations.firewall import records
from pawsitters.operations.firewall.drills.stage import (
    BETTER,
    FOREIGN,
    FOUNDING,
    GOOD,
    OPENED,
    PORT,
    Host,
    Stage,
    fingerprint_of_this_machine,
    reach,
)
from pawsitters.operations.firewall.drills.stopped import LIMIT
from pawsitters.operations.firewall.errors import CANNOT_HERE, REVERTED
from pawsitters.operations.firewall.settle import nothing, recover_if_idle

# Up to "confirming" the old rules return; "confirmed" is the transaction after which the new ones stay.
BEFORE = (
    *("locked", "examined", "prepared", "recorded", "loaded"),
    *("heartbeat 1", "heartbeat 2", "heartbeat 3", "confirming"),
)
AFTER = ("confirmed", "persisted", "settled")
# Not at a step but somewhere between "recorded" and the end, also while nft is loading.
ANY = "any moment"
ANY_SECONDS = 0.4
KEPT = AFTER[1:]  # also after a power cut, when the boot file is what is loaded
# Step, and whether the machine then goes off and on.
KILLS = tuple((step, False) for step in (*BEFORE, *AFTER, ANY))
POWER_CUTS = tuple((step, True) for step in ("loaded", "confirming", *AFTER))
LATE = 0.5  # seconds over the limit that are allowed
GAP_SECONDS = 3.5
ROUNDS = 10
RELOADS = GAPS = 20
PER_SECOND = 500
SLOW_SECONDS = 0.9  # less than a second SYN takes


# --- Killed at a step ------------------------------------------------------------------------


@dataclass(frozen=True)
class Kill:
    step: str
    wrong: str  # what was not as it must be, or ""
    back_after: float | None  # seconds after loading at which the old rules were in force


def approved(folder: Path) -> str:
    """Plan and approve OPENED once; the folder's state can be copied to other stages."""
    with Stage(folder) as stage:
        change = stage.plan(OPENED)
        done = stage.firewall("approve", change, "--by", "Mara")
        if done.returncode:
            raise RuntimeError(done.stderr)
        (stage.state / "heartbeat.json").unlink(missing_ok=True)
    return change


def kill_at(step: str, reboot: bool, template: Path, change: str, folder: Path) -> Kill:
    """Kill -9 the applier there, see which rules are in force and what the next command makes of it."""
    shutil.copytree(template / "state", folder / "state")
    boot = folder / "boot.nft"
    module = "pawsitters.operations.firewall.drills.stopped"
    with Stage(folder) as stage:
        stage.await_write()
        before = stage.rules()
        applier = stage.start_python("-m", module, str(stage.state), change, step, str(boot))
        loaded = _kill_there(applier, step)
        back_after = None
        if reboot:
            stage.load(f"flush ruleset\n{FOREIGN}{boot.read_text() if boot.exists() else GOOD}")
        elif step in BEFORE and loaded:
            back_after = _old_rules_return(stage, loaded)
        elif step == ANY:
            time.sleep(LIMIT + LATE)
        opened, alive = stage.reaches(PORT + 1, 0.9), stage.reaches(PORT, 0.9)
        # As each command does that looks at changes.
        stage.db.do(recover_if_idle, stage.state, nothing)
        after, record = stage.rules(), records.read_intact(stage.state)[0]
        pending = list((stage.state / "pending").iterdir())
    stays = opened if step == ANY else step in (KEPT if reboot else AFTER)
    recorded = step not in BEFORE[: BEFORE.index("recorded")]
    status = "confirmed" if stays else "reverted" if recorded else "approved"
    facts = {
        "the web tier is cut off": not alive,
        "something is left pending": bool(pending),
        "a temporary file is left": any(folder.glob(".boot*")),
        f"the new rules are {'not ' * stays}in force": opened != stays,
        "the old rules are not as they were": not stays and after != before,
        "the old rules came late": bool(back_after and back_after > LIMIT + LATE),
        f"the record says {record.status}": record.status != status,
        f"the boot file is {'not ' * stays}there": boot.exists() != stays,
    }
    wrong = "; ".join(text for text, is_so in facts.items() if is_so)
    return Kill(f"{step}, power cut" if reboot else step, wrong, back_after)


def _kill_there(applier, step: str) -> float | None:
    """When it had loaded the rules, if it got so far."""
    loaded = None
    for line in applier.stdout:
        moment, _, name = line.strip().partition(" ")
        loaded = float(moment) if name == "loaded" else loaded
        if name == step:
            break
        if step == ANY and name == "recorded":
            time.sleep(random.uniform(0, ANY_SECONDS))
            break
    applier.kill()
    applier.wait()
    applier.stdout.close()
    return loaded


def _old_rules_return(stage: Stage, loaded: float) -> float:
    """Seconds after loading at which the new port was shut: a single silence may be a busy machine."""
    silent_since, silences = 0.0, 0
    while silences < 3 and time.monotonic() < loaded + 4 * LIMIT:
        asked = time.monotonic()
        if stage.reaches(PORT + 1):
            silences = 0
        else:
            silences += 1
            silent_since = asked if silences == 1 else silent_since
    return (silent_since if silences else time.monotonic()) - loaded


def kill_everywhere(folder: Path, cases, rounds: int, at_once: int, say=print) -> list[Kill]:
    template = folder / "template"
    change = approved(template)
    with ThreadPoolExecutor(at_once) as pool:
        jobs = [
            pool.submit(kill_at, *case, template, change, folder / f"{case}-{number}")
            for number in range(rounds)
            for case in cases
        ]
        kills = []
        for job in jobs:
            kills.append(job.result())
            if not len(kills) % len(cases):
                say(f"  {len(kills)} of {len(jobs)} appliers killed")
    return kills


# --- The founding rule -----------------------------------------------------------------------


def founding_gap(folder: Path, seconds: float = 3) -> tuple[float, str]:
    """Force the rule of 12 August 2024 past the check: seconds between two good writes, and what was wrong."""
    with Stage(folder) as stage:
        stage.await_write()
        before = stage.rules()
        change = stage.plan(FOUNDING)
        since = time.monotonic()
        who = ("--by", "Lena", "--reason", "drill", "--seconds", str(seconds))
        done = stage.firewall("apply", change, "--emergency", *who)
        stage.await_write()
        time.sleep(0.2)
        wrong = "" if done.returncode == REVERTED else f"exit code {done.returncode}: {done.stderr}"
        if stage.rules() != before:
            wrong += " the rules are not as they were"
        return stage.longest_gap(since), wrong


# --- Good reloads under load -----------------------------------------------------------------


class Load:
    """`with Load(stage):` so many new connections a second from the web host."""

    THREADS = 4

    def __init__(self, stage: Stage, per_second: int = PER_SECOND):
        self.stage = stage
        self.pause = self.THREADS / per_second
        self.took: list[float] = []
        self.failed = 0
        self._ended = threading.Event()

    def __enter__(self):
        self.started = time.monotonic()
        self._threads = [threading.Thread(target=self._connect) for _ in range(self.THREADS)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join()
        self.seconds = time.monotonic() - self.started

    def _connect(self):
        with self.stage.web.space:
            due = time.monotonic()
            while not self._ended.is_set():
                due += self.pause
                time.sleep(max(0, due - time.monotonic()))
                started = time.monotonic()
                answered = reach(PORT, 2)
                self.took.append(time.monotonic() - started)
                if not answered or self.took[-1] > SLOW_SECONDS:
                    self.failed += 1


def reload_under_load(folder: Path, times: int, say=print) -> tuple[Load, list[str]]:
    """Apply good rules so often while connections come; what was wrong with any."""
    wrong = []
    with Stage(folder) as stage, Load(stage) as load:
        for number in range(times):
            change = stage.plan((BETTER, GOOD)[number % 2])
            stage.firewall("approve", change, "--by", "Mara")
            done = stage.firewall("apply", change)
            if done.returncode:
                wrong.append(f"{change}: {done.stdout}{done.stderr}")
            say(f"  {number + 1} of {times} reloads, {len(load.took)} connections")
    return load, wrong


# --- All of it -------------------------------------------------------------------------------


def main() -> int:
    machine = fingerprint_of_this_machine()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        good = _kills(folder / "kills")
        good &= _gaps(folder / "gaps")
        good &= _reloads(folder / "reloads")
    same = machine == fingerprint_of_this_machine()
    print(f"{'ok  ' if same else 'WRONG'} this machine's own rules and links are as before")
    return 0 if good and same else 1


def _kills(folder: Path) -> bool:
    print(f"kill -9 of the applier at each step, {ROUNDS} times each", flush=True)
    kills = kill_everywhere(folder, (*KILLS, *POWER_CUTS), ROUNDS, at_once=4)
    for step in dict.fromkeys(kill.step for kill in kills):
        here = [kill for kill in kills if kill.step == step]
        wrong = [kill.wrong for kill in here if kill.wrong]
        times = [kill.back_after for kill in here if kill.back_after]
        took = f", back at most {max(times):.2f} s after loading" if times else ""
        ends = "new rules" if step in AFTER else "old rules" if step in BEFORE else "as recorded"
        count = f"{len(here) - len(wrong)} of {len(here)}"
        print(f"{'WRONG' if wrong else 'ok  '} {step:21} {count}: {ends}{took} {wrong[:1] or ''}")
    return not any(kill.wrong for kill in kills)


def _gaps(folder: Path) -> bool:
    print(f"12 August 2024 forced past the check, {GAPS} times", flush=True)
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(founding_gap, [folder / str(number) for number in range(GAPS)]))
    gaps = [gap for gap, _ in found]
    wrong = [text for _, text in found if text]
    good = max(gaps) <= GAP_SECONDS and not wrong
    text = (
        f"gap between two writes: median {statistics.median(gaps):.2f} s, longest {max(gaps):.2f} s"
    )
    print(f"{'ok  ' if good else 'WRONG'} {text} (bound {GAP_SECONDS} s) {wrong[:1] or ''}")
    return good


def _reloads(folder: Path) -> bool:
    print(f"{RELOADS} good changes under {PER_SECOND} new connections a second", flush=True)
    load, wrong = reload_under_load(folder, RELOADS)
    rate = len(load.took) / load.seconds
    good = not load.failed and not wrong
    text = f"{len(load.took)} connections ({rate:.0f}/s), {load.failed} failed, slowest {max(load.took) * 1000:.0f} ms"
    print(f"{'ok  ' if good else 'WRONG'} {text} {wrong[:1] or ''}")
    return good


def why_not() -> str:
    """Why this machine cannot run the drill, or ""."""
    missing = [command for command in ("nft", "ip") if not shutil.which(command)]
    if missing:
        return f"Missing: {', '.join(missing)}. Install nftables and iproute2."
    if os.geteuid():
        return "This drill makes network namespaces: run it as root."
    try:
        Host().close()
    except OSError as error:
        return f"No network namespace can be made here: {error.strerror}."
    return ""


if __name__ == "__main__":
    argparse.ArgumentParser(description=__doc__.partition("\n\n")[2]).parse_args()
    if reason := why_not():
        print(reason, file=sys.stderr)
        sys.exit(CANNOT_HERE)
    sys.exit(main())
