"""Checking in to one visit or day and out of it. POST changes; GET leads to the booking's page."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from bookings.services import transitions
from bookings.services.rules import SITTER
from bookings.views.actions import apply_change, both_names, find_booking


def check_in(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    booking = find_booking(request, public_id, SITTER)
    if request.method != "POST":
        return redirect(booking)

    def enter(**who):
        transitions.check_in(**who, number=number)

    done = _("You are checked in. %(owner)s has been told.") % both_names(booking)
    return apply_change(request, booking, enter, done)


def check_out(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    booking = find_booking(request, public_id, SITTER)
    if request.method != "POST":
        return redirect(booking)

    def leave(**who):
        transitions.check_out(**who, number=number)

    return apply_change(request, booking, leave, _("You are checked out."))
