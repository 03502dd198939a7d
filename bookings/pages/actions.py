"""The buttons of a booking: one for each verb that the state table allows, and no other."""

from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy

from bookings.models import Booking
from bookings.pages.said import said as _
from bookings.services.report_cards import Subject
from bookings.services.rules import OWNER
from bookings.services.visits import is_visit_by_visit, to_check_in, under_way
from pawsitters import clock
from profiles.money import amount


@dataclass(frozen=True)
class Action:
    """`is_direct`: posts at once; the others open a page that asks first."""

    verb: str
    label: str
    url: str
    icon: str
    is_direct: bool = False
    is_danger: bool = False


# verb: name of the route, label, icon
VERBS = {
    "accept": ("accept", gettext_lazy("Accept"), "check-lg"),
    "decline": ("decline", gettext_lazy("Decline"), "x-lg"),
    "withdraw": ("withdraw", gettext_lazy("Withdraw the request"), "x-lg"),
    "check_in": ("check_in", gettext_lazy("Check in"), "play-circle-fill"),
    "check_out": ("check_out", gettext_lazy("Check out"), "check-circle-fill"),
    "report": ("report", gettext_lazy("Write the report card"), "pencil"),
    "report_missed": ("report_missed", gettext_lazy("It did not take place"), "x-circle-fill"),
    "claim_no_access": ("claim_no_access", gettext_lazy("I had no access"), "lock"),
    "agree_no_access": ("agree_no_access", gettext_lazy("Yes, there was no access"), "check-lg"),
    "give_back": ("give_back", gettext_lazy("Give back everything"), "wallet2"),
    "reply": ("reply", gettext_lazy("Reply in public"), "chat-left-text"),
    "propose": ("change", gettext_lazy("Propose other dates or animals"), "pencil"),
    "cancel": ("cancel", gettext_lazy("Cancel"), "x-circle-fill"),
}
DIRECT = frozenset({"accept", "check_in", "check_out"})
DANGER = frozenset({"cancel", "report_missed"})


def action(booking: Booking, verb: str, label: str = "") -> Action:
    route, words, icon = VERBS[verb]
    return Action(
        verb=verb,
        label=label or str(words),
        url=_url(booking, verb, route),
        icon=icon,
        is_direct=verb in DIRECT,
        is_danger=verb in DANGER,
    )


def _url(booking: Booking, verb: str, route: str) -> str:
    """Checking in and out names the visit that is meant, so that a second click is no next one."""
    if verb in ("check_in", "check_out") and is_visit_by_visit(booking):
        units = booking.units.all()
        unit = to_check_in(units, clock.now()) if verb == "check_in" else under_way(units)
        if unit:
            return reverse(f"bookings:visit_{verb}", args=[booking.public_id, unit.number])
    return reverse(f"bookings:{route}", args=[booking.public_id])


def report_url(booking: Booking, subject: Subject) -> str:
    if subject.visit:
        return reverse("bookings:visit_report", args=[booking.public_id, subject.visit])
    return reverse("bookings:day_report", args=[booking.public_id, subject.on.isoformat()])


def cancel_label(booking: Booking, role: str, refund_cents: int) -> str:
    """The button names its effect: "Cancel the rest: get back €110.25"."""
    words = {"money": amount(refund_cents, booking.currency)}
    if role == OWNER:
        if booking.checked_in_at:
            return _("Cancel the rest: get back %(money)s") % words
        return _("Cancel: get back %(money)s") % words
    return _("Cancel: %(money)s goes back to the owner") % words


def actions_for(booking: Booking, role: str, verbs: set[str], refund_cents: int) -> list[Action]:
    """One for each of `verbs`, in the order of the table above."""
    return [
        action(booking, verb, cancel_label(booking, role, refund_cents) if verb == "cancel" else "")
        for verb in VERBS
        if verb in verbs
    ]
