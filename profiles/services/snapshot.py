"""Keeps the derived copies of a sitter (snapshot, search rows) true to the rows."""

from django.db import transaction

from profiles.models import SitterProfile
from profiles.services.search import refresh_search
from profiles.snapshot import PARTS, build_snapshot


@transaction.atomic
def sitter_changed(sitter: SitterProfile) -> None:
    """Call at the end of every edit of a sitter's page, services, hours or status.

    Runs in the edit's own transaction, so nobody ever reads an old price beside a new row.
    """
    # Read anew: the caller's object may hold rows from before the edit.
    sitter.snapshot = build_snapshot(
        SitterProfile.objects.prefetch_related(*PARTS).get(pk=sitter.pk)
    )
    sitter.save(update_fields=["snapshot", "updated_at"])
    refresh_search(sitter)
