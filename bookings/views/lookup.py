"""How views find a booking, and name its two sides."""

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404

from bookings.models import Booking
from bookings.services.rules import role_of


def find_booking(request: HttpRequest, public_id: str, role: str | None = None) -> Booking:
    """A booking of this person; 404 unless they are on the side that `role` names."""
    bookings = Booking.objects.visible_to(request.user).with_parties()
    booking = get_object_or_404(bookings, public_id=public_id)
    if role and role_of(booking, request.user) != role:
        raise Http404
    return booking


def names_in(booking: Booking) -> dict[str, str]:
    return {
        "owner": booking.owner.get_short_name(),
        "sitter": booking.sitter.user.get_short_name(),
    }
