"""What the owner of the world has asked for and reported."""

from pathlib import Path

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry

from accounts.models import User
from bookings.models import Export, Report
from bookings.services.export.jobs import KEPT_FOR
from bookings.tests.factories import make_owner
from pawsitters import clock
from profiles.models import SitterProfile


def data_names(owner: User, sitter: SitterProfile) -> dict[str, object]:
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
    return {"export": export.pk, **_staff_names(owner, sitter)}


def _staff_names(owner: User, sitter: SitterProfile) -> dict[str, object]:
    report = Report.objects.create(
        reporter=make_owner(name="Vera Neal"),
        about=Report.About.PAGE,
        subject_id=sitter.pk,
        reason=Report.Reason.OTHER,
        text="The garden has no fence",
        created_at=clock.now(),
    )
    entry = LogEntry.objects.create(
        user=owner, action_flag=CHANGE, object_repr="Biscuit", change_message="Looked at"
    )
    return {"reported": report.pk, "log": entry.pk}
