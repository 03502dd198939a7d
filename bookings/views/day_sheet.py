from datetime import date, timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from bookings.pages.day_sheet import day_sheet_of
from pawsitters import clock
from profiles.decorators import for_sitter

FARTHEST = timedelta(days=500)


@require_safe
@for_sitter
def day_sheet(request: HttpRequest, sitter) -> HttpResponse:
    """Today's sheet, or that of `?on=`; with `?save=1` a file that can be read without a network."""
    today = clock.today(sitter.time_zone)
    on = _date(request.GET.get("on", ""), today)
    context = {
        "sheet": day_sheet_of(sitter, on, clock.now()),
        "sitter": sitter,
        "zone": sitter.time_zone,
        "now": clock.now(),
        "current": "sitting",
        "sitting_tab": "today",
    }
    if "save" not in request.GET:
        return render(request, "bookings/day_sheet.html", context)
    response = render(request, "bookings/day_sheet_saved.html", context)
    response["Content-Disposition"] = f'attachment; filename="day-{on.isoformat()}.html"'
    return response


def _date(typed: str, today: date) -> date:
    try:
        on = date.fromisoformat(typed)
    except ValueError:
        return today
    return on if abs(on - today) <= FARTHEST else today
