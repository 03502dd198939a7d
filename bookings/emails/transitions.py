"""What people are told of a transition, one function per event.

Each returns the messages for both sides as {"owner": Message, "sitter": Message}; a side that
caused the event is only told where a copy is useful.
"""

from django.utils.translation import gettext as _

from bookings.emails.message import Message, facts, message
from bookings.models import Booking


def _payment() -> str:
    return _(
        "The total of %(total)s is paid to %(sitter)s directly: %(payment)s. PawSitters takes no payment."
    )


def requested(booking: Booking) -> dict[str, Message]:
    words = facts(booking)
    return {
        "sitter": message(
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
        "owner": message(
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
        "owner": message(
            booking,
            _("%(sitter)s will look after %(pets)s"),
            [
                _("It is settled: %(sitter)s will look after %(pets)s from %(start)s."),
                _payment(),
                _("Addresses and phone numbers are on the booking’s page now."),
            ],
            _("See the booking"),
        ),
        "sitter": message(
            booking,
            _("You will look after %(pets)s"),
            [_("You will look after %(pets)s from %(start)s and get %(net)s.")],
            _("See the booking and the care sheet"),
        ),
    }


def declined(booking: Booking) -> dict[str, Message]:
    return {
        "owner": message(
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
        "sitter": message(
            booking,
            _("%(owner)s has withdrawn the request for %(pets)s"),
            [_("There is nothing to do; the request is closed.")],
            _("See the request"),
        )
    }


def expired(booking: Booking) -> dict[str, Message]:
    return {
        "owner": message(
            booking,
            _("%(sitter)s has not answered in time"),
            [
                _("Your request has ended without an answer. Nothing is due."),
                _("Others have your dates open."),
            ],
            _("See who else is free"),
        ),
        "sitter": message(
            booking,
            _("The request of %(owner)s has run out"),
            [_("It was open until %(answer_by)s and counts as unanswered.")],
            _("See the request"),
        ),
    }


def checked_in(booking: Booking) -> dict[str, Message]:
    return {
        "owner": message(
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
        "owner": message(
            booking,
            _("%(pets)s: the booking with %(sitter)s is complete"),
            [_("We hope %(pets)s had a good time with %(sitter)s."), automatic],
            _("See the booking"),
        ),
        "sitter": message(
            booking,
            _("Your booking with %(pets)s is complete"),
            [_("Thank you for looking after %(pets)s. You get %(net)s."), automatic],
            _("See the booking"),
        ),
    }


def flagged(booking: Booking) -> dict[str, Message]:
    return {
        "owner": message(
            booking,
            _("Did the booking with %(sitter)s take place?"),
            [_("%(sitter)s never checked in. Please say on the booking’s page what happened.")],
            _("Say what happened"),
        ),
        "sitter": message(
            booking,
            _("You never checked in with %(pets)s"),
            [_("If it took place, check in and out now. If you had no access, say so.")],
            _("Say what happened"),
        ),
    }


def no_access_claimed(booking: Booking) -> dict[str, Message]:
    return {
        "owner": message(
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
        side: message(
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
        side: message(
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
        "owner": message(
            booking,
            _("%(sitter)s gives you back more"),
            [_("You get back %(refund)s of %(total)s now.")],
            _("See the booking"),
        )
    }


def refunded(booking: Booking, reason: str) -> dict[str, Message]:
    """`reason` is what our staff wrote for both."""
    return {
        side: message(
            booking,
            _("More comes back to the owner: %(refund)s in all"),
            [
                _("Our staff has looked at the booking for %(pets)s and decided so:"),
                "“%(reason)s”",
                _("You settle it directly: whoever has received more than is due gives it back."),
            ],
            _("See the booking"),
            {**facts(booking), "reason": reason},
        )
        for side in ("owner", "sitter")
    }
