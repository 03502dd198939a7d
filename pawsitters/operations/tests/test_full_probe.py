"""Each fault of a real server gets its name, quickly; the healthy one is left as it was."""

import os
import signal
import socket
import time
from contextlib import closing, contextmanager

import pymysql
import pytest
from django.db import connections

from pawsitters.operations import probe as probe_module
from pawsitters.operations.attempt import migrations_on_disk
from pawsitters.operations.probe import full_probe
from pawsitters.operations.tests.servers import own_server
from pawsitters.operations.verdicts import LAYERS

pytestmark = pytest.mark.mysql
BUDGET_MS = 900  # 0.7 s, and some for a busy machine

TABLES = [
    "CREATE TABLE django_migrations (app VARCHAR(255), name VARCHAR(255))",
    "CREATE TABLE operations_heartbeat (host VARCHAR(255) PRIMARY KEY, beat_at DATETIME(6))",
    "CREATE USER guest@'127.0.0.1' IDENTIFIED BY 'guest'",
    "GRANT ALL ON pawsitters.* TO guest@'127.0.0.1'",
]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with own_server(tmp_path_factory.mktemp("var")) as server, _signed_in(server) as run:
        for statement in TABLES:  # what `migrate` makes of the parts that the probe touches
            run(statement)
        for app, name in migrations_on_disk():
            run(f"INSERT INTO django_migrations VALUES ('{app}', '{name}')")
        yield server


@pytest.fixture
def database(monkeypatch, server):
    """The settings by which the site finds that server; tests may change them."""
    values = {**connections["default"].settings_dict, **server.settings, "NAME": "pawsitters"}
    values["ENGINE"] = "django.db.backends.mysql"
    monkeypatch.setitem(connections.settings, "default", values)
    monkeypatch.setattr(probe_module, "_unfinished", [])
    return values


@pytest.fixture
def run(server):
    """Runs a statement on a connection of the administrator and returns its rows."""
    with _signed_in(server) as run:
        yield run


@contextmanager
def _signed_in(server):
    with closing(_connect(server)) as connection, connection.cursor() as cursor:

        def run(statement):
            cursor.execute(statement)
            return cursor.fetchall()

        yield run


def _connect(server):
    return pymysql.connect(
        host="127.0.0.1",
        port=int(server.settings["PORT"]),
        user=server.settings["USER"],
        password=server.settings["PASSWORD"],
        database="pawsitters",
        autocommit=True,
    )


def _expect(layer, cause):
    verdict = full_probe()
    assert (verdict.layer, verdict.cause) == (layer, cause)
    assert verdict.took_ms < BUDGET_MS
    return verdict


def test_all_layers_of_a_healthy_server(database):
    verdict = _expect("ok", "ok")

    assert [layer.name for layer in verdict.layers] == list(LAYERS)
    assert all(layer.ok and layer.took_ms >= 0 for layer in verdict.layers)


def test_a_probe_leaves_one_row_and_no_aborted_connection(database, run):
    before = run("SHOW GLOBAL STATUS LIKE 'Aborted%'")

    assert all(full_probe().ok for _ in range(200))

    assert run("SHOW GLOBAL STATUS LIKE 'Aborted%'") == before
    assert [host for (host,) in run("SELECT host FROM operations_heartbeat")] == [
        socket.gethostname()
    ]


def test_layers_that_were_not_reached_are_left_open(database):
    database["PASSWORD"] = "wrong"

    verdict = _expect("sign-in", "sign-in")

    assert [layer.ok for layer in verdict.layers] == [True, True, True, False, None, None, None]


def test_a_frozen_server(database, server):
    with server.frozen():
        _expect("handshake", "server-frozen")
    time.sleep(0.1)


def test_a_stopped_server(database):
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        database["PORT"] = str(other.getsockname()[1])

    _expect("connect", "refused")  # without a witness it could also be a firewall


def test_all_connections_are_taken(database, server, run):
    taken = []
    run("SET GLOBAL max_connections = 10")
    try:
        with pytest.raises(pymysql.err.OperationalError):
            taken.extend(iter(lambda: _connect(server), None))
        _expect("handshake", "overload")
    finally:
        for connection in taken:
            connection.close()
        run("SET GLOBAL max_connections = 600")


def test_a_server_that_takes_no_writes(database, run):
    database.update(USER="guest", PASSWORD="guest")  # whom read_only concerns
    run("SET GLOBAL read_only = 1")
    try:
        verdict = _expect("write", "read-only")
    finally:
        run("SET GLOBAL read_only = 0")

    assert str(verdict.sentence) == "The database can be read, but nothing can be saved."


def test_a_missing_table_and_a_migration_that_has_not_run(database, run):
    run("RENAME TABLE operations_heartbeat TO elsewhere")
    try:
        _expect("write", "schema")
    finally:
        run("RENAME TABLE elsewhere TO operations_heartbeat")
    run("DELETE FROM django_migrations WHERE app = 'operations'")
    verdict = _expect("schema", "schema")
    run("INSERT INTO django_migrations VALUES ('operations', '0001_heartbeat')")

    assert verdict.detail == "operations.0001_heartbeat not run"


@pytest.mark.parametrize(
    ("lock", "unlock"),
    [
        ("SELECT * FROM operations_heartbeat FOR UPDATE", "ROLLBACK"),
        ("LOCK TABLES operations_heartbeat WRITE", "UNLOCK TABLES"),
        ("FLUSH TABLES WITH READ LOCK", "UNLOCK TABLES"),
    ],
)
def test_locks_are_named_at_once(database, run, lock, unlock):
    assert full_probe().ok  # so that there is a row
    run("SET autocommit = 0")
    run(lock)
    try:
        _expect("write", "locked")
    finally:
        run(unlock)


def test_a_slow_write_is_ended_by_its_own_limit(database, run):
    run(
        "CREATE TRIGGER slow BEFORE UPDATE ON operations_heartbeat "
        "FOR EACH ROW SET NEW.beat_at = IF(SLEEP(3), NULL, NEW.beat_at)"
    )
    try:
        verdict = full_probe()
    finally:
        run("DROP TRIGGER slow")

    assert (verdict.layer, verdict.cause) == ("write", "slow")
    assert verdict.took_ms < 1300


def test_a_server_that_ends_while_it_is_asked(database, server):
    os.kill(server.pid, signal.SIGTERM)  # the last test, for it does not come back
    deadline = time.monotonic() + 10
    while full_probe().ok and time.monotonic() < deadline:
        time.sleep(0.05)

    assert full_probe().cause in ("refused", "server-stopped", "handshake", "server-frozen")
