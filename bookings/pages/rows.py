"""One booking as a row of a list."""

from dataclasses import dataclass
from datetime import date

from bookings.models import Booking
from bookings.pages import words
from bookings.pages.said import said as _
from bookings.services.agreements import free_until
from bookings.services.rules import OWNER
from pawsitters import clock, dates
from profiles.money import amount

Status = Booking.Status


@dataclass(frozen=True)
class Row:
    """Ready-made words; `leaf` is (month, day, weekday) of the first date."""

    booking: Booking
    role: str
    url: str
    title: str
    starts_on: date
    leaf: tuple[str, str, str]
    when: str
    price: str
    note: str
    who: str

    @property
    def kind(self) -> str:
        return self.booking.kind

    @property
    def is_flagged(self) -> bool:
        return self.booking.is_flagged

    @property
    def status(self) -> str:
        return self.booking.status


def row_of(booking: Booking, role: str, pets: list[str]) -> Row:
    """Expects the parties loaded; `pets` are the animals' names."""
    # Not starts_on: with chosen weekdays the first visit may be days after it.
    on = booking.starts_at.astimezone(booking.zone).date()
    return Row(
        booking=booking,
        role=role,
        url=booking.get_absolute_url(),
        title=words.title(booking, role, words.join_names(pets)),
        starts_on=on,
        leaf=(dates.written(on, "M"), str(on.day), dates.written(on, "D")),
        when=words.until(booking),
        price=amount(
            booking.total_cents if role == OWNER else booking.sitter_net_cents, booking.currency
        ),
        note=_note(booking, role),
        who=_("for %(owner)s") % {"owner": booking.owner.get_short_name()} if role != OWNER else "",
    )


def _note(booking: Booking, role: str) -> str:
    now = clock.now()
    if booking.status == Status.REQUESTED:
        moment = dates.soon(booking.runs_out_at, booking.zone)
        if role == OWNER:
            return _("%(sitter)s has until %(moment)s to answer") % {
                "sitter": booking.sitter.user.get_short_name(),
                "moment": moment,
            }
        return _("Answer by %(moment)s") % {"moment": moment}
    if booking.is_flagged:
        return _("Nobody checked in. Please say what happened.")
    if booking.status == Status.CONFIRMED and role == OWNER and now <= free_until(booking):
        return _("Cancel free of charge until %(moment)s") % {
            "moment": dates.moment(free_until(booking), booking.zone)
        }
    if booking.refund_cents is not None:
        words_ = (
            _("%(refund)s of %(total)s back to you")
            if role == OWNER
            else _("%(refund)s of %(total)s back to the owner")
        )
        return words_ % {
            "refund": amount(booking.refund_cents, booking.currency),
            "total": amount(booking.total_cents, booking.currency),
        }
    return ""
