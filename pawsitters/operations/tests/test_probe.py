"""The probe against servers that refuse, hang, lie and freeze."""

import socket
import threading
import time
from contextlib import contextmanager

import pymysql
import pytest
from django.db import connections
from django.test import Client

from pawsitters.operations import health
from pawsitters.operations import probe as probe_module
from pawsitters.operations.probe import probe
from pawsitters.operations.tests.servers import own_server

BUDGET_SECONDS = 1.5


@pytest.fixture
def database(monkeypatch):
    """Settings of a server on 127.0.0.1 that tests may point elsewhere."""
    values = {
        **connections["default"].settings_dict,
        "ENGINE": "django.db.backends.mysql",
        "HOST": "127.0.0.1",
        "PORT": "1",
        "USER": "somebody",
        "PASSWORD": "secret",
        "NAME": "pawsitters",
    }
    monkeypatch.setitem(connections.settings, "default", values)
    monkeypatch.setattr(probe_module, "_unfinished", [])
    health.watch.forget()
    yield values
    health.watch.forget()


@contextmanager
def listening(*, answer: bytes | None = None, every: float = 0):
    """A TCP server that says nothing, or `answer` byte by byte with a pause of `every` seconds."""
    server = socket.create_server(("127.0.0.1", 0), backlog=8)

    def talk():
        taken = []
        try:
            while True:
                connection, _ = server.accept()
                taken.append(connection)
                for byte in answer or b"":
                    connection.sendall(bytes([byte]))
                    time.sleep(every)
        except OSError:
            for connection in taken:
                connection.close()

    threading.Thread(target=talk, daemon=True).start()
    try:
        yield str(server.getsockname()[1])
    finally:
        server.shutdown(socket.SHUT_RDWR)
        server.close()


def timed(call):
    started = time.perf_counter()
    result = call()
    return result, time.perf_counter() - started


@pytest.mark.django_db
def test_a_healthy_database_answers():
    verdict = probe()

    assert verdict.ok
    assert verdict.detail == ""


def test_a_missing_sqlite_file_is_named(monkeypatch, tmp_path):
    missing = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "none.sqlite3"}
    monkeypatch.setitem(connections.settings, "default", missing)

    assert probe().layer == "file"
    assert not (tmp_path / "none.sqlite3").exists()


def test_a_damaged_sqlite_file_is_named(monkeypatch, tmp_path):
    (tmp_path / "bad.sqlite3").write_bytes(b"no database" * 1000)
    damaged = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path / "bad.sqlite3"}
    monkeypatch.setitem(connections.settings, "default", damaged)

    assert probe().layer == "file"


def test_a_stopped_server_refuses(database):
    verdict, seconds = timed(probe)

    assert (verdict.layer, verdict.detail) == ("connect", "refused")
    assert seconds < BUDGET_SECONDS


def test_an_unknown_name(database):
    database["HOST"] = "database.invalid"

    verdict, seconds = timed(probe)

    assert verdict.layer == "name"
    assert seconds < BUDGET_SECONDS


def test_a_resolver_that_never_answers(database, monkeypatch):
    hang = threading.Event()
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: hang.wait(5) and [])

    verdicts = [timed(probe) for _ in range(2)]
    hang.set()

    assert {verdict.layer for verdict, _ in verdicts} == {"name"}
    assert max(seconds for _, seconds in verdicts) < BUDGET_SECONDS


def test_a_silent_server(database):
    with listening() as database["PORT"]:
        verdict, seconds = timed(probe)

    assert verdict.layer == "handshake"
    assert seconds < BUDGET_SECONDS


def test_a_server_that_drips_bytes_for_ever(database):
    with listening(answer=b"\x50\x00\x00\x00" + b"\x0a" * 100, every=0.3) as database["PORT"]:
        verdict, seconds = timed(probe)

    assert verdict.layer == "handshake"
    assert seconds < BUDGET_SECONDS


def test_something_else_that_listens(database):
    with listening(answer=b"HTTP/1.1 400 Bad Request\r\n\r\n") as database["PORT"]:
        verdict, seconds = timed(probe)

    assert verdict.layer == "handshake"
    assert seconds < BUDGET_SECONDS


def test_the_queue_of_new_connections_is_full(database):
    server = socket.socket()
    server.bind(("127.0.0.1", 0))
    server.listen(0)
    database["PORT"] = str(server.getsockname()[1])
    waiting = []
    for _ in range(8):  # as many as the queue takes, and more
        connection = socket.socket()
        connection.setblocking(False)
        connection.connect_ex(server.getsockname())
        waiting.append(connection)

    verdict, seconds = timed(probe)

    assert verdict.layer in ("connect", "handshake")
    assert seconds < BUDGET_SECONDS
    for connection in [server, *waiting]:
        connection.close()


@pytest.mark.parametrize(("path", "code"), [("/readyz", 200), ("/healthz", 503), ("/status/", 503)])
def test_pages_answer_in_time_while_the_server_is_silent(database, path, code):
    client = Client(headers={"host": "127.0.0.1"})
    client.get("/livez")  # loads the site, which a running server has done long ago
    with listening() as database["PORT"]:
        response, seconds = timed(lambda: client.get(path))

    assert response.status_code == code
    assert seconds < BUDGET_SECONDS
    assert "secret" not in response.text
    assert "somebody" not in response.text


def test_requests_during_a_probe_do_not_wait_one_after_another(database):
    watch = health.Watch(keep_seconds=0)
    with listening() as database["PORT"]:
        started = time.perf_counter()
        crowd = [threading.Thread(target=watch.verdict) for _ in range(12)]
        for thread in crowd:
            thread.start()
        watch.verdict()
        for thread in crowd:
            thread.join()

    # All may wait for the first verdict; none for a second or third.
    assert time.perf_counter() - started < 2 * BUDGET_SECONDS


# --- A real server -----------------------------------------------------------------------------
@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with own_server(tmp_path_factory.mktemp("var")) as server:
        yield server


@pytest.fixture
def real(database, server):
    database.update(server.settings)
    return database


@pytest.mark.mysql
def test_real_server_answers(real):
    assert probe().ok


@pytest.mark.mysql
def test_wrong_password_is_a_matter_of_signing_in(real):
    real["PASSWORD"] = "wrong"

    assert (probe().layer, probe().detail) == ("sign-in", "error 1045")


@pytest.mark.mysql
def test_missing_database_is_a_matter_of_signing_in(real):
    real["NAME"] = "elsewhere"

    assert (probe().layer, probe().detail) == ("sign-in", "error 1049")


@pytest.mark.mysql
def test_probes_leave_no_aborted_connections(real):
    def aborted():
        connection = pymysql.connect(
            host="127.0.0.1", port=int(real["PORT"]), user=real["USER"], password=real["PASSWORD"]
        )
        with connection, connection.cursor() as cursor:
            cursor.execute("SHOW GLOBAL STATUS LIKE 'Aborted_c%'")
            return cursor.fetchall()

    before = aborted()
    for _ in range(20):
        assert probe().ok

    assert aborted() == before


@pytest.mark.mysql
def test_frozen_server_and_its_recovery(real, server):
    client = Client(headers={"host": "127.0.0.1"})
    client.get("/livez")  # loads the site
    with server.frozen():
        verdict, seconds = timed(probe)
        response, page_seconds = timed(lambda: client.get("/status/"))

    assert verdict.layer == "handshake"
    assert max(seconds, page_seconds) < BUDGET_SECONDS
    assert response.status_code == 503
    time.sleep(health.OLD_SECONDS)
    assert client.get("/healthz").status_code == 200
