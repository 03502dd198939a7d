"""Everything of one's own in one file: asking for it, watching it being made, fetching it."""

from pathlib import Path

from allauth.core.ratelimit import consume
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from accounts.decorators import reauthenticated
from bookings.models import Export
from bookings.services.export.jobs import request_export
from bookings.services.export.registry import KINDS
from pawsitters import clock


@require_safe
@cache_control(private=True, no_store=True)
def data(request: HttpRequest) -> HttpResponse:
    return render(request, "bookings/data.html", {"export": _latest(request), "kinds": KINDS})


@require_safe
@cache_control(private=True, no_store=True)
def data_progress(request: HttpRequest) -> HttpResponse:
    """What static/js/poll.js puts into the page while the file is made."""
    return render(request, "bookings/_export.html", {"export": _latest(request)})


def _latest(request: HttpRequest) -> Export | None:
    return Export.objects.filter(user=request.user).first()


@require_POST
@reauthenticated
def data_make(request: HttpRequest) -> HttpResponse:
    latest = _latest(request)
    # Two clicks are one file, and the second costs nothing.
    if not (latest and latest.is_open) and not consume(request, action="export", user=request.user):
        messages.error(request, _("Five files a day are enough. Ask again tomorrow."))
        return redirect("bookings:data")
    request_export(user=request.user)
    return redirect("bookings:data")


@require_safe
@reauthenticated
@cache_control(private=True, no_store=True)
def data_file(request: HttpRequest, pk: int) -> HttpResponse:
    ready = Export.objects.filter(
        user=request.user, state=Export.State.READY, expires_at__gt=clock.now()
    )
    export = get_object_or_404(ready, pk=pk)
    try:
        file = Path(settings.EXPORT_ROOT, export.file).open("rb")  # noqa: SIM115 (the answer closes it)
    except OSError as error:
        raise Http404 from error
    name = f"pawsitters-{export.ready_at:%Y-%m-%d}.zip"
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/zip")
