"""The gate against a real server that freezes: nobody waits, and service returns by itself."""

import os
import socket
import threading
import time

import MySQLdb
import pytest
from django.db import connection, connections

from pawsitters import clock
from pawsitters.operations import gate as gate_module
from pawsitters.operations import health
from pawsitters.operations.gate import Gate
from pawsitters.operations.tests.servers import own_server
from pawsitters.operations.verdicts import Verdict

pytestmark = pytest.mark.mysql


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with own_server(tmp_path_factory.mktemp("var")) as server:
        yield server


@pytest.fixture
def gate(server, monkeypatch):
    """A gate in front of a server of its own; what it probes is that server too."""
    values = {**connections["default"].settings_dict, **server.settings, "NAME": "pawsitters"}
    monkeypatch.setattr(connections["default"], "settings_dict", values)
    monkeypatch.setitem(connections.settings, "default", values)
    monkeypatch.setattr(gate_module, "probe", lambda alias, limit: _ask(server))
    return Gate()


def _ask(server):
    class Answer:
        ok = False

    try:
        _connect(server).close()
        Answer.ok = True
    except MySQLdb.OperationalError:
        pass
    return Answer


def _connect(server):
    return MySQLdb.connect(
        host=server.settings["HOST"],
        port=int(server.settings["PORT"]),
        user=server.settings["USER"],
        password=server.settings["PASSWORD"],
        connect_timeout=1,
    )


def _refusal(gate, server) -> float:
    started = time.perf_counter()
    with pytest.raises(MySQLdb.OperationalError):
        gate.connect(lambda: _connect(server))
    return time.perf_counter() - started


def test_only_the_first_waits_for_a_frozen_server(gate, server):
    with server.frozen():
        first = _refusal(gate, server)
        later = max(_refusal(gate, server) for _ in range(50))
        assert gate.is_shut

    assert first < 1.5
    assert later < 0.05


def test_it_opens_by_itself_when_the_server_answers_again(gate, server):
    with server.frozen():
        _refusal(gate, server)
    until = time.monotonic() + 3
    while gate.is_shut and time.monotonic() < until:
        time.sleep(0.02)

    assert not gate.is_shut
    gate.connect(lambda: _connect(server)).close()


def test_what_waited_for_the_opening_is_called_also_after_an_error(gate, server, monkeypatch):
    called = threading.Event()
    monkeypatch.setattr(gate_module, "_after", [])
    gate_module.on_open(lambda: 1 / 0)
    gate_module.on_open(lambda: gate.is_shut or called.set())
    with server.frozen():
        _refusal(gate, server)

    assert called.wait(3)


def test_of_a_crowd_that_comes_at_once_only_four_wait(gate, server):
    waits = []
    with server.frozen():
        crowd = [
            threading.Thread(target=lambda: waits.append(_refusal(gate, server))) for _ in range(20)
        ]
        for thread in crowd:
            thread.start()
        for thread in crowd:
            thread.join()

    assert sum(wait > 0.5 for wait in waits) <= gate_module.AT_ONCE
    assert max(waits) < 1.6


def test_a_wrong_password_does_not_shut_it(gate, server, monkeypatch):
    monkeypatch.setitem(server.settings, "PASSWORD", "wrong")

    _refusal(gate, server)

    assert not gate.is_shut


def test_a_process_that_starts_during_an_outage_does_not_try_first(
    gate, server, settings, tmp_path
):
    settings.VAR_DIR = tmp_path
    cut_off = Verdict("connect", "no answer", 500.0, clock.now())
    (tmp_path / health.SENTINEL_FILE).write_text(cut_off.to_json())

    with pytest.raises(MySQLdb.OperationalError, match="away"):
        gate.connect(lambda: pytest.fail("tried"))

    assert gate.is_shut


@pytest.mark.django_db
def test_every_connection_notices_a_vanished_peer():
    connection.ensure_connection()
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as peer:
        assert peer.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 500
        assert peer.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE) == 1
