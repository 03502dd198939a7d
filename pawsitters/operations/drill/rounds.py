"""One fault after the other on the same site: is each named rightly, do pages stay up, does it end?"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from pawsitters.operations.drill import plan
from pawsitters.operations.drill.bookings import bookings, held_keys, received_keys
from pawsitters.operations.drill.faults import Fault
from pawsitters.operations.drill.harness import World
from pawsitters.operations.drill.watching import Results, Verdicts, Visitors, sleep_until, wait_for

EACH_SECOND, PEOPLE = 20, 24
ARRIVE_SECONDS, BEFORE_SECONDS, AFTER_SECONDS = 1.5, 1.0, 2.5
FAULT_SECONDS = 5.0  # at least, also when it is named at once
NAME_SECONDS, RESTORE_SECONDS = 8, 12  # patience, not bounds
NAMED_BOUND, RESTORED_BOUND, USEFUL_BOUND = 2.5, 3.0, 99.0


@dataclass(frozen=True)
class Round:
    """What became of one fault. Times are seconds after it began or ended; None: not at all."""

    fault: Fault
    cause: str
    sentence: str
    others: tuple[str, ...]  # causes that were told before or after the right one
    named_after: float | None
    restored_after: float | None
    pages: int
    useful: int
    errors: int  # 5xx on public pages
    held: int
    lost: int  # received requests without a booking, or with two
    slowest_ms: float

    @property
    def wrong(self) -> list[str]:
        """What was not as it should be; empty if all was."""
        found = []
        if self.named_after is None:
            found.append("not named")
        elif self.named_after > NAMED_BOUND:
            found.append("named late")
        if self.restored_after is None or self.restored_after > RESTORED_BOUND:
            found.append("restored late")
        if self.errors:
            found.append(f"{self.errors} × 5xx")
        if self.lost:
            found.append(f"{self.lost} requests lost or doubled")
        if self.useful < self.pages * USEFUL_BOUND / 100:
            found.append("pages lost")
        return found


def play(
    world: World,
    facts: dict,
    faults: Iterable[Fault],
    announce: Callable[[Fault], None],
    hold: float = FAULT_SECONDS,
) -> Iterator[Round]:
    """One for each fault, which lasts `hold` seconds. Raise RuntimeError if the site is not well
    before it."""
    verdicts = Verdicts(world.var / "sentinel.json")
    verdicts.start()
    for seed, fault in enumerate(faults):
        if not wait_for(lambda: verdicts.now() == "ok", 20):
            raise RuntimeError(f"The site is not well before “{fault.name}”: {verdicts.now()}.")
        announce(fault)
        yield _play_one(world, facts, fault, verdicts, seed, hold)
    verdicts.end()


def _play_one(
    world: World, facts: dict, fault: Fault, verdicts: Verdicts, seed: int, hold: float
) -> Round:
    few = {**facts, "people": facts["people"][:PEOPLE]}
    before = ARRIVE_SECONDS + BEFORE_SECONDS
    longest = BEFORE_SECONDS + NAME_SECONDS + RESTORE_SECONDS + hold + AFTER_SECONDS
    assets = plan.assets(world.static)
    requests = plan.requests(
        few, assets, longest, begin=ARRIVE_SECONDS, each_second=EACH_SECOND, seed=100 + seed
    )
    visitors = Visitors(world, few, plan.arrivals(few, ARRIVE_SECONDS) + requests)
    sleep_until(visitors.started + before)
    began = time.monotonic()
    with fault.inject(world):
        wait_for(lambda: verdicts.first(began, lambda cause: cause in fault.causes), NAME_SECONDS)
        sleep_until(began + hold)
        told = [one for one in list(verdicts.seen) if one[0] >= began]
        ending = time.monotonic()
    # What takes long to undo (a server that starts) is not counted as ours.
    ended = time.monotonic() if fault.name == "stopped" else ending
    restored_at = _restored(visitors.results, verdicts, ended)
    sleep_until(time.monotonic() + AFTER_SECONDS)
    results = visitors.go_home()
    wait_for(lambda: not held_keys(results.lines) - set(bookings(world)), RESTORE_SECONDS)
    restored = restored_at and restored_at - ended
    return _round(fault, results, told, began, restored, bookings(world))


def _restored(results: Results, verdicts: Verdicts, ended: float) -> float | None:
    """When both was so: the sentinel says ok, and a visitor had a page made with the database."""

    def is_well() -> bool:
        return verdicts.now() == "ok" and any(
            results.started + one["at"] > ended and one.get("is_useful") and not one["is_kept"]
            for one in results.read()
            if one["kind"] == "public"
        )

    return wait_for(is_well, RESTORE_SECONDS)


def _round(fault, results: Results, told: list, began: float, restored, booked: dict) -> Round:
    received = received_keys(results.lines)
    pages = [one for one in results.lines if one["kind"] in ("public", "static")]
    right = [one for one in told if one[1] in fault.causes]
    shown = right[0] if right else (told[-1] if told else None)
    return Round(
        fault=fault,
        cause=shown[1] if shown else "ok",
        sentence=shown[2] if shown else "",
        others=tuple(dict.fromkeys(one[1] for one in told if one[1] not in fault.causes)),
        named_after=right[0][0] - began if right else None,
        restored_after=restored,
        pages=len(pages),
        useful=sum(one.get("is_useful", False) for one in pages),
        errors=sum(one.get("status", 0) >= 500 for one in pages),
        held=len(held_keys(results.lines)),
        lost=sum(booked.get(key) != 1 for key in received),
        slowest_ms=max((one["took_ms"] for one in results.lines), default=0.0),
    )
