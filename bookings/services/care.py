"""The care sheet: all a sitter needs to know about a pet, as copied into a booking."""

import hashlib
from collections.abc import Collection, Sequence
from datetime import datetime

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
CARE_COLUMNS = (
    "must_follow",
    "care_sheet",
    "ticked_at",
    "newer_must_follow",
    "newer_care_sheet",
    "changed_at",
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


def locked_pets(booking: Booking) -> list[BookingPet]:
    """The booking's rows with their pets as they are now, held until the transaction ends.

    An edit of a pet waits for that, and then finds the booking confirmed (care_updates.py), so
    nothing falls between the copy and the edit. The caller holds the booking's row lock.
    """
    rows = list(booking.booking_pets.all())
    pets = Pet.objects.select_for_update().prefetch_related("vaccinations")
    found = pets.in_bulk([row.pet_id for row in rows if row.pet_id])
    for row in rows:
        row.pet = found.get(row.pet_id)
    return rows


def missing_ticks(rows: Sequence[BookingPet], ticked: Collection[str]) -> list[str]:
    """Keys of the pets' lines that are not among `ticked`; expects the pets loaded."""
    keys = [tick_key(row, line) for row in rows if row.pet for line in row.pet.must_follow_lines]
    return [key for key in keys if key not in ticked]


def copy_care(rows: Sequence[BookingPet], ticked: Collection[str], at: datetime) -> list[str]:
    """Copy sheets and ticked lines into the booking; return the keys that counted.

    A line that was never ticked is no promise: an instant booking of a pet that just got one waits
    for the tick like any later change. Expects `locked_pets`.
    """
    counted = []
    for row in rows:
        lines = row.pet.must_follow_lines if row.pet else []
        row.must_follow = [line for line in lines if tick_key(row, line) in ticked]
        row.care_sheet = care_sheet(row.pet) if row.pet else {}
        row.ticked_at = at if row.must_follow else None
        if row.must_follow != lines:
            row.newer_must_follow, row.newer_care_sheet = lines, row.care_sheet
            row.changed_at = at
        row.save(update_fields=CARE_COLUMNS)
        counted += [tick_key(row, line) for line in row.must_follow]
    return counted


def tick_key(row: BookingPet | Pet, line: str) -> str:
    """Names the words of a line, so that a tick never counts for what the owner wrote since."""
    return f"{row.pk}:{hashlib.sha256(line.encode()).hexdigest()[:16]}"


def care_label(name: str) -> str:
    """What a field of the pet is called in a copied sheet."""
    return _label(Pet, name)


def _label(pet: Pet | type[Pet], name: str) -> str:
    # The form's label says what belongs there ("medication: name, dose …"); the sheet only what it is.
    label = str(pet._meta.get_field(name).verbose_name).split(":")[0]
    return label[:1].upper() + label[1:]


def _pairs(*pairs: tuple[str, str]) -> list[list[str]]:
    return [[str(label), str(value)] for label, value in pairs if value]
