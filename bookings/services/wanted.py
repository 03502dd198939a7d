"""What a booking is, and what a change of it would make it: dates, times, animals and extras.

Both are the same small value, so that old and new can be compared, shown, priced and kept as JSON.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time

from bookings.models import Booking
from bookings.services.schedule import Choice
from profiles.kinds import Kind


@dataclass(frozen=True)
class Wanted:
    """`pets` are ids of the owner's pets, `add_ons` ids in the agreed terms; both sorted."""

    choice: Choice
    pets: tuple[int, ...]
    add_ons: tuple[int, ...] = ()

    def to_json(self) -> dict:
        """By the names that the address of the form uses, so that a link can carry it too."""
        choice = self.choice
        values = {
            "kind": choice.kind.value,
            "from": choice.starts_on.isoformat(),
            "to": choice.last_on.isoformat(),
            "pets": list(self.pets),
            "addons": list(self.add_ons),
        }
        if choice.kind.is_visits:
            values["times"] = [f"{at:%H:%M}" for at in choice.visit_times]
            values["minutes"] = choice.minutes
        else:
            values["at"] = f"{choice.start_time:%H:%M}"
            values["until"] = f"{choice.end_time:%H:%M}"
        if choice.weekdays:
            values["weekdays"] = sorted(choice.weekdays)
        return values

    @classmethod
    def from_json(cls, values: Mapping) -> "Wanted":
        hours = {}
        if "at" in values:
            hours["start_time"] = time.fromisoformat(values["at"])
            hours["end_time"] = time.fromisoformat(values["until"])
        choice = Choice(
            kind=Kind(values["kind"]),
            starts_on=date.fromisoformat(values["from"]),
            last_on=date.fromisoformat(values["to"]),
            visit_times=tuple(time.fromisoformat(at) for at in values.get("times", ())),
            weekdays=frozenset(values.get("weekdays", ())),
            minutes=values.get("minutes", 0),
            **hours,
        )
        return cls(choice, tuple(values["pets"]), tuple(values["addons"]))


def as_agreed(booking: Booking, terms: dict) -> Wanted:
    """The choice that this booking stands for, read from its rows. Pets erased since are left out."""
    pets = sorted(row.pet_id for row in booking.booking_pets.all() if row.pet_id)
    return Wanted(_choice(booking), tuple(pets), _add_ons(booking, terms))


def _choice(booking: Booking) -> Choice:
    kind, zone, units = booking.kind_enum, booking.zone, list(booking.units.all())
    dates = [unit.on for unit in units]
    starts = [unit.starts_at.astimezone(zone).time() for unit in units]
    last_on = units[-1].ends_at.astimezone(zone).date() if kind.is_nights else dates[-1]
    weekdays = frozenset(on.weekday() for on in dates)
    is_every_day = len(set(dates)) == (dates[-1] - dates[0]).days + 1
    hours = {}
    if kind.is_visits:
        hours = {
            "visit_times": _usual_times(dates, starts),
            "minutes": int((units[0].ends_at - units[0].starts_at).total_seconds()) // 60,
        }
    else:
        # The hour that most units show: a night on which the clock changes may show another.
        ends = [unit.ends_at.astimezone(zone).time() for unit in units]
        hours = {
            "start_time": Counter(starts).most_common(1)[0][0],
            "end_time": ends[-1] if kind.is_nights else Counter(ends).most_common(1)[0][0],
        }
    return Choice(
        kind=kind,
        starts_on=dates[0],
        last_on=last_on,
        weekdays=frozenset() if is_every_day or kind.is_nights else weekdays,
        **hours,
    )


def _usual_times(dates: list[date], starts: list[time]) -> tuple[time, ...]:
    by_date: dict[date, list[time]] = {}
    for on, at in zip(dates, starts, strict=True):
        by_date.setdefault(on, []).append(at)
    return Counter(tuple(sorted(times)) for times in by_date.values()).most_common(1)[0][0]


def _add_ons(booking: Booking, terms: dict) -> tuple[int, ...]:
    """A line has an extra's words and price but not its id; both are copies of the same terms."""
    lines = {
        (line.sentence, line.unit_cents) for line in booking.lines.all() if line.rule == "add_on"
    }
    rows = terms["service"]["add_ons"]
    return tuple(sorted(row[0] for row in rows if (row[1], row[2]) in lines))
