"""The sitter's own notes on the animals of a booking."""

from dataclasses import dataclass
from datetime import datetime

from django.urls import reverse

from bookings.models import Booking
from bookings.pages.section import Section
from bookings.services.rules import SITTER


@dataclass(frozen=True)
class PetNotes:
    notes: list[tuple[str, str]]
    url: str


def may_note(booking: Booking) -> bool:
    """Once it was agreed, for as long as the animals are there."""
    return booking.confirmed_at is not None and any(
        row.pet_id for row in booking.booking_pets.all()
    )


def pet_notes_section(booking: Booking, role: str, now: datetime) -> Section | None:
    """For the sitter of an agreed booking only; the notes came with the animals."""
    if role != SITTER or not may_note(booking):
        return None
    notes = [(row.name, row.own_note) for row in booking.booking_pets.all() if row.own_note]
    url = reverse("bookings:pet_notes", args=[booking.public_id])
    return Section("bookings/_pet_notes.html", PetNotes(notes, url), is_side=True)
