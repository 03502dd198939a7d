"""Tells the database host, after each good write, that this web host can reach it.

A change of firewall rules is confirmed only by these (docs/change-management.md), so one is sent
after a probe has written over a fresh connection, never before.
"""

import hashlib
import hmac
import json
import logging
import socket
import threading
import time

from django.conf import settings

from pawsitters.operations import witness_client

log = logging.getLogger(__name__)


def mac(heartbeat: dict, key: str) -> str:
    canonical = json.dumps(heartbeat, sort_keys=True, separators=(",", ":"))
    return hmac.new(key.encode(), canonical.encode(), hashlib.sha256).hexdigest()


class Heart:
    """Sends heartbeats, one at a time and in the background: probing never waits for the witness."""

    def __init__(self):
        self.host = socket.gethostname()
        self._n = 0
        self._thread: threading.Thread | None = None
        self._is_refused = False
        self.change_pending = False  # somebody tests new rules and waits for heartbeats

    def beat(self, took_ms: float) -> None:
        if not settings.WITNESS or not settings.WITNESS_KEY:
            return
        if self._thread and self._thread.is_alive():
            return
        # By the clock, so that it also goes up over a restart: the witness takes none twice.
        self._n = max(self._n + 1, time.time_ns() // 1_000_000)
        heartbeat = {"host": self.host, "n": self._n, "took_ms": round(took_ms, 1)}
        question = {"heartbeat": heartbeat, "mac": mac(heartbeat, settings.WITNESS_KEY)}
        self._thread = threading.Thread(target=self._send, args=(question,), daemon=True)
        self._thread.start()

    def _send(self, question: dict) -> None:
        word = witness_client.ask(question=question)
        self.change_pending = bool(word.facts.get("pending"))
        is_refused = word.facts.get("heartbeat") == "refused"
        if is_refused and not self._is_refused:
            log.warning(
                "the witness refuses our heartbeats: WITNESS_KEY differs, or this host's clock was set back"
            )
        self._is_refused = is_refused
