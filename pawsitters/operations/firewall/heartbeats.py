"""Signs of life of the web tier, as the witness notes them: each a write through a fresh connection."""

import time
from dataclasses import dataclass
from pathlib import Path

from pawsitters.operations.firewall import state

WANTED = 3
LOOK_EVERY = 0.01  # seconds


@dataclass(frozen=True)
class Heartbeat:
    host: str
    n: int
    started: float  # time.monotonic() of this host


class Heartbeats:
    """Those that arrive while one looks."""

    def __init__(self, folder: Path):
        self.path = folder / "heartbeat.json"
        self._known: set[tuple[str, int]] = set()
        self.new()

    def _read(self) -> Heartbeat | None:
        noted = state.read(self.path) or {}
        try:
            received = float(noted["received"])
            started = received - max(0, float(noted["took_ms"])) / 1000
            beat = Heartbeat(str(noted["host"]), int(noted["n"]), started)
        except (LookupError, TypeError, ValueError):
            return None
        return beat if received <= time.monotonic() else None  # from before the last boot

    def new(self) -> Heartbeat | None:
        beat = self._read()
        if beat is None or (beat.host, beat.n) in self._known:  # one sent twice is one
            return None
        self._known.add((beat.host, beat.n))
        return beat

    def until(self, deadline: float):
        """Each new one, as it arrives."""
        while (left := deadline - time.monotonic()) > 0:
            if beat := self.new():
                yield beat
            else:
                time.sleep(min(LOOK_EVERY, left))


def hosts_heard(folder: Path, seconds: float) -> set[str]:
    """The web hosts that let hear of them within so long."""
    heartbeats = Heartbeats(folder)
    return {beat.host for beat in heartbeats.until(time.monotonic() + seconds)}


def lacking(heartbeats: Heartbeats, *, since: float, until: float, hosts: set[str], heard) -> str:
    """Wait for WANTED heartbeats that began after `since`, at least one of each of `hosts`.

    Call `heard(number, heartbeat)` for each. Return in words what did not come in time, or "".
    """
    number, missing = 0, set(hosts)
    for beat in heartbeats.until(until):
        if beat.started <= since:
            continue
        number += 1
        missing.discard(beat.host)
        heard(number, beat)
        if number >= WANTED and not missing:
            return ""
    if number >= WANTED:
        return f"{', '.join(sorted(missing))} did not get through any more"
    return f"{number} of {WANTED} heartbeats of the web tier came through"
