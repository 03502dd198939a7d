"""Asking for one's data, making it in the worker, and erasing it after a week.

A killed worker leaves a lease that ends and a half-written file: the next one begins anew.
"""

import logging
import os
import secrets
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import User
from bookings.emails import account as emails
from bookings.models import Export
from bookings.services.export.archive import write_archive
from bookings.services.notices import tell_person
from bookings.services.retry import in_transaction
from pawsitters import clock

log = logging.getLogger(__name__)
State = Export.State
KEPT_FOR = timedelta(days=7)
LEASE = timedelta(seconds=60)
MAX_ATTEMPTS = 3


class TakenOver(Exception):
    """Another worker makes this file by now, or the person has closed the account."""


@in_transaction
def request_export(*, user: User) -> Export:
    """Queue the person's ZIP; the one that is waiting or running if there is one."""
    running = Export.objects.filter(user=user, is_open=True).first()
    return running or Export.objects.create(user=user, requested_at=clock.now())


def make_exports() -> int:
    """Make one waiting ZIP, if there is one; return how many. Several workers may run this."""
    export = _lease()
    if export is None:
        return 0
    try:
        _make(export)
    except TakenOver:
        return 0
    except DatabaseError:
        raise  # the worker waits until the database is back; the lease ends by itself
    except Exception:  # one odd row must not stop the worker
        log.exception("export %s failed", export.pk)
        if export.attempts >= MAX_ATTEMPTS:
            _give_up(export)
        return 0
    return 1


def _lease() -> Export | None:
    now = clock.now()
    with transaction.atomic():
        due = Export.objects.filter(Q(leased_until=None) | Q(leased_until__lt=now), is_open=True)
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        export = due.order_by("pk").first()
        if export is None:
            return None
        export.attempts += 1
        export.state = State.RUNNING
        export.leased_until = now + LEASE
        export.save(update_fields=["attempts", "state", "leased_until"])
    return Export.objects.select_related("user").get(pk=export.pk)


def _make(export: Export) -> None:
    root = Path(settings.EXPORT_ROOT)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    name = f"{secrets.token_hex(16)}.zip"
    path = root / name
    try:
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w+b") as file:
            write_archive(export.user, file, lambda done, of: _report(export, 100 * done // of))
        _finish(export, name, path.stat().st_size)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _mine(export: Export):
    return Export.objects.filter(pk=export.pk, attempts=export.attempts, is_open=True)


def _report(export: Export, progress: int) -> None:
    """Show how far it is and keep the lease. Raise TakenOver if it is no longer ours."""
    if not _mine(export).update(progress=progress, leased_until=clock.now() + LEASE):
        raise TakenOver


def _finish(export: Export, name: str, size: int) -> None:
    now = clock.now()
    older = Export.objects.filter(user=export.user, state=State.READY)
    with transaction.atomic():
        if not _mine(export).select_for_update().exists():
            raise TakenOver
        for other in older:
            _erase(other)
        _mine(export).update(
            state=State.READY,
            is_open=None,
            progress=100,
            leased_until=None,
            file=name,
            size_bytes=size,
            ready_at=now,
            expires_at=now + KEPT_FOR,
        )
        tell_person(
            export.user,
            emails.export_ready(now + KEPT_FOR),
            kind="export_ready",
            key=f"export:{export.pk}",
            path=reverse("bookings:data"),
        )


def _give_up(export: Export) -> None:
    with transaction.atomic():
        if _mine(export).update(state=State.FAILED, is_open=None, leased_until=None):
            tell_person(
                export.user,
                emails.export_failed(),
                kind="export_failed",
                key=f"export:{export.pk}",
                path=reverse("bookings:data"),
            )


def erase_old_exports() -> int:
    """Erase what is a week old; return how many."""
    due = Export.objects.filter(state=State.READY, expires_at__lte=clock.now())[:100]
    for export in due:
        with transaction.atomic():
            _erase(export)
    return len(due)


def _erase(export: Export) -> None:
    Export.objects.filter(pk=export.pk).update(state=State.ERASED, file="")
    transaction.on_commit(lambda: remove_file(export.file))


def remove_file(name: str) -> None:
    Path(settings.EXPORT_ROOT, Path(name).name).unlink(missing_ok=True)


def remove_strays() -> int:
    """Files that no row knows: those of a worker that was killed. Return how many."""
    root = Path(settings.EXPORT_ROOT)
    if not root.is_dir():
        return 0
    known = set(Export.objects.filter(state=State.READY).values_list("file", flat=True))
    before = clock.now().timestamp() - 86_400
    strays = [
        path
        for path in root.glob("*.zip")
        if path.name not in known and path.stat().st_mtime < before
    ]
    for path in strays:
        path.unlink(missing_ok=True)
    return len(strays)
