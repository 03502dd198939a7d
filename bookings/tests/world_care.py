"""What the world's owner and sitter noted: how to get in, a favourite, a private note."""

from bookings.models import Favourite, PetNote
from pawsitters import clock
from profiles.services.homes import write_access_notes


def write_down(owner, sitter, pet) -> None:
    write_access_notes(home=owner.home, notes="Under the blue pot", is_kept=False)
    Favourite.objects.create(owner=owner, sitter=sitter, note="Kind", created_at=clock.now())
    PetNote.objects.create(sitter=sitter, pet=pet, text="Likes ham", updated_at=clock.now())
