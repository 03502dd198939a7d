from django.db.models import Q
from django.db.models.functions import Coalesce
from django.http import Http404
from django.views.decorators.http import require_GET

from accounts.images import stored_name
from accounts.media import serve_image
from bookings.models import Booking, BookingPet
from bookings.services.visibility import CARE_SHEET_FOR
from pawsitters import clock
from profiles.models import Pet, Vaccination


@require_GET
def private_media(request, path):
    """Pictures of pets and of their documents: for the owner and for sitters who read the sheet."""
    name = stored_name(path)
    pets = _pets_shown_to(request.user)
    if name.startswith("pets/"):
        may_see = pets.filter(photo=name).exists()
    else:
        may_see = Vaccination.objects.filter(document=name, pet__in=pets).exists()
    if not may_see:
        raise Http404
    return serve_image(request, path, is_public=False)


def _pets_shown_to(user):
    """One's own, and those whose care sheet one may read as a sitter (`shows_care_sheet`)."""
    agreed = Q(booking__confirmed_at__isnull=False, last_at__gte=clock.now() - CARE_SHEET_FOR)
    shown = (
        BookingPet.objects.filter(booking__sitter__user=user)
        .annotate(last_at=Coalesce("booking__ended_at", "booking__ends_at"))
        .filter(Q(booking__status__in=Booking.OPEN) | agreed)
    )
    return Pet.objects.filter(Q(owner=user) | Q(pk__in=shown.values("pet")))
