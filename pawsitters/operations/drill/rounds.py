"""One fault after the other on the same site: is each named rightly, do pages stay up, does it end?"""

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pawsitters.operations.drill import plan
from pawsitters.operations.drill.faults import Fault
from pawsitters.operations.drill.harness import World
from pawsitters.operations.drill.watching import Results, Verdicts, Visitors, sleep_until, wait_for

EACH_SECOND = 20
BEFORE_SECONDS, AFTER_SECONDS = 1.5, 2.5
FAULT_SECONDS = 5  # at least, also when it is named at once
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
        if self.useful < self.pages * USEFUL_BOUND / 100:
            found.append("pages lost")
        return found


def play(world: World, facts: dict, faults: Iterable[Fault], say: Callable[[str], None]):
    """Yield a Round for each fault. Raise RuntimeError if the site is not well before one."""
    verdicts = Verdicts(world.var / "sentinel.json")
    verdicts.start()
    for seed, fault in enumerate(faults):
        if not wait_for(lambda: verdicts.now() == "ok", 20):
            raise RuntimeError(f"The site is not well before “{fault.name}”: {verdicts.now()}.")
        say(f"{fault.name}: {fault.words}")
        yield _play_one(world, facts, fault, verdicts, seed)
    verdicts.end()


def _play_one(world: World, facts: dict, fault: Fault, verdicts: Verdicts, seed: int) -> Round:
    longest = BEFORE_SECONDS + NAME_SECONDS + RESTORE_SECONDS + FAULT_SECONDS + AFTER_SECONDS
    assets = plan.assets(world.static)
    visitors = Visitors(
        world,
        facts,
        plan.requests(facts, assets, longest, each_second=EACH_SECOND, seed=100 + seed),
    )
    sleep_until(visitors.started + BEFORE_SECONDS)
    began = time.monotonic()
    with fault.inject(world):
        wait_for(lambda: verdicts.first(began, lambda cause: cause in fault.causes), NAME_SECONDS)
        sleep_until(began + FAULT_SECONDS)
        told = [one for one in list(verdicts.seen) if one[0] >= began]
        ending = time.monotonic()
    # What takes long to undo (a server that starts) is not counted as ours.
    ended = time.monotonic() if fault.name == "stopped" else ending
    restored_at = _restored(visitors.results, verdicts, ended)
    sleep_until(time.monotonic() + AFTER_SECONDS)
    return _round(fault, visitors.go_home(), told, began, restored_at and restored_at - ended)


def _restored(results: Results, verdicts: Verdicts, ended: float) -> float | None:
    """When both was so: the sentinel says ok, and a visitor had a page made with the database."""

    def is_well() -> bool:
        return verdicts.now() == "ok" and any(
            results.started + one["at"] > ended and one.get("is_useful") and not one["is_kept"]
            for one in results.read()
            if one["kind"] == "public"
        )

    return wait_for(is_well, RESTORE_SECONDS)


def _round(fault: Fault, results: Results, told: list, began: float, restored) -> Round:
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
        slowest_ms=max((one["took_ms"] for one in results.lines), default=0.0),
    )
