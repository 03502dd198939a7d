"""Invented owners with homes and animals."""

from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from bookings.demo import words
from bookings.demo.bookings import Household
from bookings.demo.rows import Rows
from bookings.demo.sitters import near, person
from profiles.kinds import Species
from profiles.models import Home, Pet, Town, Vaccination

NAMES = {Species.DOG: words.DOG_NAMES, Species.CAT: words.CAT_NAMES}
BREEDS = {Species.DOG: words.DOG_BREEDS, Species.CAT: words.CAT_BREEDS}
GRAMS = {
    Species.DOG: (3_000, 42_000),
    Species.CAT: (2_800, 7_000),
    Species.SMALL_MAMMAL: (300, 2_500),
    Species.BIRD: (30, 60),
}


class OwnerMaker:
    """Adds households to `rows`; everything random comes from `rng`."""

    def __init__(self, rows: Rows, rng: Random, *, now: datetime):
        self.rows, self.rng, self.now = rows, rng, now
        self.number = 0

    def make(self, town: Town) -> Household:
        self.number += 1
        user = self.rows.add(
            User(
                email=f"owner{self.number}@example.org",
                **person(self.rng),
                phone=f"+49 30 555{self.rng.randint(1000, 9999)}",
                time_zone=town.time_zone,
                password="!",  # no password fits
                date_joined=self.now - timedelta(days=self.rng.randint(400, 1200)),
            )
        )
        species = self.rng.choices(list(GRAMS), weights=[60, 30, 7, 3])[0]
        count = self.rng.choices([1, 2], weights=[70, 30])[0]
        home = self.home(user, town)
        return Household(user, home, [self.pet(user, species) for _ in range(count)])

    def home(self, user: User, town: Town, **fields) -> Home:
        lat, lng = near(town, self.rng)
        defaults = {
            "street": f"{self.rng.choice(words.STREETS)} {self.rng.randint(1, 99)}",
            "postcode": f"{self.rng.randint(10000, 99999)}",
        }
        return self.rows.add(
            Home(user=user, town=town, lat_e6=lat, lng_e6=lng, **{**defaults, **fields})
        )

    def pet(self, owner: User, species: str, **fields) -> Pet:
        """A pet with every question answered."""
        rng = self.rng
        defaults = {
            "name": rng.choice(NAMES.get(species, words.OTHER_NAMES)),
            "breed": rng.choice(BREEDS.get(species, [""])),
            "sex": rng.choice(["female", "male"]),
            "is_neutered": rng.random() < 0.6,
            "born_on": self.now.date() - timedelta(days=rng.randint(200, 4500)),
            "weight_grams": rng.randint(*GRAMS[species]),
            "portrait": rng.choice(words.PORTRAITS[species]),
            "good_with_dogs": rng.choice(["yes", "supervised", "unknown"]),
            "good_with_cats": rng.choice(["yes", "no", "unknown"]),
            "good_with_children": rng.choice(["yes", "supervised"]),
            "good_with_strangers": rng.choice(["yes", "supervised"]),
            "has_bitten": "no",
            "separation_anxiety": rng.choice(["no", "no", "yes"]),
            "escape_risk": rng.choice(["no", "no", "yes"]),
            "house_trained": "yes",
            "off_leash": rng.choice(["never", "fenced", "yes"]),
            "feeding": rng.choice(words.FEEDING),
            "walks": rng.choice(words.WALKS) if species == Species.DOG else "",
            "sleeps": rng.choice(words.SLEEPS),
            "max_alone_hours": rng.randint(2, 6),
            "vet_name": "Dr. Arden",
            "vet_phone": "+49 30 5550100",
        }
        # bulk_create fills auto_now fields itself.
        pet = self.rows.add(Pet(owner=owner, species=species, **{**defaults, **fields}))
        given_on = self.now.date() - timedelta(days=rng.randint(10, 300))
        vaccination = self.rows.add(
            Vaccination(
                pet=pet,
                kind="Rabies",
                given_on=given_on,
                expires_on=given_on + timedelta(days=1095),
            )
        )
        # Care sheets are copied from pets that are not in the database yet.
        pet._prefetched_objects_cache = {"vaccinations": [vaccination]}
        return pet
