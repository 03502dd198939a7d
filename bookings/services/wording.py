"""Dates, moments and amounts as people read them in quotes and refund time-lines."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

FEW_DATES = 4
TIMES = {
    2: gettext_lazy("twice"),
    3: gettext_lazy("three times"),
    4: gettext_lazy("four times"),
    5: gettext_lazy("five times"),
    6: gettext_lazy("six times"),
    7: gettext_lazy("seven times"),
    8: gettext_lazy("eight times"),
    9: gettext_lazy("nine times"),
    10: gettext_lazy("ten times"),
}


def say_amount(cents: int) -> str:
    """An amount without its sign, as in a price column's detail: "40" or "40.50"."""
    return f"{cents // 100}" if cents % 100 == 0 else f"{cents // 100}.{cents % 100:02}"


def say_percent(bps: int) -> str:
    """Basis points as "5 %" or "7.25 %"."""
    return f"{bps / 100:.2f}".rstrip("0").rstrip(".") + " %"


def say_date(on: date) -> str:
    """ "Thu 23 Dec"."""
    return formatted(on, "D j M")


def say_moment(at: datetime, zone: ZoneInfo) -> str:
    """ "Thu 23 Dec, 10:00" by the clocks in `zone`."""
    return formatted(at.astimezone(zone), "D j M, H:i")


def say_dates(dates: Sequence[date]) -> str:
    """Sorted dates in few words: "Thu 23 Dec", "24 to 26 Dec", "24 and 26 Dec"."""
    distinct = sorted(set(dates))
    first, last = distinct[0], distinct[-1]
    if len(distinct) == 1:
        return say_date(first)
    is_run = last - first == timedelta(days=len(distinct) - 1)
    if is_run and len(distinct) > 2:
        return _("%(first)s to %(last)s") % _ends(first, last)
    if len(distinct) == 2:
        return _("%(first)s and %(last)s") % _ends(first, last)
    if len(distinct) <= FEW_DATES:
        return _("%(dates)s and %(last)s") % {
            "dates": ", ".join(formatted(on, "j M") for on in distinct[:-1]),
            "last": formatted(last, "j M"),
        }
    return _("between %(first)s and %(last)s") % _ends(first, last)


def _ends(first: date, last: date) -> dict[str, str]:
    """Both ends of a range; the month is said once if it is the same."""
    is_same_month = (first.year, first.month) == (last.year, last.month)
    return {
        "first": formatted(first, "j" if is_same_month else "j M"),
        "last": formatted(last, "j M"),
    }


def say_times(count: int) -> str:
    """How often, for the end of a detail: "twice", "three times", "13 times"."""
    word = TIMES.get(count)
    return str(word) if word else _("%(count)d times") % {"count": count}


def say_minutes(minutes: int) -> str:
    """A length of time: "6 h 30", "2 h", "45 min"."""
    hours, rest = divmod(minutes, 60)
    if not hours:
        return _("%(minutes)d min") % {"minutes": rest}
    if not rest:
        return _("%(hours)d h") % {"hours": hours}
    return _("%(hours)d h %(minutes)02d") % {"hours": hours, "minutes": rest}
