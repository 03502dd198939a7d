"""What a message is made of. Text first; the HTML mail is made from it."""

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


def moment(at: datetime, zone: ZoneInfo) -> str:
    return date_format(at.astimezone(zone), "D j F, H:i")


def facts(booking: Booking) -> dict[str, str]:
    """Words that every message may use."""
    owner, sitter = booking.owner, booking.sitter.user
    return {
        # In one line: a break in a subject would stop the mail, one in the text fake our words.
        "owner": one_line(owner.get_short_name()),
        "sitter": one_line(sitter.get_short_name()),
        "pets": one_line(pet_names(booking)),
        "kind": booking.get_kind_display().lower(),
        "start": moment(booking.starts_at, booking.zone),
        "end": moment(booking.ends_at, booking.zone),
        "total": money(booking.total_cents),
        "net": money(booking.sitter_net_cents),
        "refund": money(booking.refund_cents or 0),
        "answer_by": moment(booking.runs_out_at, booking.zone),
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


def message(
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
