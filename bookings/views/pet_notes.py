"""What a sitter notes about the animals of a booking; the owner does not know that there is a page."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from accounts.held import held_form
from bookings.forms.notes import PetNotesForm
from bookings.pages.pet_notes_section import may_note
from bookings.services.pet_notes import notes_for, write_notes
from bookings.services.rules import SITTER
from bookings.views.lookup import find_booking


def pet_notes(request: HttpRequest, public_id: str) -> HttpResponse:
    booking = find_booking(request, public_id, SITTER)
    if not may_note(booking):
        raise Http404
    pets = list(booking.booking_pets.all())
    notes = notes_for(booking.sitter_id, [row.pet_id for row in pets if row.pet_id])
    typed = request.POST if request.method == "POST" else held_form(request)
    form = PetNotesForm(typed, pets=pets, notes=notes)
    if request.method == "POST" and form.is_valid():
        write_notes(booking=booking, texts=form.texts())
        messages.success(request, _("Saved. Only you read it."))
        return redirect(booking)
    context = {
        "form": form,
        "title": _("Your own notes"),
        "lede": _("For you alone, on every booking with these animals and on your day sheet."),
        "button": _("Save"),
        "back_url": booking.get_absolute_url(),
        "current": "bookings",
    }
    return render(request, "bookings/favourite_form.html", context)
