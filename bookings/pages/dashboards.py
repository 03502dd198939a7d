"""What the two dashboards share: bookings with their pets, sorted by what they wait for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import Q, QuerySet

from bookings.models import Booking, BookingPet
from bookings.pages.rows import Row
from bookings.pages.weekly_rows import fold_weekly
from pawsitters import clock

Status = Booking.Status
PAST_DAYS = timedelta(days=60)
MOST_ROWS = 400  # of bookings joined to pets; the list pages have the rest
SHOWN = 10
SHOWN_PAST = 5
# What a row shows: building the statement and its objects is most of what a dashboard costs.
BOOKING_COLUMNS = (
    "public_id",
    "owner_id",
    "sitter_id",
    "service_id",
    "kind",
    "status",
    "starts_at",
    "ends_at",
    "time_zone",
    "currency",
    "subtotal_cents",
    "sitter_fee_cents",
    "total_cents",
    "refund_cents",
    "cancellation_tier",
    "buffer_minutes",
    "expires_at",
    "ended_at",
    "flagged_at",
    "checked_in_at",
)
ROW_COLUMNS = ("name", "species", *(f"booking__{name}" for name in BOOKING_COLUMNS))
PERSON_COLUMNS = ("name", "photo", "face")


def lately() -> datetime:
    """Bookings that ended before this moment are only on the list of all."""
    return clock.now() - PAST_DAYS


def open_or_ended_since(rows: QuerySet, since) -> QuerySet:
    """Of BookingPets with the parties selected: open and lately ended bookings, by their start."""
    return rows.filter(
        Q(booking__status__in=Booking.OPEN) | Q(booking__ended_at__gte=since)
    ).order_by("booking__starts_at", "booking_id", "pk")[:MOST_ROWS]


def by_booking(rows: Iterable[BookingPet]) -> dict[Booking, list[BookingPet]]:
    found: dict[int, tuple[Booking, list[BookingPet]]] = {}
    for row in rows:
        found.setdefault(row.booking_id, (row.booking, []))[1].append(row)
    return dict(found.values())


@dataclass
class Sections:
    waiting: list[Row] = field(default_factory=list)
    upcoming: list[Row] = field(default_factory=list)
    running: list[Row] = field(default_factory=list)
    past: list[Row] = field(default_factory=list)
    unsettled: list[Row] = field(default_factory=list)


def sections_of(rows: Iterable[Row]) -> Sections:
    sections = Sections()
    places = {
        Status.REQUESTED: sections.waiting,
        Status.CONFIRMED: sections.upcoming,
        Status.IN_PROGRESS: sections.running,
    }
    for row in rows:
        (sections.unsettled if row.is_flagged else places.get(row.status, sections.past)).append(
            row
        )
    sections.upcoming = fold_weekly(sections.upcoming)
    sections.past.sort(key=lambda row: row.booking.ended_at or row.booking.ends_at, reverse=True)
    return sections
