"""The month table of a sitter's page: what is open on each day for the chosen service.

The cells are written here, not in a template: 31 of them through the template engine would take
longer than the rest of the page.
"""

import math
from calendar import Calendar
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as date_format
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from bookings.choice import Reading, to_query
from bookings.services.quotes import NEARBY_DAYS, Offer
from bookings.services.schedule import QUARTER_SECONDS, to_utc
from pawsitters import clock
from profiles.availability import Taken, places_left, places_on, quarter_is_free
from profiles.kinds import Kind
from profiles.models import Seat, SitterProfile

# The class of each state and its word.
STATES = (
    ("", gettext_lazy("open")),
    ("part", gettext_lazy("some places left")),
    ("full", gettext_lazy("full")),
    ("away", gettext_lazy("away")),
    ("in", gettext_lazy("your dates")),
)
# Stand for the two dates of a link until the day is known.
FROM_MARK, TO_MARK = "0000-00-01", "0000-00-02"


@dataclass(frozen=True)
class Month:
    """`rows` are the table's weeks; the addresses of its neighbours are empty at the ends."""

    name: str
    rows: SafeString
    previous_name: str = ""
    previous_url: str = ""
    next_name: str = ""
    next_url: str = ""


@dataclass(frozen=True)
class Span:
    """The month to show, and the first and last date whose seats the page needs."""

    month: date
    today: date
    last_on: date
    first_seat_on: date
    last_seat_on: date


def span_of(sitter: SitterProfile, service: dict, reading: Reading, wanted: str) -> Span:
    """The month `wanted` ("2027-12"), else that of the choice, else this one."""
    today = clock.today(sitter.time_zone)
    last_on = today + timedelta(days=service["horizon_days"])
    month = _first_of_month(wanted, reading, today, last_on)
    seats = [month, (month + timedelta(days=32)).replace(day=1)]
    if reading.choice:
        near = timedelta(days=NEARBY_DAYS)
        seats += [reading.choice.starts_on - near, reading.choice.last_on + near]
    return Span(month, today, last_on, min(seats), max(seats))


def month_of(
    sitter: SitterProfile, reading: Reading, offer: Offer, span: Span, taken: Taken
) -> Month:
    first = span.month
    days = _Days(sitter, reading, offer, span)
    month_name = date_format(first, "F")
    rows = []
    for week in Calendar().monthdatescalendar(first.year, first.month):
        cells = [days.cell(on, taken, month_name) if on.month == first.month else "" for on in week]
        rows.append(f"<tr><td>{'</td><td>'.join(cells)}</td></tr>")
    before, after = _neighbours(first)
    has_before = before >= span.today.replace(day=1)
    has_after = after <= span.last_on
    return Month(
        name=date_format(first, "F Y"),
        rows=mark_safe("".join(rows)),  # words of ours, dates, and an escaped query
        previous_name=date_format(before, "F") if has_before else "",
        previous_url=_month_url(reading, before) if has_before else "",
        next_name=date_format(after, "F") if has_after else "",
        next_url=_month_url(reading, after) if has_after else "",
    )


def frame() -> tuple[SafeString, SafeString]:
    """The head of the table and the legend below it, in the present language."""
    return _frame(get_language())


@lru_cache
def _frame(language: str) -> tuple[SafeString, SafeString]:
    head = format_html_join(
        "",
        '<th scope="col"><span aria-hidden="true">{}</span>'
        '<span class="visually-hidden">{}</span></th>',
        ((WEEKDAYS_ABBR[number], WEEKDAYS[number]) for number in range(7)),
    )
    legend = format_html_join(
        "",
        '<li><span class="day {}"></span>{}</li>',
        ((f"day-{state}" if state else "", word) for state, word in STATES),
    )
    return (
        format_html("<thead><tr>{}</tr></thead>", head),
        format_html('<ul class="legend mt-0">{}</ul>', legend),
    )


def _month_url(reading: Reading, first: date) -> str:
    return f"?{to_query(reading, month=f'{first:%Y-%m}')}#calendar"


def _first_of_month(wanted: str, reading: Reading, today: date, last_on: date) -> date:
    try:
        asked = date.fromisoformat(f"{wanted}-01")
    except ValueError:
        asked = reading.choice.starts_on if reading.choice else today
    return max(today, min(asked, last_on)).replace(day=1)


def _neighbours(first: date) -> tuple[date, date]:
    return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)


@lru_cache
def _words(language: str) -> dict[str, str]:
    return {
        "open": _("open"),
        "left": _("%d left"),
        "yours": _("yours"),
        "full": _("full"),
        "away": _("away"),
        "past": _("past"),
        "soon": _("too soon"),
        "far": _("not yet"),
    }


class _Days:
    """Writes one day after the other; what is the same for all of them is worked out once."""

    def __init__(self, sitter: SitterProfile, reading: Reading, offer: Offer, span: Span):
        service = offer.service
        self.sitter, self.service, self.kind = sitter, service, reading.kind
        self.places = (sitter.capacity.night_places, sitter.capacity.day_places)
        self.needed = len(reading.pets) if self.kind.is_at_sitters else 1
        self.minutes = reading.choice.minutes if reading.choice else 30
        self.zone = ZoneInfo(sitter.time_zone)
        self.today, self.last_on = span.today, span.last_on
        earliest = clock.now() + timedelta(hours=service["lead_hours"])
        self.first_on = earliest.astimezone(self.zone).date()
        if earliest > to_utc(self.first_on, self._latest_start(reading), self.zone):
            self.first_on += timedelta(days=1)
        self.chosen = frozenset(reading.choice.dates) if reading.choice else frozenset()
        self.full = frozenset(offer.full)
        choice = reading.choice
        length = (choice.last_on - choice.starts_on).days if choice else 0
        self.length = timedelta(days=max(length, int(self.kind.is_nights)))
        self.link = escape("?" + to_query(reading, from_=FROM_MARK, to=TO_MARK))
        self.words = _words(get_language())

    def _latest_start(self, reading: Reading) -> time:
        if self.kind.is_visits:
            return time(20)
        return reading.choice.start_time if reading.choice else time(10)

    def cell(self, on: date, taken: Taken, month_name: str) -> str:
        state, word, is_link = self._state(on, taken)
        style = f"day day-{state}" if state else "day"
        if on == self.today:
            style += " day-now"
        inside = f'<b>{on.day}</b> <span class="visually-hidden">{month_name}</span> {word}'
        if not is_link:
            return f'<span class="{style}">{inside}</span>'
        link = self.link.replace(FROM_MARK, on.isoformat())
        link = link.replace(TO_MARK, (on + self.length).isoformat())
        return f'<a class="{style}" href="{link}#book" rel="nofollow">{inside}</a>'

    def _state(self, on: date, taken: Taken) -> tuple[str, str, bool]:
        """Name of the look, the word, and whether the day can be chosen."""
        if on < self.today:
            return "past", f'<span class="visually-hidden">{self.words["past"]}</span>', False
        if on in self.full:
            return "full", self.words["full"], False
        if on in self.chosen:
            return "in", self.words["yours"], True
        if on < self.first_on:
            return "past", self.words["soon"], False
        if on > self.last_on:
            return "past", self.words["far"], False
        places = places_on(self.sitter.snapshot, *self.places, on)
        usual = self._usual(places)
        if not usual:
            return "away", self.words["away"], False
        one_household = self.service["one_household"]
        left = places_left(self.kind, places, taken, on, one_household=one_household)
        if self.kind.is_visits and not self._has_gap(on, places.visits, taken):
            left = 0
        if not left:
            return "full", self.words["full"], False
        if left < usual:
            return "part", self.words["left"] % left, left >= self.needed
        return "", self.words["open"], left >= self.needed

    def _usual(self, places) -> int:
        """The places of the date before any booking; for house sitting and visits 1 or 0."""
        if self.kind is Kind.BOARDING:
            return places.night
        if self.kind is Kind.DAY_CARE:
            return places.day
        return int(places.away if self.kind is Kind.HOUSE_SITTING else places.visits is not None)

    def _has_gap(self, on: date, hours: tuple[time, time], taken: Taken) -> bool:
        """Whether a visit fits anywhere between the day's hours."""
        buffer = self.service["buffer"] * 60
        first, last = (to_utc(on, at, self.zone).timestamp() for at in hours)
        start = int(first - buffer) // QUARTER_SECONDS
        end = math.ceil((last + buffer) / QUARTER_SECONDS)
        if not any((Seat.Resource.TIME, slot) in taken.numbers for slot in range(start, end)):
            return True
        wanted = math.ceil((self.minutes * 60 + 2 * buffer) / QUARTER_SECONDS)
        run = 0
        for slot in range(start, end):
            is_free = quarter_is_free(
                taken, slot, kind=self.kind, group_size=self.service["group_size"]
            )
            run = run + 1 if is_free else 0
            if run >= wanted:
                return True
        return False
