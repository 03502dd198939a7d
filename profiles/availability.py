"""How many places a sitter offers on a date, from the snapshot; and what taken seats leave of them.

Pure functions: the calendar, the search bits, the sitter's page and the acceptance of a booking all
ask here, so that they cannot disagree.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time

from profiles.kinds import Kind
from profiles.models.calendar import Seat

QUARTER_SECONDS = 900


@dataclass(frozen=True)
class DayPlaces:
    """What a sitter offers on one date before any booking.

    `night` and `day` count pets; `away` says whether they sleep at owners' homes; `visits` bounds
    visits and walks in wall-clock time, None for none.
    """

    night: int
    day: int
    away: bool
    visits: tuple[time, time] | None


CLOSED = DayPlaces(0, 0, False, None)


def places_on(snapshot: dict, night_places: int, day_places: int, on: date) -> DayPlaces:
    """The weekly template with the exceptions of that date; the last exception wins.

    A date that an outside calendar says is busy is closed.
    """
    hours = snapshot.get("hours", {}).get(str(on.weekday()))
    if hours is None or is_busy(snapshot, on):
        return CLOSED
    takes_nights, takes_away, takes_days, visits_from, visits_until = hours
    night = night_places if takes_nights else 0
    day = day_places if takes_days else 0
    exception = _exception_on(snapshot, on.isoformat())
    if exception:
        if exception[2]:
            return CLOSED
        night, day = _capped(exception, night, day)
    visits = None
    if visits_from and visits_until:
        visits = (time.fromisoformat(visits_from), time.fromisoformat(visits_until))
    return DayPlaces(night, day, takes_away, visits)


def capped_places(snapshot: dict, night_places: int, day_places: int, on: date) -> tuple[int, int]:
    """Night and day places on a date whatever the weekly template says; exceptions count.

    Outside calendars do not: they never stand in the way of what is agreed.
    """
    exception = _exception_on(snapshot, on.isoformat())
    return _capped(exception, night_places, day_places) if exception else (night_places, day_places)


def _capped(exception: list, night: int, day: int) -> tuple[int, int]:
    _, _, is_away, night_cap, day_cap = exception
    if is_away:
        return 0, 0
    return (
        night if night_cap is None else min(night, night_cap),
        day if day_cap is None else min(day, day_cap),
    )


def _exception_on(snapshot: dict, on: str) -> list | None:
    # ISO dates compare as text in date order.
    found = None
    for exception in snapshot.get("exceptions", ()):
        if exception[0] <= on < exception[1]:
            found = exception
    return found


def is_busy(snapshot: dict, on: date) -> bool:
    """Whether an outside calendar closes this date."""
    busy = snapshot.get("busy")
    if not busy:
        return False
    text = on.isoformat()
    return any(first <= text < last for first, last in busy)


@dataclass
class Taken:
    """The numbers of the seats that are held, by resource and slot.

    `shared` holds the quarters that only group walks hold, because only they may be joined.
    """

    numbers: dict[tuple[int, int], set[int]] = field(default_factory=dict)
    shared: set[int] = field(default_factory=set)

    @classmethod
    def from_rows(cls, rows: Iterable[tuple[int, int, int, str]]) -> "Taken":
        """Rows of (resource, slot, number, the booking's kind)."""
        taken = cls()
        unshared = set()
        for resource, slot, number, kind in rows:
            taken.numbers.setdefault((resource, slot), set()).add(number)
            if resource == Seat.Resource.TIME:
                (taken.shared if kind == Kind.DOG_WALK else unshared).add(slot)
        taken.shared -= unshared
        return taken

    def at(self, resource: int, slot: int) -> set[int]:
        return self.numbers.get((resource, slot), set())


def places_left(
    kind: Kind, places: DayPlaces, taken: Taken, on: date, *, one_household: bool = False
) -> int:
    """How many more pets fit on that date; for visits 1 if the day is open at all.

    A sitter sleeps in one place: hosting overnight and a night at an owner's home exclude
    each other. With `one_household` a date that anybody holds is full.
    """
    slot = on.toordinal()
    if kind == Kind.BOARDING:
        if taken.at(Seat.Resource.AWAY, slot):
            return 0
        return _left(places.night, taken.at(Seat.Resource.NIGHT, slot), one_household)
    if kind == Kind.DAY_CARE:
        return _left(places.day, taken.at(Seat.Resource.DAY, slot), one_household)
    if kind == Kind.HOUSE_SITTING:
        is_held = taken.at(Seat.Resource.AWAY, slot) or taken.at(Seat.Resource.NIGHT, slot)
        # The owner's home has room for all the owner's pets; the service's own limit counts.
        return 0 if is_held or not places.away else 99
    return 99 if places.visits else 0


def _left(places: int, numbers: set[int], one_household: bool) -> int:
    if one_household and numbers:
        return 0
    return max(0, places - len(numbers))


def quarter_is_free(taken: Taken, slot: int, *, kind: Kind, group_size: int) -> bool:
    """Whether a visit may hold this quarter of an hour; group walks share with group walks."""
    numbers = taken.at(Seat.Resource.TIME, slot)
    if not numbers:
        return True
    return kind == Kind.DOG_WALK and slot in taken.shared and len(numbers) < group_size


def fits_hours(places: DayPlaces, starts: datetime, ends: datetime) -> bool:
    """Whether a visit lies inside the day's hours; both moments in the place's own zone."""
    if places.visits is None:
        return False
    first, last = places.visits
    return first <= starts.time() and ends.time() <= last and starts.date() == ends.date()
