"""What Lena and Mara wrote down: how to get in, who looked, what changed, notes, favourites."""

from datetime import datetime, timedelta

from django.db import transaction

from bookings.demo.bookings import Household
from bookings.models import AccessView, Booking, Favourite, Notice, PetNote
from bookings.services.care_updates import pet_edited
from profiles.models import HomeAccess, SitterProfile

ACCESS = (
    "Front door: 4711#. We live on the second floor, left.\n"
    "The key is in the small safe beside the bicycles, code 2580. Please put it back there.\n"
    "No alarm. The switch for the hall is behind the coats."
)
NEW_LINE = "Wipe his paws after every walk"
NOTES = {
    "Biscuit": "Pulls towards the lake. A handful of treats in the left pocket settles it.",
    "Moss": "Takes the tablet only with the soft cheese, not the hard one.",
}
FAVOURITE_NOTES = ("Moss sleeps well there.", "Has a garden. Ask again for the summer.", "")


@transaction.atomic  # a change of the care sheet locks the bookings that it is copied to
def tell_care(lena: Household, mara: SitterProfile, now: datetime) -> None:
    """The rows are in the database already; these go through the services where there is one."""
    HomeAccess.objects.create(
        home=lena.home, notes=ACCESS, is_kept=True, written_at=now - timedelta(days=40)
    )
    bookings = Booking.objects.filter(owner=lena.user, sitter=mara)
    running = bookings.filter(status=Booking.Status.IN_PROGRESS, kind="dog_walk").first()
    if running:
        for before in (timedelta(hours=26), timedelta(hours=2)):
            AccessView.objects.create(booking=running, viewer=mara.user, at=now - before)
    for pet in lena.pets:
        PetNote.objects.create(sitter=mara, pet=pet, text=NOTES[pet.name], updated_at=now)
    _favourites(lena, mara, now)
    _changed_line(lena)


def _favourites(lena: Household, mara: SitterProfile, now: datetime) -> None:
    near = SitterProfile.objects.published().filter(town=lena.home.town).exclude(pk=mara.pk)
    sitters = [mara, *near.order_by("pk")[: len(FAVOURITE_NOTES) - 1]]
    for days, (sitter, note) in enumerate(zip(sitters, FAVOURITE_NOTES, strict=False), start=1):
        Favourite.objects.create(
            owner=lena.user, sitter=sitter, note=note, created_at=now - timedelta(days=days)
        )


def _changed_line(lena: Household) -> None:
    """Biscuit got one more line after his next bookings were agreed; Mara has not ticked it yet."""
    biscuit = lena.pets[0]
    biscuit.must_follow += f"\n{NEW_LINE}"
    biscuit.save(update_fields=["must_follow", "updated_at"])
    pet_edited(biscuit)
    # Nobody is sent mail about an invented past.
    Notice.objects.filter(kind="care_changed").update(send_after=None)
