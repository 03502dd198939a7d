"""Sitters whom an owner wants to find again, and notes that nobody else reads."""

from datetime import timedelta

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.exceptions import RequestRefused
from bookings.models import Favourite, PetNote
from bookings.services.retry import in_transaction
from pawsitters import clock
from profiles.models import SitterProfile

MOST = 200
UNDO_FOR = timedelta(days=1)


def favourites_of(user: User) -> QuerySet:
    return Favourite.objects.filter(owner=user, removed_at=None)


@in_transaction
def remember(*, owner: User, sitter: SitterProfile, note: str | None = None) -> Favourite:
    """Once, however often it is sent; after a removal the note is back too, unless `note` is new.

    Raise RequestRefused beyond MOST.
    """
    favourite, is_new = Favourite.objects.get_or_create(
        owner=owner, sitter=sitter, defaults={"created_at": clock.now()}
    )
    if is_new and favourites_of(owner).count() > MOST:
        raise RequestRefused(
            {
                "__all__": _("You have %(most)d favourites already. Remove one first.")
                % {"most": MOST}
            }
        )
    if note is not None:
        favourite.note = note
    favourite.removed_at = None
    favourite.save(update_fields=["note", "removed_at"])
    return favourite


def forget(*, owner: User, sitter: SitterProfile) -> None:
    favourites_of(owner).filter(sitter=sitter).update(removed_at=clock.now())


def erase_removed() -> int:
    """Once nobody undoes it any more, the note goes too."""
    gone = Favourite.objects.filter(removed_at__lte=clock.now() - UNDO_FOR)
    return gone.delete()[0]


def erase_private_notes(user: User) -> None:
    """For closing an account: what a person noted for themselves, and what sitters noted on their pets."""
    Favourite.objects.filter(owner=user).delete()
    Favourite.objects.filter(sitter__user=user).delete()
    PetNote.objects.filter(sitter__user=user).delete()
    PetNote.objects.filter(pet__owner=user).delete()
