"""Bookings that are the same every week, as one row: a weekly series would fill the page."""

from collections.abc import Sequence
from dataclasses import replace

from bookings.pages.rows import Row
from bookings.pages.said import said as _
from pawsitters import dates

FOLDED_FROM = 3


def fold_weekly(rows: Sequence[Row]) -> list[Row]:
    """Of three or more that are alike but for the week, the first, which says how many follow.

    Alike: the same words, on the same weekday at the same time, beginning and ending on one date.
    `rows` are in the order of their start.
    """
    alike: dict[tuple, list[Row]] = {}
    for row in rows:
        alike.setdefault(_what(row), []).append(row)
    folded = {
        id(group[0]): replace(group[0], note=_with_others(group))
        for group in alike.values()
        if len(group) >= FOLDED_FROM
    }
    hidden = {id(row) for group in alike.values() if len(group) >= FOLDED_FROM for row in group[1:]}
    return [folded.get(id(row), row) for row in rows if id(row) not in hidden]


def _what(row: Row) -> tuple:
    begin, end = (
        moment.astimezone(row.booking.zone)
        for moment in (row.booking.starts_at, row.booking.ends_at)
    )
    if begin.date() != end.date():
        return (row.booking.pk,)
    return row.title, row.kind, row.who, row.price, begin.weekday(), begin.time(), end.time()


def _with_others(group: Sequence[Row]) -> str:
    others = _("and %(count)d more like it, every week until %(day)s") % {
        "count": len(group) - 1,
        "day": dates.day(group[-1].booking.starts_at.astimezone(group[-1].booking.zone)),
    }
    return ". ".join(part for part in (group[0].note, others[:1].upper() + others[1:]) if part)
