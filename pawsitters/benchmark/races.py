"""Two hundred acceptances at once on one sitter with three places, and the design that overbooks."""

import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from statistics import median

from bookings.models import Booking
from bookings.tests.race import (
    PLACES,
    RIVALS,
    accept_all_at_once,
    rival_requests,
    without_the_guard,
)
from profiles.models import Seat

Report = Callable[[Iterable, str], Iterable]


@dataclass
class Races:
    """Outcomes summed over all seeds; `oversold` counts confirmed bookings beyond the places."""

    seeds: int = 0
    attempts: int = 0
    confirmed: int = 0
    refused: int = 0
    unexplained: dict[str, int] = field(default_factory=dict)
    oversold: int = 0
    seconds: list[float] = field(default_factory=list)
    naive_attempts: int = 0
    naive_confirmed: int = 0

    @property
    def median_seconds(self) -> float:
        return median(self.seconds)

    @property
    def is_accounted_for(self) -> bool:
        return self.confirmed + self.refused == self.attempts and not self.unexplained

    @property
    def naive_oversold(self) -> int:
        return self.naive_confirmed - PLACES


def measure(*, seeds: int, report: Report) -> Races:
    races = Races()
    for seed in report(range(seeds), "Races"):
        _one(races, seed)
    rivals = rival_requests(RIVALS)
    with without_the_guard():
        outcomes = accept_all_at_once(rivals)
    races.naive_attempts = RIVALS
    races.naive_confirmed = outcomes["confirmed"]
    return races


def _one(races: Races, seed: int) -> None:
    rivals = rival_requests(RIVALS)
    random.Random(seed).shuffle(rivals)
    started = time.perf_counter()
    outcomes = accept_all_at_once(rivals)
    races.seconds.append(time.perf_counter() - started)
    races.seeds += 1
    races.attempts += RIVALS
    races.confirmed += outcomes.pop("confirmed", 0)
    races.refused += outcomes.pop("DatesTaken", 0)
    for what, count in outcomes.items():
        races.unexplained[what] = races.unexplained.get(what, 0) + count
    # What the database says, whatever the threads were told.
    held = Booking.objects.holding_seats().filter(sitter=rivals[0].sitter)
    races.oversold += max(0, held.count() - PLACES)
    by_slot: dict[int, int] = {}
    for slot in Seat.objects.filter(booking__in=held).values_list("slot", flat=True):
        by_slot[slot] = by_slot.get(slot, 0) + 1
    races.oversold += sum(max(0, count - PLACES) for count in by_slot.values())
