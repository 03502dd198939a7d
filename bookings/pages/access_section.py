"""How the sitter gets in: for the sitter the way to the notes, for the owner who looked and when."""

from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import BigIntegerField
from django.urls import reverse

from bookings.models import AccessView, Booking
from bookings.pages.said import said as _
from bookings.pages.section import Section
from bookings.services import access
from bookings.services.rules import OWNER
from pawsitters import dates
from pawsitters.prepared import Prepared

MOST_SHOWN = 10


@dataclass(frozen=True)
class Access:
    """`action` is a link, or for a sitter whose window is open a button that posts."""

    text: str
    action: str = ""
    url: str = ""
    is_button: bool = False
    looks: list[str] = field(default_factory=list)
    more: int = 0


def _views(booking):
    return AccessView.objects.filter(booking=booking).order_by("-at", "-id")


VIEWS = Prepared(_views, BigIntegerField)


def access_section(booking: Booking, role: str, now: datetime) -> Section | None:
    """For care at the owner's home; a statement only for the owner, once the notes may be read."""
    if booking.kind not in access.AT_OWNERS or booking.confirmed_at is None:
        return None
    data = _for_owner(booking, now) if role == OWNER else _for_sitter(booking, now)
    if data is None:
        return None
    # At the door with a phone: not below everything else.
    return Section("bookings/_access.html", data, is_side=not data.is_button)


def _for_sitter(booking: Booking, now: datetime) -> Access | None:
    if not access.is_agreed_at_owners(booking) or now >= booking.ends_at:
        return None
    words = {"owner": booking.owner.get_short_name()}
    if not booking.has_access_notes:
        return Access(_("%(owner)s has written no access notes yet. Please ask.") % words)
    if not access.is_open(booking, now):
        moment = dates.soon(access.opens_at(booking), booking.zone)
        return Access(_("They open %(moment)s, a day before it begins.") % {"moment": moment})
    return Access(
        _("Codes and keys, as %(owner)s wrote them.") % words,
        _("Show the access notes: %(owner)s sees that you looked") % words,
        reverse("bookings:access", args=[booking.public_id]),
        is_button=True,
    )


def _for_owner(booking: Booking, now: datetime) -> Access | None:
    looks = VIEWS(booking.pk) if now >= access.opens_at(booking) else []
    is_ahead = access.is_agreed_at_owners(booking) and now < booking.ends_at
    if not is_ahead and not looks:
        return None
    return Access(
        _owner_text(booking, now) if is_ahead else _("Nobody can read your access notes any more."),
        _owner_action(booking) if is_ahead else "",
        reverse("profiles:home_access"),
        looks=[dates.moment(look.at, booking.zone) for look in looks[:MOST_SHOWN]],
        more=max(0, len(looks) - MOST_SHOWN),
    )


def _owner_text(booking: Booking, now: datetime) -> str:
    words = {
        "sitter": booking.sitter.user.get_short_name(),
        "from": dates.soon(access.opens_at(booking), booking.zone),
        "until": dates.soon(booking.ends_at, booking.zone),
    }
    if not booking.has_access_notes:
        return _("Write down how %(sitter)s gets in: codes, where the key is.") % words
    if now < access.opens_at(booking):
        return _("%(sitter)s can read yours from %(from)s until %(until)s.") % words
    return _("%(sitter)s can read yours until %(until)s.") % words


def _owner_action(booking: Booking) -> str:
    if booking.has_access_notes:
        return _("Change the access notes")
    return _("Write access notes")
