"""Keeps everybody from waiting for a database server that is away.

The first connection that fails shuts the gate: from then on asking for a connection fails at once,
and one thread in the background tries a fresh one until the server answers. Without it a dropped
packet costs every request a time limit, and the threads of a process run out (docs/operations.md).
"""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import DatabaseError, connections
from MySQLdb import OperationalError

from pawsitters import clock
from pawsitters.operations.counters import count
from pawsitters.operations.health import sentinels_verdict
from pawsitters.operations.probe import probe

log = logging.getLogger(__name__)

# Error codes that say "away": cannot connect, no such host, gone, lost, too many connections, blocked.
AWAY = frozenset({2002, 2003, 2005, 2006, 2013, 2055, 1040, 1129, 1203})
# It does not let us in: no right to the database, wrong password, no such database, host not allowed.
# It says so at once, so nobody has to be kept from asking; visitors are served as if it were away.
NOT_LET_IN = frozenset({1044, 1045, 1049, 1130})
# It answers, but takes no writes: --read-only, read-only mode (MySQL), a read-only transaction.
READ_ONLY = frozenset({1290, 1836, 1792})
SHUT_OUT = 2002  # what a caller sees while the gate is shut: "cannot connect"
OUT_OF_REACH = frozenset({"name", "connect", "handshake"})  # layers of a verdict that say the same
AT_ONCE = 4  # threads of one process that may be connecting
WAIT_SECONDS = 0.05  # for one of these places
# A crowd may wait longer as long as connections succeed; this long without one is no crowd.
PROGRESS_SECONDS = 0.5
# A packet dropped just before the way is free again costs the limit and a pause: 0.55 s.
PROBE_SECONDS = 0.3
PROBE_EVERY_SECONDS = 0.25


class Gate:
    """One for each process and database alias. Opens by itself; only `connect` shuts it, or at the
    start what the sentinel has seen."""

    def __init__(self, alias: str = "default"):
        self.alias = alias
        self.shut_at: datetime | None = None
        self.reason = ""
        self._is_new = True
        self._succeeded_at = 0.0
        self._places = threading.BoundedSemaphore(AT_ONCE)
        self._lock = threading.Lock()

    @property
    def is_shut(self) -> bool:
        return self.shut_at is not None

    def connect(self, open_connection: Callable[[], object]):
        """Return what `open_connection` returns; raise OperationalError (2002) at once while shut."""
        if self._is_new:
            self._ask_the_sentinel()
        if self.is_shut or not self._take_a_place():
            raise OperationalError(SHUT_OUT, f"The database is away: {self.reason or 'busy'}.")
        try:
            connection = open_connection()
            self._succeeded_at = time.monotonic()
            return connection
        except OperationalError as error:
            if error.args and error.args[0] in AWAY:
                self._shut(error)
            raise
        finally:
            self._places.release()

    def _ask_the_sentinel(self) -> None:
        """A process that starts during an outage need not find out at a second a request."""
        self._is_new = False
        verdict = sentinels_verdict()
        if verdict and verdict.layer in OUT_OF_REACH:
            self._shut(OperationalError(SHUT_OUT, f"the sentinel says: {verdict.cause}"))

    def _take_a_place(self) -> bool:
        while not self._places.acquire(timeout=WAIT_SECONDS):
            if self.is_shut or time.monotonic() - self._succeeded_at > PROGRESS_SECONDS:
                return False
        return True

    def _shut(self, error: OperationalError) -> None:
        with self._lock:
            if self.is_shut:
                return
            self.reason = f"error {error.args[0]}"
            self.shut_at = clock.now()
        count("gate_shut")
        log.error("the database is away (%s); nobody waits for it now", error)
        threading.Thread(target=self._reopen, name="database-gate", daemon=True).start()

    def _reopen(self) -> None:
        """Try fresh connections until one answers a question; the only thread that does."""
        while not probe(self.alias, PROBE_SECONDS).ok:
            time.sleep(PROBE_EVERY_SECONDS)
        log.warning("the database answers again, after %s", clock.now() - self.shut_at)
        self.reason, self.shut_at = "", None
        _after_opening()


_after: list[Callable[[], object]] = []


def on_open(act: Callable[[], object]) -> None:
    """Call `act()` in the background each time a gate of this process opens, in the order given."""
    _after.append(act)


def _after_opening() -> None:
    for act in _after:
        try:
            act()
        except Exception:
            log.exception("after the outage: %s", act)
    connections.close_all()  # those of this thread, which ends here


_gates: dict[str, Gate] = {}
_gates_lock = threading.Lock()


def gate_of(alias: str = "default") -> Gate:
    with _gates_lock:
        return _gates.setdefault(alias, Gate(alias))


def is_away(error: BaseException | None) -> bool:
    """Whether an error, as Django wraps it, says that the server is out of reach or shuts us out."""
    return _code(error) in AWAY | NOT_LET_IN


def is_read_only(error: BaseException | None) -> bool:
    """Whether it says that the server takes no writes now; the gate does not shut for that."""
    return _code(error) in READ_ONLY


@contextmanager
def optional_write() -> Iterator[None]:
    """Around a write that a page can do without, such as "seen at": a server that only reads
    then still shows the page."""
    try:
        yield
    except DatabaseError as error:
        if not is_read_only(error):
            raise


def root_of(error: BaseException | None) -> BaseException | None:
    """The database's own error, also where a template or a field has wrapped it."""
    while error is not None and _code(error) not in AWAY | NOT_LET_IN | READ_ONLY:
        before = error.__cause__ or error.__context__
        if before is None:
            break
        error = before
    return error


def _code(error: BaseException | None):
    is_of_database = type(error).__name__ in ("OperationalError", "InterfaceError", "InternalError")
    return error.args[0] if is_of_database and error.args else None
