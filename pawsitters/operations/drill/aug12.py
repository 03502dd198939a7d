"""12 August 2024 again: a routine security update of the firewall drops the web hosts' way to MySQL.

Visitors come before, during and after; a worker of gunicorn is killed in the middle, and a second
gunicorn starts from cold. The injector's own clock is the truth that everything is held against.
"""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from pawsitters.operations.drill import plan
from pawsitters.operations.drill.bookings import bookings, held_keys
from pawsitters.operations.drill.harness import COLD_PORT, WEB_PORT, World, ask
from pawsitters.operations.drill.namespaces import WEB
from pawsitters.operations.drill.watching import Results, Verdicts, Visitors, sleep_until, wait_for

ARRIVE_SECONDS, BEFORE_SECONDS, DROP_SECONDS, AFTER_SECONDS = 3, 4, 20, 6
KILL_AFTER, COLD_AFTER = 6, 11  # seconds into the outage
LAST_PATIENCE = 30
PATIENCE = 12  # for what should come after the revert in a second or five
UPDATE = f"""
table inet routine_security_update {{
  chain input {{
    type filter hook input priority -10
    ip saddr {WEB} tcp dport 3306 drop
  }}
}}
"""
BACK = "delete table inet routine_security_update"


@dataclass
class Story:
    """What happened; moments are monotonic seconds, None means: not in time."""

    results: Results
    cut_at: float
    back_at: float
    verdict: tuple[float, str, str] | None
    first_verdict: tuple[float, str, str] | None
    placed_at: float | None
    postmortem_at: float | None
    cold_seconds: float | None
    signed_in: int
    people: int
    record: dict[str, float] = field(default_factory=dict)  # event → its moment in the record
    bookings: dict[str, int] = field(default_factory=dict)  # key → rows in the database


def play(world: World, facts: dict, say: Callable[[str], None]) -> Story:
    verdicts = Verdicts(world.var / "sentinel.json")
    verdicts.start()
    say(f"{plan.EACH_SECOND} requests a second; {len(facts['people'])} people come and log in")
    seconds = BEFORE_SECONDS + DROP_SECONDS + PATIENCE + AFTER_SECONDS
    requests = plan.requests(facts, plan.assets(world.static), seconds, begin=ARRIVE_SECONDS)
    visitors = Visitors(world, facts, plan.arrivals(facts, ARRIVE_SECONDS) + requests)
    results = visitors.results
    sleep_until(results.started + ARRIVE_SECONDS + BEFORE_SECONDS)

    say(f"The firewall drops packets to port 3306, for {DROP_SECONDS} s")
    cut_at = time.monotonic()
    world.db.rules(UPDATE)
    sleep_until(cut_at + KILL_AFTER)
    say("A worker of gunicorn is killed")
    world.kill_a_worker()
    sleep_until(cut_at + COLD_AFTER)
    say("A second gunicorn starts from cold")
    cold_seconds = _cold_start(world)
    sleep_until(cut_at + DROP_SECONDS)

    say("The rule is taken back")
    back_at = time.monotonic()
    world.db.rules(BACK)
    placed_at, postmortem_at = _wait_for_both(
        lambda: _all_held_are_placed(world, results), lambda: _postmortem(world)
    )
    sleep_until(back_at + AFTER_SECONDS)
    visitors.go_home()
    verdicts.end()
    # What is late is told above; lost is only what never comes.
    wait_for(lambda: _all_held_are_placed(world, results), LAST_PATIENCE)

    return Story(
        results=results,
        cut_at=cut_at,
        back_at=back_at,
        verdict=verdicts.first(cut_at, lambda cause: cause == "firewall"),
        first_verdict=verdicts.first(cut_at, lambda cause: cause != "ok"),
        record=_record(world),
        placed_at=placed_at,
        postmortem_at=postmortem_at,
        cold_seconds=cold_seconds,
        signed_in=_signed_in(results.cookies),
        people=len(facts["people"]),
        bookings=bookings(world),
    )


def _wait_for_both(*conditions: Callable[[], bool]) -> list[float | None]:
    """The moment of each, looked at in turns."""
    moments: list[float | None] = [None] * len(conditions)

    def look() -> bool:
        for n, is_so in enumerate(conditions):
            if moments[n] is None and is_so():
                moments[n] = time.monotonic()
        return None not in moments

    wait_for(look, PATIENCE)
    return moments


def _cold_start(world: World) -> float | None:
    """Seconds from its start to the first page for visitors."""
    started = time.monotonic()
    world.start_gunicorn("cold", COLD_PORT, WEB_CONCURRENCY="1")
    ready_at = wait_for(lambda: ask(COLD_PORT, "/").status == 200, 8)
    world.stop("cold")
    return ready_at - started if ready_at else None


# --- what became of everything -------------------------------------------------------------
def _all_held_are_placed(world: World, results: Results) -> bool:
    return held_keys(results.read()) <= set(bookings(world))


def _record(world: World) -> dict[str, float]:
    """The first of each kind of event in the incident's record, on our own clock."""
    ahead = time.time() - time.monotonic()
    found: dict[str, float] = {}
    for file in sorted((world.var / "incidents").glob("*.jsonl")):
        for line in file.read_text().splitlines():
            event = json.loads(line)
            at = datetime.fromisoformat(event["at"]).timestamp() - ahead
            found.setdefault(event["event"], at)
    return found


def _postmortem(world: World) -> bool:
    return any((world.var / "incidents").glob("*.md"))


def _signed_in(cookies: list[dict]) -> int:
    """How many people see their own overview with what is in their browser now."""
    count = 0
    for jar in cookies:
        text = "; ".join(f"{name}={value}" for name, value in jar.items())
        count += ask(WEB_PORT, "/overview/", Cookie=text).status == 200
    return count
