"""Counts what this machine's processes did: pages served, requests held, gates shut.

`count` adds in memory; a second later one thread adds the sum to a small SQLite file that all
processes of this VAR_DIR share, so what an ended process counted stays counted. Never MySQL: most of
what is counted here happens while it is away. A process that is killed loses its last second.
"""

import atexit
import os
import sqlite3
import threading
from collections import Counter
from contextlib import closing, suppress
from pathlib import Path

from django.conf import settings

FLUSH_SECONDS = 1.0
WAIT_SECONDS = 1.0  # for another process that is writing
NAMES = (
    "pages_fresh",
    "pages_stale",
    "pages_away",
    "requests_held",
    "requests_refused",
    "requests_replayed",
    "requests_conflicted",
    "requests_dead",
    "gate_shut",
)

_lock = threading.Lock()
_pending: Counter[tuple[str, str]] = Counter()  # (folder, name): not yet in the file
_flush_is_due = False


def count(name: str, n: int = 1) -> None:
    """Add `n`; costs about a microsecond and never fails."""
    global _flush_is_due
    with _lock:
        _pending[str(settings.VAR_DIR), name] += n
        if _flush_is_due:
            return
        _flush_is_due = True
    _flush_soon()


def totals() -> dict[str, int]:
    """All counts of this VAR_DIR since it exists; other processes' last second may be missing."""
    flush()
    counts = dict.fromkeys(NAMES, 0)
    file = _file(settings.VAR_DIR)
    if file.exists():
        with suppress(sqlite3.Error), closing(_open(file)) as connection:
            counts |= dict(connection.execute("SELECT name, n FROM counts"))
    return counts


def flush() -> None:
    """Write now what is pending. What cannot be written (a full disk) stays pending."""
    global _flush_is_due, _pending
    with _lock:
        taken, _pending = _pending, Counter()
        _flush_is_due = False
    for folder in {folder for folder, _name in taken}:
        sums = {name: n for (where, name), n in taken.items() if where == folder}
        try:
            _add(_file(folder), sums)
        except (OSError, sqlite3.Error):
            with _lock:
                _pending.update({(folder, name): n for name, n in sums.items()})


def _flush_soon() -> None:
    thread = threading.Timer(FLUSH_SECONDS, flush)
    thread.daemon = True
    try:
        thread.start()
    except RuntimeError:  # no more threads, or the interpreter is ending: the next count tries
        global _flush_is_due
        _flush_is_due = False


def _file(folder: str | Path) -> Path:
    return Path(folder) / "counters" / "counters.sqlite3"


def _open(file: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(file, timeout=WAIT_SECONDS)
    # Killing a process harms nothing; a power cut may cost the counts, which is cheaper than a disk
    # that is waited for every second.
    connection.execute("PRAGMA synchronous=OFF")
    return connection


def _add(file: Path, sums: dict[str, int]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    try:
        _write(file, sums)
    except sqlite3.OperationalError:  # busy, full, read-only
        raise
    except sqlite3.DatabaseError:  # damaged: counting goes on from zero
        file.unlink(missing_ok=True)
        _write(file, sums)


def _write(file: Path, sums: dict[str, int]) -> None:
    with closing(_open(file)) as connection, connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS counts (name TEXT PRIMARY KEY, n INTEGER NOT NULL)"
        )
        connection.executemany(
            "INSERT INTO counts VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET n = n + excluded.n",
            sums.items(),
        )


def _begin_in_child() -> None:
    """After a fork: what the parent has counted is the parent's, and its thread is not here."""
    global _lock, _pending, _flush_is_due
    _lock, _pending, _flush_is_due = threading.Lock(), Counter(), False


os.register_at_fork(after_in_child=_begin_in_child)
atexit.register(flush)
