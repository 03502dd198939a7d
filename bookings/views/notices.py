"""The list of what a person was told."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from bookings.models import Notice
from bookings.templatetags.notices import unread_counts
from pawsitters import clock
from pawsitters.operations.gate import optional_write

PER_PAGE = 30


@require_safe
def notice_list(request: HttpRequest) -> HttpResponse:
    # Counted once, for the button and for the header.
    unread_counts(request.user)
    notices = Notice.objects.visible_to(request.user).listed()
    page = Paginator(notices, PER_PAGE).get_page(request.GET.get("page"))
    for notice in page:
        notice.gist = notice.text.split("\n\n")[0]
    return render(request, "bookings/notices.html", {"page": page, "current": "notices"})


@require_safe
def notice_open(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark as read, then go where the notice leads."""
    notice = get_object_or_404(Notice.objects.visible_to(request.user), pk=pk)
    with optional_write():
        Notice.objects.filter(pk=notice.pk, read_at=None).update(read_at=clock.now())
    return redirect(notice.path)


@require_POST
def notices_read(request: HttpRequest) -> HttpResponse:
    Notice.objects.visible_to(request.user).listed().unread().update(read_at=clock.now())
    return redirect("bookings:notices")
