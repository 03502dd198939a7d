"""Dates and times as we write them: "Thu 23 December, 10:00", "23 to 27 December".

Functions take dates, aware datetimes, or their ISO text (as the snapshot holds them).
"""

from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as date_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pawsitters import clock

# Within this many days a reader knows the year; farther away it is written.
YEAR_IS_CLEAR_DAYS = 300


def as_date(value: date | datetime | str) -> date:
    if isinstance(value, str):
        return date.fromisoformat(value[:10])
    return value.date() if isinstance(value, datetime) else value


def as_moment(value: datetime | str, zone: str | ZoneInfo = "UTC") -> datetime:
    """The same moment on the wall clock of `zone` (an IANA name)."""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return moment.astimezone(ZoneInfo(zone) if isinstance(zone, str) else zone)


def day(value: date | datetime | str) -> str:
    """Thu 23 December; the year too when it is not this one's neighbourhood."""
    on = as_date(value)
    return written(on, "D j F" + _year(on))


def short_day(value: date | datetime | str) -> str:
    """Thu 23 Dec, for lists and lines."""
    on = as_date(value)
    return written(on, "D j M" + _year(on))


def long_day(value: date | datetime | str) -> str:
    """Thursday 23 December 2027: for mails and where nothing else tells the year."""
    return written(as_date(value), "l j F Y")


def day_range(first: date | str, last: date | str) -> str:
    """23 to 27 December; `last` is included."""
    first, last = as_date(first), as_date(last)
    if first == last:
        return day(first)
    if (first.year, first.month) == (last.year, last.month):
        start = written(first, "j")
    elif first.year == last.year or not _year(last):
        start = written(first, "j F")
    else:
        start = written(first, "j F Y")
    return _("%(start)s to %(end)s") % {
        "start": start,
        "end": written(last, "j F" + _year(last)),
    }


def hour(value: datetime | str, zone: str | ZoneInfo = "UTC") -> str:
    """10:00 on the wall clock of `zone`."""
    return as_moment(value, zone).strftime("%H:%M")


def moment(value: datetime | str, zone: str | ZoneInfo = "UTC") -> str:
    """Thu 23 December, 10:00 on the wall clock of `zone`."""
    there = as_moment(value, zone)
    return f"{day(there)}, {there:%H:%M}"


def soon(value: datetime | str, zone: str | ZoneInfo = "UTC") -> str:
    """Like `moment`, with words for the nearest days: "tomorrow, 18:04"."""
    there = as_moment(value, zone)
    days = (there.date() - as_moment(clock.now(), zone).date()).days
    words = {-1: _("yesterday"), 0: _("today"), 1: _("tomorrow")}
    return f"{words.get(days) or day(there)}, {there:%H:%M}"


def written(on: date, form: str) -> str:
    """A date in one of Django's formats; the few that pages are about are remembered."""
    return _written(on, form, get_language())


@lru_cache(maxsize=4096)
def _written(on: date, form: str, language: str | None) -> str:
    return date_format(on, form)


def _year(on: date) -> str:
    return " Y" if abs((on - clock.now().date()).days) > YEAR_IS_CLEAR_DAYS else ""
