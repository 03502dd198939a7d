"""Places what was held, once the database answers: in order for each person, one replayer a machine.

Three things start it: a gate that opens, a request that was held although no gate is shut (cut in the
middle, or a server that only reads), and the worker's rounds. It stops at the first sign that the
database is away again; nothing is lost or done twice if it is killed, because a row stays as it is
until what it asked for is committed, and the form's own key makes doing it again harmless.
"""

import logging
import threading
from collections import Counter
from datetime import timedelta

from django.db import Error, close_old_connections, connections

from pawsitters import clock
from pawsitters.operations import hooks, outbox
from pawsitters.operations.counters import count
from pawsitters.operations.gate import gate_of, is_away, is_read_only, root_of
from pawsitters.operations.outbox import Item

log = logging.getLogger(__name__)

MOST_TRIES = 5
PAUSE_SECONDS = 1.0  # between two looks while something waits
WAIT_SECONDS = 30.0  # for another replayer of this machine, which may be about to end


class Away(Exception):
    """The database does not answer, or takes no writes: later."""


def replay(wait_seconds: float = 0) -> Counter[str]:
    """Place all that is due; return how many were placed, refused, postponed and given up."""
    done: Counter[str] = Counter()
    if not outbox.depth():
        return done
    with outbox.only_one(wait_seconds) as is_mine:
        try:
            while is_mine and (item := outbox.next_due()):
                done[_settle(item)] += 1
        except Away as error:
            log.info("held requests go on waiting: %s", error)
    if done:
        outbox.empty_the_log()
        log.info("held requests: %s", ", ".join(f"{n} {what}" for what, n in done.items()))
    outbox.forget_old()
    return done


def _settle(item: Item) -> str:
    form = hooks.held_form(item.form)
    try:
        try:
            path = form.place(item.held)
        except hooks.NotPlaced as refusal:
            return refuse(item, str(refusal))
    except Exception as error:
        cause = root_of(error)
        if is_away(cause) or is_read_only(cause):
            raise Away(cause) from error
        return _failed(item, error)
    outbox.placed(item, path)
    count("requests_replayed")
    return "placed"


def refuse(item: Item, reason: str) -> str:
    """Not placed, and the person reads why. Also for staff, who give a reason of their own."""
    hooks.held_form(item.form).tell(item.held, item.title, reason)
    outbox.refused(item, reason)
    count("requests_conflicted")
    return "refused"


def _failed(item: Item, error: Exception) -> str:
    """Not the database and no guard: a mistake of ours, or a row that cannot be understood."""
    log.exception("held request %s, try %d", item.reference, item.tries + 1)
    words = f"{type(error).__name__}: {error}"
    if item.tries + 1 >= MOST_TRIES:
        outbox.dead(item, words)
        count("requests_dead")
        return "given up"
    pause = timedelta(seconds=2**item.tries)
    outbox.postponed(item, words, clock.now() + pause)
    return "postponed"


# --- In the web processes --------------------------------------------------------------------
_thread: threading.Thread | None = None
_lock = threading.Lock()


def wake() -> None:
    """See to it that a thread of this process replays until nothing waits or the gate is shut."""
    global _thread
    with _lock:
        # A thread does not survive a fork, but the variable does.
        if _thread is None or not _thread.is_alive():
            _thread = threading.Thread(target=_until_empty, name="held-requests", daemon=True)
            _thread.start()


def _until_empty() -> None:
    pause = threading.Event()
    try:
        while outbox.depth() and not gate_of().is_shut:
            close_old_connections()
            replay(WAIT_SECONDS)
            if outbox.depth():
                pause.wait(PAUSE_SECONDS)
    except Error as error:
        log.warning("held requests go on waiting: %s", error)
    except Exception:
        log.exception("held requests go on waiting for the worker")
    finally:
        connections.close_all()
