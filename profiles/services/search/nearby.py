"""When nobody can take it: the nearest dates and the next radius that do have somebody."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from profiles import geo

from .bits import COLUMNS, day_masks
from .engine import PriceOf, is_within, read
from .query import MOST_KM, MOST_RANKED, SearchQuery, Sort
from .sql import Statement

SHIFTS = (1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, 10, 14, 21)
MOST_DATES = 3
WIDER_KM = (25, 50, MOST_KM)
BITS = [f"{name}_{number}" for name in ("busy", "tight") for number in range(COLUMNS)]


@dataclass(frozen=True)
class Nearby:
    """Alternatives to a search that found nobody.

    `dates`: (days later, or earlier if negative; how many can take it), in order of time. The
    number is 0 where only an own search can tell: visits at times of day, three or more animals.
    `km`, `km_total`: the next larger distance with somebody, 0 if there is none.
    """

    dates: Sequence[tuple[int, int]] = field(default_factory=list)
    km: int = 0
    km_total: int = 0


def find_nearby(query: SearchQuery, price_of: PriceOf) -> Nearby:
    """One statement: whoever is near on any date, and whoever is farther away on these dates."""
    anytime = replace(query, dates=(), visits=(), starts_at=None, sort=Sort.NEAREST)
    wider = replace(query, radius_m=MOST_KM * 1_000, sort=Sort.NEAREST)
    parts = []
    for number, one in enumerate((anytime, wider)):
        if number == 0 and not query.dates:
            continue
        columns = ", ".join(f"c.{name}" for name in BITS)
        parts.append(
            f"SELECT {number} AS part, c.d2, c.filled_to, c.horizon_days, c.lead_hours, {columns}, "
            f"p.terms FROM ({Statement(one, 'r.*').candidates()}) AS c "
            "JOIN profiles_searchcard p ON p.id = c.id"
        )
    rows = [
        row
        for row in read(f"{' UNION ALL '.join(parts)} LIMIT {2 * MOST_RANKED}")
        if not query.is_bounded or is_within(query, price_of(row[-1]))
    ]
    km, total = _wider(query, [row for row in rows if row[0] == 1])
    return Nearby(_other_dates(query, [row for row in rows if row[0] == 0]), km, total)


def _wider(query: SearchQuery, rows: Sequence[tuple]) -> tuple[int, int]:
    away = [geo.metres(row[1]) for row in rows]
    for km in WIDER_KM:
        total = sum(metres <= km * 1_000 for metres in away)
        if total and km * 1_000 > query.radius_m:
            return km, total
    return 0, 0


def _other_dates(query: SearchQuery, rows: Sequence[tuple]) -> list[tuple[int, int]]:
    is_exact = not query.visits and (query.pets < 3 or not query.kind.is_at_sitters)
    found = []
    for days in SHIFTS if rows else ():
        fits = _fits(query, days)
        total = sum(map(fits, rows)) if fits else 0
        if total:
            found.append((days, total if is_exact else 0))
        if len(found) == MOST_DATES:
            break
    return sorted(found)


def _fits(query: SearchQuery, days: int) -> Callable[[tuple], bool] | None:
    """A test of one row for the choice moved by so many days; None if that is in the past."""
    moved = [on.toordinal() + days for on in query.dates]
    ahead = (query.dates[-1] - query.today).days + days
    hours = query.hours_ahead + 24 * days
    if hours < 0:
        return None
    masks = day_masks(moved)
    offset = COLUMNS if query.pets > 1 and query.kind.is_at_sitters else 0
    checks = [(5 + offset + n, masks[n]) for n in range(COLUMNS) if masks[n]]

    def fits(row: tuple) -> bool:
        return (
            row[2] >= moved[-1]
            and row[3] >= ahead
            and row[4] <= hours
            and not any(row[column] & mask for column, mask in checks)
        )

    return fits
