"""One climb through the layers between us and the database, in a thread that may be given up."""

import socket
import sqlite3
import ssl
import threading
import time
from contextlib import closing, suppress
from functools import cache
from pathlib import Path

import pymysql
from django.db.migrations.loader import MigrationLoader
from pymysql.connections import Connection

from pawsitters.operations.reach import Unreached, connect_first
from pawsitters.operations.verdicts import LAYERS, Layer

LIMIT_SECONDS = 1.0
# MariaDB ends a statement itself after this, so that no connection of ours has to be cut off.
STATEMENT_SECONDS = 0.5
BEATS = "operations_heartbeat"


class BehindTheCode(Exception):
    """Migrations that the code has and the database has not."""


class Attempt(threading.Thread):
    """A thread of its own, because neither getaddrinfo nor a server that sends one byte at a time
    can be given an overall limit. `layer` is where it stands; with `full` it also writes a
    heartbeat and compares the migrations."""

    def __init__(self, database: dict, connect_seconds: float, *, full: bool = False):
        super().__init__(name="database-probe", daemon=True)
        self.database = database
        self.connect_seconds = connect_seconds
        self.full = full
        self.steps: list[tuple[str, float]] = []
        self.detail = ""
        self.error: Exception | None = None
        self.socket = None
        # Reads the disk for some 0.1 s, once in a process, before any limit begins.
        self.migrations = migrations_on_disk() if full else {}

    @property
    def layer(self) -> str:
        return self.steps[-1][0] if self.steps else "connect"

    @property
    def host(self) -> str:
        return self.database["HOST"] or "localhost"

    @property
    def port(self) -> int:
        return int(self.database["PORT"] or 3306)

    def _climb(self, layer: str) -> None:
        self.steps.append((layer, time.perf_counter()))

    def run(self):
        try:
            if "sqlite" in self.database["ENGINE"]:
                self._open_file()
            else:
                self._ask_server()
            self._climb("ok")
        except Exception as error:  # PyMySQL fails in many ways on bytes that are no protocol
            self.error = error
            self.detail = describe(error)

    def _open_file(self):
        self._climb("file")
        path = Path(self.database["NAME"]).absolute().as_uri() + "?mode=rw"
        with closing(sqlite3.connect(path, uri=True, timeout=LIMIT_SECONDS)) as connection:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()

    def _ask_server(self):
        if self.host.startswith("/"):
            self._climb("connect")
            self.socket = socket.socket(socket.AF_UNIX)
            self.socket.settimeout(LIMIT_SECONDS)
            self.socket.connect(self.host)
        else:
            self._climb("name")
            addresses = socket.getaddrinfo(self.host, self.port, type=socket.SOCK_STREAM)
            self._climb("connect")
            self.socket = connect_first(addresses, self.connect_seconds)
        connection = _LayeredConnection(
            climb=self._climb,
            host=self.host,
            user=self.database["USER"],
            password=self.database["PASSWORD"],
            database=self.database["NAME"],
            ssl=self.database.get("OPTIONS", {}).get("ssl"),
            connect_timeout=LIMIT_SECONDS,
            read_timeout=LIMIT_SECONDS,
            write_timeout=LIMIT_SECONDS,
            autocommit=True,
            defer_connect=True,
        )
        # Leaving politely keeps the server from counting an aborted connection against us.
        with closing(self.socket), closing(connection):
            connection.connect(self.socket)
            self._climb("query")
            connection.query("SELECT 1")
            if self.full:
                self._climb("write")
                _beat(connection)
                self._climb("schema")
                _compare_migrations(connection, self.migrations)

    def give_up(self):
        """Wake the thread out of whatever it waits for."""
        with suppress(OSError, AttributeError):
            self.socket.shutdown(socket.SHUT_RDWR)

    def layers(self, stopped_at: str) -> tuple[Layer, ...]:
        """What was climbed until `stopped_at` ("ok" for all), with the time that each took."""
        steps, now = list(self.steps), time.perf_counter()
        ends = [at for _name, at in steps[1:]] + [now]
        took = {name: (end - at) * 1000 for (name, at), end in zip(steps, ends, strict=True)}
        names = LAYERS if self.full else LAYERS[: LAYERS.index("query") + 1]
        if "file" in took:
            names = ("file",)
        return tuple(
            Layer(name, name != stopped_at, round(took[name], 1))
            if name in took
            else Layer(name, None)
            for name in names
        )


class _LayeredConnection(Connection):
    """Tells the attempt how far the sign-in has come."""

    def __init__(self, *, climb, **options):
        self.climb = climb
        super().__init__(**options)

    def _get_server_information(self):
        self.climb("handshake")
        super()._get_server_information()

    def _request_authentication(self):
        self.climb("sign-in")
        super()._request_authentication()

    def _create_ssl_ctx(self, options):
        return super()._create_ssl_ctx(options) if options else _unverified()


@cache
def _unverified() -> ssl.SSLContext:
    """For "TLS if the server offers it". PyMySQL's own reads all certificates first: 20 ms."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _beat(connection: Connection) -> None:
    """Write this host's row, as any request would. The row is asked for first without waiting, so
    that a lock is told apart from a slow disk at once."""
    limit = ""
    if "MariaDB" in connection.get_server_info():
        limit = f"SET STATEMENT max_statement_time={STATEMENT_SECONDS} FOR "
    host = connection.escape(socket.gethostname()[:255])
    connection.query(f"{limit}SELECT host FROM {BEATS} WHERE host = {host} FOR UPDATE NOWAIT")
    connection.query(
        f"{limit}INSERT INTO {BEATS} (host, beat_at) VALUES ({host}, UTC_TIMESTAMP(6)) "
        "ON DUPLICATE KEY UPDATE beat_at = UTC_TIMESTAMP(6)"
    )


@cache
def migrations_on_disk() -> dict[tuple[str, str], list]:
    """(app, name) of each migration, and those that it replaces."""
    loader = MigrationLoader(None, load=False)
    loader.load_disk()
    return {key: list(step.replaces) for key, step in loader.disk_migrations.items()}


def _compare_migrations(connection: Connection, on_disk: dict) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations")
        run = set(cursor.fetchall())
    missing = sorted(
        f"{app}.{name}"
        for (app, name), replaces in on_disk.items()
        if (app, name) not in run and not (replaces and run.issuperset(map(tuple, replaces)))
    )
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise BehindTheCode(f"{missing[0]}{more} not run")


def root(error: Exception) -> Exception:
    """The system's own error, where PyMySQL has wrapped one."""
    inner = getattr(error, "original_exception", None) or error.__context__
    return inner if isinstance(inner, OSError) else error


def describe(error: Exception) -> str:
    """For operators: what went wrong, without host, user or password."""
    cause = root(error)
    if isinstance(cause, TimeoutError) or getattr(cause, "timed_out", False):
        return "no answer"
    if isinstance(cause, ConnectionRefusedError) or getattr(cause, "refused", False):
        return "refused"
    if isinstance(cause, Unreached | OSError):
        return cause.strerror or type(cause).__name__
    if isinstance(error, sqlite3.Error | BehindTheCode):
        return str(error)
    if isinstance(error, pymysql.err.Error) and error.args and isinstance(error.args[0], int):
        return f"error {error.args[0]}"
    return type(error).__name__
