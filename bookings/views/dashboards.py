"""The two dashboards, and the list of all bookings of a person."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from bookings.pages.booking_list import LISTS, page_of
from bookings.pages.next_days import lines_of
from bookings.pages.overview import overview_of
from bookings.pages.sitting import sitter_of, sitting_of
from pawsitters import clock, dates
from pawsitters.operations import soon


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    page = overview_of(request.user)
    context = {"page": page, "current": "overview"}
    soon.keep(request, "overview", lines_of(page.sections.running + page.sections.upcoming))
    return render(request, "bookings/overview.html", context)


@require_safe
def sitting(request: HttpRequest) -> HttpResponse:
    sitter = sitter_of(request.user)
    if sitter is None:
        return redirect("profiles:sitting_start")
    page = sitting_of(sitter)
    soon.keep(request, "sitting", lines_of([task.row for task in page.running + page.upcoming]))
    context = {
        "current": "sitting",
        "sitting_tab": "today",
        "sitter": sitter,
        "page": page,
        "today": dates.day(clock.today(sitter.time_zone)),
    }
    return render(request, "bookings/sitting.html", context)


@require_safe
def booking_list(request: HttpRequest) -> HttpResponse:
    show = request.GET.get("show", "")
    show = show if show in LISTS else "upcoming"
    page, rows = page_of(request.user, show, request.GET.get("page"))
    context = {
        "rows": rows,
        "page": page,
        "query": f"show={show}&",
        "tabs": [(name, label, name == show) for name, (label, _s, _o) in LISTS.items()],
        "show": show,
        "current": "bookings",
    }
    return render(request, "bookings/list.html", context)
