"""What the drill sees of the site while it runs, each with its moment (monotonic seconds)."""

import json
import signal
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

from pawsitters.operations.drill import plan
from pawsitters.operations.drill.harness import PROJECT, WEB_PORT, World
from pawsitters.operations.drill.namespaces import FILES
from pawsitters.operations.verdicts import NAMED

EVERY_SECONDS = 0.02


class Verdicts(threading.Thread):
    """The sentinel's verdicts, as any reader of its file sees them change."""

    def __init__(self, file: Path):
        super().__init__(daemon=True)
        self.file = file
        self.seen: list[tuple[float, str, str]] = []  # moment, cause, sentence
        self._ended = threading.Event()

    def run(self) -> None:
        while not self._ended.wait(EVERY_SECONDS):
            try:
                verdict = json.loads(self.file.read_text())
            except (OSError, ValueError):
                continue
            cause = verdict.get("cause", "")
            if not self.seen or self.seen[-1][1] != cause:
                named = verdict.get("finding") or NAMED.get(cause, "")
                self.seen.append((time.monotonic(), cause, named))

    def first(self, after: float, accept: Callable[[str], bool]) -> tuple[float, str, str] | None:
        """The first verdict since `after` that is accepted."""
        return next((one for one in list(self.seen) if one[0] >= after and accept(one[1])), None)

    def now(self) -> str:
        return self.seen[-1][1] if self.seen else ""

    def end(self) -> None:
        self._ended.set()


class Results:
    """Lines that load.py has written so far; `read` takes in more. `at` of a result is seconds after `started`."""

    def __init__(self, file: Path, started: float):
        self.file, self.started = file, started
        self.lines: list[dict] = []
        self.cookies: list[dict] = []
        self._read = 0

    def read(self) -> list[dict]:
        if self.file.exists():
            with self.file.open() as lines:
                lines.seek(self._read)
                text = lines.read()
            whole = text[: text.rfind("\n") + 1]
            self._read += len(whole.encode())
            for line in whole.splitlines():
                found = json.loads(line)
                if "cookies" in found:
                    self.cookies = found["cookies"]
                else:
                    self.lines.append(found)
        return self.lines

    def sent_between(self, start: float, end: float) -> list[dict]:
        """Those that were to be sent in this time, given as moments."""
        return [one for one in self.lines if start <= self.started + one["at"] < end]

    def answered_at(self, one: dict) -> float:
        return self.started + one["at"] + one["took_ms"] / 1000


class Visitors:
    """load.py at work. Its first request is sent `HEAD_START` seconds after this."""

    HEAD_START = 0.5

    def __init__(self, world: World, facts: dict, requests: list[dict]):
        file, output = FILES / "plan.json", FILES / "results.jsonl"
        output.unlink(missing_ok=True)
        self.started = time.monotonic() + self.HEAD_START
        text = {
            "port": WEB_PORT,
            "started": self.started,
            "people": plan.cookies(facts),
            "requests": requests,
        }
        file.write_text(json.dumps(text))
        command = [sys.executable, "-m", "pawsitters.operations.drill.load", str(file), str(output)]
        self.process = world.web.start(command, log=world.logs / "load.log", cwd=PROJECT)
        self.results = Results(output, self.started)

    def go_home(self) -> Results:
        """No more requests; those under way are waited for."""
        self.process.send_signal(signal.SIGTERM)
        self.process.wait()
        self.results.read()
        return self.results


def wait_for(is_so: Callable[[], bool], seconds: float) -> float | None:
    """The moment from which it is so; None if that takes longer."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if is_so():
            return time.monotonic()
        time.sleep(EVERY_SECONDS)
    return None


def sleep_until(moment: float) -> None:
    time.sleep(max(0.0, moment - time.monotonic()))
