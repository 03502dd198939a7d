"""What a sitter notes about an animal for themselves."""

from collections.abc import Iterable, Mapping

from django.db.models import OuterRef, QuerySet, Subquery

from bookings.models import Booking, PetNote
from bookings.services.retry import in_transaction
from pawsitters import clock


def notes_for(sitter_id: int, pet_ids: Iterable[int]) -> dict[int, str]:
    """The sitter's own notes by pet, in one statement; for the booking's page and the day sheet."""
    rows = PetNote.objects.filter(sitter=sitter_id, pet__in=pet_ids)
    return dict(rows.values_list("pet", "text"))


def with_own_notes(rows: QuerySet) -> QuerySet:
    """BookingPets with the note of the booking's sitter as `own_note`, in the same statement."""
    notes = PetNote.objects.filter(sitter=OuterRef("booking__sitter"), pet=OuterRef("pet"))
    return rows.annotate(own_note=Subquery(notes.values("text")[:1]))


@in_transaction
def write_notes(*, booking: Booking, texts: Mapping[int, str]) -> None:
    """By pet id; only pets of this booking. An empty text erases the note."""
    pet_ids = [row.pet_id for row in booking.booking_pets.all() if row.pet_id]
    for pet_id in pet_ids:
        text = texts.get(pet_id, "")
        if text:
            PetNote.objects.update_or_create(
                sitter_id=booking.sitter_id,
                pet_id=pet_id,
                defaults={"text": text, "updated_at": clock.now()},
            )
        elif pet_id in texts:
            PetNote.objects.filter(sitter=booking.sitter_id, pet=pet_id).delete()
