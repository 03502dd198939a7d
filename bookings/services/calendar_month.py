"""A month of a sitter's own calendar: what is left on each day, and who comes."""

from calendar import Calendar
from dataclasses import dataclass, field
from datetime import date

from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.models import Booking, BookingUnit
from pawsitters import clock
from profiles.availability import CLOSED, DayPlaces, Taken, places_left, places_on
from profiles.kinds import Kind
from profiles.models import Seat, SitterProfile

Resource = Seat.Resource
SHOWN = (*Booking.OPEN, Booking.Status.COMPLETED)
MOST_CHIPS = 4
AWAY = 99  # what places_left says of a night at an owner's home
ORDER = (Kind.BOARDING, Kind.DAY_CARE, Kind.HOUSE_SITTING)


@dataclass
class Chip:
    """One booking on one day."""

    booking: Booking
    pets: str
    is_asked: bool

    @property
    def letter(self) -> str:
        return self.booking.get_kind_display()[:1]


@dataclass
class Day:
    """`state` is the look (part, full, away, past or empty), `word` says the same."""

    date: date
    state: str
    word: str
    chips: list[Chip] = field(default_factory=list)
    more: int = 0
    is_holiday: bool = False


@dataclass
class Month:
    first: date
    today: date
    weeks: list[list[Day | None]]

    @property
    def name(self) -> str:
        return date_format(self.first, "F Y")

    @property
    def word(self) -> str:
        return date_format(self.first, "F")


def month_of(sitter: SitterProfile, first: date) -> Month:
    """The month that begins on `first`; three statements whatever is in it."""
    today = clock.today(sitter.time_zone)
    weeks = [
        [on if on.month == first.month else None for on in week]
        for week in Calendar().monthdatescalendar(first.year, first.month)
    ]
    dates = [on for week in weeks for on in week if on]
    taken = _taken(sitter, dates)
    chips = _chips(sitter, dates)
    holidays = {on for on, _name in sitter.snapshot.get("holidays", [])}
    days = {}
    for on in dates:
        state, word = day_state(sitter, on, taken, today)
        on_day = chips.get(on, [])
        days[on] = Day(
            date=on,
            state=state,
            word=word,
            chips=on_day[:MOST_CHIPS],
            more=max(0, len(on_day) - MOST_CHIPS),
            is_holiday=on.isoformat() in holidays,
        )
    return Month(first, today, [[on and days[on] for on in week] for week in weeks])


def day_taken(sitter: SitterProfile, on: date) -> Taken:
    return _taken(sitter, [on])


def _taken(sitter: SitterProfile, dates: list[date]) -> Taken:
    rows = Seat.objects.filter(
        sitter=sitter,
        resource__in=(Resource.NIGHT, Resource.DAY, Resource.AWAY),
        slot__range=(dates[0].toordinal(), dates[-1].toordinal()),
    ).values_list("resource", "slot", "number")
    # The kind only matters for quarters of an hour, which are not read here.
    return Taken.from_rows((*row, "") for row in rows)


def _chips(sitter: SitterProfile, dates: list[date]) -> dict[date, list[Chip]]:
    units = (
        BookingUnit.objects.filter(
            booking__sitter=sitter, booking__status__in=SHOWN, on__range=(dates[0], dates[-1])
        )
        .select_related("booking")
        .prefetch_related("booking__booking_pets")
        .order_by("starts_at", "id")
    )
    found: dict[date, dict[int, Chip]] = {}
    for unit in units:
        booking = unit.booking
        pets = ", ".join(pet.name for pet in booking.booking_pets.all())
        is_asked = booking.status == Booking.Status.REQUESTED
        # Three visits on one day are one chip.
        found.setdefault(unit.on, {}).setdefault(booking.pk, Chip(booking, pets, is_asked))
    return {on: list(chips.values()) for on, chips in found.items()}


def day_state(sitter: SitterProfile, on: date, taken: Taken, today: date) -> tuple[str, str]:
    """(look, word) of one day, over the kinds of care that the sitter offers."""
    if on < today:
        return "past", _("past")
    capacity = sitter.capacity
    places = places_on(sitter.snapshot, capacity.night_places, capacity.day_places, on)
    if places == CLOSED:
        return "away", _("away")
    offered = {service["kind"] for service in sitter.snapshot.get("services", [])}
    does_visits = bool(offered & {Kind.DROP_IN_VISIT, Kind.DOG_WALK} and places.visits)
    usual = {
        kind: count
        for kind in ORDER
        if kind in offered and (count := _usual(kind, places, capacity))
    }
    if not usual:
        return ("", _("open")) if does_visits or not offered else ("away", _("closed"))
    left = {kind: places_left(kind, places, taken, on) for kind in usual}
    if not any(left.values()):
        return ("part", _("visits only")) if does_visits else ("full", _("full"))
    return _left_word(usual, left)


def _usual(kind: Kind, places: DayPlaces, capacity) -> int:
    """Places of an ordinary day, so that a day with fewer is seen as such."""
    if kind == Kind.BOARDING:
        return capacity.night_places if places.night else 0
    if kind == Kind.DAY_CARE:
        return capacity.day_places if places.day else 0
    return AWAY if places.away else 0


def _left_word(usual: dict, left: dict) -> tuple[str, str]:
    """In terms of the first kind that still has room: nights before days before nights away."""
    kind = next(kind for kind in usual if left[kind])
    if left[kind] >= usual[kind]:
        is_first = kind == next(iter(usual))
        return ("", _("open")) if is_first else ("part", _("part open"))
    words = ngettext("%(count)s left", "%(count)s left", left[kind])
    return "part", words % {"count": left[kind]}
