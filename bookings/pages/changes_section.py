"""On a booking's page: the change that somebody has proposed and nobody has answered yet."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField
from django.urls import reverse

from bookings.models import Booking, Proposal
from bookings.pages.said import said as _
from bookings.pages.section import Section
from bookings.services.rules import OWNER, SITTER
from pawsitters import dates
from pawsitters.prepared import Prepared
from profiles.money import amount

OPEN = Prepared(lambda booking: Proposal.objects.filter(open_for=booking), BigIntegerField)


@dataclass(frozen=True)
class Waiting:
    title: str
    text: str
    url: str
    button: str
    is_mine: bool


def changes_section(booking: Booking, role: str, now: datetime) -> Section | None:
    """`booking.open_change` is the number of an open one, so that most pages need no statement."""
    found = OPEN(booking.pk) if getattr(booking, "open_change", None) else []
    if not found or now >= found[0].runs_out_at:
        return None
    change = found[0]
    names = {OWNER: booking.owner, SITTER: booking.sitter.user}
    other = names[SITTER if role == OWNER else OWNER].get_short_name()
    is_mine = change.side == role
    facts = {
        "name": other,
        "new": amount(change.new_total_cents, booking.currency),
        "old": amount(booking.total_cents, booking.currency),
        "until": dates.soon(change.runs_out_at, booking.zone),
    }
    return Section(
        "bookings/_change_waiting.html",
        Waiting(
            title=(_("You proposed a change") if is_mine else _("%(name)s proposes a change"))
            % facts,
            text=(
                _(
                    "%(name)s has until %(until)s to answer. The total would be %(new)s, now %(old)s."
                )
                if is_mine
                else _("Please answer by %(until)s. The total would be %(new)s, now %(old)s.")
            )
            % facts,
            url=reverse("bookings:proposal", args=[booking.public_id, change.number]),
            button=_("See the change") if is_mine else _("Look at it and answer"),
            is_mine=is_mine,
        ),
    )
