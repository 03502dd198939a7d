"""The sentinel's heartbeats as the witness on the database host takes them."""

import json
import socket
import time

import pytest

from pawsitters.operations.firewall.witness import Witness
from pawsitters.operations.heartbeat import Heart

KEY = "shared-by-both"


@pytest.fixture
def witness(tmp_path, settings):
    """Listens; where it keeps what it has heard."""
    listener = socket.create_server(("127.0.0.1", 0))
    settings.WITNESS = f"127.0.0.1:{listener.getsockname()[1]}"
    settings.WITNESS_KEY = KEY
    Witness(listener, tmp_path, KEY.encode(), 3306).start()
    yield tmp_path / "heartbeat.json"
    listener.close()


def beat(heart, took_ms=9.12):
    heart.beat(took_ms)
    if heart._thread:
        heart._thread.join()


def test_one_is_taken_and_says_who_and_how_many(witness):
    heart = Heart()
    beat(heart)
    beat(heart)

    kept = json.loads(witness.read_text())
    assert (kept["host"], kept["n"], kept["took_ms"]) == (heart.host, 2, 9.1)
    assert abs(kept["received"] - time.monotonic()) < 5


def test_one_with_another_key_is_not_believed(witness, settings):
    settings.WITNESS_KEY = "guessed"
    beat(Heart())

    assert not witness.exists()


def test_without_a_key_none_is_sent(witness, settings):
    settings.WITNESS_KEY = ""
    beat(Heart())

    assert not witness.exists()


def test_a_witness_that_is_silent_holds_nothing_up(settings):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings.WITNESS, settings.WITNESS_KEY = f"127.0.0.1:{silent.getsockname()[1]}", KEY
        heart = Heart()
        started = time.perf_counter()
        heart.beat(9)
        heart.beat(9)

        assert time.perf_counter() - started < 0.2
        heart._thread.join(2)
        assert not heart._thread.is_alive()
