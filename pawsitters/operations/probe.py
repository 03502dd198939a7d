"""Can the database be reached right now? Asked over a fresh connection.

A pooled connection can outlive the path it was opened on, so each probe opens its own. It climbs
through layers (name, connect, handshake, sign-in, query), and the layer it stops at says what to
look at first. The application's driver has limits per step only; here one limit holds over all.

`probe` is quick and writes nothing: the gate and web processes use it. `full_probe` also writes,
compares the migrations and asks the witness; the sentinel runs it each second.
"""

import time

from django.db import connections

from pawsitters import clock
from pawsitters.operations.attempt import LIMIT_SECONDS, Attempt
from pawsitters.operations.judge import Stop, judge
from pawsitters.operations.verdicts import NAMED, SLOW_MS, Verdict
from pawsitters.operations.witness_client import WITNESS_SECONDS, Asking, ask

CONNECT_SECONDS = 0.5
REACH_SECONDS = 0.6  # until a question is answered
WRITE_SECONDS = 0.6  # from then on
AGAIN_SECONDS = 0.08  # for the witness, asked a second time

# Attempts that were given up but still hang, in getaddrinfo for instance. A few may pile up,
# so that a recovery is noticed at once; more would only fill the process with threads.
_unfinished: list[Attempt] = []
_UNFINISHED_MAX = 4


def probe(alias: str = "default", connect_seconds: float = LIMIT_SECONDS) -> Verdict:
    """Probe the database once, now. Takes at most LIMIT_SECONDS and a little.

    `connect_seconds` is for the network alone: who asks again and again need not wait for a
    packet that was dropped.
    """
    if _too_many_hang():
        return Verdict(_unfinished[-1].layer, "no answer", 0.0, clock.now())
    attempt = Attempt(connections[alias].settings_dict, connect_seconds)
    started = time.perf_counter()
    attempt.start()
    attempt.join(LIMIT_SECONDS)
    layer, detail, layers = _where_it_stands(attempt)
    return Verdict(layer, detail, _since(started), clock.now(), layers)


def full_probe(alias: str = "default") -> Verdict:
    """Climb all layers and name the cause: 0.7 s at most to reach the server, 0.6 s to write."""
    database = connections[alias].settings_dict
    if _too_many_hang():
        return _named(_unfinished[-1], _unfinished[-1].layer, "no answer", 0.0, (), Asking())
    attempt = Attempt(database, CONNECT_SECONDS, full=True)
    started = time.perf_counter()
    asking = Asking()
    attempt.start()
    attempt.join(REACH_SECONDS)
    if attempt.layer in ("write", "schema"):
        attempt.join(WRITE_SECONDS)
    if attempt.is_alive() and attempt.layer == "handshake" and asking.answer(0).answered:
        asking.testimony = ask(AGAIN_SECONDS)  # now that our connection may lie in the queue
    layer, detail, layers = _where_it_stands(attempt)
    return _named(attempt, layer, detail, started, layers, asking)


def _named(attempt, layer, detail, started, layers, asking) -> Verdict:
    took = _since(started) if started else 0.0
    left = WITNESS_SECONDS + 0.02 - took / 1000 if layer != "ok" else 0.0
    witness = asking.answer(left)
    if layer in ("ok", "file"):
        slow = layer == "ok" and took > SLOW_MS
        cause, finding = ("slow", _slowest(layers)) if slow else (layer, NAMED[layer])
    else:
        error = attempt.error if attempt.detail else None
        where = attempt.host if attempt.host.startswith("/") else f"{attempt.host}:{attempt.port}"
        cause, finding = judge(Stop(layer, error, where), witness)
    took = _since(started) if started else 0.0
    rules = witness.facts.get("rules")
    return Verdict(layer, detail, took, clock.now(), layers, cause, rules, finding)


def _slowest(layers) -> str:
    worst = max(layers, key=lambda layer: layer.took_ms or 0)
    return f"all answers come, but slowly ({worst.name} took {worst.took_ms:.0f} ms): {NAMED['slow'].partition(': ')[2]}"


def _where_it_stands(attempt: Attempt):
    """(layer, detail, layers) of an attempt that has ended or is now given up."""
    layer, detail = attempt.layer, attempt.detail
    if attempt.is_alive():
        layer = layer if layer != "ok" else "query"
        layers = attempt.layers(layer)
        _unfinished.append(attempt)
        attempt.give_up()
        return layer, "no answer", layers
    return layer, detail, attempt.layers(layer)


def _too_many_hang() -> bool:
    _unfinished[:] = [attempt for attempt in _unfinished if attempt.is_alive()]
    return len(_unfinished) >= _UNFINISHED_MAX


def _since(started: float) -> float:
    return (time.perf_counter() - started) * 1000
