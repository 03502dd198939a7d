"""What happens next: one sentence and one action, by the booking's state and who looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bookings.models import Booking, BookingUnit
from bookings.pages import words
from bookings.pages.said import said as _
from bookings.pages.timeline import progress
from bookings.services.rules import OWNER
from bookings.services.visits import (
    CHECK_IN_OPENS,
    is_visit_by_visit,
    next_unit,
    to_check_in,
    under_way,
)
from pawsitters import clock, dates
from profiles.kinds import UNIT_WORDS, Kind
from profiles.money import amount

Status = Booking.Status


@dataclass(frozen=True)
class NextStep:
    """`verb` is the action that belongs to it, empty if there is nothing to do.

    `also` are the other answers to the same question, shown beside it.
    """

    title: str
    text: str = ""
    verb: str = ""
    also: tuple[str, ...] = ()


def next_step(
    booking: Booking, role: str, verbs: set[str], unit_starts: Sequence[datetime], pets: str
) -> NextStep:
    """`verbs` is what the state table allows now; expects the parties loaded."""
    facts = {**words.names(booking, pets), **_moments(booking)}
    if booking.status == Status.REQUESTED:
        return _requested(booking, role, verbs, facts)
    if booking.status == Status.CONFIRMED:
        return _confirmed(booking, role, verbs, facts)
    if booking.status == Status.IN_PROGRESS:
        return _running(booking, role, verbs, facts, unit_starts)
    return _ended(booking, role, verbs, facts)


def _moments(booking: Booking) -> dict[str, str]:
    zone = booking.zone
    return {
        "answer_by": dates.soon(booking.runs_out_at, zone),
        "start": dates.soon(booking.starts_at, zone),
        "end": dates.soon(booking.ends_at, zone),
        "check_in": dates.soon(booking.starts_at - CHECK_IN_OPENS, zone),
        "refund": amount(booking.refund_cents or 0, booking.currency),
        "total": amount(booking.total_cents, booking.currency),
        "net": amount(booking.sitter_net_cents, booking.currency),
    }


def _requested(booking, role, verbs, facts) -> NextStep:
    if role == OWNER:
        if clock.now() >= booking.runs_out_at:
            return NextStep(_("The time to answer is over"), _("You can ask somebody else now."))
        return NextStep(
            _("%(sitter)s has until %(answer_by)s to answer") % facts,
            _("You pay nothing yet. If the answer is yes, it is settled at this price.")
            + _why_longer(booking),
            "withdraw",
        )
    if "accept" not in verbs:
        return NextStep(_("The time to answer is over"))
    return NextStep(
        _("Can you look after %(pets)s? Answer by %(answer_by)s") % facts,
        _("You would get %(net)s. Until you accept, the request holds none of your dates.") % facts
        + _why_longer(booking),
        "accept",
        also=("decline",),
    )


def _why_longer(booking: Booking) -> str:
    """A further sentence where an outage has moved the end of the time to answer."""
    if not booking.has_more_time:
        return ""
    return " " + _("Our database was away, so there is more time than was agreed.")


def _confirmed(booking, role, verbs, facts) -> NextStep:
    if booking.flagged_at:
        return _flagged(role, verbs, facts)
    is_late = clock.now() >= booking.starts_at
    if role == OWNER:
        if is_late:
            return NextStep(
                _("%(sitter)s has not checked in yet") % facts,
                _("It was planned for %(start)s. Ring up if you wonder.") % facts,
            )
        return NextStep(_when_it_begins(booking, facts), _owner_text(booking) % facts)
    if "check_in" in verbs:
        return NextStep(
            _("%(pets)s: check in when you meet") % facts,
            _("%(owner)s is told at once.") % facts,
            "check_in",
        )
    return NextStep(
        _when_it_begins(booking, facts),
        _("You can check in from %(check_in)s.") % facts,
    )


def _when_it_begins(booking: Booking, facts) -> str:
    days = (booking.starts_at - clock.now()).days
    if days < 2:
        return _("It begins %(start)s") % facts
    return _("In %(days)d days: %(start)s") % {**facts, "days": _days_until(booking)}


def _days_until(booking: Booking) -> int:
    """Nights to sleep until the start, by the calendar at the place of care."""
    start = booking.starts_at.astimezone(booking.zone).date()
    return (start - clock.now().astimezone(booking.zone).date()).days


def _owner_text(booking: Booking) -> str:
    if Kind(booking.kind).is_at_sitters:
        return _("You bring %(pets)s to %(sitter)s; address and phone are below.")
    return _("%(sitter)s comes to you; address and phone are below.")


def _flagged(role, verbs, facts) -> NextStep:
    if role == OWNER:
        if "agree_no_access" in verbs:
            return NextStep(
                _("%(sitter)s says there was no access") % facts,
                _("If you agree, the booking is closed and paid for. If not, our staff decides."),
                "agree_no_access",
                also=("report_missed",),
            )
        return NextStep(
            _("Did it take place?"),
            _("%(sitter)s never checked in. If nobody came, everything comes back to you.") % facts,
            "report_missed",
        )
    if "claim_no_access" in verbs:
        return NextStep(
            _("You never checked in. What happened?"),
            _("If it took place, check in and out now. If you could not get in, say so."),
            "check_in",
            also=("claim_no_access",),
        )
    return NextStep(
        _("%(owner)s is asked whether there was no access") % facts,
        _("If you do not agree with each other, our staff decides."),
        "check_in",
    )


def _running(booking, role, verbs, facts, unit_starts) -> NextStep:
    if is_visit_by_visit(booking):
        return _between_visits(booking, role, verbs, facts)
    title = progress(booking, unit_starts) if unit_starts else _("In progress")
    if role == OWNER:
        checked_in = dates.soon(booking.checked_in_at, booking.zone)
        return NextStep(
            _("%(progress)s, until %(end)s") % {"progress": title, **facts},
            _("%(sitter)s checked in %(moment)s.") % {**facts, "moment": checked_in},
        )
    if "check_out" in verbs:
        return NextStep(
            _("%(progress)s: check out when you part") % {"progress": title},
            _("Planned for %(end)s. Checking out completes the booking.") % facts,
            "check_out",
            also=("report",),
        )
    text = _("A few words and a photo a day keep %(owner)s at ease.")
    if "report" not in verbs:
        text = _("%(owner)s has today’s report card.")
    return NextStep(
        _("%(progress)s, until %(end)s") % {"progress": title, **facts}, text % facts, "report"
    )


def _between_visits(booking, role, verbs, facts) -> NextStep:
    """Each visit or day has its own check-in; `verbs` are the sitter's only."""
    units = list(booking.units.all())
    here = under_way(units)
    if here:
        facts = {**facts, **_of_unit(booking, here), "since": _soon(booking, here.checked_in_at)}
        if role == OWNER:
            return NextStep(
                _("%(sitter)s is with %(pets)s") % facts,
                _("%(Unit)s %(number)d of %(all)d. Checked in %(since)s.") % facts,
            )
        return NextStep(
            _("%(Unit)s %(number)d of %(all)d: check out when you part") % facts,
            _("Checked in %(since)s, planned until %(until)s.") % facts,
            "check_out",
            also=("report",),
        )
    if "check_in" in verbs:
        facts |= _of_unit(booking, to_check_in(units, clock.now()))
        return NextStep(
            _("%(Unit)s %(number)d of %(all)d: check in when you are there") % facts,
            _("Planned for %(begins)s. %(owner)s is told at once.") % facts,
            "check_in",
            also=("report",),
        )
    unit = next_unit(units, clock.now())
    if unit is None:
        return NextStep(
            _("The last one was not checked in"),
            _("The booking completes by itself a day after its end."),
            "report",
        )
    facts |= _of_unit(booking, unit)
    text = _("You can check in from one hour before.") if role != OWNER else ""
    return NextStep(_("%(Unit)s %(number)d of %(all)d: %(begins)s") % facts, text, "report")


def _of_unit(booking: Booking, unit: BookingUnit) -> dict:
    word = str(UNIT_WORDS[Kind(booking.kind)])
    return {
        "Unit": word[:1].upper() + word[1:],
        "number": unit.number,
        "all": len(booking.units.all()),
        "begins": _soon(booking, unit.starts_at),
        "until": dates.hour(unit.ends_at, booking.zone),
    }


def _soon(booking: Booking, at: datetime) -> str:
    return dates.soon(at, booking.zone)


def _ended(booking, role, verbs, facts) -> NextStep:
    title, text = {
        Status.COMPLETED: (_("It is complete"), _completed_text(booking, role)),
        Status.DECLINED: (
            _("%(sitter)s cannot take it this time") if role == OWNER else _("You declined"),
            _("Nothing is due."),
        ),
        Status.WITHDRAWN: (
            _("You withdrew the request") if role == OWNER else _("%(owner)s withdrew the request"),
            _("Nothing is due."),
        ),
        Status.EXPIRED: (_("The time to answer ran out"), _("Nothing is due.")),
        Status.CANCELLED_BY_OWNER: (
            _("You cancelled") if role == OWNER else _("%(owner)s cancelled"),
            _refund_text(role),
        ),
        Status.CANCELLED_BY_SITTER: (
            _("%(sitter)s cancelled") if role == OWNER else _("You cancelled"),
            _refund_text(role),
        ),
        Status.CANCELLED_BY_STAFF: (_("Our staff cancelled"), _refund_text(role)),
        Status.NO_SHOW_OWNER: (_("It did not take place: no access"), _refund_text(role)),
        Status.NO_SHOW_SITTER: (_("It did not take place: nobody came"), _refund_text(role)),
    }[booking.status]
    verb = next((verb for verb in ("give_back", "reply", "report") if verb in verbs), "")
    return NextStep(title % facts, text % facts, verb)


def _completed_text(booking: Booking, role: str) -> str:
    text = (
        _("We hope %(pets)s had a good time with %(sitter)s.")
        if role == OWNER
        else _("Thank you for looking after %(pets)s. You get %(net)s.")
    )
    if booking.is_completed_automatically:
        text += " " + _("Nobody checked out, so it was completed by itself a day after its end.")
    return text


def _refund_text(role: str) -> str:
    """P11: no payment passes through us, so a refund is what one owes the other."""
    if role == OWNER:
        return _(
            "Of %(total)s, %(refund)s comes back to you. If you have paid already, %(sitter)s "
            "gives it back to you directly."
        )
    return _(
        "Of %(total)s, %(refund)s goes back to the owner. If you have been paid already, give it "
        "back to %(owner)s directly."
    )
