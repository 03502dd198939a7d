"""Who else could take it: a search with the same choice, and the way back to a trusted sitter."""

from urllib.parse import urlencode

from django.urls import reverse

from bookings.models import Booking
from bookings.services.rules import OWNER
from profiles.kinds import Kind, Species

Status = Booking.Status
SEARCH = "/search/"
# How many sitters the owner is shown, by how the booking ended (product.md 9).
HOW_MANY = {Status.DECLINED: 3, Status.EXPIRED: 3, Status.CANCELLED_BY_SITTER: 5}


def suggestions_for(booking: Booking, role: str) -> dict | None:
    """For an owner whose booking fell through; None where there is nothing to suggest."""
    if role != OWNER or booking.status not in HOW_MANY:
        return None
    return {"search_url": search_url(booking), "sitters": []}


def again_url(slug: str, booking: Booking, species: list[str]) -> str:
    """The sitter's page with the same kind and animals, and the dates still to be chosen."""
    path = reverse("bookings:sitter", args=[slug])
    return f"{path}?{urlencode({'kind': booking.kind, **_animals(species)})}"


def search_url(booking: Booking) -> str:
    """The search with the choice of this booking; expects pets loaded."""
    return f"{SEARCH}?{urlencode(choice_params(booking), doseq=True)}"


def choice_params(booking: Booking) -> dict[str, object]:
    """The choice of a booking as the parameters that search and sitter pages read."""
    kind, zone = Kind(booking.kind), booking.zone
    start, end = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    params: dict[str, object] = {
        "kind": kind.value,
        "from": start.date().isoformat(),
        "to": end.date().isoformat(),
        **_animals([pet.species for pet in booking.booking_pets.all()]),
    }
    town = _town_id(booking)
    if town:
        params["town"] = town
    if kind.is_visits:
        units = list(booking.units.all())
        params["times"] = sorted({f"{u.starts_at.astimezone(zone):%H:%M}" for u in units})
        params["minutes"] = round((units[0].ends_at - units[0].starts_at).total_seconds() / 60)
    else:
        params |= {"at": f"{start:%H:%M}", "until": f"{end:%H:%M}"}
    return params


def _town_id(booking: Booking) -> int | None:
    if not Kind(booking.kind).is_at_sitters and hasattr(booking.owner, "home"):
        return booking.owner.home.town_id
    return booking.sitter.town_id


def _animals(species: list[str]) -> dict[str, object]:
    counts: dict[str, object] = {}
    for word, kind in (("dogs", Species.DOG), ("cats", Species.CAT)):
        if species.count(kind):
            counts[word] = species.count(kind)
    others = [s for s in species if s not in (Species.DOG, Species.CAT)]
    if others:
        counts |= {"other": others[0], "others": len(others)}
    return counts
