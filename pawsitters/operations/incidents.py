"""What happened to the database and when: one file of JSON lines for each incident, never in MySQL.

`VAR_DIR/incidents/2024-08-12T140000Z.jsonl`, written by the sentinel alone, line by line and to the
disk at once. Each line has `at` (wall clock, ISO, UTC), `event`, and `up` with `boot`: seconds since the
machine started and which start that was, so that setting the clock changes no duration.

    began        what the first bad answer said; host, last_good (ISO), totals (counters until then)
    verdict      layer, cause, detail, named, took_ms: whenever layer or cause changes
    alert, reminder, recovery   cause, named, by (["mail", "webhook"])
    sent, failed                of ("alert" …), by, tries, took_ms or reason
    rule_change  what the witness says of the firewall: changed_at, process, by, summary …
    note         text, by: written by a person or by the sentinel about itself
    ended        the first good answer
    counts       counts: what all processes did since the last good answer before; still_held,
                 empty_for (seconds since nothing was held)
"""

import fcntl
import json
import os
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cached_property
from pathlib import Path

from django.conf import settings

from pawsitters import clock

NAME = re.compile(r"\d{4}-\d\d-\d\dT\d{6}Z(-\d+)?")
# Reading works, or nearly everything does.
DEGRADED = frozenset({"read-only", "schema", "slow", "locked", "disk"})
# What a probe says before it knows.
UNSURE = frozenset({"", "ok", "unknown", "unreachable", "refused"})
SILENT_SECONDS = 60  # a sentinel that has written nothing for so long is not there
DAY = timedelta(days=1)


def folder() -> Path:
    return Path(settings.VAR_DIR) / "incidents"


def kind_of(cause: str) -> str:
    return "degraded" if cause in DEGRADED else "away"


@dataclass(frozen=True)
class Incident:
    """One outage or disturbance, as far as it is written down."""

    id: str
    events: tuple[dict, ...]

    def all(self, *names: str) -> list[dict]:
        return [event for event in self.events if event["event"] in names]

    def last(self, *names: str) -> dict | None:
        return next((event for event in reversed(self.events) if event["event"] in names), None)

    @cached_property
    def began(self) -> datetime:
        return moment(self.all("began")[0]) if self.all("began") else moment(self.events[0])

    @cached_property
    def ended(self) -> datetime | None:
        """None while it goes on, or while nobody has seen its end."""
        end = self.last("ended")
        return max(moment(end), self.began + self.duration) if end else None

    @property
    def is_over(self) -> bool:
        return self.last("ended") is not None

    @cached_property
    def duration(self) -> timedelta:
        """Until its end, until the last sign of a dead sentinel, or until now."""
        first = (self.all("began") or self.events)[0]
        last = self.last("ended") or last_sign(self) or stamp()
        return timedelta(seconds=seconds_between(first, last))

    @cached_property
    def cause(self) -> str:
        """Of the step that failed longest (while it goes on: that fails now) a cause that is sure,
        if there is one: a server that shuts down refuses sign-ins for a moment before it is gone."""
        bad = [event for event in self.all("began", "verdict") if _bad(event)]
        if not bad:
            return "unknown"
        held = _held(bad, "layer", self.last("ended"))
        layer = max(held, key=held.get) if self.is_over else bad[-1].get("layer")
        causes = _held(bad, "cause", self.last("ended"), layer)
        sure = {cause: n for cause, n in causes.items() if cause not in UNSURE} or causes
        return max(sure, key=sure.get) if self.is_over else list(sure)[-1]

    @cached_property
    def named(self) -> str:
        """The cause in plain words, for operators; the fullest that was said of it at the end."""
        said = [event for event in self.all("began", "verdict") if event.get("cause") == self.cause]
        return next((event["named"] for event in reversed(said) if event.get("named")), "")

    @property
    def kind(self) -> str:
        kinds = {kind_of(event["cause"]) for event in self.all("began", "verdict") if _bad(event)}
        return "degraded" if kinds == {"degraded"} else "away"

    @property
    def counts(self) -> dict[str, int]:
        event = self.last("counts")
        return event.get("counts", {}) if event else {}

    def stretches(self) -> list[tuple[datetime, datetime, str]]:
        """(from, to, "away" or "degraded") one after the other, over the whole incident."""
        first, until = (self.all("began") or self.events)[0], self.began + self.duration
        turns = [
            (self.began + timedelta(seconds=seconds_between(first, event)), kind_of(event["cause"]))
            for event in self.all("began", "verdict")
            if _bad(event)
        ] or [(self.began, "away")]
        ends = [start for start, _kind in turns[1:]] + [until]
        return [
            (start, end, kind)
            for (start, kind), end in zip(turns, ends, strict=True)
            if end > start
        ]


def _held(
    bad: list[dict], key: str, end: dict | None, layer: str | None = None
) -> dict[str, float]:
    """Seconds for which each value of `key` stood, the one seen last at the end; of one layer or all."""
    held: dict[str, float] = {}
    for event, following in zip(bad, [*bad[1:], end or bad[-1]], strict=True):
        if layer in (None, event.get("layer")):
            value = event.get(key)
            held[value] = held.pop(value, 0.0) + seconds_between(event, following)
    return held


def _bad(event: dict) -> bool:
    return event.get("cause", "ok") != "ok"


def moment(event: dict) -> datetime:
    return datetime.fromisoformat(event["at"])


def seconds_between(first: dict, last: dict) -> float:
    """Never negative; by the machine's own seconds where both lines come from one start of it."""
    same_start = first.get("boot") and first.get("boot") == last.get("boot")
    if same_start and "up" in first and "up" in last:
        return max(0.0, last["up"] - first["up"])
    return max(0.0, (moment(last) - moment(first)).total_seconds())


def stamp() -> dict:
    return {
        "at": clock.now().isoformat(timespec="milliseconds"),
        "up": round(time.monotonic(), 3),
        "boot": _boot(),
    }


def _boot() -> str:
    with suppress(OSError):
        return Path("/proc/sys/kernel/random/boot_id").read_text().strip()
    return ""


def last_sign(incident: Incident) -> dict | None:
    """When a sentinel was last there, if none is; None while one watches."""
    seen = None
    with suppress(OSError):
        seen = (Path(settings.VAR_DIR) / "sentinel.json").stat().st_mtime
    if seen is not None and clock.now().timestamp() - seen < SILENT_SECONDS:
        return None
    last = incident.events[-1]
    if seconds_between(last, stamp()) < SILENT_SECONDS:
        return None
    sign = datetime.fromtimestamp(seen, UTC) if seen else moment(last)
    return {"at": max(sign, moment(last)).isoformat()}


# --- Reading ---------------------------------------------------------------------------------
def all_incidents() -> list[Incident]:
    """Every incident, the newest first. Lines and files that cannot be read are left out."""
    found = [read(file.stem) for file in sorted(folder().glob("*.jsonl"), reverse=True)]
    return [incident for incident in found if incident]


def read(name: str) -> Incident | None:
    if not NAME.fullmatch(name):
        return None
    file = folder() / f"{name}.jsonl"
    try:
        events = _events(file)
    except OSError:
        return None
    return Incident(name, events) if events else None


# A page may ask for ninety days of them: each file once, as it was last.
_known: dict[Path, tuple[tuple[int, int], tuple[dict, ...]]] = {}
MOST_KNOWN = 2_000


def _events(file: Path) -> tuple[dict, ...]:
    facts = file.stat()
    version = (facts.st_mtime_ns, facts.st_size)
    known = _known.get(file)
    if known and known[0] == version:
        return known[1]
    lines = file.read_bytes().splitlines()
    events = tuple(event for event in map(_parsed, lines) if event)
    if len(_known) >= MOST_KNOWN:
        _known.clear()
    _known[file] = (version, events)
    return events


def _parsed(line: bytes) -> dict | None:
    """None for half a line: the machine may have stopped while it was written."""
    try:
        event = json.loads(line)
        datetime.fromisoformat(event["at"])
        return event if isinstance(event["event"], str) else None
    except (ValueError, KeyError, TypeError):
        return None


def current() -> Incident | None:
    """The incident that goes on now, if there is one."""
    return next((incident for incident in all_incidents() if not incident.is_over), None)


def outages(since: datetime, until: datetime) -> list[tuple[datetime, datetime | None]]:
    """(from, to) of what kept people from acting in this time; `to` is None while it goes on.

    Oldest first. What was merely slow is not in it.
    """
    found = []
    for incident in reversed(all_incidents()):
        if {event.get("cause") for event in incident.all("began", "verdict")} <= {"slow", "ok"}:
            continue
        end = incident.ended or _end_without_a_sentinel(incident)
        if incident.began < until and (end is None or end > since):
            found.append((incident.began, end))
    return found


def _end_without_a_sentinel(incident: Incident) -> datetime | None:
    """Nobody watches any more: the last sign is the end, or deadlines would wait for ever."""
    return incident.began + incident.duration if last_sign(incident) else None


@dataclass(frozen=True)
class Day:
    """Seconds of one day, in UTC, and the incidents that touched it."""

    on: datetime
    away: float
    degraded: float
    incidents: tuple[str, ...]


def history(days: int = 90) -> list[Day]:
    """The last days, the oldest first, today last."""
    today = clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    starts = [today - DAY * back for back in reversed(range(days))]
    spans = [
        (incident.id, *stretch)
        for incident in all_incidents()
        for stretch in incident.stretches()
        if stretch[1] > starts[0]
    ]
    return [_day(start, spans) for start in starts]


def _day(start: datetime, spans: list[tuple[str, datetime, datetime, str]]) -> Day:
    seconds, touched = {"away": 0.0, "degraded": 0.0}, []
    for name, begin, end, kind in spans:
        inside = (min(end, start + DAY) - max(begin, start)).total_seconds()
        if inside > 0:
            seconds[kind] += inside
            touched.append(name)
    return Day(start, seconds["away"], seconds["degraded"], tuple(dict.fromkeys(touched)))


# --- Writing ---------------------------------------------------------------------------------
def new_name(at: datetime) -> str:
    """The name of an incident that began then, not taken yet."""
    name = at.astimezone(UTC).strftime("%Y-%m-%dT%H%M%SZ")
    number = 1
    free = name
    while (folder() / f"{free}.jsonl").exists():
        number += 1
        free = f"{name}-{number}"
    return free


def append(name: str, lines: list[dict]) -> None:
    """Add lines and wait for the disk. All of them or, with OSError, none."""
    folder().mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()
    file = os.open(folder() / f"{name}.jsonl", os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)  # a person may be writing a note
        size = os.fstat(file).st_size
        # Half a line from a power cut must not take ours with it.
        if size and os.pread(file, 1, size - 1) != b"\n":
            text = b"\n" + text
        try:
            if os.write(file, text) != len(text):
                raise OSError(28, "the disk is full")
            os.fsync(file)
        except OSError:
            os.ftruncate(file, size)
            raise
    finally:
        os.close(file)
