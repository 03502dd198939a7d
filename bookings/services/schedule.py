"""From a choice of dates and times to planned units in UTC and the seats they need (pure)."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

from profiles.kinds import Kind

# Values of profiles.models.Seat.Resource, repeated so that this module stays free of models.
NIGHT, DAY, AWAY, TIME = 1, 2, 3, 4
RESOURCE_OF = {
    Kind.BOARDING: NIGHT,
    Kind.DAY_CARE: DAY,
    Kind.HOUSE_SITTING: AWAY,
    Kind.DROP_IN_VISIT: TIME,
    Kind.DOG_WALK: TIME,
}
QUARTER_SECONDS = 900
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Choice:
    """What somebody wants: dates and wall-clock times at the place of care.

    For nights `last_on` is the day of collection, `start_time` the hour of bringing and `end_time`
    that of collecting. For days and visits `last_on` is the last day, inclusive; an empty
    `weekdays` (0 = Monday) means every day between. `minutes` is the length of a visit, else 0.
    """

    kind: Kind
    starts_on: date
    last_on: date
    start_time: time = time(10)
    end_time: time = time(10)
    visit_times: tuple[time, ...] = ()
    weekdays: frozenset[int] = frozenset()
    minutes: int = 0

    @property
    def ends_on(self) -> date:
        """The exclusive end of the period: for nights the day of collection."""
        return self.last_on if self.kind.is_nights else self.last_on + ONE_DAY

    @cached_property
    def dates(self) -> tuple[date, ...]:
        """The date of every night or day, in order; for nights the dates on which they begin."""
        days = (self.ends_on - self.starts_on).days
        dates = (self.starts_on + timedelta(days=n) for n in range(days))
        if self.kind.is_nights or not self.weekdays:
            return tuple(dates)
        return tuple(on for on in dates if on.weekday() in self.weekdays)


@dataclass(frozen=True)
class PlannedUnit:
    """One night, day or visit: its local date, and when it begins and ends in UTC."""

    on: date
    starts_at: datetime
    ends_at: datetime


@lru_cache(maxsize=8192)
def to_utc(on: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which a clock in `zone` shows `at` on the date `on`.

    A time that the clock skips moves forward by the gap; one that it shows twice is the first.
    Source: PEP 495, which gives both readings to fold=0.
    """
    return datetime.combine(on, at.replace(fold=0), tzinfo=zone).astimezone(UTC)


def planned_units(choice: Choice, zone: ZoneInfo) -> tuple[PlannedUnit, ...]:
    """The units of a choice in order of time; empty when the weekdays leave no date.

    Each night runs to the same wall clock on the next day, the last one to the hour of collecting,
    so the number of nights never depends on a clock change.
    """
    if choice.kind.is_nights:
        return _nights(choice, zone)
    if choice.kind.is_visits:
        return _visits(choice, zone)
    return _days(choice, zone)


def _nights(choice: Choice, zone: ZoneInfo) -> tuple[PlannedUnit, ...]:
    starts = [to_utc(on, choice.start_time, zone) for on in choice.dates]
    ends = [*starts[1:], to_utc(choice.last_on, choice.end_time, zone)]
    return tuple(map(PlannedUnit, choice.dates, starts, ends))


def _days(choice: Choice, zone: ZoneInfo) -> tuple[PlannedUnit, ...]:
    units = []
    for on in choice.dates:
        starts_at = to_utc(on, choice.start_time, zone)
        ends_at = to_utc(on, choice.end_time, zone)
        if ends_at <= starts_at:
            # The clock skipped the hour of bringing, which pushed it past that of collecting.
            ends_at = starts_at + _between(choice.start_time, choice.end_time)
        units.append(PlannedUnit(on, starts_at, ends_at))
    return tuple(units)


def _visits(choice: Choice, zone: ZoneInfo) -> tuple[PlannedUnit, ...]:
    length = timedelta(minutes=choice.minutes)
    units = []
    for on in choice.dates:
        for at in sorted(choice.visit_times):
            starts_at = to_utc(on, at, zone)
            units.append(PlannedUnit(on, starts_at, starts_at + length))
    # A visit in a skipped hour can land behind the next one.
    return tuple(sorted(units, key=lambda unit: unit.starts_at))


def _between(start: time, end: time) -> timedelta:
    day = date(2000, 1, 1)
    return datetime.combine(day, end) - datetime.combine(day, start)


def minutes_between(start: time, end: time) -> int:
    """Minutes from one time of day to another on the same day; negative if it is earlier."""
    return (end.hour - start.hour) * 60 + end.minute - start.minute


def seat_slots(kind: Kind, units, buffer_minutes: int = 0) -> tuple[tuple[int, int], ...]:
    """The (resource, slot) pairs that one animal or household needs, sorted and distinct.

    A slot is the local date's `toordinal()`; for visits and walks it is the number of the quarter
    of an hour since 1970 in UTC, for each one that [start − buffer, end + buffer) touches.
    """
    resource = RESOURCE_OF[kind]
    if resource != TIME:
        return tuple((resource, slot) for slot in sorted({unit.on.toordinal() for unit in units}))
    buffer = buffer_minutes * 60
    slots = set()
    for unit in units:
        first = (int(unit.starts_at.timestamp()) - buffer) // QUARTER_SECONDS
        last = (int(unit.ends_at.timestamp()) + buffer - 1) // QUARTER_SECONDS
        slots.update(range(first, last + 1))
    return tuple((resource, slot) for slot in sorted(slots))
