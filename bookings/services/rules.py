"""The state table of docs (T2–T12) as data: who may do what, in which state, and when.

The booking page shows exactly what `allowed` returns, and every transition asks `require` with
the same table, so a button and its refusal can never disagree. Pure; times are aware, in UTC.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.exceptions import NotAllowedNow
from bookings.models import Booking
from bookings.services.late_cancellations import is_late
from bookings.services.visits import (
    CHECK_IN_OPENS,
    is_visit_by_visit,
    to_check_in,
    under_way,
)

Status = Booking.Status
OWNER, SITTER, STAFF, CLOCK = "owner", "sitter", "staff", "clock"

COMPLETES_AFTER = timedelta(hours=24)
FLAGGED_AFTER = timedelta(hours=12)
REPORT_FOR = timedelta(hours=24)
CANCELLED = (Status.CANCELLED_BY_OWNER, Status.CANCELLED_BY_SITTER, Status.CANCELLED_BY_STAFF)


# What is over, after money was due.
REFUNDABLE = (
    Status.COMPLETED,
    Status.CANCELLED_BY_OWNER,
    Status.CANCELLED_BY_SITTER,
    Status.CANCELLED_BY_STAFF,
    Status.NO_SHOW_OWNER,
    Status.NO_SHOW_SITTER,
)


@dataclass(frozen=True)
class Rule:
    """`role` may do `verb` in `states` while `guard` holds; `why_not` explains a closed guard."""

    verb: str
    role: str
    states: tuple[str, ...]
    guard: Callable[[Booking, datetime], bool] = lambda booking, now: True
    why_not: str = ""


def _not_expired(booking: Booking, now: datetime) -> bool:
    return now < booking.runs_out_at


def _can_check_in_next(booking: Booking, now: datetime) -> bool:
    return is_visit_by_visit(booking) and to_check_in(booking.units.all(), now) is not None


def _can_check_out(booking: Booking, now: datetime) -> bool:
    units = list(booking.units.all())
    if is_visit_by_visit(booking):
        return under_way(units) is not None
    # All but the last day of a stay is behind it.
    return bool(units) and now >= units[-1].starts_at


def _can_report(booking: Booking, now: datetime) -> bool:
    if booking.checked_in_at is None:
        return False
    return booking.is_open or now < (booking.ended_at or booking.ends_at) + REPORT_FOR


def _is_flagged(booking: Booking, now: datetime) -> bool:
    return booking.flagged_at is not None


def _can_claim_no_access(booking: Booking, now: datetime) -> bool:
    return _is_flagged(booking, now) and not _no_access_is_claimed(booking)


def _can_agree_no_access(booking: Booking, now: datetime) -> bool:
    return _is_flagged(booking, now) and _no_access_is_claimed(booking)


def _no_access_is_claimed(booking: Booking) -> bool:
    return any(event.verb == "no_access_claimed" for event in booking.events.all())


RULES = (
    Rule(
        "accept",
        SITTER,
        (Status.REQUESTED,),
        _not_expired,
        gettext_lazy("The time to answer is over."),
    ),
    Rule(
        "decline",
        SITTER,
        (Status.REQUESTED,),
        _not_expired,
        gettext_lazy("The time to answer is over."),
    ),
    Rule("withdraw", OWNER, (Status.REQUESTED,)),
    Rule("expire", CLOCK, (Status.REQUESTED,), lambda b, now: now >= b.runs_out_at),
    Rule(
        "check_in",
        SITTER,
        (Status.CONFIRMED,),
        lambda b, now: now >= b.starts_at - CHECK_IN_OPENS,
        gettext_lazy("You can check in from one hour before the start."),
    ),
    Rule("check_in", SITTER, (Status.IN_PROGRESS,), _can_check_in_next),
    Rule(
        "check_out",
        SITTER,
        (Status.IN_PROGRESS,),
        _can_check_out,
        gettext_lazy(
            "You can check out once the last night has begun; a visit or day, once checked in."
        ),
    ),
    Rule(
        "report",
        SITTER,
        (*Booking.HOLDS_SEATS, Status.COMPLETED, *CANCELLED),
        _can_report,
        gettext_lazy("A report card can be written and changed until 24 hours after."),
    ),
    Rule(
        "complete", CLOCK, (Status.IN_PROGRESS,), lambda b, now: now >= b.ends_at + COMPLETES_AFTER
    ),
    Rule(
        "flag",
        CLOCK,
        (Status.CONFIRMED,),
        lambda b, now: b.flagged_at is None and now >= b.ends_at + FLAGGED_AFTER,
    ),
    Rule("report_missed", OWNER, (Status.CONFIRMED,), _is_flagged),
    Rule("claim_no_access", SITTER, (Status.CONFIRMED,), _can_claim_no_access),
    Rule("agree_no_access", OWNER, (Status.CONFIRMED,), _can_agree_no_access),
    Rule("decide_no_show", STAFF, (Status.CONFIRMED,), _is_flagged),
    Rule(
        "cancel",
        OWNER,
        (Status.CONFIRMED, Status.IN_PROGRESS),
        lambda b, now: now < b.ends_at,
        gettext_lazy("It has already ended."),
    ),
    Rule(
        "cancel",
        SITTER,
        (Status.CONFIRMED, Status.IN_PROGRESS),
        lambda b, now: now < b.ends_at,
        gettext_lazy("It has already ended."),
    ),
    *[
        Rule(
            "propose",
            role,
            (Status.CONFIRMED, Status.IN_PROGRESS),
            lambda b, now: now < b.ends_at,
            gettext_lazy("It has already ended."),
        )
        for role in (OWNER, SITTER)
    ],
    Rule("cancel", STAFF, Booking.OPEN),
    Rule(
        "refund",
        STAFF,
        REFUNDABLE,
        lambda b, now: (b.refund_cents or 0) < b.total_cents,
        gettext_lazy("Everything has come back already."),
    ),
    Rule(
        "give_back",
        SITTER,
        (Status.CANCELLED_BY_OWNER, Status.NO_SHOW_OWNER),
        lambda b, now: (b.refund_cents or 0) < b.total_cents,
    ),
    Rule(
        "reply",
        SITTER,
        (Status.CANCELLED_BY_SITTER,),
        lambda b, now: not b.public_reply and is_late(b),
        gettext_lazy("You have replied already, or there is nothing on record."),
    ),
)


def role_of(booking: Booking, user) -> str | None:
    """ "owner" or "sitter" for the two parties, None for everybody else."""
    if booking.owner_id == user.pk:
        return OWNER
    return SITTER if booking.sitter.user_id == user.pk else None


def allowed(booking: Booking, role: str, now: datetime) -> set[str]:
    """The verbs that `role` may do now."""
    return {
        rule.verb
        for rule in RULES
        if rule.role == role and booking.status in rule.states and rule.guard(booking, now)
    }


def require(booking: Booking, role: str, verb: str, now: datetime) -> None:
    """Raise NotAllowedNow, naming the present state and what can be done, unless allowed."""
    for rule in RULES:
        if (rule.role, rule.verb) == (role, verb) and booking.status in rule.states:
            if rule.guard(booking, now):
                return
            raise NotAllowedNow(str(rule.why_not) or _refusal(booking, role, now))
    raise NotAllowedNow(_refusal(booking, role, now))


def _refusal(booking: Booking, role: str, now: datetime) -> str:
    state = booking.get_status_display().lower()
    possible = sorted(
        str(VERB_WORDS[verb]) for verb in allowed(booking, role, now) if verb in VERB_WORDS
    )
    if possible:
        return _("This booking is already %(state)s. You can still: %(possible)s.") % {
            "state": state,
            "possible": ", ".join(possible),
        }
    return _("This booking is already %(state)s; there is nothing left to do.") % {"state": state}


VERB_WORDS = {
    "accept": gettext_lazy("accept it"),
    "decline": gettext_lazy("decline it"),
    "withdraw": gettext_lazy("withdraw it"),
    "check_in": gettext_lazy("check in"),
    "check_out": gettext_lazy("check out"),
    "report": gettext_lazy("write a report card"),
    "cancel": gettext_lazy("cancel it"),
    "propose": gettext_lazy("propose a change"),
    "report_missed": gettext_lazy("say that it did not take place"),
    "claim_no_access": gettext_lazy("say that you had no access"),
    "agree_no_access": gettext_lazy("agree that there was no access"),
    "give_back": gettext_lazy("give more money back"),
    "reply": gettext_lazy("reply in public"),
}
