"""The care sheet: all a sitter needs to know about a pet, as copied into a booking."""

import hashlib

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bookings.models import Booking, BookingPet
from profiles.models import Pet

BEHAVIOUR = (
    "good_with_dogs",
    "good_with_cats",
    "good_with_children",
    "good_with_strangers",
    "has_bitten",
    "separation_anxiety",
    "escape_risk",
    "house_trained",
    "off_leash",
)
CARE = ("feeding", "walks", "sleeps", "medication", "conditions", "allergies")


def care_sheet(pet: Pet) -> dict:
    """Sections of (label, answer) pairs in plain words, ready to be shown and to be kept.

    Shape: {"about": [["Kind", "Dog, Labrador"], …], "behaviour": […], "care": […], "vet": […],
    "vaccinations": [["Rabies", "valid until 1 May 2028"], …]}. Expects vaccinations prefetched
    where there are several pets.
    """
    return {
        "about": _pairs(
            (_("Kind"), ", ".join(part for part in (pet.get_species_display(), pet.breed) if part)),
            (_("Born"), date_format(pet.born_on, "j F Y") if pet.born_on else ""),
            (_("Weight"), _("%s kg") % f"{pet.weight_grams / 1000:g}" if pet.weight_grams else ""),
            (_("Sex"), pet.get_sex_display() + (_(", neutered") if pet.is_neutered else "")),
            (_("Microchip"), pet.microchip),
        ),
        "behaviour": _pairs(
            *((_label(pet, name), getattr(pet, f"get_{name}_display")()) for name in BEHAVIOUR),
            (_("What happened"), pet.bite_history),
        ),
        "care": _pairs(
            *((_label(pet, name), getattr(pet, name)) for name in CARE),
            (
                _("Longest time alone"),
                "" if pet.max_alone_hours is None else _("%d hours") % pet.max_alone_hours,
            ),
        ),
        "vet": _pairs(
            (_("Vet"), pet.vet_name), (_("Phone"), pet.vet_phone), (_("Address"), pet.vet_address)
        ),
        "vaccinations": [
            [row.kind, _("valid until %s") % date_format(row.expires_on, "j F Y")]
            for row in pet.vaccinations.all()
        ],
    }


def must_follow_lines(booking: Booking) -> list[tuple[str, str]]:
    """(key, "Moss: half a tablet …") for each line to tick; expects nothing to be loaded."""
    return [
        (tick_key(row, line), f"{row.name}: {line}")
        for row in booking.booking_pets.select_related("pet")
        for line in (row.pet.must_follow_lines if row.pet else [])
    ]


def tick_key(row: BookingPet, line: str) -> str:
    """Names the words of a line, so that a tick never counts for what the owner wrote since."""
    return f"{row.pk}:{hashlib.sha256(line.encode()).hexdigest()[:16]}"


def _label(pet: Pet, name: str) -> str:
    # The form's label says what belongs there ("medication: name, dose …"); the sheet only what it is.
    label = str(pet._meta.get_field(name).verbose_name).split(":")[0]
    return label[:1].upper() + label[1:]


def _pairs(*pairs: tuple[str, str]) -> list[list[str]]:
    return [[str(label), str(value)] for label, value in pairs if value]
