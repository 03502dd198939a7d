from datetime import timedelta

from django.db.models import Q
from django.http import Http404
from django.views.decorators.http import require_GET

from accounts.images import stored_name
from accounts.media import serve_image
from bookings.models import BookingPet
from pawsitters import clock
from profiles.models import Pet, Vaccination

# Care sheets are hidden from the sitter this long after the end, and pictures with them.
HIDDEN_AFTER = timedelta(days=90)


@require_GET
def private_media(request, path):
    """Pictures of pets and of their documents: for the owner and for sitters who were asked."""
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
    asked = BookingPet.objects.filter(
        booking__sitter__user=user, booking__ends_at__gte=clock.now() - HIDDEN_AFTER
    )
    return Pet.objects.filter(Q(owner=user) | Q(pk__in=asked.values("pet")))
