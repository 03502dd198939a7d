"""Asks the witness on the database host what it sees: one line of JSON there, one back."""

import json
import socket
import threading
from dataclasses import dataclass, field

from django.conf import settings

WITNESS_SECONDS = 0.5
MOST_BYTES = 100_000


@dataclass
class Word:
    """What the witness said. `state` is "none" where no witness is set up, "silent" if nothing came
    back, "refused" if its host is there but no witness, else "answered" with what `facts` has."""

    state: str = "none"
    facts: dict = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        return self.state == "answered"

    @property
    def listens(self) -> bool:
        return bool(self.facts.get("listens"))

    @property
    def queue(self) -> str:
        """Connections that wait to be taken, and how many may."""
        return f"{self.facts.get('queue')} of {self.facts.get('backlog')}"

    @property
    def is_frozen(self) -> bool:
        """Whether the server process stands still, or lets its full queue wait."""
        queue, backlog = self.facts.get("queue") or 0, self.facts.get("backlog") or 0
        return bool(self.facts.get("stopped")) or bool(backlog and queue >= backlog)


def ask(seconds: float = WITNESS_SECONDS, question: dict | None = None) -> Word:
    """Ask once, or say `question` (a heartbeat); takes `seconds` and a little at most, never raises."""
    if not settings.WITNESS:
        return Word()
    host, _colon, port = settings.WITNESS.rpartition(":")
    try:
        with socket.create_connection((host.strip("[]"), int(port)), seconds) as connection:
            connection.settimeout(seconds)
            connection.sendall(json.dumps(question or {"ask": True}).encode() + b"\n")
            line = connection.makefile("rb").readline(MOST_BYTES)
        facts = json.loads(line)
        return Word("answered", facts) if isinstance(facts, dict) else Word("refused")
    except ConnectionRefusedError:
        return Word("refused")
    except (OSError, ValueError):
        return Word("silent")


class Asking(threading.Thread):
    """The question, asked beside the probe."""

    def __init__(self):
        super().__init__(name="witness", daemon=True)
        self.word = Word()
        if settings.WITNESS:
            self.word = Word("silent")
            self.start()

    def run(self):
        self.word = ask()

    def answer(self, seconds: float) -> Word:
        """The answer, if it comes within `seconds` from now."""
        if self.is_alive():
            self.join(max(0.0, seconds))
        return self.word
