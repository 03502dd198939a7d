"""What the owner of the world has asked for."""

from pathlib import Path

from django.conf import settings

from accounts.models import User
from bookings.models import Export
from bookings.services.export.jobs import KEPT_FOR
from pawsitters import clock


def data_names(owner: User) -> dict[str, object]:
    Path(settings.EXPORT_ROOT).mkdir(exist_ok=True)
    Path(settings.EXPORT_ROOT, "ab34.zip").write_bytes(b"PK")
    now = clock.now()
    export = Export.objects.create(
        user=owner,
        requested_at=now,
        state=Export.State.READY,
        is_open=None,
        file="ab34.zip",
        ready_at=now,
        expires_at=now + KEPT_FOR,
    )
    return {"export": export.pk}
