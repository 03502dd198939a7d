"""Reliability numbers with what they were counted from, as text and as lists.

In public a row says month, kind of care and what came of it: no name, no address, no exact date.
The sitter's own lists lead to the bookings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.dateformat import format as date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from bookings.models import Booking, BookingUnit
from bookings.pages.said import said as _
from bookings.services.reliability import NUMBERS, PUNCTUAL, REPEAT, REPEAT_LABEL, Number
from profiles.models import SitterProfile


@dataclass(frozen=True)
class Row:
    """`tone` and `icon` are those of a status; `url` and `who` only in the sitter's own list."""

    when: str
    kind: str
    outcome: str
    is_good: bool
    url: str = ""
    who: str = ""


def figure(count: int, total: int) -> str:
    """ "28 of 30": never a percentage, which would hide how little it may be made of."""
    return _("%(count)d of %(total)d") % {"count": count, "total": total}


def track_record(sitter: SitterProfile, address: str = "") -> list[tuple[str, str, str]]:
    """(term, figure, address of the list) for each number that was counted from something."""
    address = address or f"/sitters/{sitter.slug}/record/"
    rows = [
        (str(number.label), getattr(sitter, number.count), getattr(sitter, number.total), slug)
        for slug, number in NUMBERS.items()
    ]
    rows.append((str(REPEAT_LABEL), sitter.repeat_owner_count, sitter.owner_count, REPEAT))
    return [
        (label, figure(count, total), f"{address}{slug}/")
        for label, count, total, slug in rows
        if total
    ]


def record_html(sitter: SitterProfile, address: str = "") -> SafeString:
    """The track record as terms and figures, each figure a link; empty without any booking."""
    return format_html_join(
        "",
        '<dt>{}</dt><dd><a href="{}" aria-label="{}: {}">{}</a></dd>',
        ((label, url, label, words, words) for label, words, url in track_record(sitter, address)),
    )


def rows_of(number: Number, found: Sequence, *, is_own: bool) -> list[Row]:
    """Expects what `Number.list_of` returns, with owners loaded for the sitter's own list."""
    return [_row(OUTCOMES[number.slug], one, is_own) for one in found]


def _row(outcome: Callable, one: Booking | BookingUnit, is_own: bool) -> Row:
    booking = one.booking if isinstance(one, BookingUnit) else one
    began = one.starts_at.astimezone(booking.zone)
    return Row(
        when=date_format(began, "D j M Y" if is_own else "F Y"),
        kind=booking.get_kind_display(),
        outcome=outcome(one),
        is_good=one.is_good,
        url=booking.get_absolute_url() if is_own else "",
        who=booking.owner.get_short_name() if is_own else "",
    )


def _answer(booking: Booking) -> str:
    if booking.answered_at is None:
        return _("Ran out without an answer")
    return _("Answered after %(time)s") % {
        "time": _time(booking.answered_at - booking.requested_at)
    }


def _ending(booking: Booking) -> str:
    return booking.get_status_display()


def _notice(booking: Booking) -> str:
    if not booking.is_good:
        return booking.get_status_display()
    before = _time(max(timedelta(), booking.starts_at - booking.ended_at))
    return _("Cancelled by the sitter, %(time)s before the start") % {"time": before}


def _check_in(unit: BookingUnit) -> str:
    late: timedelta = unit.checked_in_at - unit.starts_at
    if late <= PUNCTUAL:
        return _("On time")
    return _("%(time)s late") % {"time": _time(late)}


OUTCOMES = {"answered": _answer, "completed": _ending, "late": _notice, "on-time": _check_in}


def _time(length: timedelta) -> str:
    minutes = int(length.total_seconds() // 60)
    if minutes < 60:
        return ngettext("%d minute", "%d minutes", minutes) % minutes
    if minutes < 48 * 60:
        return ngettext("%d hour", "%d hours", minutes // 60) % (minutes // 60)
    return ngettext("%d day", "%d days", minutes // 1440) % (minutes // 1440)


def household_rows(households: Sequence[Sequence[Booking]], *, is_own: bool) -> list[Row]:
    """One row for each household, without a name in public."""
    rows = []
    for bookings in households:
        months = dict.fromkeys(_month(booking.starts_at, booking) for booking in bookings)
        count = len(bookings)
        rows.append(
            Row(
                when=", ".join(months),
                kind=", ".join(dict.fromkeys(str(one.get_kind_display()) for one in bookings)),
                outcome=ngettext("%d booking", "%d bookings", count) % count,
                is_good=count > 1,
                url=bookings[0].get_absolute_url() if is_own else "",
                who=bookings[0].owner.get_short_name() if is_own else "",
            )
        )
    return rows


def _month(moment: datetime, booking: Booking) -> str:
    return date_format(moment.astimezone(booking.zone), "M Y")


def linked(items: Sequence[tuple[str, str, str]]) -> list[tuple[str, SafeString]]:
    """Pairs for `{% pairs %}`."""
    return [(label, format_html('<a href="{}">{}</a>', url, words)) for label, words, url in items]
