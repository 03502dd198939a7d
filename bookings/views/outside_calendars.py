"""Calendars from elsewhere whose entries count as busy."""

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from accounts.held import held_form
from bookings.exceptions import BookingError
from bookings.forms.outside_calendars import OutsideCalendarForm
from bookings.services import outside_calendars as service
from profiles.decorators import for_sitter
from profiles.models import OutsideCalendar
from profiles.querysets import own_or_gone
from profiles.words import GONE

PAGE = "bookings:calendar_import"


@require_http_methods(["GET", "HEAD", "POST"])
@for_sitter
def calendar_import(request, sitter):
    form = OutsideCalendarForm(request.POST or held_form(request))
    if request.method == "POST" and form.is_valid():
        if not consume(request, action="read_calendar", user=request.user):
            form.add_error(None, _("That was a lot at once. Please try again later."))
        else:
            try:
                service.add_calendar(sitter=sitter, url=form.cleaned_data["url"])
            except BookingError as refusal:
                form.add_error(None, str(refusal))
            else:
                messages.success(
                    request, _("Added. We read it within a minute; reload this page to see.")
                )
                return redirect(PAGE)
    context = {
        "current": "sitting",
        "sitting_tab": "calendar",
        "sitter": sitter,
        # Without the address, which is encrypted and often a secret.
        "calendars": list(OutsideCalendar.objects.filter(sitter=sitter).defer("url")),
        "form": form,
        "most": service.MOST_CALENDARS,
    }
    return render(request, "bookings/calendar_import.html", context)


@require_POST
@for_sitter
def calendar_import_read(request, sitter, pk):
    calendar = _own(request, sitter, pk)
    if calendar is None:
        return redirect(PAGE)
    may_ask = consume(request, action="read_calendar", user=request.user)
    if may_ask and service.read_soon(calendar=calendar):
        messages.success(request, _("We read it within a minute; reload this page to see."))
    else:
        messages.info(request, _("It was read a moment ago, or is being read right now."))
    return redirect(PAGE)


@require_POST
@for_sitter
def calendar_import_remove(request, sitter, pk):
    calendar = _own(request, sitter, pk)
    if calendar is not None:
        service.remove_calendar(calendar=calendar)
        messages.success(
            request, _("Removed. What it said is no longer busy; your own days are as they were.")
        )
    return redirect(PAGE)


def _own(request, sitter, pk):
    """Somebody else's does not exist; one that is gone is no mistake, and is said."""
    calendar = own_or_gone(OutsideCalendar.objects.filter(sitter=sitter).defer("url"), pk)
    if calendar is None:
        messages.warning(request, GONE)
    return calendar
