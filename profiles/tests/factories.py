from datetime import date, time

from accounts.tests.factories import make_user
from pawsitters import clock
from profiles.kinds import Kind, Species
from profiles.models import (
    Home,
    Pet,
    Rate,
    Service,
    SitterCapacity,
    SitterProfile,
    Town,
    TownName,
    WeekdayHours,
)
from profiles.services.snapshot import sitter_changed

BERLIN = {"lat_e6": 52_520_000, "lng_e6": 13_405_000}
ANSWERED = {
    "good_with_dogs": "yes",
    "good_with_cats": "unknown",
    "good_with_children": "yes",
    "good_with_strangers": "yes",
    "has_bitten": "no",
    "separation_anxiety": "no",
    "escape_risk": "no",
    "house_trained": "yes",
    "off_leash": "never",
}


def make_town(**fields) -> Town:
    defaults = {
        "id": 2950159,
        "name": "Berlin",
        "key": "berlin",
        "region": "Berlin",
        "country": "DE",
        "population": 3_426_354,
        "time_zone": "Europe/Berlin",
        **BERLIN,
    }
    values = {**defaults, **fields}
    town, _ = Town.objects.get_or_create(id=values.pop("id"), defaults=values)
    TownName.objects.get_or_create(key=town.key, town=town, weight=town.population * 20)
    return town


def make_pet(owner=None, **fields) -> Pet:
    """A pet that is ready to be booked: every behaviour question is answered."""
    defaults = {
        "name": "Biscuit",
        "species": Species.DOG,
        "born_on": date(2020, 5, 1),
        "weight_grams": 12_500,
    }
    return Pet.objects.create(owner=owner or make_user(), **{**defaults, **ANSWERED, **fields})


def make_home(user, **fields) -> Home:
    defaults = {"street": "Lindenweg 4", "postcode": "10115", "town": make_town(), **BERLIN}
    return Home.objects.create(user=user, **{**defaults, **fields})


def make_sitter(
    *,
    kinds=(Kind.BOARDING,),
    night_places=2,
    day_places=2,
    base_cents=4000,
    additional_cents=2000,
    service_fields=None,
    user=None,
    **fields,
) -> SitterProfile:
    """A published sitter who takes dogs and cats every day, 07:00–21:00 for visits."""
    user = user or make_user(name="Mara Lindqvist")
    town = fields.pop("town", None) or make_town()
    defaults = {
        "slug": f"sitter-{user.pk}",
        "status": SitterProfile.Status.PUBLISHED,
        "published_at": clock.now(),
        "headline": "A quiet flat by the water",
        "about": "I work from home.",
        "town": town,
        "time_zone": town.time_zone,
        "lat_e6": town.lat_e6,
        "lng_e6": town.lng_e6,
        "grid_lat_e6": town.lat_e6,
        "grid_lng_e6": town.lng_e6,
        "street": "Hafenweg 1",
        "postcode": "10117",
        "calendar_confirmed_on": clock.today(town.time_zone),
    }
    sitter = SitterProfile.objects.create(user=user, **{**defaults, **fields})
    SitterCapacity.objects.create(sitter=sitter, night_places=night_places, day_places=day_places)
    for weekday in range(7):
        WeekdayHours.objects.create(
            sitter=sitter, weekday=weekday, visits_from=time(7), visits_until=time(21)
        )
    for kind in kinds:
        make_service(sitter, kind, base_cents, additional_cents, **(service_fields or {}))
    sitter_changed(sitter)
    return sitter


def make_service(sitter, kind, base_cents=4000, additional_cents=2000, **fields) -> Service:
    defaults = {"species": [Species.DOG, Species.CAT], "lead_hours": 2, "horizon_days": 400}
    service = Service.objects.create(sitter=sitter, kind=kind, **{**defaults, **fields})
    minutes = (30, 60) if Kind(kind).is_visits else (0,)
    for species in service.species:
        for length in minutes:
            Rate.objects.create(
                service=service,
                species=species,
                minutes=length,
                base_cents=base_cents,
                additional_cents=additional_cents,
            )
    return service
