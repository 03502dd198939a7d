"""The sitter ticks what the owner changed after the booking was agreed."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from bookings.exceptions import BookingError, RequestRefused
from bookings.services.care_updates import tick_changes
from bookings.services.rules import SITTER
from bookings.views.bookings import show_page
from bookings.views.lookup import find_booking, names_in

MOST_TICKS = 500


def tick(request: HttpRequest, public_id: str) -> HttpResponse:
    booking = find_booking(request, public_id, SITTER)
    if request.method != "POST":
        # The page itself asks: it shows old and new with the lines to tick.
        return redirect(booking)
    ticked = request.POST.getlist("ticked")[:MOST_TICKS]
    try:
        tick_changes(booking=booking, by=request.user, ticked=ticked)
    except RequestRefused as error:
        return show_page(request, public_id, ticked=ticked, tick_error=str(error))
    except BookingError as error:
        messages.warning(request, str(error))
        return redirect(booking)
    messages.success(request, _("Ticked. %(owner)s has been told.") % names_in(booking))
    return redirect(booking)
