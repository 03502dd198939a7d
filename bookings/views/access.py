"""The sitter reads how to get in. Only a POST shows it, because each look is logged."""

import logging

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.debug import sensitive_variables

from accounts.encryption import Unreadable
from bookings.exceptions import BookingError
from bookings.services.access import is_open, look, why_closed
from bookings.services.rules import SITTER
from bookings.views.lookup import find_booking
from pawsitters import clock

log = logging.getLogger(__name__)


@cache_control(private=True, no_store=True)
@sensitive_variables("notes", "context")
def access(request: HttpRequest, public_id: str) -> HttpResponse:
    booking = find_booking(request, public_id, SITTER)
    context = {
        "booking": booking,
        "back_url": booking.get_absolute_url(),
        "now": clock.now(),
        "current": "bookings",
    }
    if request.method != "POST":
        if not is_open(booking, clock.now()):
            return _closed(request, booking, why_closed(booking))
        return render(request, "bookings/access.html", context)
    if not consume(request, action="look_at_access", user=request.user):
        return _closed(request, booking, _("You have looked many times. Please wait a minute."))
    try:
        notes = look(booking=booking, by=request.user)
    except BookingError as error:
        return _closed(request, booking, str(error))
    except Unreadable:
        log.error("access notes for booking %s: their key is not in FIELD_KEYS", public_id)
        return _closed(request, booking, _("The notes cannot be read just now. Please call."))
    context |= {"is_shown": True, "notes": notes}
    return render(request, "bookings/access.html", context)


def _closed(request: HttpRequest, booking, sentence: str) -> HttpResponse:
    messages.warning(request, sentence)
    return redirect(booking)
