"""The market that is measured: N sitters, a million seats, 5 % of them within one circle."""

import time
from bisect import bisect
from collections import defaultdict
from collections.abc import Iterable
from itertools import accumulate
from random import Random

from django.db import connection
from django.db.models import Count
from tqdm import tqdm

from bookings.demo.seed import BERLIN, COUNTRIES, seed
from bookings.demo.sitters import near
from bookings.models import Booking
from pawsitters.benchmark.clones import multiply
from pawsitters.benchmark.naive import distance
from profiles.geo import boxes, snap, squared_radius
from profiles.models import SearchCard, SearchRow, Seat, SitterProfile, Town
from profiles.services.search import rebuild_search

ORIGINALS = 2_000
DENSE_SHARE = 0.05
DENSE_METRES = 25_000
# Confirmed bookings ahead per sitter: they hold about ten seats.
UPCOMING, PAST = 2.0, 1.0
SEED = 1


def progress(steps: Iterable, label: str) -> Iterable:
    return tqdm(steps, desc=f"  {label:14}", leave=False, mininterval=0.5)


def build(sitters: int, timings: dict[str, float]) -> None:
    """Fill the empty database; `timings` receives seconds by step."""
    sets = -(-sitters // ORIGINALS)
    originals = -(-sitters // sets)
    with _timed(timings, "inventing sitters"):
        seed(sitters=originals - 1, seed=SEED, past=PAST, upcoming=UPCOMING, report=progress)
    with _timed(timings, "copying them"):
        multiply(sets - 1, place=Placement(Random(SEED)), report=progress)
    with _timed(timings, "index for the naive design"):
        _index_for_naive()
    with _timed(timings, "search table"):
        rebuild_search(lambda batches: progress(batches, "Search table"))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE TABLE profiles_sitterprofile, profiles_searchrow, profiles_seat")
        cursor.fetchall()


def _index_for_naive() -> None:
    """What a careful author of the naive design would have: an index on the point."""
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE INDEX IF NOT EXISTS bench_point "
            "ON profiles_sitterprofile (grid_lat_e6, grid_lng_e6)"
        )


class _timed:
    def __init__(self, timings: dict[str, float], name: str):
        self.timings, self.name = timings, name

    def __enter__(self):
        self.started = time.monotonic()

    def __exit__(self, *error):
        self.timings[self.name] = time.monotonic() - self.started


class Placement:
    """Says where a sitter lives: 5 % around Berlin, the others where people live.

    Always in the sitter's own time zone, because the quarters of an hour that visits hold are in
    UTC and are copied.
    """

    def __init__(self, rng: Random):
        self.rng = rng
        self.home = Town.objects.get(pk=BERLIN)
        self.towns: dict[str, list[Town]] = defaultdict(list)
        towns = Town.objects.filter(country__in=COUNTRIES, population__gte=2_000)
        for town in towns.exclude(pk=BERLIN).order_by("pk"):
            self.towns[town.time_zone].append(town)
        self.heaps = {
            zone: list(accumulate(town.population**0.8 for town in found))
            for zone, found in self.towns.items()
        }
        sitters = SitterProfile.objects.order_by()
        at_home = sitters.filter(time_zone=self.home.time_zone).count()
        self.home_chance = min(1.0, DENSE_SHARE * sitters.count() / max(1, at_home))

    def __call__(self, sitter: SitterProfile, _copy: int) -> None:
        town = self._town(sitter.time_zone)
        sitter.town = town
        sitter.lat_e6, sitter.lng_e6 = near(town, self.rng)
        sitter.grid_lat_e6, sitter.grid_lng_e6 = snap(sitter.lat_e6, sitter.lng_e6)

    def _town(self, zone: str) -> Town:
        if zone == self.home.time_zone and self.rng.random() < self.home_chance:
            return self.home
        heap = self.heaps[zone]
        return self.towns[zone][bisect(heap, self.rng.random() * heap[-1])]


def counts() -> dict[str, int]:
    home = Town.objects.get(pk=BERLIN)
    return {
        "sitters": SitterProfile.objects.published().count(),
        "search rows": SearchRow.objects.count(),
        "search cards": SearchCard.objects.count(),
        "bookings": Booking.objects.count(),
        "seats": Seat.objects.count(),
        "sitters within 25 km of Berlin": _within(home, DENSE_METRES),
    }


def problems(found: dict[str, int], sitters: int) -> list[str]:
    """What is wrong with the row counts; empty when the market is as it should be."""
    share = found["sitters within 25 km of Berlin"] / max(1, found["sitters"])
    checks = {
        f"{sitters:,} sitters or a few more": sitters <= found["sitters"] <= 1.01 * sitters + 100,
        "about ten seats a sitter": 8 <= found["seats"] / max(1, found["sitters"]) <= 15,
        "a card for every search row": found["search rows"] == found["search cards"],
        "about 5 % in the dense circle": 0.04 <= share <= 0.08,
    }
    return [what for what, is_so in checks.items() if not is_so]


def _within(town: Town, metres: int) -> int:
    assert len(boxes(town.lat_e6, town.lng_e6, metres)) == 1
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COUNT(*) FROM profiles_sitterprofile s "
            f"WHERE {distance(town.lat_e6, town.lng_e6)} <= {squared_radius(metres)}"
        )
        return cursor.fetchone()[0]


def places(rng: Random, most: int = 40) -> dict[str, list[Town]]:
    """Towns to search in: the dense one, middling ones, and villages with a few sitters."""
    total = SitterProfile.objects.count()
    rows = SitterProfile.objects.order_by().values("town").annotate(n=Count("pk")).order_by("town")
    by_size = {row["town"]: row["n"] for row in rows}
    middling = [pk for pk, n in by_size.items() if total / 1_500 <= n <= total / 250]
    rural = [pk for pk, n in by_size.items() if n <= 2]
    chosen = {
        "dense": [BERLIN],
        "medium": rng.sample(middling, min(most, len(middling))),
        "rural": rng.sample(rural, min(most, len(rural))),
    }
    return {
        name: list(Town.objects.filter(pk__in=pks).order_by("pk")) for name, pks in chosen.items()
    }
