"""What a sitter's rows in the search table say, from the profile, its snapshot and its seats."""

import json
from collections.abc import Iterable
from datetime import date, timedelta
from functools import lru_cache

from pawsitters import clock
from profiles import geo
from profiles.availability import Taken, places_left, places_on
from profiles.kinds import KIND_CODES, Kind
from profiles.models import SearchCard, SearchRow, Seat, SitterCapacity, SitterProfile

from .bits import RING_DAYS, accepts_bits, day_masks, feature_bits
from .score import fixed_score, mean_rating_e3, shown_rating_e3

DAY_RESOURCES = (Seat.Resource.NIGHT, Seat.Resource.DAY, Seat.Resource.AWAY)
SITTER_BITS = 30
CELL_BITS = 2 * geo.CELL_BITS
KIND_SHIFT = SITTER_BITS + CELL_BITS
CLOSED_HOURS = "99990000"
ONE_DAY = timedelta(days=1)


def first_day() -> int:
    """The first day number that bits are kept for: yesterday in UTC, today somewhere else."""
    return clock.now().toordinal() - 1


def row_id(kind: Kind, cell: int, sitter_id: int) -> int:
    return KIND_CODES[kind] << KIND_SHIFT | cell << SITTER_BITS | sitter_id


def build_rows(
    sitter: SitterProfile, capacity: SitterCapacity, seats: Iterable[tuple[int, int, int, str]]
) -> list[tuple[SearchRow, SearchCard]]:
    """One pair for each active service. `seats`: (resource, slot, number, kind of booking)."""
    snapshot = sitter.snapshot
    taken = Taken.from_rows(seats)
    start = first_day()
    rating = shown_rating_e3(sitter, mean_rating_e3())
    cell = geo.cell(sitter.grid_lat_e6, sitter.grid_lng_e6)
    card = json.dumps(_card(sitter), ensure_ascii=False, separators=(",", ":"))
    hours = _visit_hours(snapshot)
    common = {
        "sitter_id": sitter.pk,
        "lat_e6": sitter.grid_lat_e6,
        "lng_e6": sitter.grid_lng_e6,
        "filled_to": start + RING_DAYS - 1,
        "shown_rating_e3": rating,
        "rating_count": sitter.rating_count,
        "score_e6": fixed_score(sitter, rating),
        "published_day": sitter.published_at.toordinal() if sitter.published_at else 0,
        "confirmed_day": day.toordinal() if (day := sitter.calendar_confirmed_on) else 0,
    }
    pairs = []
    for service in snapshot.get("services", ()):
        kind = Kind(service["kind"])
        if not service["rates"]:
            continue
        row = SearchRow(
            id=row_id(kind, cell, sitter.pk),
            service_id=service["id"],
            accepts=accepts_bits(service),
            features=feature_bits(sitter, service),
            min_age_months=service["min_age_months"],
            max_pets=service["max_pets"],
            places=capacity.day_places if kind == Kind.DAY_CARE else capacity.night_places,
            lead_hours=service["lead_hours"],
            horizon_days=service["horizon_days"],
            buffer_minutes=service["buffer"],
            group_size=service["group_size"] if kind == Kind.DOG_WALK else 1,
            visit_hours=hours if kind.is_visits else "",
            from_cents=min(rate[2] for rate in service["rates"]),
            **common,
        )
        busy, tight = busy_days(service, snapshot, capacity, taken, start)
        for number, (one, two) in enumerate(zip(day_masks(busy), day_masks(tight), strict=True)):
            setattr(row, f"busy_{number}", one)
            setattr(row, f"tight_{number}", two)
        terms = json.dumps(_terms(service, snapshot), separators=(",", ":"))
        pairs.append((row, SearchCard(id=row.id, sitter_id=sitter.pk, terms=terms, card=card)))
    return pairs


def busy_days(
    service: dict, snapshot: dict, capacity: SitterCapacity, taken: Taken, start: int
) -> tuple[list[int], list[int]]:
    """Day numbers of the window with no place left, and with fewer than two.

    Only days with an exception or a seat are looked at one by one; the others are as their weekday.
    """
    special = _exception_days(snapshot, start)
    special.update(slot for resource, slot in taken.numbers if resource in DAY_RESOURCES)
    special = {day for day in special if start <= day < start + RING_DAYS}
    usual = {"hours": snapshot.get("hours", {})}
    no_seats = Taken()
    by_weekday = [
        left_on(service, usual, capacity, no_seats, start + offset) for offset in range(7)
    ]
    busy, tight = [], []
    for offset, left in enumerate(by_weekday):
        if left < 2:
            days = [day for day in _weekly(start, offset) if day not in special]
            tight += days
            busy += days if left < 1 else ()
    for day in special:
        left = left_on(service, snapshot, capacity, taken, day)
        if left < 2:
            tight.append(day)
        if left < 1:
            busy.append(day)
    return busy, tight


def left_on(service: dict, snapshot: dict, capacity: SitterCapacity, taken: Taken, day: int) -> int:
    on = date.fromordinal(day)
    places = places_on(snapshot, capacity.night_places, capacity.day_places, on)
    return places_left(
        Kind(service["kind"]), places, taken, on, one_household=service["one_household"]
    )


@lru_cache(maxsize=32)
def _weekly(start: int, offset: int) -> range:
    return range(start + offset, start + RING_DAYS, 7)


def _exception_days(snapshot: dict, start: int) -> set[int]:
    days: set[int] = set()
    for begins, ends, *_rest in (*snapshot.get("exceptions", ()), *snapshot.get("busy", ())):
        first = max(date.fromisoformat(begins).toordinal(), start)
        last = min(date.fromisoformat(ends).toordinal(), start + RING_DAYS)
        days.update(range(first, last))
    return days


def _visit_hours(snapshot: dict) -> str:
    """HHMMHHMM for Monday to Sunday, so that a query can compare text at a fixed place."""
    parts = []
    for weekday in range(7):
        hours = snapshot.get("hours", {}).get(str(weekday))
        if hours and hours[3] and hours[4]:
            parts.append(hours[3].replace(":", "")[:4] + hours[4].replace(":", "")[:4])
        else:
            parts.append(CLOSED_HOURS)
    return "".join(parts)


def _terms(service: dict, snapshot: dict) -> dict:
    """The part of the snapshot that a price needs, and what limits several pets on a date."""
    names = ("kind", "rates", "long_stay", "late_pickup")
    caps = [row for row in snapshot.get("exceptions", ()) if not row[2]]
    return {
        **{name: service[name] for name in names},
        "holidays": snapshot["holidays"],
        "caps": caps,
    }


def _card(sitter: SitterProfile) -> dict:
    """What a result shows of a sitter's page; the person is read live (`Found.details`)."""
    return {
        "slug": sitter.slug,
        "headline": sitter.headline,
        "town": sitter.town.name if sitter.town else "",
        "person": sitter.user_id,
        "checks": [check[1:] for check in sitter.snapshot.get("checks", ())],
        "counts": [
            sitter.answered_count,
            sitter.asked_count,
            sitter.completed_count,
            sitter.confirmed_count,
            sitter.late_cancellation_count,
            sitter.repeat_owner_count,
            sitter.owner_count,
        ],
        "since": sitter.published_at.date().isoformat() if sitter.published_at else "",
    }
