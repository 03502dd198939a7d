"""What people are told of a proposed change; each returns messages by side, as in transitions.py."""

from django.utils.translation import gettext as _

from bookings.emails.message import Message, facts, message, moment
from bookings.models import Booking, Proposal
from profiles.templatetags.money import money


def _words(booking: Booking, proposal: Proposal) -> dict[str, str]:
    words = facts(booking)
    sides = {"owner": words["owner"], "sitter": words["sitter"]}
    other = "sitter" if proposal.side == "owner" else "owner"
    return {
        **words,
        "proposer": sides[proposal.side],
        "answerer": sides[other],
        "old_total": money(proposal.old_total_cents, booking.currency),
        "new_total": money(proposal.new_total_cents, booking.currency),
        "open_until": moment(proposal.runs_out_at, booking.zone),
        "note": proposal.message,
    }


def _other(proposal: Proposal) -> str:
    return "sitter" if proposal.side == "owner" else "owner"


def proposed(booking: Booking, proposal: Proposal) -> dict[str, Message]:
    words = _words(booking, proposal)
    return {
        _other(proposal): message(
            booking,
            _("%(proposer)s proposes a change for %(pets)s"),
            [
                _("The total would be %(new_total)s instead of %(old_total)s."),
                "“%(note)s”" if proposal.message else "",
                _("Please answer by %(open_until)s. Until you accept, the booking stays as it is."),
            ],
            _("See what would change"),
            words,
        )
    }


def accepted(booking: Booking, proposal: Proposal) -> dict[str, Message]:
    words = _words(booking, proposal)
    paragraphs = [
        _("The booking is now as proposed. The total is %(new_total)s instead of %(old_total)s."),
        _("You settle the difference directly, as with the price itself."),
    ]
    return {
        proposal.side: message(
            booking,
            _("%(answerer)s agrees to the change for %(pets)s"),
            paragraphs,
            _("See the booking"),
            words,
        ),
        _other(proposal): message(
            booking,
            _("The booking for %(pets)s is changed"),
            paragraphs,
            _("See the booking"),
            words,
        ),
    }


def declined(booking: Booking, proposal: Proposal) -> dict[str, Message]:
    return {
        proposal.side: message(
            booking,
            _("%(answerer)s does not agree to the change for %(pets)s"),
            [_("The booking stays as it was agreed.")],
            _("See the booking"),
            _words(booking, proposal),
        )
    }


def withdrawn(booking: Booking, proposal: Proposal) -> dict[str, Message]:
    return {
        _other(proposal): message(
            booking,
            _("%(proposer)s has taken the proposed change for %(pets)s back"),
            [_("There is nothing to do; the booking stays as it was agreed.")],
            _("See the booking"),
            _words(booking, proposal),
        )
    }


def expired(booking: Booking, proposal: Proposal) -> dict[str, Message]:
    return {
        proposal.side: message(
            booking,
            _("%(answerer)s has not answered the change for %(pets)s"),
            [_("It was open until %(open_until)s. The booking stays as it was agreed.")],
            _("See the booking"),
            _words(booking, proposal),
        )
    }
