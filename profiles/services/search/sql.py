"""The text of a search, portable over SQLite, MariaDB and MySQL (pure: query in, text out).

Written by hand because composing it in the ORM takes longer than running it. The text holds only our
own names, integers and times of day in digits: a `SearchQuery` has no text that a person typed.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from profiles import geo
from profiles.kinds import KIND_CODES, Kind
from profiles.models import Seat

from . import score
from .bits import COLUMNS, day_masks, needed_accepts
from .query import MOST_RANKED, SearchQuery, Sort
from .rows import KIND_SHIFT, SITTER_BITS

# Three rings, each three times as far as the one inside it: more rings read less at the edge, but every
# one counts the circle inside it again first (measured in docs/adr/0003).
RING_RATIO = 3
RINGS = 3
DAY = 86_400
LAST_CELL = (1 << 2 * geo.CELL_BITS) - 1
COLUMNS_READ = (
    "id, sitter_id, service_id, lat_e6, lng_e6, d2, features, shown_rating_e3, rating_count, "
    "score_e6, published_day, confirmed_day"
)
# Of the 38 columns of a row, those that the ranking and the price look at.
RANKED = ", ".join(
    f"r.{name}" for name in [*COLUMNS_READ.split(", "), "from_cents", "places"] if name != "d2"
)
KM_SHARE = geo.METRES_PER_DEGREE / geo.E6 / 1000 / score.NEAR_KM


class Statement:
    """The parts of one search's text; `columns` are those of the row `r` that are read."""

    def __init__(self, query: SearchQuery, columns: str = RANKED):
        self.query = query
        self.columns = columns
        self.filters = _filters(query)
        self.last_filters = _last_filters(query)
        self.distance = _distance(query)

    def circle(
        self, inner_m: int, outer_m: int, gate: str = "", columns: str = "", limit: int = 0
    ) -> str:
        """Rows beyond `inner_m` and up to `outer_m` that can take it."""
        query = self.query
        ranges = _ranges(query.kind, query.lat_e6, query.lng_e6, outer_m)
        inside = f"{self.distance} <= {geo.squared_radius(outer_m)}"
        if inner_m:
            inside += f" AND {self.distance} > {geo.squared_radius(inner_m)}"
        return (
            f"SELECT {columns or f'{self.columns}, {self.distance} AS d2'} FROM profiles_searchrow r "
            f"WHERE ({ranges}){gate}{self.filters} AND {inside}{self.last_filters}"
            f"{f' LIMIT {limit}' if limit else ''}"
        )

    def candidates(self) -> str:
        """The rows that are ranked: the 500 nearest, or all in the circle in the order asked."""
        if self.query.sort in (Sort.RECOMMENDED, Sort.NEAREST):
            return self._nearest()
        if self.query.sort == Sort.CHEAPEST:
            return (
                f"SELECT * FROM ({self._whole()}) AS w ORDER BY from_cents, d2 LIMIT {MOST_RANKED}"
            )
        return self._whole()

    def _whole(self) -> str:
        return self.circle(0, self.query.radius_m)

    def _nearest(self) -> str:
        """Rings from the inside out; one is read only if the circle inside it did not suffice.

        That condition names no column of the ring, so every server settles it before the ring's
        first row. It counts afresh, because MariaDB evaluates a common table expression again for
        each mention, and stops at enough.
        """
        bounds = rings(self.query.radius_m)
        parts = []
        for number, (inner, outer) in enumerate(zip(bounds, bounds[1:], strict=False)):
            gate = ""
            if number:
                some = self.circle(0, inner, columns="1", limit=MOST_RANKED)
                gate = f" AND (SELECT COUNT(*) FROM ({some}) AS g{number}) < {MOST_RANKED}"
            parts.append(self.circle(inner, outer, gate))
        return (
            f"SELECT * FROM ({' UNION ALL '.join(parts)}) AS u ORDER BY d2, id LIMIT {MOST_RANKED}"
        )

    def page(self, limit: int, offset: int) -> str:
        """One page in order, with the number of candidates in the last column."""
        sql = (
            f"SELECT {COLUMNS_READ}, COUNT(*) OVER () FROM ({self.candidates()}) AS c "
            f"ORDER BY {self.order()} LIMIT {int(limit)} OFFSET {int(offset)}"
        )
        return sql

    def priced(self) -> str:
        """All candidates in order, with the JSON that a price and a count of places need."""
        columns = ", ".join(f"c.{name}" for name in COLUMNS_READ.split(", "))
        sql = (
            f"SELECT {columns}, c.places, p.terms FROM ({self.candidates()}) AS c "
            f"JOIN profiles_searchcard p ON p.id = c.id ORDER BY {self.order('c.')} "
            f"LIMIT {MOST_RANKED}"
        )
        return sql

    def order(self, of: str = "") -> str:
        last = f"{of}d2, {of}id"
        sort = self.query.sort
        if sort == Sort.BEST:
            return f"{of}shown_rating_e3 DESC, {last}"
        if sort == Sort.NEWEST:
            return f"{of}published_day DESC, {last}"
        if sort == Sort.CHEAPEST:
            return f"{of}from_cents, {last}"
        if sort == Sort.NEAREST:
            return last
        return f"{self.score(of)} DESC, {last}"

    def score(self, of: str = "") -> str:
        """The sum behind "recommended", in millionths."""
        today = self.query.today.toordinal()
        return (
            f"({of}score_e6 + {score.NEARNESS} / (1 + SQRT({of}d2) * {KM_SHARE:.9f})"
            f" + {_fading(of + 'confirmed_day', score.FRESHNESS, score.FRESH_DAYS, today)}"
            f" + {_fading(of + 'published_day', score.NEWCOMER, score.NEW_DAYS, today)})"
        )

    def scored(self, sitter_id: int) -> str:
        """One sitter, whatever the filters, with the sum that the order is made of."""
        one = (
            f"SELECT {self.columns}, {self.distance} AS d2 FROM profiles_searchrow r "
            f"WHERE r.sitter_id = {int(sitter_id)} "
            f"AND r.id BETWEEN {_first(self.query.kind, 0)} AND {_last(self.query.kind, LAST_CELL)}"
        )
        return f"SELECT {COLUMNS_READ}, {self.score()} FROM ({one}) AS c"


def rings(radius_m: int) -> list[int]:
    """The bounds of the rings from 0 to the radius: [0, 1111, 3333, 10000]."""
    return [0, *(radius_m // RING_RATIO**n for n in reversed(range(RINGS)))]


def _fading(column: str, most: int, days: int, today: int) -> str:
    return (
        f"CASE WHEN {column} >= {today} THEN {most} WHEN {column} > {today - days} "
        f"THEN ({column} - {today - days}) * {most / days:.4f} ELSE 0 END"
    )


@lru_cache(maxsize=4096)
def _ranges(kind: Kind, lat_e6: int, lng_e6: int, radius_m: int) -> str:
    """A circle as ranges of the key; towns are searched again and again."""
    return " OR ".join(
        f"r.id BETWEEN {_first(kind, low)} AND {_last(kind, high)}"
        for low, high in geo.covering(lat_e6, lng_e6, radius_m)
    )


def _first(kind: Kind, cell: int) -> int:
    return KIND_CODES[kind] << KIND_SHIFT | cell << SITTER_BITS


def _last(kind: Kind, cell: int) -> int:
    return _first(kind, cell) | (1 << SITTER_BITS) - 1


def _distance(query: SearchQuery) -> str:
    """Squared distance in micro-degrees², by whole numbers only (`geo.metres_between`)."""
    dlng = f"ABS(lng_e6 - {query.lng_e6})"
    reach = len(geo.boxes(query.lat_e6, query.lng_e6, query.radius_m)) > 1
    if reach or abs(query.lat_e6) > 80 * geo.E6:
        dlng = f"(CASE WHEN {dlng} > {geo.HALF_TURN} THEN {geo.FULL_TURN} - {dlng} ELSE {dlng} END)"
    across = f"({dlng} * {geo.cos_q20(query.lat_e6)} >> {geo.COS_BITS})"
    up = f"(lat_e6 - {query.lat_e6})"
    return f"({up} * {up} + {across} * {across})"


def _filters(query: SearchQuery) -> str:
    """Conditions on one row, cheapest and most selective first."""
    parts: list[str] = []
    if query.dates:
        parts += _date_filters(query)
    accepts = needed_accepts(query.species, query.dog_kg, query.minutes)
    if accepts:
        parts.append(f"r.accepts & {accepts} = {accepts}")
    if query.features:
        parts.append(f"r.features & {int(query.features)} = {int(query.features)}")
    parts.append(f"r.max_pets >= {int(query.pets)}")
    if query.youngest_months is not None:
        parts.append(f"r.min_age_months <= {int(query.youngest_months)}")
    if query.min_rating_e3:
        parts.append(f"r.rating_count > 0 AND r.shown_rating_e3 >= {int(query.min_rating_e3)}")
    if query.visits:
        parts += _hours_filters(query)
    return "".join(f" AND {part}" for part in parts)


def _last_filters(query: SearchQuery) -> str:
    """Conditions that look into the seats, for the few rows that passed all others."""
    parts = [_quarters_filter(query)] if query.visits else []
    if query.dates and query.kind.is_at_sitters and query.pets > 2:
        parts.append(_places_filter(query))
    return "".join(f" AND {part}" for part in parts)


def _date_filters(query: SearchQuery) -> list[str]:
    days = [on.toordinal() for on in query.dates]
    name = "tight" if query.pets > 1 and query.kind.is_at_sitters else "busy"
    masks = day_masks(days)
    free = [f"r.{name}_{n} & {masks[n]} = 0" for n in range(COLUMNS) if masks[n]]
    ahead = (query.dates[-1] - query.today).days
    return [
        *free,
        f"r.filled_to >= {max(days)}",
        f"r.horizon_days >= {ahead}",
        f"r.lead_hours <= {query.hours_ahead}",
    ]


def _hours_filters(query: SearchQuery) -> list[str]:
    """Every visit inside the hours of its weekday."""
    parts = []
    for weekday, begins, ends in sorted({_local(query, visit) for visit in query.visits}):
        at = 8 * weekday + 1
        parts.append(f"SUBSTR(r.visit_hours, {at}, 4) <= '{begins}'")
        parts.append(f"SUBSTR(r.visit_hours, {at + 4}, 4) >= '{ends}'")
    return parts


def _local(query: SearchQuery, visit: tuple[datetime, datetime]) -> tuple[int, str, str]:
    begins, ends = (moment.astimezone(query.zone) for moment in visit)
    # A visit over midnight fits no day's hours.
    last = f"{ends:%H%M}" if ends.date() == begins.date() else "9999"
    return begins.weekday(), f"{begins:%H%M}", last


def _quarters_filter(query: SearchQuery) -> str:
    """Nothing else within a visit and the sitter's travel time; group walks may be joined.

    The same rule as `availability.quarter_is_free`, for all visits in one look at the index: two
    hours is the longest travel time, so it is asked for a fixed range and compared exactly after.
    """
    first, last = query.visits[0][0].timestamp(), query.visits[-1][1].timestamp()
    touched = " OR ".join(_touched(*row) for row in progressions(query.visits))
    there = (
        f"s.sitter_id = r.sitter_id AND s.slot BETWEEN {int(first - 7_200) // 900} "
        f"AND {int(last + 7_200) // 900} AND ({touched})"
    )
    held = f"s.resource = {int(Seat.Resource.TIME)} AND {there}"
    # What an outside calendar says is busy, nobody may join.
    elsewhere = f"NOT EXISTS (SELECT 1 FROM profiles_busyquarter s WHERE {there})"
    nobody = f"NOT EXISTS (SELECT 1 FROM profiles_seat s WHERE {held})"
    if query.kind != Kind.DOG_WALK:
        return f"{nobody} AND {elsewhere}"
    return (
        f"{elsewhere} AND ({nobody} OR (r.group_size > 1 AND NOT EXISTS (SELECT 1 FROM profiles_seat s "
        f"JOIN bookings_booking b ON b.id = s.booking_id WHERE {held} "
        "GROUP BY s.slot HAVING COUNT(*) >= r.group_size "
        f"OR SUM(CASE WHEN b.kind = '{Kind.DOG_WALK.value}' THEN 0 ELSE 1 END) > 0)))"
    )


def progressions(visits: Sequence[tuple[datetime, datetime]]) -> list[tuple[int, int, int, int]]:
    """Visits as (first second, length, step, count): daily or weekly ones become one row.

    A choice may hold 360 visits. One condition for each would make a text of a megabyte, which
    takes a server seconds to read and SQLite refuses.
    """
    rows = {(int(begins.timestamp()), int(ends.timestamp())) for begins, ends in visits}
    found = []
    while rows:
        first, last = min(rows)
        runs = (_run(rows, first, last, step) for step in (DAY, 7 * DAY))
        step, run = max(runs, key=lambda run: len(run[1]))
        rows.difference_update(run)
        found.append((first, last - first, step, len(run)))
    return found


def _run(rows: set[tuple[int, int]], first: int, last: int, step: int) -> tuple[int, list]:
    """The visits that follow one another by `step` seconds, from this one on."""
    run = []
    while (first, last) in rows:
        run.append((first, last))
        first, last = first + step, last + step
    return step, run


def _touched(first: int, length: int, step: int, count: int) -> str:
    """Whether a held quarter lies in one of these visits or the travel time around it.

    With the travel time b it does if slot·900 + 900 + b > start and slot·900 < start + length + b.
    All terms stay positive, because the columns are unsigned; `step` is longer than what a visit
    and its travel time take.
    """
    pad = -first % step
    since = f"(s.slot * 900 + 899 + r.buffer_minutes * 60 + {pad})"
    return (
        f"({since} >= {first + pad} AND {since} < {first + pad + count * step} "
        f"AND {since} %% {step} < {899 + length} + r.buffer_minutes * 120)"
    )


def _places_filter(query: SearchQuery) -> str:
    """Three animals and more: the usual places less the seats that are held, date by date."""
    resource = Seat.Resource.DAY if query.kind == Kind.DAY_CARE else Seat.Resource.NIGHT
    return (
        f"r.places >= {int(query.pets)} AND NOT EXISTS (SELECT 1 FROM profiles_seat s "
        f"WHERE s.sitter_id = r.sitter_id AND s.resource = {int(resource)} "
        f"AND {_slots(query)} GROUP BY s.slot HAVING COUNT(*) + {int(query.pets)} > r.places)"
    )


def _slots(query: SearchQuery) -> str:
    days: Sequence[int] = [on.toordinal() for on in query.dates]
    if query.dates[-1] - query.dates[0] == timedelta(days=len(days) - 1):
        return f"s.slot BETWEEN {days[0]} AND {days[-1]}"
    return f"s.slot IN ({', '.join(map(str, days))})"
