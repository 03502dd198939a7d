"""Design B, which the search table is measured against: a bounding box over the normal tables.

It is what one writes first, with an index on the point: join services and capacity, and ask for
every sitter whether a rate, a weekday, an exception or a seat stands in the way. It knows nights
and days, and exceptions that mean "away" (the seeded ones are).
"""

from profiles import geo
from profiles.kinds import Kind, Species
from profiles.models import Seat
from profiles.services.search import SearchQuery

NIGHT, DAY, AWAY = int(Seat.Resource.NIGHT), int(Seat.Resource.DAY), int(Seat.Resource.AWAY)
TAKES = {
    Kind.BOARDING: "takes_nights",
    Kind.HOUSE_SITTING: "takes_away",
    Kind.DAY_CARE: "takes_days",
}


def distance(lat_e6: int, lng_e6: int) -> str:
    """Squared distance of sitter `s` in micro-degrees², by the same whole numbers as the engine."""
    up = f"(s.grid_lat_e6 - {lat_e6})"
    across = f"(ABS(s.grid_lng_e6 - {lng_e6}) * {geo.cos_q20(lat_e6)} >> {geo.COS_BITS})"
    return f"({up} * {up} + {across} * {across})"


def page_sql(query: SearchQuery, limit: int = 20) -> tuple[str, list]:
    """The nearest sitters: (id, squared distance)."""
    where, values = _from_where(query)
    d2 = distance(query.lat_e6, query.lng_e6)
    return f"SELECT s.id, {d2} AS d2 {where} ORDER BY d2, s.id LIMIT {int(limit)}", values


def count_sql(query: SearchQuery) -> tuple[str, list]:
    where, values = _from_where(query)
    return f"SELECT COUNT(*) {where}", values


def _from_where(query: SearchQuery) -> tuple[str, list]:
    parts, values = [], []
    for sql, added in (_place(query), _terms(query), _calendar(query), _seats(query)):
        parts += sql
        values += added
    return (
        "FROM profiles_sitterprofile s "
        "JOIN accounts_user u ON u.id = s.user_id "
        "JOIN profiles_service v ON v.sitter_id = s.id "
        "JOIN profiles_sittercapacity c ON c.sitter_id = s.id "
        f"WHERE {' AND '.join(parts)}",
        values,
    )


def _place(query: SearchQuery) -> tuple[list[str], list]:
    reach = query.radius_m * geo.E6 // geo.METRES_PER_DEGREE + 1
    width = ((reach + 1) << geo.COS_BITS) // geo.cos_q20(query.lat_e6) + 1
    parts = [
        "s.grid_lat_e6 BETWEEN %s AND %s",
        "s.grid_lng_e6 BETWEEN %s AND %s",
        f"{distance(query.lat_e6, query.lng_e6)} <= {geo.squared_radius(query.radius_m)}",
        "s.status = 'published'",
        "u.is_active",
    ]
    values = [query.lat_e6 - reach, query.lat_e6 + reach]
    return parts, [*values, query.lng_e6 - width, query.lng_e6 + width]


def _terms(query: SearchQuery) -> tuple[list[str], list]:
    last = (query.dates[-1] - query.today).days
    parts = ["v.kind = %s", "v.is_active", "v.max_pets >= %s"]
    parts += ["v.lead_hours <= %s", "v.horizon_days >= %s"]
    values = [query.kind.value, query.pets, query.hours_ahead, last]
    for species in sorted(query.species):
        parts.append(
            "EXISTS (SELECT 1 FROM profiles_rate a "
            "WHERE a.service_id = v.id AND a.species = %s AND a.minutes = 0)"
        )
        values.append(species)
    if Species.DOG in query.species and query.dog_kg is not None:
        parts.append("v.max_dog_kg >= %s")
        values.append(query.dog_kg)
    if query.youngest_months is not None:
        parts.append("v.min_age_months <= %s")
        values.append(query.youngest_months)
    return parts, values


def _calendar(query: SearchQuery) -> tuple[list[str], list]:
    weekdays = sorted({on.weekday() for on in query.dates})
    marks = ", ".join(["%s"] * len(weekdays))
    parts = [
        "(SELECT COUNT(*) FROM profiles_weekdayhours w WHERE w.sitter_id = s.id "
        f"AND w.weekday IN ({marks}) AND w.{TAKES[query.kind]}) = {len(weekdays)}",
        "NOT EXISTS (SELECT 1 FROM profiles_calendarexception e WHERE e.sitter_id = s.id "
        "AND e.is_away AND e.starts_on <= %s AND e.ends_on > %s)",
    ]
    first, last = query.dates[0].isoformat(), query.dates[-1].isoformat()
    return parts, [*weekdays, last, first]


def _seats(query: SearchQuery) -> tuple[list[str], list]:
    """No night held elsewhere, and on no date more places held than leaves room."""
    slots = [query.dates[0].toordinal(), query.dates[-1].toordinal()]
    held = (
        "SELECT 1 FROM profiles_seat t WHERE t.sitter_id = s.id "
        "AND t.resource {} AND t.slot BETWEEN %s AND %s"
    )
    if query.kind == Kind.HOUSE_SITTING:
        return [f"NOT EXISTS ({held.format(f'IN ({NIGHT}, {AWAY})')})"], slots
    resource, places = (
        (DAY, "c.day_places") if query.kind == Kind.DAY_CARE else (NIGHT, "c.night_places")
    )
    mine = held.format(f"= {resource}")
    parts = [
        f"{places} >= {int(query.pets)}",
        f"NOT EXISTS ({mine} GROUP BY t.slot HAVING COUNT(*) + {int(query.pets)} > {places})",
        f"NOT (v.is_one_household AND EXISTS ({mine}))",
    ]
    values = [*slots, *slots]
    if query.kind == Kind.BOARDING:
        parts.append(f"NOT EXISTS ({held.format(f'= {AWAY}')})")
        values += slots
    return parts, values
