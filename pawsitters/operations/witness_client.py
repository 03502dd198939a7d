"""Asks the witness on the database host what it sees: one line of JSON there, one back."""

import json
import socket
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import ClassVar

from django.conf import settings

WITNESS_SECONDS = 0.5
MOST_BYTES = 100_000
MOST_WORDS = 600  # characters of a text


@dataclass
class Word:
    """What the witness said. `state` is "none" where no witness is set up, "answered" with `facts`,
    "refused" if its host is there but says nothing of use, "silent" if nothing came back from one that
    has answered before, "never" if none ever has."""

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


# Whether the witness has ever answered this process. One that never did may itself be shut out.
_heard = threading.Event()


def ask(seconds: float = WITNESS_SECONDS, question: dict | None = None) -> Word:
    """Ask once, or say `question` (a heartbeat); takes `seconds` and a little at most, never raises."""
    if not settings.WITNESS:
        return Word()
    try:
        connection = socket.create_connection(address_of(settings.WITNESS), seconds)
    except ConnectionRefusedError:
        return Word("refused")
    except (OSError, ValueError):
        return Word("silent" if _heard.is_set() else "never")
    try:
        with connection:
            connection.settimeout(seconds)
            connection.sendall(json.dumps(question or {"ask": True}).encode() + b"\n")
            facts = json.loads(connection.makefile("rb").readline(MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return Word("refused")
    if not isinstance(facts, dict):
        return Word("refused")
    _heard.set()
    return Word("answered", _understood(facts))


def _understood(facts: dict) -> dict:
    """What a witness may say, and nothing else: its answer is not signed, so anybody on its network may
    try to give one, and it goes to verdicts, records, mails and terminals."""
    return {
        "listens": facts.get("listens") is True,
        "queue": _number(facts.get("queue")),
        "backlog": _number(facts.get("backlog")),
        "stopped": facts.get("stopped") is True,
        "rules": _rules(facts.get("rules")),
        "pending": _text(facts.get("pending")),
        "heartbeat": _text(facts.get("heartbeat")),
    }


def _rules(change) -> dict | None:
    if not isinstance(change, dict):
        return None
    kept = {name: _text(change.get(name)) for name in ("changed_at", "process", "by", "summary")}
    with suppress(ValueError, OverflowError):
        datetime.fromisoformat(kept["changed_at"]).astimezone(UTC)
        return {**kept, "pid": _number(change.get("pid")) or None}
    return None  # a change without a time says nothing


def _number(value) -> int:
    return value if type(value) is int and 0 <= value < 2**32 else 0


def _text(value) -> str:
    """On one line, without what steers a terminal."""
    words = value[:MOST_WORDS] if isinstance(value, str) else ""
    return "".join(sign if sign.isprintable() else " " for sign in words)


def address_of(text: str) -> tuple[str, int]:
    """("db", 3308) of "db:3308"; raise ValueError for anything else."""
    host, _colon, port = text.rpartition(":")
    return host.strip("[]"), int(port)


class Asking(threading.Thread):
    """The question, asked beside the probe."""

    # A name that is not looked up can hang for long; a few may pile up, no more.
    hanging: ClassVar[list[threading.Thread]] = []
    most_hanging: ClassVar[int] = 4

    def __init__(self):
        super().__init__(name="witness", daemon=True)
        self.word = Word(("silent" if _heard.is_set() else "never") if settings.WITNESS else "none")
        self.hanging[:] = [asking for asking in self.hanging if asking.is_alive()]
        if settings.WITNESS and len(self.hanging) < self.most_hanging:
            self.hanging.append(self)
            self.start()

    def run(self):
        self.word = ask()

    def answer(self, seconds: float) -> Word:
        """The answer, if it comes within `seconds` from now."""
        if self.is_alive():
            self.join(max(0.0, seconds))
        return self.word
