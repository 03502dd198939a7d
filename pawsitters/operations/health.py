"""The last verdict, which web pages only read: the sentinel's, or else one of this process."""

import logging
import threading
import time
from datetime import timedelta

from django.conf import settings

from pawsitters import clock
from pawsitters.operations import probe
from pawsitters.operations.verdicts import Verdict

logger = logging.getLogger(__name__)

KEEP_SECONDS = 0.5  # a flood of questions opens at most two connections a second
OLD_SECONDS = 1.5  # older than this, a verdict is waited for
SENTINEL_FILE = "sentinel.json"  # below VAR_DIR, written by `manage.py sentinel` each second
SENTINEL_SECONDS = 3  # older than this, the sentinel itself is away


def last_verdict() -> Verdict:
    return sentinels_verdict() or watch.verdict()


def sentinels_verdict() -> Verdict | None:
    """What the sentinel beside us found, None if it does not run."""
    try:
        verdict = Verdict.from_json((settings.VAR_DIR / SENTINEL_FILE).read_text())
    except (OSError, ValueError):
        return None
    age = clock.now() - verdict.checked_at
    return verdict if abs(age) < timedelta(seconds=SENTINEL_SECONDS) else None


class Watch:
    """The last verdict of this process, asked again in the background when it is older than
    `keep_seconds`. Only who finds none, or a very old one, waits for the answer."""

    def __init__(self, keep_seconds: float = KEEP_SECONDS):
        self.keep_seconds = keep_seconds
        self._lock = threading.Lock()
        self._asking: threading.Thread | None = None
        self._verdict: Verdict | None = None
        self._at = 0.0

    def verdict(self) -> Verdict:
        if self._age() >= self.keep_seconds:
            asking = self._ask()
            if self._age() >= OLD_SECONDS:
                asking.join()
        return self._verdict

    def _ask(self) -> threading.Thread:
        """The probe that is on its way, begun if there was none."""
        with self._lock:
            if self._asking is None or not self._asking.is_alive():
                self._asking = threading.Thread(target=self._probe, name="health", daemon=True)
                self._asking.start()
            return self._asking

    def _probe(self) -> None:
        before, now = self._verdict, probe.probe()
        self._verdict, self._at = now, time.monotonic()
        _log_change(before, now)

    def _age(self) -> float:
        return time.monotonic() - self._at if self._verdict else float("inf")

    def forget(self) -> None:
        if self._asking:
            self._asking.join()
        self._verdict = None


def _log_change(before: Verdict | None, now: Verdict) -> None:
    if not now.ok and (before is None or before.layer != now.layer):
        logger.error("database: %s: %s", now.layer, now.detail)
    elif now.ok and before and not before.ok:
        logger.warning("database: answers again after %s", before.layer)


watch = Watch()
