"""Search: the clustered table against the naive design, with equal results asserted."""

import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from random import Random
from statistics import median

from django.db import connection

from pawsitters.benchmark import naive
from pawsitters.benchmark.cpu import cpu_seconds
from pawsitters.benchmark.queries import wishes
from profiles.models import Town
from profiles.services.search import SearchQuery, Sort, find_sitters
from profiles.services.search.sql import Statement

Report = Callable[[Iterable, str], Iterable]
# Best rated looks at the whole circle, so its page carries the exact number.
RING, EXACT = "ring page", "page + exact count"
B_PAGE, B_COUNT = "B: page", "B: exact count"


class Different(AssertionError):
    """The two designs found different sitters; the sentence says for which search."""


@dataclass
class Samples:
    """Milliseconds of database time, by the clock on the wall and by the server's CPU."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        return median(self.wall)

    @property
    def p95(self) -> float:
        return sorted(self.wall)[int(0.95 * (len(self.wall) - 1))]

    @property
    def cpu_median(self) -> float:
        return median(self.cpu)


@dataclass
class Area:
    """What was measured around one kind of place."""

    name: str
    searches: int = 0
    found: list[int] = field(default_factory=list)
    samples: dict[str, Samples] = field(
        default_factory=lambda: {name: Samples() for name in (RING, EXACT, B_PAGE, B_COUNT)}
    )

    @property
    def b_both(self) -> float:
        return self.samples[B_PAGE].cpu_median + self.samples[B_COUNT].cpu_median

    def ratio(self, name: str) -> float:
        """How many times longer B takes for the same: its page, or its page and its count."""
        theirs = self.b_both if name == EXACT else self.samples[B_PAGE].cpu_median
        return theirs / self.samples[name].cpu_median


def measure(
    places: dict[str, list[Town]], *, searches: int, server_pid: int, report: Report
) -> list[Area]:
    """Run the same varied searches on both designs, in turns. Raise Different."""
    rng = Random(7)
    areas = [Area(name) for name, towns in places.items() if towns]
    streams = {area.name: wishes(rng, places[area.name]) for area in areas}
    # The first round fills the buffer pool and is thrown away.
    for number in report(range(-3, searches), "Searches"):
        for area in areas:
            query = next(streams[area.name]).query
            _one(area if number >= 0 else Area("warm-up"), query, server_pid)
    return areas


def _one(area: Area, query: SearchQuery, server_pid: int) -> None:
    with _timed(area, RING, server_pid):
        ring = find_sitters(query, _no_price)
    with _timed(area, EXACT, server_pid):
        exact = count_exactly(query)
    with _timed(area, B_PAGE, server_pid):
        naive_page = _rows(*naive.page_sql(query))
    with _timed(area, B_COUNT, server_pid):
        naive_count = _rows(*naive.count_sql(query))[0][0]
    compare(query, [(one.sitter_id) for one in ring.found], exact, naive_page, naive_count)
    area.searches += 1
    area.found.append(naive_count)


def compare(query: SearchQuery, ours: list[int], exact: int, theirs, their_count: int) -> None:
    if ours != [row[0] for row in theirs]:
        raise Different(f"other sitters than the naive design on the first page of {query}")
    if exact != their_count:
        raise Different(f"{exact} sitters, the naive design counts {their_count}: {query}")


def count_exactly(query: SearchQuery) -> int:
    """The first page of everybody in the circle, for the number of them that comes with it."""
    rows = _rows(Statement(replace(query, sort=Sort.BEST)).page(20, 0))
    return rows[0][-1] if rows else 0


def _no_price(_terms: str) -> None:
    return None


def _rows(sql: str, values=()) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


@contextmanager
def _timed(area: Area, name: str, server_pid: int):
    spent = 0.0

    def wrapper(execute, *args):
        nonlocal spent
        started = time.perf_counter()
        try:
            return execute(*args)
        finally:
            spent += time.perf_counter() - started

    before = cpu_seconds(server_pid)
    with connection.execute_wrapper(wrapper):
        yield
    area.samples[name].wall.append(spent * 1000)
    area.samples[name].cpu.append((cpu_seconds(server_pid) - before) * 1000)
