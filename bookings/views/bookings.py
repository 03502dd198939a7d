"""One booking: its page, what may be done with it, and its record."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from bookings.models import Booking


def booking_detail(request: HttpRequest, public_id: str) -> HttpResponse:
    booking = get_object_or_404(Booking.objects.visible_to(request.user), public_id=public_id)
    return render(request, "bookings/booking.html", {"booking": booking})
