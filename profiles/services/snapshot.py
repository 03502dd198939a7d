"""Keeps the derived copies of a sitter (snapshot, search rows) true to the rows."""

from django.db import transaction

from profiles.models import SitterCapacity, SitterProfile
from profiles.services.search import refresh_search
from profiles.snapshot import PARTS, build_snapshot


@transaction.atomic
def sitter_changed(sitter: SitterProfile) -> None:
    """Call at the end of every edit of a sitter's page, services, hours or status.

    Runs in the edit's own transaction, so nobody ever reads an old price beside a new row.
    """
    # The search rows are made from the seats, so nobody may change those meanwhile. This lock comes
    # first, as everywhere: it is the one that confirming a booking queues on.
    list(SitterCapacity.objects.select_for_update().filter(pk=sitter.pk))
    # Read anew: the caller's object may hold rows from before the edit.
    sitter.snapshot = build_snapshot(
        SitterProfile.objects.prefetch_related(*PARTS).get(pk=sitter.pk)
    )
    sitter.save(update_fields=["snapshot", "updated_at"])
    refresh_search(sitter)
