"""Watches the database from this host: one full probe a second, by one process for each VAR_DIR.

It publishes the verdict for the web processes, keeps the record of an incident, tells people, and writes
the post-mortem. It needs nothing of the site: no web process, no MySQL, not even a disk.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from django.conf import settings

from pawsitters import clock
from pawsitters.operations import alerts, counters, incidents, postmortem
from pawsitters.operations.health import SENTINEL_FILE
from pawsitters.operations.heartbeat import Heart
from pawsitters.operations.hooks import outbox_depth
from pawsitters.operations.probe import full_probe
from pawsitters.operations.record import Record
from pawsitters.operations.verdicts import Verdict

log = logging.getLogger(__name__)

# After a first bad answer the next is asked soon: two in a row are an incident, one lost packet is
# none. The same for the first good one after that.
SOON_SECONDS = 0.25
IN_A_ROW = 2
# The second question is asked over so many connections at once, and one good answer is enough. With
# 1 % of packets lost one probe in thirty fails, so two alone would alert every 20 minutes.
AT_ONCE = 3
PING_SECONDS = 60
CLOCK_STEP_SECONDS = 2
# A cause that is told otherwise than before is worth a message, once it stands.
STANDS = 5
AGAIN_SECONDS = 60


class Sentinel:
    """`step()` is one probe and all that follows from it; `run()` repeats it."""

    def __init__(self, every: float = 1.0, report: Callable[[str], object] = log.warning):
        self.every = every
        self.report = report
        self.heart = Heart()
        self.messenger = alerts.Messenger()
        self.record: Record | None = None  # of the incident that goes on
        self.closing: list[Closing] = []  # incidents whose last figures are awaited
        self._bad: list[tuple[Verdict, dict]] = []  # the last bad answers in a row, with stamps
        self._good: list[dict] = []  # stamps of the good answers in a row
        self._calm = {"totals": counters.totals()}  # what was counted at the last good answer
        self._told: dict[str, float | str] = {}
        self._unwatched: dict | None = (
            None  # since when, where an earlier sentinel left an incident open
        )
        self._pinged_at = float("-inf")
        self._clock = _clock_offset()
        self._cannot_publish = False
        self._last_error = ""

    # --- The loop ----------------------------------------------------------------------------
    def run(self, stop: threading.Event) -> None:
        """Probe until `stop` is set. Nothing that goes wrong in a step ends it."""
        self.resume()
        while not stop.is_set():
            started = time.monotonic()
            try:
                self.step()
            except Exception as error:
                if repr(error) != self._last_error:
                    log.exception("the sentinel goes on after an error of its own")
                self._last_error = repr(error)
            is_urgent = self._is_in_doubt() or self.heart.change_pending
            pause = min(self.every, SOON_SECONDS) if is_urgent else self.every
            stop.wait(max(0.05, started + pause - time.monotonic()))
        self.messenger.wait(3)

    def _is_in_doubt(self) -> bool:
        answers = self._good if self.record else self._bad
        return 0 < len(answers) < IN_A_ROW

    def resume(self) -> None:
        """Go on with the incident that an earlier sentinel has left open."""
        for incident in incidents.all_incidents():
            if incident.is_over and _is_recent(incident) and not postmortem.is_written(incident):
                self.closing.append(Closing(Record(incident.id, self.report)))
        open_one = incidents.current()
        if open_one is None:
            return
        self.record = Record(open_one.id, self.report)
        self._unwatched = incidents.last_sign(open_one)
        last = incidents.moment(self._unwatched or open_one.events[-1])
        text = f"Started again; nobody is known to have watched since {last:%d %b, %H:%M:%S} UTC."
        self.record.add("note", by="sentinel", text=text)
        self._told = {"cause": open_one.cause, "at": time.monotonic()}
        is_told = open_one.all("sent", "failed") or not self.messenger.ways
        if not (open_one.last("alert") and is_told):
            self._tell("alert")

    def step(self) -> Verdict:
        self._notice_a_clock_step()
        verdict = self._ask()
        self._publish(verdict)
        if verdict.ok:
            self.heart.beat(verdict.took_ms)
            self._after_a_good_answer(verdict)
        else:
            self._after_a_bad_answer(verdict)
        # The change that ended it is told just after.
        for record in [self.record, *(each.record for each in self.closing)]:
            if record:
                record.note_rule_change(verdict.rule_change)
                record.write()
        self.closing = [each for each in self.closing if not each.is_done()]
        self._ping_now_and_then()
        return verdict

    def _ask(self) -> Verdict:
        if self.record or not self._bad:
            return full_probe()
        with ThreadPoolExecutor(AT_ONCE) as pool:
            verdicts = list(pool.map(lambda _: full_probe(), range(AT_ONCE)))
        causes = [verdict.cause for verdict in verdicts]
        return max(verdicts, key=lambda verdict: (verdict.ok, causes.count(verdict.cause)))

    # --- What follows from an answer -----------------------------------------------------------
    def _after_a_bad_answer(self, verdict: Verdict) -> None:
        self._good, self._unwatched = [], None
        self._bad = [*self._bad, (verdict, _onset(verdict))][-STANDS:]
        if self.record:
            self.record.note_verdict(verdict)
            self._remind()
        elif len(self._bad) >= IN_A_ROW:
            self._begin()

    def _begin(self) -> None:
        first, at = self._bad[0]
        facts = {"host": self.heart.host, **self._calm}
        self.record = Record.begin(first, at, facts, self.report)
        latest = self._bad[-1][0]
        self.record.note_verdict(latest, exactly=True)
        self.record.note_rule_change(latest.rule_change)
        self._tell("alert")

    def _after_a_good_answer(self, verdict: Verdict) -> None:
        self._bad = []
        self._good = [*self._good, _onset(verdict)][-IN_A_ROW:]
        if self.record is None:
            self._calm = {"totals": counters.totals(), "last_good": self._good[-1]["at"]}
            return
        self.record.note_verdict(verdict)
        if len(self._good) >= IN_A_ROW:
            self._end()

    def _end(self) -> None:
        # Where nobody watched and all is well now, the last sign is the only end that is known.
        self.record.add("ended", at=self._unwatched or self._good[0])
        self._unwatched = None
        record, self.record = self.record, None
        self.closing.append(Closing(record))
        self._told = {}
        self._send(record, "recovery")

    # --- Telling people ------------------------------------------------------------------------
    def _tell(self, kind: str) -> None:
        self._told = {"cause": self.record.incident.cause, "at": time.monotonic()}
        self._send(self.record, kind)

    def _send(self, record: Record, kind: str) -> None:
        incident = record.incident
        message = alerts.compose(kind, incident, self.heart.host, record.trouble)
        record.add(kind, cause=incident.cause, named=incident.named, by=self.messenger.ways)
        self.report(
            message.subject if kind == "recovery" else f"{message.subject}; {incident.named}"
        )
        self.messenger.send(message, record.add)

    def _remind(self) -> None:
        incident = self.record.incident
        causes = {verdict.cause for verdict, _at in self._bad}
        changed = (
            len(self._bad) == STANDS
            and len(causes) == 1
            and self._told.get("cause") not in causes
            and time.monotonic() - self._told.get("at", 0.0) > AGAIN_SECONDS
        )
        if changed or alerts.reminder_is_due(incident):
            self._tell("reminder")

    def _ping_now_and_then(self) -> None:
        if time.monotonic() - self._pinged_at >= PING_SECONDS:
            self._pinged_at = time.monotonic()
            self.messenger.ping()

    # --- Surroundings --------------------------------------------------------------------------
    def _publish(self, verdict: Verdict) -> None:
        """Atomically, so that no web process reads half a verdict."""
        file = Path(settings.VAR_DIR) / SENTINEL_FILE
        part = file.with_name(f".{SENTINEL_FILE}")
        try:
            part.write_text(verdict.to_json())
            os.replace(part, file)
        except OSError as error:
            with suppress(OSError):
                part.unlink()
            if not self._cannot_publish:
                self.report(
                    f"The verdict cannot be written to {file} ({error.strerror}); probing goes on."
                )
            self._cannot_publish = True
        else:
            self._cannot_publish = False

    def _notice_a_clock_step(self) -> None:
        offset = _clock_offset()
        step, self._clock = offset - self._clock, offset
        if abs(step) > CLOCK_STEP_SECONDS:
            text = f"The clock of {self.heart.host} was set by {step:+.0f} s; durations are not affected."
            self.report(text)
            if self.record:
                self.record.add("note", by="sentinel", text=text)


class Closing:
    """An incident that is over: its last counts come in, held requests are placed, then it is told."""

    SETTLE_SECONDS = counters.FLUSH_SECONDS + 0.3  # the other processes write their counts by then
    WRITE_SECONDS = 1.6  # the first report does not wait longer than this for held requests
    GIVE_UP_SECONDS = 3600

    def __init__(self, record: Record):
        self.record = record
        self._since = time.monotonic()
        self._empty_since: float | None = self._since  # since nothing is held any more
        self._is_counted = record.incident.last("counts") is not None
        self._is_final = self._is_counted and not record.incident.last("counts")["still_held"]
        self._is_written = False

    def is_done(self) -> bool:
        """Write the report when it is time, and again when the last held request is placed."""
        held = self._look()
        waited = time.monotonic() - self._since
        is_last = self._empty_for() >= self.SETTLE_SECONDS or waited > self.GIVE_UP_SECONDS
        if not is_last and waited < self.WRITE_SECONDS:
            return False
        if not self._is_counted or (is_last and not self._is_final):
            self._count(held, is_last)
        if not self._is_written:
            with suppress(OSError):  # a full disk: again in a second
                postmortem.write(self.record.incident)
                self._is_written = True
        is_written = self.record.write() and self._is_written
        return is_last and (is_written or waited > self.GIVE_UP_SECONDS)

    def _look(self) -> int:
        held = _held()
        if held:
            self._empty_since = None
        elif self._empty_since is None:
            self._empty_since = time.monotonic()
        return held

    def _empty_for(self) -> float:
        return 0.0 if self._empty_since is None else time.monotonic() - self._empty_since

    def _count(self, held: int, is_last: bool) -> None:
        before = (self.record.incident.last("began") or {}).get("totals", {})
        counts = {name: max(0, n - before.get(name, 0)) for name, n in counters.totals().items()}
        empty_for = round(self._empty_for(), 1)
        self.record.add("counts", counts=counts, still_held=held, empty_for=empty_for)
        self._is_counted, self._is_final, self._is_written = True, is_last, False


def _onset(verdict: Verdict) -> dict:
    """The stamp of the moment when a probe began."""
    now, took = incidents.stamp(), verdict.took_ms / 1000
    at = clock.now() - timedelta(seconds=took)
    return {**now, "at": at.isoformat(timespec="milliseconds"), "up": round(now["up"] - took, 3)}


def _clock_offset() -> float:
    return time.time() - time.monotonic()


def _held() -> int:
    try:
        return outbox_depth()
    except Exception:  # another app's store: a report without this figure is better than none
        log.exception("the store of held requests does not tell how full it is")
        return 0


def _is_recent(incident) -> bool:
    return clock.now() - incident.ended < timedelta(hours=1)
