"""One booking: its page and its record."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from bookings.models import Booking
from bookings.pages import booking_page
from bookings.pages.suggestions import suggestions_for
from bookings.pages.timeline import sentence
from bookings.services import history
from bookings.services.rules import role_of


@require_safe
def booking_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    return show_page(request, public_id)


def show_page(request, public_id: str, *, ticked=(), tick_error: str = "") -> HttpResponse:
    """The booking's page, with the ticks that were sent when one was missing."""
    booking = booking_page.load(request.user, public_id)
    page = booking_page.build(booking, request.user)
    context = {
        "page": page,
        "booking": booking,
        "suggestions": suggestions_for(booking, page.role),
        "ticked": ticked,
        "tick_error": tick_error,
        "current": "bookings",
    }
    return render(request, "bookings/booking.html", context)


@require_safe
def booking_record(request: HttpRequest, public_id: str) -> HttpResponse:
    bookings = Booking.objects.visible_to(request.user).with_parties()
    booking = get_object_or_404(bookings.prefetch_related("events"), public_id=public_id)
    role = role_of(booking, request.user)
    context = {
        "booking": booking,
        "entries": [(event, sentence(event, booking, role)) for event in booking.events.all()],
        "faults": list(history.faults(booking)),
        "current": "bookings",
    }
    return render(request, "bookings/record.html", context)
