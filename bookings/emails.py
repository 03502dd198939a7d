"""What people are told, one function per event. Text first; the HTML mail is made from it.

Each returns the messages for both sides as {"owner": Message, "sitter": Message}; a side that
caused the event is only told where a copy is useful.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.text import one_line
from bookings.models import Booking
from profiles.templatetags.money import money


@dataclass(frozen=True)
class Message:
    """`text` is paragraphs divided by empty lines; `action` is what the mail's button says."""

    subject: str
    text: str
    action: str


def _moment(moment: datetime, zone: ZoneInfo) -> str:
    return date_format(moment.astimezone(zone), "D j F, H:i")


def facts(booking: Booking) -> dict[str, str]:
    """Words that every message may use."""
    owner, sitter = booking.owner, booking.sitter.user
    return {
        # In one line: a break in a subject would stop the mail, one in the text fake our words.
        "owner": one_line(owner.get_short_name()),
        "sitter": one_line(sitter.get_short_name()),
        "pets": one_line(pet_names(booking)),
        "kind": booking.get_kind_display().lower(),
        "start": _moment(booking.starts_at, booking.zone),
        "end": _moment(booking.ends_at, booking.zone),
        "total": money(booking.total_cents),
        "net": money(booking.sitter_net_cents),
        "refund": money(booking.refund_cents or 0),
        "answer_by": _moment(booking.expires_at, booking.zone),
        "reference": booking.reference,
        "payment": booking.payment_note.rstrip(".") or _("as you agree with each other"),
        "text": booking.end_text,
    }


def date_list(dates: Sequence[date]) -> str:
    """ "Fri 24 Dec, Sat 25 Dec"; the first six and how many more there are."""
    words = ", ".join(date_format(on, "D j M") for on in dates[:6])
    more = len(dates) - 6
    return words if more <= 0 else _("%(dates)s and %(more)d more") % {"dates": words, "more": more}


def pet_names(booking: Booking) -> str:
    names = [pet.name for pet in booking.booking_pets.all()]
    if len(names) < 2:
        return "".join(names)
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def _message(
    booking: Booking,
    subject: str,
    paragraphs: list[str],
    action: str,
    words: dict[str, str] | None = None,
) -> Message:
    """`words` are the booking's facts, for those who have them already."""
    words = words or facts(booking)
    when = _("%(kind)s for %(pets)s, %(start)s to %(end)s. Booking %(reference)s.") % words
    when = when[:1].upper() + when[1:]
    text = "\n\n".join([*(part % words for part in paragraphs if part), when])
    return Message((subject % words)[:160], text, action)


def _payment() -> str:
    return _(
        "The total of %(total)s is paid to %(sitter)s directly: %(payment)s. PawSitters takes no payment."
    )


def requested(booking: Booking) -> dict[str, Message]:
    words = facts(booking)
    return {
        "sitter": _message(
            booking,
            _("%(owner)s asks you to look after %(pets)s"),
            [
                _("%(owner)s would like you to look after %(pets)s. You would get %(net)s."),
                _(
                    "Please answer by %(answer_by)s. Until then the request holds none of your dates."
                ),
            ],
            _("Answer %(owner)s") % words,
            words,
        ),
        "owner": _message(
            booking,
            _("You asked %(sitter)s to look after %(pets)s"),
            [
                _("%(sitter)s has until %(answer_by)s to answer. Nothing is due before then."),
                _payment(),
            ],
            _("See the request"),
            words,
        ),
    }


def confirmed(booking: Booking) -> dict[str, Message]:
    return {
        "owner": _message(
            booking,
            _("%(sitter)s will look after %(pets)s"),
            [
                _("It is settled: %(sitter)s will look after %(pets)s from %(start)s."),
                _payment(),
                _("Addresses and phone numbers are on the booking’s page now."),
            ],
            _("See the booking"),
        ),
        "sitter": _message(
            booking,
            _("You will look after %(pets)s"),
            [_("You will look after %(pets)s from %(start)s and get %(net)s.")],
            _("See the booking and the care sheet"),
        ),
    }


def declined(booking: Booking) -> dict[str, Message]:
    return {
        "owner": _message(
            booking,
            _("%(sitter)s cannot look after %(pets)s this time"),
            [
                _("%(sitter)s had to decline. Nothing is due."),
                "“%(text)s”" if booking.end_text else "",
                _("The booking’s page shows three sitters who have your dates open."),
            ],
            _("See who else is free"),
        )
    }


def withdrawn(booking: Booking) -> dict[str, Message]:
    return {
        "sitter": _message(
            booking,
            _("%(owner)s has withdrawn the request for %(pets)s"),
            [_("There is nothing to do; the request is closed.")],
            _("See the request"),
        )
    }


def expired(booking: Booking) -> dict[str, Message]:
    return {
        "owner": _message(
            booking,
            _("%(sitter)s has not answered in time"),
            [
                _("Your request has ended without an answer. Nothing is due."),
                _("Others have your dates open."),
            ],
            _("See who else is free"),
        ),
        "sitter": _message(
            booking,
            _("The request of %(owner)s has run out"),
            [_("It was open until %(answer_by)s and counts as unanswered.")],
            _("See the request"),
        ),
    }


def checked_in(booking: Booking) -> dict[str, Message]:
    return {
        "owner": _message(
            booking,
            _("%(sitter)s has checked in with %(pets)s"),
            [_("%(sitter)s is with %(pets)s now.")],
            _("See the booking"),
        )
    }


def completed(booking: Booking) -> dict[str, Message]:
    automatic = (
        _("Nobody checked out, so the booking was completed automatically a day after its end.")
        if booking.is_completed_automatically
        else ""
    )
    return {
        "owner": _message(
            booking,
            _("%(pets)s: the booking with %(sitter)s is complete"),
            [_("We hope %(pets)s had a good time with %(sitter)s."), automatic],
            _("See the booking"),
        ),
        "sitter": _message(
            booking,
            _("Your booking with %(pets)s is complete"),
            [_("Thank you for looking after %(pets)s. You get %(net)s."), automatic],
            _("See the booking"),
        ),
    }


def flagged(booking: Booking) -> dict[str, Message]:
    return {
        "owner": _message(
            booking,
            _("Did the booking with %(sitter)s take place?"),
            [_("%(sitter)s never checked in. Please say on the booking’s page what happened.")],
            _("Say what happened"),
        ),
        "sitter": _message(
            booking,
            _("You never checked in with %(pets)s"),
            [_("If it took place, check in and out now. If you had no access, say so.")],
            _("Say what happened"),
        ),
    }


def no_access_claimed(booking: Booking) -> dict[str, Message]:
    return {
        "owner": _message(
            booking,
            _("%(sitter)s says there was no access"),
            [
                _(
                    "%(sitter)s says that %(pets)s could not be reached. If you agree, say so; otherwise our staff decides."
                )
            ],
            _("Answer"),
        )
    }


def no_show(booking: Booking) -> dict[str, Message]:
    return {
        side: _message(
            booking,
            _("The booking for %(pets)s is closed: it did not take place"),
            [_("Back to the owner: %(refund)s of %(total)s.")],
            _("See the booking"),
        )
        for side in ("owner", "sitter")
    }


def cancelled(booking: Booking) -> dict[str, Message]:
    status = booking.status
    did_it = {
        Booking.Status.CANCELLED_BY_OWNER: "owner",
        Booking.Status.CANCELLED_BY_SITTER: "sitter",
    }.get(status)
    who = _("%(owner)s") if did_it == "owner" else _("%(sitter)s")
    if did_it is None:
        who = _("Our staff")
    suggestion = (
        _("The booking’s page shows five sitters who have these dates open.")
        if did_it == "sitter"
        else ""
    )
    paragraphs = [
        _("Back to the owner: %(refund)s of %(total)s."),
        _("You settle it directly: whoever has received more than is due gives it back."),
        "“%(text)s”" if booking.end_text else "",
    ]
    return {
        side: _message(
            booking,
            _("You cancelled the booking for %(pets)s")
            if side == did_it
            else who + " " + _("cancelled the booking for %(pets)s"),
            [*paragraphs, suggestion if side == "owner" else ""],
            _("See the booking"),
        )
        for side in ("owner", "sitter")
    }


def more_given_back(booking: Booking) -> dict[str, Message]:
    return {
        "owner": _message(
            booking,
            _("%(sitter)s gives you back more"),
            [_("You get back %(refund)s of %(total)s now.")],
            _("See the booking"),
        )
    }
