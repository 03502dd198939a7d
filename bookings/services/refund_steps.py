"""The refund time-line as people see it: "until Mon 20 Dec, 12:00 the whole amount, then …"."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from bookings.outages import is_moved
from bookings.services.wording import say_moment
from profiles.kinds import Kind

if TYPE_CHECKING:
    from bookings.services.cancellation import Agreement

# The clock's smallest step: "just after a deadline" and "just before a start".
TICK = timedelta(microseconds=1)
HALF_NIGHTS = 7


@dataclass(frozen=True)
class Step:
    """A stretch of time up to `until` (None: for good) and what comes back in it, in cents.

    The refund is `refund_cents` at first and `down_to_cents` at last; the two are equal where it
    stays the same. `title` says until when, `sentence` what comes back; `is_now` marks the first.
    """

    until: datetime | None
    refund_cents: int
    sentence: str
    title: str
    down_to_cents: int
    is_now: bool = False

    @property
    def is_range(self) -> bool:
        return self.down_to_cents != self.refund_cents


def collapse(
    agreement: Agreement,
    now: datetime,
    *,
    refund_at: Callable[[datetime], int],
    changes: Sequence[datetime],
) -> tuple[Step, ...]:
    """Everything, then notice, then care, then nothing more: those of the four still to come.

    `refund_at` never grows, and changes only at or just after one of `changes` (sorted). So the
    end of the first stretch is found by halving, and each sum is read off at a stretch's ends:
    about a dozen refunds instead of one for each of hundreds of visits.
    """
    end = agreement.ends_at
    if now >= end:
        cents = refund_at(now)
        sentence = _("it has ended, nothing more comes back")
        return (Step(None, cents, sentence, _("After the end"), cents, is_now=True),)

    whole = agreement.returnable_cents
    loss = bisect_left(changes, True, key=lambda m: refund_at(m + TICK) < whole)
    whole_until = changes[loss] if loss < len(changes) else end
    start = agreement.units[0].starts_at
    stretches = [
        (_whole, whole_until),
        (_notice, start),
        (_during, end),
    ]
    steps: list[Step] = []
    since = now
    for describe, until in stretches:
        if since >= until and not (describe is _whole and refund_at(now) == whole):
            continue
        first = refund_at(since + TICK if steps else now)
        last = max(since, until - TICK)
        last_cents = refund_at(last) if last > since else first
        title, sentence = describe(agreement, until, first)
        steps.append(Step(until, first, sentence, title, last_cents, is_now=not steps))
        since = max(since, until)
    return tuple(steps)


def grace_sentence(agreement: Agreement, now: datetime) -> str:
    """One sentence on the first hour, for a booking not confirmed yet; empty if it cannot apply."""
    if agreement.confirmed_at is not None or agreement.starts_at - now < timedelta(hours=48):
        return ""
    return _("Within an hour of confirming, always everything, up to 48 hours before the start.")


def _whole(agreement: Agreement, until: datetime, cents: int) -> tuple[str, str]:
    is_start = until == agreement.units[0].starts_at
    title = _("Until it starts, %(moment)s") if is_start else _("Until %(moment)s")
    if agreement.settled_cents:
        words = _("all but what an earlier change settled")
    elif agreement.owner_fee_cents:
        words = _("the whole amount, fee included")
    else:
        words = _("the whole amount")
    if not is_start and is_moved(until):
        words += _("; longer than agreed, because our database was away")
    return title % {"moment": say_moment(until, agreement.zone)}, words


def _notice(agreement: Agreement, until: datetime, cents: int) -> tuple[str, str]:
    title = _("Until it starts, %(moment)s") % {"moment": say_moment(until, agreement.zone)}
    return title, ", ".join(filter(None, [_half(agreement), _extras(agreement)]))


def _half(agreement: Agreement) -> str:
    count = len(agreement.units)
    if not agreement.kind.is_nights:
        if count == 1:
            return _("half of the price")
        return _("half of what can no longer be cancelled in full, all of the rest")
    if count == 1:
        return _("half of the night")
    if count <= HALF_NIGHTS:
        return _("half of each night")
    return _("half of the first seven nights, all of the others")


def _extras(agreement: Agreement) -> str:
    if agreement.late_pickup_cents and agreement.add_ons_cents:
        return _("all of the late pick-up and the extras")
    if agreement.late_pickup_cents:
        return _("all of the late pick-up")
    return _("all of the extras") if agreement.add_ons_cents else ""


def _during(agreement: Agreement, until: datetime, cents: int) -> tuple[str, str]:
    title = _("During the stay") if agreement.kind.is_nights else _("Once it has begun")
    if cents == 0:
        return title, _("nothing comes back")
    if len(agreement.units) == 1:
        return title, _extras(agreement)
    words = {
        Kind.DAY_CARE: _("less after each day; shown before you click"),
        Kind.DROP_IN_VISIT: _("less after each visit; shown before you click"),
        Kind.DOG_WALK: _("less after each walk; shown before you click"),
    }
    return title, words.get(agreement.kind, _("less after each night; shown before you click"))
