"""The probe hears the witness, and is never held up by one."""

import json
import socket
import threading
import time
from contextlib import closing, contextmanager

import pytest
from django.db import connections

from pawsitters import clock
from pawsitters.operations import witness_client
from pawsitters.operations.firewall.tests.test_witness import witness
from pawsitters.operations.probe import full_probe
from pawsitters.operations.witness_client import Asking, ask


@contextmanager
def answering(line: bytes, after: float = 0):
    """A witness that says `line` to each who asks."""
    listener = socket.create_server(("127.0.0.1", 0))

    def talk():
        try:
            while True:
                connection, _ = listener.accept()
                with connection:
                    connection.recv(100)
                    time.sleep(after)
                    connection.sendall(line)
        except OSError:
            pass

    threading.Thread(target=talk, daemon=True).start()
    try:
        yield f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


@pytest.fixture
def free_port():
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        return other.getsockname()[1]


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (b'{"listens": true}\n', "answered"),
        (b"no JSON\n", "refused"),
        (b"[1]\n", "refused"),
        (b"\xff\xfe\n", "refused"),
        (b"", "refused"),
        (b"[" * 200_000 + b"\n", "refused"),
    ],
)
def test_what_is_no_testimony_counts_as_none(settings, line, state):
    with answering(line) as settings.WITNESS:
        word = ask()

    assert word.state == state
    assert word.listens == (state == "answered")


CHANGE = {"changed_at": "2024-08-12T14:00:00+00:00", "process": "nft", "pid": 7, "by": "outside"}


@pytest.mark.parametrize(
    ("said", "rules"),
    [
        # Others' words must not become other fields of the record, nor steer a terminal.
        (
            {**CHANGE, "summary": "a\x1b[2Jb\nc", "self": 1, "up": "x", "at": 0},
            {**CHANGE, "summary": "a [2Jb c"},
        ),
        (
            {**CHANGE, "summary": "x" * 90_000, "pid": "7"},
            {**CHANGE, "summary": "x" * 600, "pid": None},
        ),
        ({**CHANGE, "changed_at": "0001-01-01T00:00:00+14:00"}, None),
        ({"changed_at": 7}, None),
        ("nft", None),
    ],
)
def test_of_a_change_only_what_one_may_say_is_heard(settings, said, rules):
    line = json.dumps({"listens": "yes", "queue": "a", "backlog": [1], "rules": said}) + "\n"
    with answering(line.encode()) as settings.WITNESS:
        word = ask()

    assert word.facts["rules"] == rules
    assert (word.listens, word.is_frozen, word.queue) == (False, False, "0 of 0")


def test_without_one_and_with_nobody_there(settings, free_port):
    settings.WITNESS = ""
    assert ask().state == "none"
    settings.WITNESS = f"127.0.0.1:{free_port}"
    assert ask().state == "refused"


def test_only_one_that_has_answered_before_makes_silence_a_matter_of_the_network(
    settings, monkeypatch
):
    def times_out(*_):
        raise TimeoutError

    monkeypatch.setattr(witness_client, "_heard", threading.Event())
    with answering(b"{}\n") as settings.WITNESS:
        with monkeypatch.context() as cut_off:
            cut_off.setattr(socket, "create_connection", times_out)
            before = ask()
        ask()
        monkeypatch.setattr(socket, "create_connection", times_out)
        after = ask()

    assert (before.state, after.state) == ("never", "silent")


def test_one_that_hangs_holds_nobody_up_and_fills_no_process(settings, monkeypatch):
    monkeypatch.setattr(Asking, "hanging", [])
    with answering(b"{}\n", after=1) as settings.WITNESS:
        started = time.perf_counter()
        words = [Asking().answer(0.02) for _ in range(12)]

        assert time.perf_counter() - started < 0.6
        assert {word.state for word in words} <= {"silent", "never"}
        assert len(Asking.hanging) <= Asking.most_hanging


@pytest.fixture
def database(monkeypatch, free_port):
    """Settings of a server that is not there."""
    values = {**connections["default"].settings_dict, "ENGINE": "django.db.backends.mysql",
              "HOST": "127.0.0.1", "PORT": str(free_port), "USER": "x", "PASSWORD": "x"}  # fmt: skip
    monkeypatch.setitem(connections.settings, "default", values)
    return values


def test_a_real_witness_makes_a_stopped_server_of_a_refusal(database, settings, tmp_path):
    change = {"changed_at": clock.now().isoformat(), "process": "nft", "pid": 4711, "by": "outside"}
    (tmp_path / "watch.json").write_text(json.dumps(change))
    with witness(tmp_path, database_port=int(database["PORT"])) as (host, port):
        settings.WITNESS = f"{host}:{port}"
        verdict = full_probe()

    assert (verdict.layer, verdict.cause) == ("connect", "server-stopped")
    assert verdict.rule_change["pid"] == 4711
    assert "pid 4711" in verdict.change


def test_the_same_refusal_while_the_server_listens_is_a_firewall(database, settings):
    facts = {"listens": True, "queue": 0, "backlog": 50, "stopped": False, "rules": None}
    with answering(json.dumps(facts).encode() + b"\n") as settings.WITNESS:
        assert full_probe().cause == "firewall"


def test_addresses_of_both_kinds():
    for text, host, port in (("db:3308", "db", 3308), ("[::1]:3308", "::1", 3308)):
        assert witness_client.address_of(text) == (host, port)
