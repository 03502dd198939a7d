"""The events of a booking in plain words, as the person who looks would tell them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy

from bookings.models import Booking, BookingEvent
from bookings.pages.said import said as _
from bookings.services.rules import OWNER, SITTER, STAFF
from pawsitters import clock, dates
from profiles.kinds import UNIT_WORDS, Kind
from profiles.money import amount

Status = Booking.Status
# verb: as the one who did it reads it, as everybody else does
VERBS = {
    "requested": (gettext_lazy("You asked"), gettext_lazy("%(name)s asked")),
    "confirmed": (gettext_lazy("You accepted"), gettext_lazy("%(name)s accepted")),
    "declined": (gettext_lazy("You declined"), gettext_lazy("%(name)s declined")),
    "withdrawn": (
        gettext_lazy("You withdrew the request"),
        gettext_lazy("%(name)s withdrew the request"),
    ),
    "checked_in": (gettext_lazy("You checked in"), gettext_lazy("%(name)s checked in")),
    "completed": (gettext_lazy("You checked out"), gettext_lazy("%(name)s checked out")),
    "visit_begun": (
        gettext_lazy("You checked in to number %(visit)s"),
        gettext_lazy("%(name)s checked in to number %(visit)s"),
    ),
    "visit_ended": (
        gettext_lazy("You checked out of number %(visit)s"),
        gettext_lazy("%(name)s checked out of number %(visit)s"),
    ),
    "no_access_claimed": (
        gettext_lazy("You said there was no access"),
        gettext_lazy("%(name)s said there was no access"),
    ),
    "no_show_sitter": (
        gettext_lazy("You said that it did not take place"),
        gettext_lazy("%(name)s said that it did not take place"),
    ),
    "no_show_owner": (
        gettext_lazy("You agreed that there was no access"),
        gettext_lazy("%(name)s agreed that there was no access"),
    ),
    "cancelled": (gettext_lazy("You cancelled"), gettext_lazy("%(name)s cancelled")),
    "replied": (gettext_lazy("You replied in public"), gettext_lazy("%(name)s replied in public")),
    "care_changed": (
        gettext_lazy("You changed what to follow"),
        gettext_lazy("%(name)s changed what to follow"),
    ),
    "care_restored": (
        gettext_lazy("You took a change of the care sheet back"),
        gettext_lazy("%(name)s took a change of the care sheet back"),
    ),
    "care_ticked": (
        gettext_lazy("You ticked what changed"),
        gettext_lazy("%(name)s ticked what changed"),
    ),
    "change_proposed": (
        gettext_lazy("You proposed a change"),
        gettext_lazy("%(name)s proposed a change"),
    ),
    "changed": (
        gettext_lazy("You agreed to the change"),
        gettext_lazy("%(name)s agreed to the change"),
    ),
    "change_declined": (
        gettext_lazy("You did not agree to the change"),
        gettext_lazy("%(name)s did not agree to the change"),
    ),
    "change_withdrawn": (
        gettext_lazy("You took the change back"),
        gettext_lazy("%(name)s took the change back"),
    ),
    "gave_back": (gettext_lazy("You gave back more"), gettext_lazy("%(name)s gave back more")),
}
# Fourteen days with three visits would bury the rest; they stand in the panel of the visits.
OF_ONE_VISIT = ("visit_begun", "visit_ended")
BY_CLOCK = {
    "requested": gettext_lazy("Due in the weekly series"),
    "confirmed": gettext_lazy("Confirmed as agreed for the series"),
    "expired": gettext_lazy("The time to answer ran out"),
    "completed": gettext_lazy("Completed by itself, a day after the end"),
    "flagged": gettext_lazy("Nobody had checked in"),
    "change_expired": gettext_lazy("The time to answer the change ran out"),
}
BY_STAFF = {
    "no_show_sitter": gettext_lazy("Our staff decided: the sitter was not there"),
    "no_show_owner": gettext_lazy("Our staff decided: the owner was not there"),
    "cancelled": gettext_lazy("Our staff cancelled"),
    "refunded": gettext_lazy("Our staff decided that more comes back"),
}


@dataclass(frozen=True)
class Entry:
    """One node of the lead line; `state` is "", "now" or "next"."""

    title: str
    when: str = ""
    iso: str = ""
    note: str = ""
    state: str = ""


def sentence(event: BookingEvent, booking: Booking, role: str | None) -> str:
    """What happened; `role` is the side that reads it, None for staff. Expects parties loaded."""
    if event.role == STAFF and event.verb in BY_STAFF:
        return str(BY_STAFF[event.verb])
    if event.role in (OWNER, SITTER) and event.verb in VERBS:
        own, others = VERBS[event.verb]
        person = booking.owner if event.role == OWNER else booking.sitter.user
        words = {"name": person.get_short_name(), "visit": event.data.get("visit", "")}
        return (own if event.role == role else others) % words
    return str(BY_CLOCK.get(event.verb, event.verb))


def _note(event: BookingEvent, booking: Booking) -> str:
    if event.verb == "changed":
        return _("%(new)s instead of %(old)s") % {
            "new": amount(event.data["new_total_cents"], booking.currency),
            "old": amount(event.data["old_total_cents"], booking.currency),
        }
    refund = event.data.get("refund_cents")
    if refund is None:
        return ""
    words = _("%(refund)s of %(total)s back") % {
        "refund": amount(refund, booking.currency),
        "total": amount(booking.total_cents, booking.currency),
    }
    return f"{words}: {event.data['reason']}" if event.verb == "refunded" else words


def timeline(
    booking: Booking, events: Sequence[BookingEvent], role: str, unit_starts: Sequence[datetime]
) -> list[Entry]:
    """What has happened, where it stands, and what is to come.

    `unit_starts` are the starts of the units, in order; empty where they are not loaded.
    """
    past = [
        Entry(
            sentence(event, booking, role),
            dates.moment(event.at, booking.zone),
            event.at.isoformat(),
            _note(event, booking),
        )
        for event in events
        if event.verb not in OF_ONE_VISIT
    ]
    return [*past, *_now(booking, role, unit_starts), *_next(booking, role)]


def _now(booking: Booking, role: str, unit_starts: Sequence[datetime]) -> list[Entry]:
    if booking.status == Status.REQUESTED:
        title = (
            _("%(sitter)s answers") % {"sitter": booking.sitter.user.get_short_name()}
            if role == OWNER
            else _("You answer")
        )
        by = _("by %(moment)s") % {"moment": dates.soon(booking.runs_out_at, booking.zone)}
        return [Entry(title, by, booking.runs_out_at.isoformat(), state="now")]
    if booking.status == Status.IN_PROGRESS and unit_starts:
        return [Entry(progress(booking, unit_starts), state="now")]
    if booking.flagged_at and booking.status == Status.CONFIRMED:
        return [Entry(_("One of you says what happened"), state="now")]
    return []


def _next(booking: Booking, role: str) -> list[Entry]:
    if not booking.is_open or booking.flagged_at:
        return []
    start, end = _ends(booking, role)
    entries = []
    if booking.status != Status.IN_PROGRESS:
        entries.append(_planned(booking, start, booking.starts_at))
    entries.append(_planned(booking, end, booking.ends_at))
    if booking.status == Status.CONFIRMED:
        entries[0] = Entry(entries[0].title, entries[0].when, entries[0].iso, state="now")
    return entries


def _ends(booking: Booking, role: str) -> tuple[str, str]:
    """What the first and the last moment are called."""
    if Kind(booking.kind).is_at_sitters:
        if role == OWNER:
            return _("You bring"), _("You collect")
        return _("%(owner)s brings") % _owner(booking), _("%(owner)s collects") % _owner(booking)
    return _("It begins"), _("It ends")


def _owner(booking: Booking) -> dict[str, str]:
    return {"owner": booking.owner.get_short_name()}


def _planned(booking: Booking, title: str, at: datetime) -> Entry:
    return Entry(title, dates.moment(at, booking.zone), at.isoformat(), state="next")


def progress(booking: Booking, unit_starts: Sequence[datetime]) -> str:
    """Night 3 of 4; before the first begins, and between visits, the one that comes next."""
    begun = sum(1 for at in unit_starts if at <= clock.now())
    word = str(UNIT_WORDS[Kind(booking.kind)])
    return _("%(unit)s %(number)d of %(all)d") % {
        "unit": word[:1].upper() + word[1:],
        "number": max(1, begun),
        "all": len(unit_starts),
    }
