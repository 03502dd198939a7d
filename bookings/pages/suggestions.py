"""Who else could take it: a search with the same choice."""

import json
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from urllib.parse import urlencode, urlsplit

from django.core.files.storage import default_storage
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.exceptions import NoRate
from bookings.models import Booking
from bookings.services.pricing import make_quote
from bookings.services.rules import OWNER
from bookings.services.schedule import Choice, planned_units
from bookings.services.terms import PetFacts, fees, terms_from_snapshot
from pawsitters import clock
from profiles.kinds import DogSize, Kind, Species
from profiles.money import amount
from profiles.services.search import Found, SearchQuery, find_sitters

Status = Booking.Status
NEAR_METRES = 25_000
# How many sitters the owner is shown, by how the booking ended (product.md 9).
HOW_MANY = {Status.DECLINED: 3, Status.EXPIRED: 3, Status.CANCELLED_BY_SITTER: 5}


@dataclass(frozen=True)
class Suggestion:
    """Somebody else who has the dates open, with the price of the same choice."""

    url: str
    name: str
    headline: str
    distance: str
    price: str
    face: SimpleNamespace


def suggestions_for(booking: Booking, role: str) -> dict | None:
    """For an owner whose booking fell through; None where there is nothing to suggest.

    Expects pets and lines loaded. Sitters are looked up (two statements) for nights and days;
    visits only get the link, because their times of day are in rows that this page does not read.
    """
    if role != OWNER or booking.status not in HOW_MANY:
        return None
    url = search_url(booking)
    sitters = [] if Kind(booking.kind).is_visits else _sitters(booking, url)
    return {"search_url": url, "sitters": sitters}


def _sitters(booking: Booking, search: str) -> list[Suggestion]:
    choice = choice_of(booking)
    units = planned_units(choice, booking.zone)
    if not units or units[0].starts_at <= clock.now():
        return []
    facts = tuple(
        PetFacts(pet.pk, pet.name, pet.species, pet.is_young) for pet in booking.booking_pets.all()
    )

    def price_of(text: str) -> int | None:
        terms = json.loads(text)
        try:
            quote = make_quote(
                terms=terms_from_snapshot(terms, terms["holidays"]),
                choice=choice,
                units=units,
                pets=facts,
                fees=fees(),
            )
        except NoRate:
            return None
        return quote.total_cents

    found = find_sitters(_query(booking, choice, units[0].starts_at), price_of).found
    others = [one for one in found if one.sitter_id != booking.sitter_id and one.total_cents]
    parameters = urlsplit(search).query
    return [_suggestion(one, booking, parameters) for one in others[: HOW_MANY[booking.status]]]


def choice_of(booking: Booking) -> Choice:
    """The choice of nights or days that was asked for; the dates stand in the lines of the price."""
    kind, zone = Kind(booking.kind), booking.zone
    start, end = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    dates_ = {
        date.fromisoformat(on)
        for line in booking.lines.all()
        if line.rule == "unit"
        for on in line.dates
    }
    return Choice(
        kind,
        start.date(),
        end.date(),
        start.time(),
        end.time(),
        weekdays=frozenset() if kind.is_nights else frozenset(on.weekday() for on in dates_),
    )


def _query(booking: Booking, choice: Choice, starts_at: datetime) -> SearchQuery:
    rows = list(booking.booking_pets.all())
    pets = [row.pet for row in rows if row.pet]
    point = _point(booking)
    dogs = [pet.weight_grams or 0 for pet in pets if pet.species == Species.DOG]
    return SearchQuery(
        *point,
        NEAR_METRES,
        choice.kind,
        booking.zone,
        dates=choice.dates,
        starts_at=starts_at,
        pets=len(rows),
        species=frozenset(row.species for row in rows),
        dog_kg=next((size for size in DogSize.values if size * 1000 >= max(dogs)), None)
        if dogs
        else None,
        youngest_months=min((pet.age_months(choice.starts_on) for pet in pets), default=None),
    )


def _point(booking: Booking) -> tuple[int, int]:
    """Around the owner's home where the sitter comes there, else around the sitter who was asked."""
    if not Kind(booking.kind).is_at_sitters and hasattr(booking.owner, "home"):
        return booking.owner.home.lat_e6, booking.owner.home.lng_e6
    return booking.sitter.grid_lat_e6, booking.sitter.grid_lng_e6


def _suggestion(found: Found, booking: Booking, parameters: str) -> Suggestion:
    card = found.details()
    url = reverse("bookings:sitter", args=[card["slug"]])
    return Suggestion(
        url=f"{url}?{parameters}",
        name=card["name"],
        headline=card["headline"],
        distance=_("%(km)s km away") % {"km": f"{found.metres / 1000:.1f}"},
        price=amount(found.total_cents, booking.currency),
        face=SimpleNamespace(photo=_photo(card["photo"]), face=card["face"], pk=found.sitter_id),
    )


def _photo(name: str) -> SimpleNamespace | None:
    """What the avatar tag looks at, for a picture whose person is not loaded."""
    return SimpleNamespace(url=default_storage.url(name)) if name else None


def search_url(booking: Booking) -> str:
    """The search with the choice of this booking; expects pets loaded."""
    return f"{reverse('bookings:search')}?{urlencode(choice_params(booking), doseq=True)}"


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
