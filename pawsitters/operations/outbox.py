"""Requests that came while the database was away: on this machine's disk until they are placed.

A SQLite file (WAL, each commit waits for the disk) that only its owner may read. Whoever is
answered 202 is in it. What a person typed is overwritten with zeros as soon as it is placed, and a
week after it was refused; docs/operations.md says what else of it is kept, and for how long.
"""

import fcntl
import json
import logging
import os
import secrets
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings

from pawsitters import clock
from pawsitters.operations.counters import count
from pawsitters.operations.hooks import Asked, Held

log = logging.getLogger(__name__)

MOST_WAITING = 10_000
MOST_OF_ONE_PERSON = 20
FULL_DISK = 0.9
KEPT_FOR = timedelta(days=7)
LETTERS = "23456789BCDFGHJKMNPQRSTVWXZ"  # as in bookings: no vowels, no look-alikes
WAITING, PLACED, REFUSED, DEAD = "waiting", "placed", "refused", "dead"
SCHEMA = """
CREATE TABLE IF NOT EXISTS held (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    reference TEXT NOT NULL UNIQUE,
    form TEXT NOT NULL,
    person INTEGER NOT NULL,
    session TEXT NOT NULL,
    key TEXT NOT NULL,
    path TEXT NOT NULL,
    typed TEXT NOT NULL,
    title TEXT NOT NULL,
    facts TEXT NOT NULL,
    text TEXT NOT NULL,
    received_at TEXT NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    tries INTEGER NOT NULL DEFAULT 0,
    due_at TEXT NOT NULL,
    outcome TEXT NOT NULL DEFAULT '',
    settled_at TEXT,
    UNIQUE (form, person, key)
);
CREATE INDEX IF NOT EXISTS held_state ON held (state, number);
PRAGMA user_version = 1;
"""


class Full(Exception):
    """No more can be kept: too many, too many of one person, or hardly any disk left."""


@dataclass(frozen=True)
class Item:
    """One row. `outcome` is a path (placed), a reason (refused) or the last error (waiting, dead)."""

    held: Held
    form: str
    title: str
    facts: tuple[tuple[str, str], ...]
    text: str
    received_at: datetime
    state: str
    tries: int
    due_at: datetime
    outcome: str
    settled_at: datetime | None

    @property
    def reference(self) -> str:
        return self.held.reference


def folder() -> Path:
    return Path(settings.VAR_DIR) / "outbox"


def _file() -> Path:
    return folder() / "requests.sqlite3"


@contextmanager
def _open(begin: str = "BEGIN IMMEDIATE") -> Iterator[sqlite3.Connection]:
    """A connection in one transaction; its writing waits for the disk."""
    if not _file().exists():
        folder().mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(_file(), os.O_CREAT | os.O_WRONLY, 0o600))
    connection = sqlite3.connect(_file(), timeout=5, isolation_level=None)
    connection.row_factory = sqlite3.Row
    try:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA secure_delete=ON")
        if not connection.execute("PRAGMA user_version").fetchone()[0]:
            connection.executescript(SCHEMA)
        connection.execute(begin)
        yield connection
        connection.execute("COMMIT")
    finally:
        connection.close()  # rolls back what was not committed


# --- Keeping ---------------------------------------------------------------------------------
def hold(form: str, asked: Asked, *, person: int, session: str, path: str, typed: list) -> Item:
    """Keep one; the same key of the same person gives the same row. Raise Full or OSError."""
    with _open() as rows:
        known = _where(rows, "form = ? AND person = ? AND key = ?", form, person, asked.key)
        if known:
            return known[0]
        if not _has_room(rows, person):
            raise Full
        now = clock.now().isoformat()
        reference = "".join(secrets.choice(LETTERS) for _ in range(8))
        rows.execute(
            "INSERT INTO held (reference, form, person, session, key, path, typed, title, facts,"
            " text, received_at, due_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (reference, form, person, session, asked.key, path, json.dumps(typed), asked.title,
             json.dumps(asked.facts), asked.text, now, now),
        )  # fmt: skip
        item = _where(rows, "reference = ?", reference)[0]
    count("requests_held")  # here, because the same form sent twice is one request
    return item


def _has_room(rows: sqlite3.Connection, person: int) -> bool:
    waiting = (
        "SELECT count(*), coalesce(sum(person = ?), 0) FROM held WHERE state IN ('waiting', 'dead')"
    )
    total, own = rows.execute(waiting, (person,)).fetchone()
    disk = shutil.disk_usage(folder())
    is_full = disk.used >= FULL_DISK * (disk.used + disk.free)
    return total < MOST_WAITING and own < MOST_OF_ONE_PERSON and not is_full


# --- Looking ---------------------------------------------------------------------------------
def find(reference: str, person: int | None = None) -> Item | None:
    """The row of this reference, if there is one and, where asked, it is this person's."""
    found = _look("reference = ?", reference)
    return found[0] if found and person in (None, found[0].held.person) else None


def waiting_of(person: int) -> list[Item]:
    """What this person waits for, the oldest first."""
    return _look("person = ? AND state = ?", person, WAITING)


def items(state: str | None = None) -> list[Item]:
    """The oldest first."""
    return _look("state = ?", state) if state else _look("1 = 1")


def depth(state: str = WAITING) -> int:
    """How many wait. Costs nothing where nothing was ever kept."""
    if not _file().exists():
        return 0
    with _open("BEGIN") as rows:
        return rows.execute("SELECT count(*) FROM held WHERE state = ?", (state,)).fetchone()[0]


def next_due() -> Item | None:
    """The oldest that is due, of a person for whom no earlier one waits."""
    if not _file().exists():
        return None
    with _open("BEGIN") as rows:
        found = _where(
            rows,
            "state = 'waiting' AND due_at <= ? AND NOT EXISTS (SELECT 1 FROM held AS before WHERE"
            " before.person = held.person AND before.state = 'waiting'"
            " AND before.number < held.number)",
            clock.now().isoformat(),
            limit=1,
        )
    return found[0] if found else None


def _look(condition: str, *values) -> list[Item]:
    if not _file().exists():
        return []
    with _open("BEGIN") as rows:
        return _where(rows, condition, *values)


def _where(rows: sqlite3.Connection, condition: str, *values, limit: int = -1) -> list[Item]:
    found = rows.execute(
        f"SELECT * FROM held WHERE {condition} ORDER BY number LIMIT {limit}", values
    )
    return [_item(row) for row in found]


def _item(row: sqlite3.Row) -> Item:
    typed = tuple((name, value) for name, value in json.loads(row["typed"]))
    held = Held(
        row["reference"], row["person"], row["session"], row["key"], row["path"], typed
    )  # fmt: skip
    return Item(
        held=held,
        form=row["form"],
        title=row["title"],
        facts=tuple((term, words) for term, words in json.loads(row["facts"])),
        text=row["text"],
        received_at=datetime.fromisoformat(row["received_at"]),
        state=row["state"],
        tries=row["tries"],
        due_at=datetime.fromisoformat(row["due_at"]),
        outcome=row["outcome"],
        settled_at=row["settled_at"] and datetime.fromisoformat(row["settled_at"]),
    )


# --- Settling --------------------------------------------------------------------------------
def placed(item: Item, path: str) -> None:
    """What was typed goes with it; the reference still leads to `path` for a week."""
    _settle(
        item,
        "state = 'placed', outcome = ?, typed = '[]', title = '', facts = '[]', text = ''",
        path,
    )


def refused(item: Item, reason: str) -> None:
    """What was typed stays for a week, for the link that holds the form filled in."""
    _settle(item, "state = 'refused', outcome = ?", reason)


def postponed(item: Item, error: str, until: datetime) -> None:
    with _open() as rows:
        rows.execute(
            "UPDATE held SET tries = tries + 1, outcome = ?, due_at = ? WHERE reference = ?",
            (error[:300], until.isoformat(), item.reference),
        )


def dead(item: Item, error: str) -> None:
    _settle(item, "state = 'dead', tries = tries + 1, outcome = ?", error[:300])


def try_again(reference: str) -> bool:
    """Put a dead one back to the others; False if there is none of this reference."""
    with _open() as rows:
        changed = rows.execute(
            "UPDATE held SET state = 'waiting', tries = 0, due_at = ?, settled_at = NULL"
            " WHERE reference = ? AND state = 'dead'",
            (clock.now().isoformat(), reference),
        )
        return bool(changed.rowcount)


def _settle(item: Item, changes: str, outcome: str) -> None:
    with _open() as rows:
        rows.execute(
            f"UPDATE held SET {changes}, settled_at = ? WHERE reference = ?",
            (outcome, clock.now().isoformat(), item.reference),
        )


def forget_old() -> int:
    """Erase what was placed or refused a week ago; return how many."""
    return _erase("state IN ('placed', 'refused') AND settled_at < ?", clock.now() - KEPT_FOR)


def forget_person(person: int) -> int:
    """Erase all of somebody who has left."""
    return _erase("person = ?", person)


def _erase(condition: str, value) -> int:
    if not _file().exists():
        return 0
    if isinstance(value, datetime):
        value = value.isoformat()
    with _open() as rows:
        gone = rows.execute(f"DELETE FROM held WHERE {condition}", (value,)).rowcount
    if gone:
        empty_the_log()
    return gone


def empty_the_log() -> None:
    """SQLite's write-ahead log holds copies of what was overwritten, until it is cut."""
    connection = sqlite3.connect(_file(), timeout=1)
    with suppress(sqlite3.OperationalError):  # a reader: the next one cuts it
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


@contextmanager
def only_one(wait_seconds: float) -> Iterator[bool]:
    """Whether this process is the one of this machine that replays now. Ends with the process."""
    folder().mkdir(parents=True, exist_ok=True, mode=0o700)
    with open(folder() / "replay.lock", "w") as file:
        until = time.monotonic() + wait_seconds
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() >= until:
                    yield False
                    return
                time.sleep(0.05)
        # While this one is open, closing others is cheap: the last one to close cuts the log.
        with closing(sqlite3.connect(_file(), timeout=5)) as connection:
            connection.execute("PRAGMA schema_version").fetchone()
            yield True
