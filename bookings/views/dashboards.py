"""The two dashboards, and the list of all bookings of a person."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from bookings.models import Booking
from bookings.pages.overview import overview_of
from bookings.pages.rows import row_of
from bookings.pages.sitting import sitter_of, sitting_of
from bookings.services.rules import role_of
from pawsitters import clock, dates

Status = Booking.Status
PER_PAGE = 20
# show: label, statuses, order
LISTS = {
    "upcoming": (_("Coming up"), (Status.REQUESTED, Status.CONFIRMED), ("starts_at", "pk")),
    "running": (_("Running"), (Status.IN_PROGRESS,), ("ends_at", "pk")),
    "past": (
        _("Past"),
        tuple(status for status in Status if status not in Booking.OPEN),
        ("-starts_at", "-pk"),
    ),
}


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    context = {"page": overview_of(request.user), "current": "overview"}
    return render(request, "bookings/overview.html", context)


@require_safe
def sitting(request: HttpRequest) -> HttpResponse:
    sitter = sitter_of(request.user)
    if sitter is None:
        return redirect("profiles:sitting_start")
    context = {
        "current": "sitting",
        "sitting_tab": "today",
        "sitter": sitter,
        "page": sitting_of(sitter),
        "today": dates.day(clock.today(sitter.time_zone)),
    }
    return render(request, "bookings/sitting.html", context)


@require_safe
def booking_list(request: HttpRequest) -> HttpResponse:
    show = request.GET.get("show", "")
    show = show if show in LISTS else "upcoming"
    _label, statuses, order = LISTS[show]
    bookings = (
        Booking.objects.visible_to(request.user)
        .filter(status__in=statuses)
        .with_parties()
        .prefetch_related("booking_pets")
        .defer("message", "end_text", "sitter__snapshot", "sitter__about")
        .order_by(*order)
    )
    page = Paginator(bookings, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        row_of(
            booking, role_of(booking, request.user), [p.name for p in booking.booking_pets.all()]
        )
        for booking in page
    ]
    context = {
        "rows": rows,
        "page": page,
        "query": f"show={show}&",
        "tabs": [(name, label, name == show) for name, (label, _s, _o) in LISTS.items()],
        "show": show,
        "current": "bookings",
    }
    return render(request, "bookings/list.html", context)
