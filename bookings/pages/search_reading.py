"""What somebody searches for, read from the address: the choice, the place, filters and order.

Nothing typed ever raises: what cannot be read gets a sentence beside its field, and the text stays.
"""

import re
from dataclasses import dataclass, field
from functools import cached_property
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.translation import gettext as _

from bookings.choice import Reading, read_choice, to_query
from bookings.choice_fields import read_number, text_of
from bookings.services.schedule import planned_units, to_utc
from pawsitters import clock
from profiles.models import Town
from profiles.services.search import SearchQuery, Sort
from profiles.services.search.bits import FENCED, INSTANT, NO_CHILDREN, NO_OWN_PETS, SMOKE_FREE
from profiles.services.search.query import MOST_KM
from profiles.services.towns import Places, get_town, resolve_remembered

DISTANCES_KM = (2, 5, 10, 25, 50, 100)
DEFAULT_KM = 10
FEATURES = {
    "fenced": FENCED,
    "smokefree": SMOKE_FREE,
    "nochildren": NO_CHILDREN,
    "noanimals": NO_OWN_PETS,
    "instant": INSTANT,
}
RATINGS = {"4": 4_000, "4.5": 4_500}
SORTS = {sort.value: sort for sort in Sort}
# How old an animal "under 12 months" is nobody says here. A sitter who takes them from three months
# on takes nearly all; one who wants them older is not shown rather than shown and refusing.
PUPPY_MONTHS = 3
MONEY = re.compile(r"([0-9]{1,6})(?:[.,]([0-9]{1,2}))?", re.ASCII)


@dataclass
class SearchReading:
    """`choice` is what every page reads; the rest is the search's own."""

    choice: Reading
    town: Town | None
    places: Places
    km: int = DEFAULT_KM
    min_cents: int | None = None
    max_cents: int | None = None
    features: frozenset[str] = frozenset()
    rating: str = ""
    sort: Sort = Sort.RECOMMENDED
    page: int = 1
    typed: dict[str, str] = field(default_factory=dict)

    @property
    def errors(self) -> dict[str, str]:
        return self.choice.errors

    @cached_property
    def filters(self) -> dict[str, str]:
        """The search's own parameters that are set, without the page."""
        wanted = {name: self.typed.get(name, "") for name in ("min", "max")}
        wanted |= {name: "1" for name in FEATURES if name in self.features}
        wanted["rating"] = self.rating
        wanted["sort"] = "" if self.sort == Sort.RECOMMENDED else self.sort.value
        return {name: value for name, value in wanted.items() if value}

    @cached_property
    def filter_count(self) -> int:
        return len(self.filters.keys() - {"sort"})

    def address(self, **changes) -> str:
        """The query string of this search with some parameters changed; None takes one away."""
        return to_query(self.choice, **{**self.filters, **changes})

    def query(self) -> SearchQuery:
        """For the engine; there must be a town and no error."""
        reading, zone = self.choice, ZoneInfo(self.town.time_zone)
        pets, choice = reading.pets, reading.choice
        when = {}
        if choice:
            when = {
                "dates": choice.dates,
                "starts_at": to_utc(choice.dates[0], choice.start_time, zone),
            }
            if choice.kind.is_visits:
                units = planned_units(choice, zone)
                when["visits"] = tuple((unit.starts_at, unit.ends_at) for unit in units)
                when["starts_at"] = units[0].starts_at
        return SearchQuery(
            lat_e6=self.town.lat_e6,
            lng_e6=self.town.lng_e6,
            radius_m=self.km * 1_000,
            kind=reading.kind,
            zone=zone,
            minutes=int(reading.values["minutes"]) if reading.kind.is_visits else 0,
            pets=len(pets),
            species=frozenset(pet.species for pet in pets),
            dog_kg=reading.dog_size,
            youngest_months=PUPPY_MONTHS if any(pet.is_young for pet in pets) else None,
            min_cents=self.min_cents,
            max_cents=self.max_cents,
            features=sum(FEATURES[name] for name in self.features),
            min_rating_e3=RATINGS.get(self.rating, 0),
            sort=self.sort,
            page=self.page,
            **when,
        )


def read_search(params: QueryDict) -> SearchReading:
    """One statement when the place is plain, at most three."""
    places = _place(params)
    town = places.town
    today = clock.today(town.time_zone) if town else clock.now().date()
    choice = read_choice(params, time_zone_today=today)
    values, errors = choice.values, choice.errors
    typed = {name: text_of(params, name) for name in ("min", "max")}
    reading = SearchReading(choice=choice, town=town, places=places, typed=typed)
    if town:
        values["where"], values["town"] = town.label, str(town.id)
    else:
        values["town"] = ""
        if values["where"]:
            errors["where"] = _which(places)
        elif "where" in params:
            errors["where"] = _("Write the name of a town.")
    reading.km = _km(values, errors)
    reading.min_cents, reading.max_cents = _bounds(typed, errors)
    reading.features = frozenset(name for name in FEATURES if params.get(name) == "1")
    reading.rating = rating if (rating := params.get("rating", "")) in RATINGS else ""
    reading.sort = SORTS.get(params.get("sort", ""), Sort.RECOMMENDED)
    reading.page = max(1, read_number(params.get("page", "")[:9]) or 1)
    return reading


def _place(params: QueryDict) -> Places:
    """The town by its number if the words still say the same, else by the words."""
    where, number = text_of(params, "where"), read_number(text_of(params, "town"))
    if number:
        town = get_town(number)
        if town and (not where or where == town.label):
            return Places(town=town)
    return resolve_remembered(where) if where else Places()


def _which(places: Places) -> str:
    if places.choices:
        return _("There are several. Which one do you mean?")
    if places.near:
        return _("We know no town of that name. Did you mean one of these?")
    return _("We know no town of that name. Try a larger one near it.")


def _km(values: dict[str, str], errors: dict[str, str]) -> int:
    if not values["km"]:
        return DEFAULT_KM
    km = read_number(values["km"])
    if km is None or not 1 <= km <= MOST_KM:
        errors["km"] = _("Choose a distance from 1 to %(most)d km.") % {"most": MOST_KM}
        return DEFAULT_KM
    return km


def _bounds(typed: dict[str, str], errors: dict[str, str]) -> tuple[int | None, int | None]:
    cents = {}
    for name, text in typed.items():
        cents[name] = None
        if not text:
            continue
        match = MONEY.fullmatch(text.replace(" ", "").strip("€£$"))
        if match is None:
            errors[name] = _("Write an amount like 350 or 35.50.")
        else:
            cents[name] = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0"))
    if None not in cents.values() and cents["min"] > cents["max"]:
        errors["max"] = _("This is less than “at least”.")
    return cents["min"], cents["max"]
