"""Invented sitters: people, pages, prices and calendars."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from math import cos, radians
from random import Random

from django.utils.text import slugify

from accounts.models import User
from bookings.demo import words
from bookings.demo.rows import Rows
from profiles.geo import snap
from profiles.kinds import DogSize, Kind, Species, Tier
from profiles.models import (
    AddOn,
    CalendarException,
    Check,
    LongStayTier,
    Rate,
    Service,
    SitterCapacity,
    SitterHoliday,
    SitterPhoto,
    SitterProfile,
    Town,
    WeekdayHours,
)
from profiles.models.sitters import SitterProfile as Profile

# Cents for one unit, before the town's and the sitter's own factor.
BASE = {
    Kind.BOARDING: 3400,
    Kind.HOUSE_SITTING: 4600,
    Kind.DAY_CARE: 2600,
    Kind.DROP_IN_VISIT: 1500,
    Kind.DOG_WALK: 1400,
}
DEAR_COUNTRIES = {
    "CH": 1.7,
    "NO": 1.5,
    "US": 1.3,
    "DK": 1.4,
    "GB": 1.2,
    "SE": 1.2,
    "PL": 0.7,
    "RO": 0.6,
}
SPECIES_SETS = [
    ([Species.DOG], 30),
    ([Species.DOG, Species.CAT], 40),
    ([Species.CAT], 12),
    ([Species.DOG, Species.CAT, Species.SMALL_MAMMAL, Species.BIRD], 12),
    ([Species.CAT, Species.SMALL_MAMMAL, Species.BIRD, Species.REPTILE, Species.FISH], 6),
]
HOLIDAYS = {
    (12, 24): "Christmas Eve",
    (12, 25): "Christmas Day",
    (12, 26): "Boxing Day",
    (1, 1): "New Year",
}
E6 = 1_000_000


def person(rng: Random) -> dict[str, str]:
    """A name and an illustration that goes with it."""
    names, faces = rng.choice([(words.WOMEN, words.WOMENS_FACES), (words.MEN, words.MENS_FACES)])
    name = f"{rng.choice(names)} {rng.choice(words.LAST_NAMES)}"
    return {"name": name, "face": rng.choice(faces)}


def near(town: Town, rng: Random) -> tuple[int, int]:
    """A point around a town, further out in bigger ones, in micro-degrees."""
    spread_km = min(9.0, 0.8 + (town.population**0.5) / 220)
    north, east = rng.gauss(0, spread_km), rng.gauss(0, spread_km)
    lat = town.lat_e6 + round(north / 111.2 * E6)
    lng = town.lng_e6 + round(east / (111.2 * cos(radians(town.lat_e6 / E6))) * E6)
    return lat, lng


class SitterMaker:
    """Adds whole sitters to `rows`; everything random comes from `rng`."""

    def __init__(self, rows: Rows, rng: Random, *, now: datetime, staff: User):
        self.rows, self.rng, self.now, self.staff = rows, rng, now, staff
        self.today: date = now.date()
        self.number = 0
        self.has_everything = False

    def make(self, town: Town) -> SitterProfile:
        """A published sitter in that town; the caller still builds the snapshot."""
        sitter = self._profile(town, self._person(), {})
        self._services(sitter, DEAR_COUNTRIES.get(town.country, 1.0) * self.rng.uniform(0.8, 1.35))
        self._hours(sitter)
        self._rest(sitter, away=self.rng.random() < 0.5)
        return sitter

    def make_full(self, town: Town, *, user: User, **fields) -> SitterProfile:
        """A sitter who offers everything to dogs and cats on every day, with three places."""
        self.has_everything = True
        sitter = self._profile(town, user, fields)
        sitter.capacity.night_places = sitter.capacity.day_places = 3
        for kind in Kind:
            species = [Species.DOG] if kind == Kind.DOG_WALK else [Species.DOG, Species.CAT]
            service = self.service(sitter, kind, species, 1.1)
            service.max_dog_kg, service.max_pets, service.lead_hours = DogSize.GIANT, 3, 2
            service.horizon_days, service.is_instant = 365, kind == Kind.DOG_WALK
            service.needs_vaccinations = service.is_one_household = False
        self._hours(sitter, closed=())
        self._rest(sitter, away=False)
        self.has_everything = False
        return sitter

    def _chance(self, share: float) -> bool:
        return self.rng.random() < share or self.has_everything

    def _profile(self, town: Town, user: User, fields: dict) -> SitterProfile:
        rng = self.rng
        lat, lng = near(town, rng)
        grid_lat, grid_lng = snap(lat, lng)
        published_at = self.now - timedelta(days=rng.randint(3, 900), minutes=rng.randint(0, 1400))
        page = {
            **self._page(),
            "calendar_confirmed_on": self.today - timedelta(days=int(rng.expovariate(1 / 12))),
            **fields,
        }
        sitter = self.rows.add(
            SitterProfile(
                user=user,
                slug=f"{slugify(user.name)[:40] or 'sitter'}-{user.pk}",
                status=Profile.Status.PUBLISHED,
                submitted_at=published_at - timedelta(days=1),
                published_at=published_at,
                street=f"{rng.choice(words.STREETS)} {rng.randint(1, 120)}",
                postcode=f"{rng.randint(10000, 99999)}",
                town=town,
                time_zone=town.time_zone,
                lat_e6=lat,
                lng_e6=lng,
                grid_lat_e6=grid_lat,
                grid_lng_e6=grid_lng,
                **page,
            )
        )
        sitter._prefetched_objects_cache = {
            name: []
            for name in (
                "services",
                "holidays",
                "weekday_hours",
                "calendar_exceptions",
                "outside_calendars",
                "photos",
                "checks",
            )
        }
        self._capacity(sitter)
        return sitter

    def _add(self, parent, name: str, row):
        """Add a row, and remember it where the snapshot will look for it."""
        parent._prefetched_objects_cache[name].append(row)
        return self.rows.add(row)

    def _person(self) -> User:
        self.number += 1
        return self.rows.add(
            User(
                email=f"sitter{self.number}@example.org",
                **person(self.rng),
                password="!",  # no password fits
                date_joined=self.now - timedelta(days=self.rng.randint(910, 1500)),
            )
        )

    def _page(self) -> dict:
        rng = self.rng
        home = rng.choices(list(Profile.HomeType), weights=[45, 48, 7])[0]
        return {
            "headline": rng.choice(words.HEADLINES),
            "about": " ".join(
                rng.choice(part)
                for part in (words.ABOUT_START, words.ABOUT_MIDDLE, words.ABOUT_END)
            ),
            "experience_years": rng.randint(1, 25),
            "languages": ", ".join(rng.sample(words.LANGUAGES, rng.randint(1, 3))),
            "home_type": home,
            "has_fenced_yard": home != "flat" and rng.random() < 0.7,
            "is_smoke_free": rng.random() < 0.88,
            "children": rng.choices(list(Profile.Children), weights=[70, 14, 16])[0],
            "own_pets": rng.choice(["", "", "", "One calm spaniel, Otto, 9 years", "Two cats"]),
            "cameras": rng.choice(["", "", "", "", "One at the front door, outside"]),
            "max_alone_hours": rng.randint(1, 6),
            "payment_note": rng.choice(words.PAYMENT_NOTES),
        }

    def _capacity(self, sitter: SitterProfile) -> None:
        places = self.rng.choices([1, 2, 3, 4], weights=[25, 40, 25, 10])[0]
        sitter.capacity = self.rows.add(
            SitterCapacity(sitter=sitter, night_places=places, day_places=places + 1)
        )

    def _hours(self, sitter: SitterProfile, closed: Sequence[int] | None = None) -> None:
        if closed is None:
            count = self.rng.choices([0, 1, 2], weights=[70, 20, 10])[0]
            closed = self.rng.sample(range(7), count)
        first, last = self.rng.choice([7, 8, 9]), self.rng.choice([18, 20, 21])
        for weekday in range(7):
            if weekday not in closed:
                self._add(
                    sitter,
                    "weekday_hours",
                    WeekdayHours(
                        sitter=sitter,
                        weekday=weekday,
                        takes_days=weekday < 5,
                        visits_from=time(first),
                        visits_until=time(last),
                    ),
                )

    def _services(self, sitter: SitterProfile, factor: float) -> None:
        rng = self.rng
        species = rng.choices([s for s, _ in SPECIES_SETS], weights=[w for _, w in SPECIES_SETS])[0]
        kinds = [kind for kind in Kind if rng.random() < 0.55] or [Kind.BOARDING]
        for kind in kinds:
            accepted = [Species.DOG] if kind == Kind.DOG_WALK else species
            if kind == Kind.DOG_WALK and Species.DOG not in species:
                continue
            self.service(sitter, kind, accepted, factor)
        if not sitter.services.all():
            self.service(sitter, Kind.DROP_IN_VISIT, species, factor)

    def service(
        self, sitter: SitterProfile, kind: Kind, species: Sequence[str], factor: float
    ) -> Service:
        rng = self.rng
        service = self._add(
            sitter,
            "services",
            Service(
                sitter=sitter,
                kind=kind,
                species=list(species),
                max_dog_kg=rng.choices(list(DogSize), weights=[12, 23, 35, 30])[0],
                max_pets=rng.randint(2, 4),
                lead_hours=rng.choice([2, 12, 24, 48]),
                horizon_days=rng.choice([120, 180, 365]),
                is_instant=rng.random() < 0.2,
                cancellation_tier=rng.choices(list(Tier), weights=[10, 45, 25, 15, 5])[0],
                is_one_household=rng.random() < 0.1,
                needs_vaccinations=kind.is_at_sitters and rng.random() < 0.3,
                charges_late_pickup=rng.random() < 0.6,
                group_size=rng.choice([1, 1, 3]) if kind == Kind.DOG_WALK else 1,
            ),
        )
        service._prefetched_objects_cache = {"rates": [], "long_stay_tiers": [], "add_ons": []}
        for minutes in {Kind.DROP_IN_VISIT: (20, 30, 60), Kind.DOG_WALK: (30, 60)}.get(kind, (0,)):
            self._rates(service, kind, factor, minutes)
        if kind.is_nights and self._chance(0.4):
            tier = LongStayTier(service=service, min_units=7, discount_bps=1000)
            self._add(service, "long_stay_tiers", tier)
        if rng.random() < 0.2:
            bath = AddOn(service=service, name="Bath and brush", amount_cents=1500, per="pet")
            self._add(service, "add_ons", bath)
        return service

    def _rates(self, service: Service, kind: Kind, factor: float, minutes: int) -> None:
        length = {0: 1.0, 20: 0.8, 30: 1.0, 60: 1.6}[minutes]
        for species in service.species:
            share = 1.0 if species == Species.DOG else 0.7
            base = max(500, round(BASE[kind] * factor * length * share / 50) * 50)
            is_holiday_dearer, is_young_dearer = self._chance(0.5), self._chance(0.3)
            self._add(
                service,
                "rates",
                Rate(
                    service=service,
                    species=species,
                    minutes=minutes,
                    base_cents=base,
                    additional_cents=round(base * 0.5 / 50) * 50,
                    holiday_cents=round(base * 1.25 / 50) * 50 if is_holiday_dearer else None,
                    young_cents=round(base * 1.2 / 50) * 50 if is_young_dearer else None,
                    young_additional_cents=round(base * 0.65 / 50) * 50
                    if is_young_dearer
                    else None,
                ),
            )

    def _rest(self, sitter: SitterProfile, *, away: bool) -> None:
        rng = self.rng
        for (month, day), name in HOLIDAYS.items():
            if self._chance(0.6):
                on = date(self.today.year, month, day)
                on = on if on >= self.today else on.replace(year=on.year + 1)
                self._add(sitter, "holidays", SitterHoliday(sitter=sitter, on=on, name=name))
        if away:
            starts_on = self.today + timedelta(days=rng.randint(20, 200))
            self._add(
                sitter,
                "calendar_exceptions",
                CalendarException(
                    sitter=sitter,
                    starts_on=starts_on,
                    ends_on=starts_on + timedelta(days=rng.randint(2, 16)),
                    note="Holiday",
                ),
            )
        scenes = rng.sample(list(words.PHOTOS), rng.randint(2, 5))
        if self.has_everything:
            scenes = list(words.PHOTOS)
        for position, scene in enumerate(scenes):
            caption = words.PHOTOS[scene]
            photo = SitterPhoto(sitter=sitter, scene=scene, caption=caption, position=position)
            self._add(sitter, "photos", photo)
        self._checks(sitter)

    def _checks(self, sitter: SitterProfile) -> None:
        rng = self.rng
        hows = {
            Check.What.IDENTITY: ("checked by our staff", 1.0),
            Check.What.FIRST_AID: ("certificate seen", 0.3),
            Check.What.CRIMINAL_RECORD: ("seen by our staff", 0.2),
        }
        for what, (how, share) in hows.items():
            if self._chance(share):
                checked_on = self.today - timedelta(days=rng.randint(1, 700))
                self._add(
                    sitter,
                    "checks",
                    Check(
                        sitter=sitter,
                        what=what,
                        how=how,
                        checked_by=self.staff,
                        checked_on=checked_on,
                        expires_on=checked_on + timedelta(days=730),
                    ),
                )
