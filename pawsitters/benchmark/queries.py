"""Varied searches from a fixed random source, for the engine and as addresses of pages."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pawsitters import clock
from profiles.kinds import DogSize, Kind, Species
from profiles.models import Town
from profiles.services.search import SearchQuery, Sort

RADIUS_M = 25_000
KINDS = {Kind.BOARDING: 5, Kind.HOUSE_SITTING: 2, Kind.DAY_CARE: 3}


@dataclass(frozen=True)
class Wish:
    """What somebody looks for; `query` asks the engine, `parameters` a page."""

    town: Town
    query: SearchQuery
    parameters: str


def wishes(rng: Random, towns: list[Town], sort: Sort = Sort.NEAREST) -> Iterator[Wish]:
    """Endless: town, service, dates and animals all vary."""
    while True:
        yield _wish(rng, rng.choice(towns), sort)


def _wish(rng: Random, town: Town, sort: Sort) -> Wish:
    zone = ZoneInfo(town.time_zone)
    kind = rng.choices(list(KINDS), weights=list(KINDS.values()))[0]
    starts_on = clock.today(town.time_zone) + timedelta(days=rng.randint(3, 75))
    length = rng.randint(1, 7)
    if kind == Kind.DAY_CARE:
        # Hardly anybody takes animals for a day at the weekend.
        starts_on -= timedelta(days=max(0, starts_on.weekday() - 4))
        length = rng.randint(1, 5 - starts_on.weekday())
    species = rng.choices([Species.DOG, Species.CAT], weights=[7, 3])[0]
    pets = rng.choices([1, 2], weights=[3, 1])[0]
    size = rng.choice(list(DogSize)) if species == Species.DOG else None
    dates = tuple(starts_on + timedelta(days=n) for n in range(length))
    at = time(8) if kind == Kind.DAY_CARE else time(10)
    query = SearchQuery(
        lat_e6=town.lat_e6,
        lng_e6=town.lng_e6,
        radius_m=RADIUS_M,
        kind=kind,
        zone=zone,
        dates=dates,
        starts_at=datetime.combine(starts_on, at, tzinfo=zone),
        pets=pets,
        species=frozenset({species.value}),
        dog_kg=int(size) if size else None,
        sort=sort,
    )
    last_on = dates[-1] if kind == Kind.DAY_CARE else dates[-1] + timedelta(days=1)
    parameters = {
        "where": town.label,
        "town": town.pk,
        "km": RADIUS_M // 1000,
        "kind": kind.value,
        "from": starts_on.isoformat(),
        "to": last_on.isoformat(),
        "dogs" if species == Species.DOG else "cats": pets,
    }
    if size:
        parameters["kg"] = int(size)
    return Wish(town, query, urlencode(parameters))
