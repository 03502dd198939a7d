"""Can the database be reached right now? Asked over a fresh connection, answered within a second.

A pooled connection can outlive the path it was opened on, so each probe opens its own. It climbs
through layers (name, connect, handshake, sign-in, query), and the layer it stops at says what to
look at first. The application's driver has limits per step only; here one limit holds over all.
"""

import logging
import socket
import sqlite3
import threading
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pymysql
from django.db import connections
from django.utils.translation import gettext_lazy as _
from pymysql.connections import Connection

from pawsitters import clock

logger = logging.getLogger(__name__)

LIMIT_SECONDS = 1.0
KEEP_SECONDS = 0.5  # a flood of questions opens at most two connections a second

SENTENCES = {
    "ok": _("The database answers."),
    "name": _("The name of the database server cannot be looked up."),
    "connect": _("The database server cannot be reached over the network."),
    "handshake": _("The database server can be reached, but it does not talk to us."),
    "sign-in": _("The database server refuses to sign us in."),
    "query": _("The database server signed us in, but does not answer a question."),
    "file": _("The database file cannot be read."),
}


@dataclass(frozen=True)
class Verdict:
    """What one probe found. `layer` is "ok" or the one it stopped at; `took_ms` milliseconds."""

    layer: str
    detail: str  # for operators: "refused", "no answer within 1 s", "error 1045"; never a secret
    took_ms: float
    checked_at: datetime

    @property
    def ok(self) -> bool:
        return self.layer == "ok"

    @property
    def sentence(self) -> str:
        return str(SENTENCES[self.layer])


class _Attempt(threading.Thread):
    """One probe in a thread of its own, because neither getaddrinfo nor a server that sends one
    byte at a time can be given an overall limit. `layer` is where it stands."""

    def __init__(self, database: dict, connect_seconds: float):
        super().__init__(name="database-probe", daemon=True)
        self.database = database
        self.connect_seconds = connect_seconds
        self.layer = "connect"
        self.detail = ""
        self.socket = None

    def run(self):
        try:
            if "sqlite" in self.database["ENGINE"]:
                self._open_file()
            else:
                self._ask_server()
            self.layer, self.detail = "ok", ""
        except (OSError, pymysql.err.Error, sqlite3.Error, RuntimeError) as error:
            self.detail = _describe(error)

    def _open_file(self):
        self.layer = "file"
        path = Path(self.database["NAME"]).absolute().as_uri() + "?mode=rw"
        with closing(sqlite3.connect(path, uri=True, timeout=LIMIT_SECONDS)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def _ask_server(self):
        host = self.database["HOST"] or "localhost"
        if host.startswith("/"):
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(LIMIT_SECONDS)
            self.socket.connect(host)
        else:
            port = int(self.database["PORT"] or 3306)
            self.layer = "name"
            addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
            self.layer = "connect"
            self.socket = _connect_first(addresses, self.connect_seconds)
        options = self.database.get("OPTIONS", {})
        connection = _LayeredConnection(
            attempt=self,
            host=host,
            user=self.database["USER"],
            password=self.database["PASSWORD"],
            database=self.database["NAME"],
            ssl=options.get("ssl"),
            connect_timeout=LIMIT_SECONDS,
            read_timeout=LIMIT_SECONDS,
            write_timeout=LIMIT_SECONDS,
            defer_connect=True,
        )
        # Leaving politely keeps the server from counting an aborted connection against us.
        with closing(self.socket), closing(connection):
            connection.connect(self.socket)
            self.layer = "query"
            connection.query("SELECT 1")

    def give_up(self):
        """Wake the thread out of whatever it waits for."""
        with suppress(OSError, AttributeError):
            self.socket.shutdown(socket.SHUT_RDWR)


class _LayeredConnection(Connection):
    """Tells the attempt how far the sign-in has come."""

    def __init__(self, *, attempt: _Attempt, **options):
        self.attempt = attempt
        super().__init__(**options)

    def _get_server_information(self):
        self.attempt.layer = "handshake"
        super()._get_server_information()

    def _request_authentication(self):
        self.attempt.layer = "sign-in"
        super()._request_authentication()


def _connect_first(addresses, seconds: float) -> socket.socket:
    """A connection to the first address that takes one; the last refusal if none does."""
    refusal = OSError("no address")
    for family, kind, protocol, _name, address in addresses:
        connection = socket.socket(family, kind, protocol)
        connection.settimeout(seconds)
        try:
            connection.connect(address)
        except OSError as error:
            connection.close()
            refusal = error
        else:
            return connection
    raise refusal


def _describe(error: Exception) -> str:
    cause = getattr(error, "original_exception", error)
    if isinstance(cause, TimeoutError):
        return "no answer within 1 s"
    if isinstance(cause, ConnectionRefusedError):
        return "refused"
    if isinstance(cause, OSError):
        return cause.strerror or type(cause).__name__
    if isinstance(error, sqlite3.Error):
        return str(error)
    if isinstance(error, pymysql.err.Error) and error.args and isinstance(error.args[0], int):
        return f"error {error.args[0]}"
    return type(error).__name__


# Attempts that were given up but still hang, in getaddrinfo for instance. A few may pile up,
# so that a recovery is noticed at once; more would only fill the process with threads.
_unfinished: list[_Attempt] = []
_UNFINISHED_MAX = 4


def probe(alias: str = "default", connect_seconds: float = LIMIT_SECONDS) -> Verdict:
    """Probe the database once, now. Takes at most LIMIT_SECONDS and a little.

    `connect_seconds` is for the network alone: who asks again and again need not wait for a
    packet that was dropped.
    """
    _unfinished[:] = [attempt for attempt in _unfinished if attempt.is_alive()]
    if len(_unfinished) >= _UNFINISHED_MAX:
        return Verdict(_unfinished[-1].layer, "no answer within 1 s", 0.0, clock.now())
    attempt = _Attempt(connections[alias].settings_dict, connect_seconds)
    started = time.perf_counter()
    attempt.start()
    attempt.join(LIMIT_SECONDS)
    layer, detail = attempt.layer, attempt.detail
    if attempt.is_alive():
        _unfinished.append(attempt)
        attempt.give_up()
        layer = layer if layer != "ok" else "query"
        detail = "no answer within 1 s"
    return Verdict(layer, detail, (time.perf_counter() - started) * 1000, clock.now())


class Watch:
    """The last verdict, asked again when it is older than `keep_seconds`; one probe at a time."""

    def __init__(self, keep_seconds: float = KEEP_SECONDS):
        self.keep_seconds = keep_seconds
        self._lock = threading.Lock()
        self._verdict: Verdict | None = None
        self._at = 0.0

    def verdict(self) -> Verdict:
        if self._age() < self.keep_seconds:
            return self._verdict
        # While one request asks, the others have the last answer, so that a flood of questions
        # cannot occupy every thread; only without a recent one do they wait.
        recent = self._age() < self.keep_seconds + 2 * LIMIT_SECONDS
        if not self._lock.acquire(blocking=not recent):
            return self._verdict
        try:
            if self._age() >= self.keep_seconds:
                before, self._verdict = self._verdict, probe()
                self._at = time.monotonic()
                _log_change(before, self._verdict)
            return self._verdict
        finally:
            self._lock.release()

    def _age(self) -> float:
        return time.monotonic() - self._at if self._verdict else float("inf")

    def forget(self) -> None:
        self._verdict = None


def _log_change(before: Verdict | None, now: Verdict) -> None:
    if not now.ok and (before is None or before.layer != now.layer):
        logger.error("database: %s: %s", now.layer, now.detail)
    elif now.ok and before and not before.ok:
        logger.warning("database: answers again after %s", before.layer)


watch = Watch()
