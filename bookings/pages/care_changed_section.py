"""What the owner changed after the booking was agreed: old and new, and the sitter's ticks."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from bookings.models import Booking, BookingPet
from bookings.pages.said import said as _
from bookings.pages.section import Section
from bookings.pages.words import join_names
from bookings.services.care_updates import Changes, changes_of
from bookings.services.rules import SITTER
from pawsitters import dates


@dataclass(frozen=True)
class Changed:
    pet: BookingPet
    when: str
    changes: Changes


@dataclass(frozen=True)
class CareChanged:
    title: str
    text: str
    pets: list[Changed]
    tick_url: str  # empty for the side that does not tick


def care_changed_section(booking: Booking, role: str, now: datetime) -> Section | None:
    """Expects the booking's pets loaded; no statement."""
    if booking.status not in Booking.HOLDS_SEATS:
        return None
    rows = [row for row in booking.booking_pets.all() if row.changed_at]
    if not rows:
        return None
    pets = [
        Changed(row, dates.moment(row.changed_at, booking.zone), changes_of(row)) for row in rows
    ]
    names = {
        "owner": booking.owner.get_short_name(),
        "sitter": booking.sitter.user.get_short_name(),
        "pets": join_names([row.name for row in rows]),
    }
    return Section("bookings/_care_changed.html", _data(booking, role, pets, names))


def _data(booking: Booking, role: str, pets: list[Changed], names: dict) -> CareChanged:
    if role == SITTER:
        return CareChanged(
            _("%(owner)s changed what to follow") % names,
            _("What you agreed to still stands below. Tick what is new, and it takes its place."),
            pets,
            reverse("bookings:tick_changes", args=[booking.public_id]),
        )
    return CareChanged(
        _("%(sitter)s has not ticked your changes yet") % names,
        _("%(sitter)s sees what you changed about %(pets)s, and was asked to tick it.") % names,
        pets,
        "",
    )
