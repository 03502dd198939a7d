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
from pawsitters.operations.own_rules import own_rule
from pawsitters.operations.verdicts import NAMED, SLOW_MS, Verdict
from pawsitters.operations.witness_client import WITNESS_SECONDS, Asking, ask

CONNECT_SECONDS = 0.5
REACH_SECONDS = 0.6  # until a question is answered
WRITE_SECONDS = 0.6  # from then on
AGAIN_SECONDS = 0.08  # for the witness, asked a second time

# Attempts that were given up but still hang, in getaddrinfo for instance. Some may pile up,
# so that a recovery is noticed at once; more would only fill the process with threads.
_unfinished: list[Attempt] = []
_UNFINISHED_MAX = 12


def probe(alias: str = "default", connect_seconds: float = LIMIT_SECONDS) -> Verdict:
    """Probe the database once, now. Takes at most LIMIT_SECONDS and a little.

    `connect_seconds` is for the network alone: who asks again and again need not wait for a
    packet that was dropped.
    """
    if _too_many_hang():
        return Verdict(_unfinished[-1].layer, "no answer", 0.0, clock.now())
    attempt = Attempt(connections.settings[alias], connect_seconds)
    started = time.perf_counter()
    attempt.start()
    attempt.join(LIMIT_SECONDS)
    layer, detail, layers = _where_it_stands(attempt)
    return Verdict(layer, detail, _since(started), clock.now(), layers)


def full_probe(alias: str = "default") -> Verdict:
    """Climb all layers and name the cause: 0.7 s at most to reach the server, 0.6 s to write."""
    attempt = Attempt(connections.settings[alias], CONNECT_SECONDS, full=True)
    started = time.perf_counter()
    asking = Asking()
    if _too_many_hang():
        layer, detail, layers = _unfinished[-1].layer, "no answer", ()
    else:
        attempt.start()
        attempt.join(REACH_SECONDS)
        if attempt.layer in ("write", "schema"):
            attempt.join(WRITE_SECONDS)
        if attempt.is_alive() and attempt.layer == "handshake" and asking.answer(0).answered:
            asking.word = ask(AGAIN_SECONDS)  # now that we may be waiting in the queue
        layer, detail, layers = _where_it_stands(attempt)
    left = WITNESS_SECONDS + 0.02 - _since(started) / 1000
    witness = asking.answer(0.02 if layer == "ok" else left)
    took = _since(started)
    if layer == "ok" and took > SLOW_MS:
        cause, finding = "slow", _slowest(layers)
    elif layer in ("ok", "file"):
        cause, finding = layer, NAMED[layer]
    else:
        cause, finding = judge(_stop(attempt, layer, detail), witness)
    rules = witness.facts.get("rules")
    return Verdict(layer, detail, _since(started), clock.now(), layers, cause, rules, finding)


def _stop(attempt: Attempt, layer: str, detail: str) -> Stop:
    error = attempt.error if detail != "no answer" or layer == "connect" else None
    where = attempt.host
    rule = ""
    if not where.startswith("/"):
        where = f"{attempt.host}:{attempt.port}"
        if layer == "connect" and getattr(error, "address", ""):
            rule = own_rule(error.address, attempt.port)
    return Stop(layer, error, where, rule)


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
