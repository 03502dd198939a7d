"""How a sitter gets in: the owner's notes, the only copy of them."""

from django.db import transaction

from accounts.encryption import Unreadable
from pawsitters import clock
from profiles.models import Home, HomeAccess


def access_notes(home: Home) -> tuple[str | None, HomeAccess | None]:
    """The notes with their row; None instead of a text whose key is missing."""
    row = HomeAccess.objects.filter(home=home).defer("notes").first()
    if row is None:
        return "", None
    try:
        return row.notes, row
    except Unreadable:
        return None, row


@transaction.atomic
def write_access_notes(*, home: Home, notes: str, is_kept: bool) -> None:
    """Without notes nothing is kept. The moment of writing counts for when they are erased."""
    Home.objects.select_for_update().get(pk=home.pk)
    access = HomeAccess.objects.filter(home=home).defer("notes").first()
    if not notes:
        HomeAccess.objects.filter(home=home).delete()
        return
    if access and access_notes(home)[0] == notes:
        HomeAccess.objects.filter(pk=access.pk).update(is_kept=is_kept)
        return
    values = {"notes": notes, "is_kept": is_kept, "written_at": clock.now()}
    # Not update_or_create: it would read what may be unreadable.
    if access:
        HomeAccess.objects.filter(pk=access.pk).update(**values)
    else:
        HomeAccess.objects.create(home=home, **values)
