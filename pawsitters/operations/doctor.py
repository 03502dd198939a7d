"""Does the live database server, and do our settings, stand up to an outage? (`manage.py doctor`)

Each finding compares one fact with what docs/operations.md asks for, and has one line of remedy.
"""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from django.conf import settings
from django.core import checks
from django.db import DatabaseError, connections

from pawsitters import gunicorn
from pawsitters.operations import witness_client
from pawsitters.operations.health import sentinels_verdict
from pawsitters.operations.probe import full_probe

OK, WARN, FAULT = "ok", "warn", "fault"
SPARE_CONNECTIONS = 20  # for worker, warmer, sentinel and people
LEAST_CONNECT_ERRORS = 1_000_000
MOST_WAIT_SECONDS = 600
MOST_STATEMENT_SECONDS = 30
FULL_DISK_PERCENT = 90  # from here on no request is held
LEAST_KEY = 50
# Django's checks that https, DEBUG and SECRET_KEY below say in a line.
OF_THESE = frozenset(
    f"security.W{number:03}" for number in (4, 5, 8, 9, 12, 11, 10, 16, 18, 20, 21)
)

VARIABLES = (
    "skip_name_resolve", "max_connect_errors", "wait_timeout", "max_connections", "extra_port",
    "admin_port", "admin_address", "max_statement_time", "max_execution_time",
    "character_set_server", "character_set_database", "character_set_connection",
    "transaction_isolation", "tx_isolation", "sql_mode", "innodb_lock_wait_timeout",
)  # fmt: skip


@dataclass(frozen=True)
class Finding:
    """One fact: its name, "ok", "warn" or "fault", what was found, and what to do about it."""

    name: str
    state: str
    found: str
    remedy: str = ""

    as_dict = asdict


def _finding(name: str, is_well: bool, found, remedy: str, otherwise: str = FAULT) -> Finding:
    return Finding(name, OK if is_well else otherwise, str(found), "" if is_well else remedy)


def examine(hosts: int = 1) -> Iterator[Finding]:
    """Everything there is to say. `hosts` is how many machines run web processes."""
    database = connections.settings["default"]
    if "mysql" in database["ENGINE"]:
        yield from _of_the_server(hosts)
        yield from _of_the_connection(database)
        yield from _of_the_watch()
    else:
        yield Finding("database", OK, "embedded: there is no server to check")
    yield from _of_the_processes()
    yield from _of_django()


# --- The server ------------------------------------------------------------------------------
class Server:
    """The variables of the live server as one of our own connections sees them."""

    def __init__(self, connection):
        with connection.cursor() as cursor:
            names = ", ".join(["%s"] * len(VARIABLES))
            # Session values where there are some: what the site really gets.
            cursor.execute(f"SHOW VARIABLES WHERE Variable_name IN ({names})", VARIABLES)
            self.variables = {name.lower(): value for name, value in cursor.fetchall()}
            cursor.execute("SHOW GLOBAL VARIABLES LIKE 'wait_timeout'")
            self.variables.update(cursor.fetchall())
            cursor.execute("SELECT CONVERT_TZ('2024-08-12 14:00:00', 'UTC', 'Europe/Berlin')")
            self.knows_time_zones = cursor.fetchone()[0] is not None
            cursor.execute("SELECT VERSION()")
            self.version = cursor.fetchone()[0]
        self.is_mariadb = "mariadb" in self.version.lower()

    def text(self, *names: str) -> str:
        """The first of these variables that the server knows; MariaDB and MySQL differ."""
        return next((self.variables[name] for name in names if name in self.variables), "")

    def number(self, *names: str) -> float:
        try:
            return float(self.text(*names) or 0)
        except ValueError:
            return 0.0

    def either(self, mariadb: str, mysql: str) -> str:
        return mariadb if self.is_mariadb else mysql


def _of_the_server(hosts: int) -> Iterator[Finding]:
    verdict = full_probe()
    yield _finding("database", verdict.ok, f"{verdict.took_ms:.0f} ms", verdict.named)
    if not verdict.can_read:
        return
    connection = connections["default"]
    try:
        server = Server(connection)
    except DatabaseError as error:
        yield Finding(
            "variables", FAULT, f"error {error.args[0]}", "SHOW VARIABLES must be allowed"
        )
        return
    finally:
        connection.close()
    yield Finding("server", OK, server.version)
    for rule in SERVER_RULES:
        yield rule(server)
    yield _budget(server, hosts)


def _names(server: Server) -> Finding:
    found = server.text("skip_name_resolve")
    remedy = "my.cnf: skip-name-resolve, and grants by address (a slow resolver stops sign-ins)"
    return _finding("skip-name-resolve", found == "ON", found, remedy)


def _connect_errors(server: Server) -> Finding:
    found = server.number("max_connect_errors")
    remedy = "my.cnf: max_connect_errors=4294967295 (else 1129 shuts web hosts out after an outage)"
    return _finding("max_connect_errors", found >= LEAST_CONNECT_ERRORS, f"{found:.0f}", remedy)


def _wait(server: Server) -> Finding:
    found = server.number("wait_timeout")
    remedy = "my.cnf: wait_timeout=300 (connections of vanished clients go away)"
    return _finding("wait_timeout", found <= MOST_WAIT_SECONDS, f"{found:.0f} s", remedy, WARN)


def _isolation(server: Server) -> Finding:
    found = server.text("transaction_isolation", "tx_isolation")
    remedy = 'DATABASES OPTIONS: isolation_level="read committed"; my.cnf: ' + server.either(
        "transaction-isolation=READ-COMMITTED", "transaction_isolation=READ-COMMITTED"
    )
    return _finding("isolation", found == "READ-COMMITTED", found, remedy)


def _strict(server: Server) -> Finding:
    mode = server.text("sql_mode")
    is_strict = "STRICT_TRANS_TABLES" in mode or "STRICT_ALL_TABLES" in mode
    remedy = "DATABASES OPTIONS init_command: SET sql_mode='STRICT_TRANS_TABLES,…'"
    return _finding("strict mode", is_strict, "on" if is_strict else "off", remedy)


def _time_zones(server: Server) -> Finding:
    tool = server.either("mariadb-tzinfo-to-sql", "mysql_tzinfo_to_sql")
    client = server.either("mariadb", "mysql")
    remedy = f"on the server: {tool} /usr/share/zoneinfo | {client} mysql"
    known = server.knows_time_zones
    found = "loaded" if known else "missing"
    return _finding("time zone tables", known, found, remedy, WARN)


def _spare_door(server: Server) -> Finding:
    if server.is_mariadb:
        name, port = "extra_port", server.number("extra_port")
    else:
        name = "admin_port"
        port = server.number("admin_port") if server.text("admin_address") else 0
    remedy = server.either(
        "my.cnf: extra_port=3307 (a way in when all connections are taken)",
        "my.cnf: admin_address=127.0.0.1 and admin_port=33062 (a way in when all are taken)",
    )
    return _finding(name, port > 0, f"{port:.0f}" if port else "none", remedy, WARN)


def _statement_time(server: Server) -> Finding:
    name = server.either("max_statement_time", "max_execution_time")
    seconds = server.number(name) / (1 if server.is_mariadb else 1000)
    remedy = "my.cnf: " + server.either("max_statement_time=5", "max_execution_time=5000")
    is_well = 0 < seconds <= MOST_STATEMENT_SECONDS
    found = f"{seconds:g} s" if seconds else "no limit"
    return _finding(name, is_well, found, f"{remedy} (no read outlives its request)", WARN)


def _characters(server: Server) -> Finding:
    places = ("character_set_server", "character_set_database", "character_set_connection")
    found = sorted({server.text(place) for place in places})
    remedy = "my.cnf: character_set_server=utf8mb4; ALTER DATABASE … CHARACTER SET utf8mb4"
    return _finding("utf8mb4", found == ["utf8mb4"], ", ".join(found), remedy)


def _lock_wait(server: Server) -> Finding:
    found = server.number("innodb_lock_wait_timeout")
    limit = connections.settings["default"].get("OPTIONS", {}).get("read_timeout") or 0
    remedy = "DATABASES OPTIONS init_command: SET innodb_lock_wait_timeout=4, below read_timeout"
    return _finding("lock wait", 0 < found < limit, f"{found:.0f} s", remedy)


SERVER_RULES: tuple[Callable[[Server], Finding], ...] = (
    _names, _connect_errors, _wait, _isolation, _strict, _time_zones, _spare_door,
    _statement_time, _characters, _lock_wait,
)  # fmt: skip


def _budget(server: Server, hosts: int) -> Finding:
    needed = gunicorn.workers * gunicorn.threads * hosts + SPARE_CONNECTIONS
    found = server.number("max_connections")
    words = f"{found:.0f} of {needed} ({gunicorn.workers} processes × {gunicorn.threads} threads × {hosts} hosts + {SPARE_CONNECTIONS})"
    remedy = f"my.cnf: max_connections={needed} or more, or fewer WEB_CONCURRENCY and WEB_THREADS"
    return _finding("max_connections", found >= needed, words, remedy)


# --- Our side --------------------------------------------------------------------------------
def _of_the_connection(database: dict) -> Iterator[Finding]:
    options = database.get("OPTIONS", {})
    yield _finding(
        "gate", database["ENGINE"] == "pawsitters.operations.mysql", database["ENGINE"],
        'DATABASES ENGINE: "pawsitters.operations.mysql" (else every request waits in an outage)',
    )  # fmt: skip
    yield _finding(
        "CONN_MAX_AGE", database.get("CONN_MAX_AGE") == 0, database.get("CONN_MAX_AGE"),
        "DATABASES CONN_MAX_AGE=0 (a kept connection hides a blocked network)",
    )  # fmt: skip
    limits = [options.get(f"{name}_timeout") for name in ("connect", "read", "write")]
    is_well = all(limits) and limits[0] <= 2 and max(limits[1:]) <= MOST_STATEMENT_SECONDS
    yield _finding(
        "time limits", is_well, "/".join(f"{limit or 'none'}" for limit in limits) + " s",
        "DATABASES OPTIONS: connect_timeout=1, read_timeout=5, write_timeout=5",
    )  # fmt: skip
    yield _finding(
        "ATOMIC_REQUESTS", not database.get("ATOMIC_REQUESTS"), database.get("ATOMIC_REQUESTS"),
        "DATABASES ATOMIC_REQUESTS=False (else every page needs the database)",
    )  # fmt: skip
    yield _finding(
        "CSRF", not settings.CSRF_USE_SESSIONS, "session" if settings.CSRF_USE_SESSIONS else "cookie",
        "CSRF_USE_SESSIONS=False (forms must work while sessions cannot be read)",
    )  # fmt: skip


def _of_the_watch() -> Iterator[Finding]:
    word = witness_client.ask()
    remedy = (
        "WITNESS=host:3308, and the witness on the database host"
        if word.state == "none"
        else f"start it, and let this host reach {settings.WITNESS}"
    )
    yield _finding(
        "witness", word.answered, "none" if word.state == "none" else word.state,
        f"{remedy} (tells a firewall from a frozen server)", WARN,
    )  # fmt: skip
    verdict = sentinels_verdict()
    yield _finding(
        "sentinel", verdict is not None, "runs" if verdict else "none on this host",
        "start manage.py sentinel (finds, names and records outages)", WARN,
    )  # fmt: skip
    told = [*settings.ALERT_EMAILS, *(["webhook"] if settings.ALERT_WEBHOOK else [])]
    yield _finding(
        "alerts", bool(told), ", ".join(told) or "to nobody",
        "ALERT_EMAILS=… or ALERT_WEBHOOK=https://…", WARN,
    )  # fmt: skip


def _of_the_processes() -> Iterator[Finding]:
    words = f"{gunicorn.worker_class}, {gunicorn.workers} × {gunicorn.threads}"
    is_well = gunicorn.worker_class == "gthread" and gunicorn.threads >= 4
    remedy = "pawsitters/gunicorn.py: worker_class gthread, WEB_THREADS=16"
    yield _finding("gunicorn", is_well, words, remedy)
    usage = shutil.disk_usage(settings.VAR_DIR)
    percent = 100 * usage.used / usage.total
    yield _finding(
        "disk of VAR_DIR", percent < FULL_DISK_PERCENT, f"{percent:.0f} % full",
        f"make room: above {FULL_DISK_PERCENT} % no request is held during an outage",
    )  # fmt: skip


def _of_django() -> Iterator[Finding]:
    """The settings that differ between machines, then Django's own deployment checks."""
    yield _finding(
        "https", settings.IS_HTTPS, settings.SITE_URL,
        "SITE_URL=https://… (secure cookies, redirect, HSTS)", WARN,
    )  # fmt: skip
    yield _finding(
        "DEBUG", not settings.DEBUG, "on" if settings.DEBUG else "off",
        "DEBUG=0 (error pages show code and settings)", WARN,
    )  # fmt: skip
    yield _finding(
        "SECRET_KEY", len(settings.SECRET_KEY) >= LEAST_KEY, f"{len(settings.SECRET_KEY)} characters",
        'python3 -c "import secrets; print(secrets.token_urlsafe(50))"', WARN,
    )  # fmt: skip
    found = [
        message
        for message in checks.run_checks(include_deployment_checks=True)
        if not message.is_silenced() and message.id not in OF_THESE
    ]
    for message in found:
        state = FAULT if message.is_serious(checks.ERROR) else WARN
        first_sentence = " ".join(str(message.msg).split()).partition(". ")[0]
        yield Finding(str(message.id), state, first_sentence, str(message.hint or "see its manual"))
    if not found:
        yield Finding("check --deploy", OK, "nothing found")
