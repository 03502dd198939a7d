"""What the witness tells, what it believes, and that nothing sent to it can stop it."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from pawsitters.operations.firewall import cli, sockets, state
from pawsitters.operations.firewall.witness import AT_ONCE, MOST_BYTES, Witness, mac

KEY = b"a key that both sides know"


@contextmanager
def witness(folder, database_port=1, key=KEY):
    listener = socket.create_server(("127.0.0.1", 0), backlog=32)
    Witness(listener, folder, key, database_port).start()
    try:
        yield listener.getsockname()
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()


def talk(address, line: bytes) -> bytes:
    with socket.create_connection(address, timeout=2) as connection:
        connection.sendall(line)
        with connection.makefile("rb") as answer:
            return answer.read()


def ask(address, question=None) -> dict:
    return json.loads(talk(address, json.dumps(question or {"ask": True}).encode() + b"\n"))


def heartbeat(key=KEY, **changed):
    beat = {"host": "web1", "n": 17, "took_ms": 9.1}
    return {"heartbeat": {**beat, **changed}, "mac": mac(beat, key)}


def test_a_database_that_listens_and_its_queue(tmp_path):
    with socket.create_server(("127.0.0.1", 0), backlog=7) as database:
        waiting = socket.create_connection(database.getsockname())
        with witness(tmp_path, database.getsockname()[1]) as address:
            seen = ask(address)
        waiting.close()

    assert seen == {
        "listens": True,
        "queue": 1,
        "backlog": 7,
        "stopped": False,
        "rules": None,
        "pending": None,
    }


def test_nothing_listens(tmp_path):
    with witness(tmp_path) as address:
        seen = ask(address)

    assert (seen["listens"], seen["stopped"]) == (False, None)


def test_a_database_for_its_own_host_alone_does_not_listen(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as database:
        told = Witness(None, tmp_path, KEY, database.getsockname()[1]).answer(
            b'{"ask": true}', "10.0.0.2"
        )

    assert told["listens"] is False


def test_a_stopped_server_is_told_apart(tmp_path):
    code = "import socket, time; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            with witness(tmp_path, int(server.stdout.readline())) as address:
                before = ask(address)["stopped"]
                os.kill(server.pid, signal.SIGSTOP)
                time.sleep(0.05)
                frozen = ask(address)
        finally:
            server.kill()

    assert before is False
    assert (frozen["listens"], frozen["stopped"]) == (True, True)


def test_the_last_change_and_a_pending_one(tmp_path):
    change = {
        "changed_at": "2024-08-12T14:00:00+00:00",
        "process": "nft",
        "pid": 7,
        "by": "outside",
    }
    state.write(tmp_path / "watch.json", {**change, "summary": "x" * 5000, "diff": "y" * 50_000})
    for name, applier in (("20240812-1", os.getpid()), ("20240811-9", 2**22 + 1)):
        (tmp_path / "pending" / name).mkdir(parents=True)
        (tmp_path / "pending" / name / "applier").write_text(str(applier))  # the second is dead
    with witness(tmp_path) as address:
        line = talk(address, b'{"ask": true}\n')

    seen = json.loads(line)
    assert len(line) <= MOST_BYTES
    assert {**seen["rules"], "summary": ""} == {**change, "summary": ""}
    assert seen["pending"] == "20240812-1"


def test_a_good_heartbeat_is_kept(tmp_path):
    with witness(tmp_path) as address:
        assert ask(address, heartbeat())["heartbeat"] == "taken"

    kept = state.read(tmp_path / "heartbeat.json")
    assert abs(kept.pop("received") - time.monotonic()) < 2
    assert kept == {"host": "web1", "n": 17, "took_ms": 9.1, "last": {"web1": 17}}


def test_a_heartbeat_that_was_caught_confirms_nothing_a_second_time(tmp_path):
    def beat(host, n):
        told = {"host": host, "n": n, "took_ms": 9.1}
        return {"heartbeat": told, "mac": mac(told, KEY)}

    with witness(tmp_path) as address:
        asked = [("web1", 5), ("web2", 3), ("web1", 6), ("web1", 5), ("web1", 6), ("web2", 4)]
        heard = [ask(address, beat(*each))["heartbeat"] for each in asked]
    with witness(tmp_path) as address:  # started again
        heard += [ask(address, beat(*each))["heartbeat"] for each in [("web1", 6), ("web1", 7)]]

    taken, refused = "taken", "refused"
    assert heard == [taken, taken, taken, refused, refused, taken, refused, taken]


@pytest.mark.parametrize(
    "forged",
    [
        heartbeat(key=b"another key"),
        heartbeat(n=18),
        {**heartbeat(), "mac": "\ud800" * 64},
        {**heartbeat(), "mac": None},
        {"heartbeat": 3, "mac": ""},
    ],
)
def test_a_forged_heartbeat_is_not_kept(tmp_path, forged):
    with witness(tmp_path) as address:
        assert ask(address, forged)["heartbeat"] == "refused"

    assert not (tmp_path / "heartbeat.json").exists()


def test_without_a_key_no_heartbeat_is_kept(tmp_path):
    with witness(tmp_path, key=b"") as address:
        assert ask(address, heartbeat(key=b""))["heartbeat"] == "refused"


@pytest.mark.parametrize(
    "garbage",
    [b"\n", b"\xff\xfe\n", b"[" * 3000 + b"\n", b"GET / HTTP/1.1\r\n", b'"ask"\n', b'{"ask": 1}\n'],
)
def test_garbage_is_answered_without_an_echo(tmp_path, garbage):
    with witness(tmp_path) as address:
        assert ask(address, None) == ask(address, None)
        assert json.loads(talk(address, garbage)) == {"error": "Ask with one line of JSON."}


def test_no_depth_of_brackets_ends_its_threads(tmp_path):
    """Some are just not too deep for reading, and then too deep for comparing the MAC."""
    with witness(tmp_path) as address:
        for depth in range(900, 1000):
            nested = b"[" * depth + b"]" * depth
            talk(address, b'{"heartbeat": {"host": %s}, "mac": ""}\n' % nested)

        assert "listens" in ask(address)


def test_silent_and_endless_callers_hold_nobody_up_for_long(tmp_path):
    with witness(tmp_path) as address:
        callers = [socket.create_connection(address) for _ in range(AT_ONCE * 2)]
        for caller in callers[::2]:
            caller.sendall(b"x" * 1000)
        started = time.monotonic()
        seen = ask(address)
        took = time.monotonic() - started
        for caller in callers:
            caller.close()

    assert "listens" in seen
    assert took < 1.5


def test_the_kernel_and_proc_agree_on_who_listens():
    families = [(socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::1")]
    for family, address in families:
        with socket.create_server((address, 0), family=family) as server:
            port = server.getsockname()[1]
            asked = sockets.listeners(port)
            name = "tcp" if family == socket.AF_INET else "tcp6"
            read = sockets._read(sockets.Path("/proc/net", name), port)

        assert [(found.address, found.inode) for found in asked] == [
            (found.address, found.inode) for found in read
        ]
        assert asked[0].address == address


def test_bad_arguments_are_one_sentence(tmp_path, capsys):
    assert cli.main(["witness", "--port", "99999"]) == 2
    assert cli.main(["witness", "--key-file", str(tmp_path / "none")]) == 2
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        assert cli.main(["witness", "--listen", "127.0.0.1", "--port", port]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 3
