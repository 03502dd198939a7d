"""Writes one incident down, also while the disk takes nothing: then its lines wait in memory."""

import threading
from collections.abc import Callable

from pawsitters.operations import incidents
from pawsitters.operations.incidents import Incident, stamp
from pawsitters.operations.verdicts import Verdict

MOST_VERDICTS = 1_000  # a link that flaps for hours need not fill the disk
MOST_WAITING = 2_000
MOST_RULE_CHANGES = 100


class Record:
    """The record of one incident. `report` hears, once for each turn, that the disk does not take it."""

    def __init__(self, name: str, report: Callable[[str], object]):
        self.name = name
        self._report = report
        self._waiting: list[dict] = []
        self._lock = threading.RLock()  # the threads that send alerts write how it went
        self.trouble = ""  # why the disk does not take it

    @classmethod
    def begin(cls, first: Verdict, at: dict, facts: dict, report) -> "Record":
        """Start one with its first bad answer; `at` is that answer's stamp."""
        name = incidents.new_name(incidents.moment(at))
        record = cls(name, report)
        record.add("began", at=at, **describe(first), **facts)
        return record

    def add(self, event: str, at: dict | None = None, **facts) -> dict:
        """Write a line, with the present moment unless `at` is the stamp of another."""
        line = {**(at or stamp()), "event": event, **facts}
        with self._lock:
            self._waiting = [*self._waiting[-MOST_WAITING:], line]
            self.write()
        return line

    def write(self) -> bool:
        """Try to bring to the disk what waits; True when nothing does any more."""
        with self._lock:
            if not self._waiting:
                return True
            try:
                incidents.append(self.name, self._waiting)
            except OSError as error:
                self._say_once(error)
                return False
            if self.trouble:
                self._report(f"The record of incident {self.name} is on the disk now.")
            self._waiting, self.trouble = [], ""
            return True

    def _say_once(self, error: OSError) -> None:
        if not self.trouble:
            self._report(
                f"The record of incident {self.name} cannot be written ({error.strerror}). "
                "It waits in memory and is tried again every second."
            )
        self.trouble = error.strerror or type(error).__name__

    @property
    def incident(self) -> Incident:
        """As it stands, with what others have noted and what the disk has not taken yet."""
        with self._lock:
            written = incidents.read(self.name)
            return Incident(self.name, (*(written.events if written else ()), *self._waiting))

    def note_verdict(self, verdict: Verdict, *, exactly: bool = False) -> None:
        """Write a verdict down if layer or cause are others than before; `exactly`: or the words."""
        said = describe(verdict)
        keys = ("layer", "cause", "named") if exactly else ("layer", "cause")
        seen = self.incident.all("began", "verdict")
        same = seen and all(seen[-1].get(key) == said[key] for key in keys)
        if not same and len(seen) < MOST_VERDICTS:
            self.add("verdict", **said)

    def note_rule_change(self, change: dict | None) -> None:
        """Write down a change of firewall rules, each once; those long before are not of it."""
        if not change or not change.get("changed_at"):
            return
        incident = self.incident
        known = {
            (event.get("changed_at"), event.get("pid")) for event in incident.all("rule_change")
        }
        is_new = (change["changed_at"], change.get("pid")) not in known
        if is_new and len(known) < MOST_RULE_CHANGES and _is_near(incident, change):
            self.add("rule_change", **{k: v for k, v in change.items() if k not in ("at", "event")})


def _is_near(incident: Incident, change: dict) -> bool:
    try:
        changed_at = incidents.moment({"at": change["changed_at"]})
        after = incident.ended and (changed_at - incident.ended).total_seconds() > END_SECONDS
        return not after and (incident.began - changed_at).total_seconds() < NEAR_SECONDS
    except (TypeError, ValueError):  # no time zone, no time: rather too much than too little
        return True


# A rule that lets established connections live is felt only when they are renewed.
NEAR_SECONDS = 30 * 60
END_SECONDS = 1  # by which the clocks of two hosts may differ


def describe(verdict: Verdict) -> dict:
    return {
        "layer": verdict.layer,
        "cause": "ok"
        if verdict.ok
        else verdict.cause,  # good answers that are merely slow are good
        "detail": verdict.detail,
        "named": verdict.named,
        "took_ms": round(verdict.took_ms, 1),
    }
