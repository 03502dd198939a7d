"""What is looked for and what was found, as plain values; knows nothing of HTTP or SQL."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from pawsitters import clock
from profiles.kinds import Kind

PAGE_SIZE = 20
MOST_RANKED = 500
COUNTED_TO = 300
MOST_KM = 100


class Sort(StrEnum):
    RECOMMENDED = "recommended"
    NEAREST = "nearest"
    CHEAPEST = "cheapest"
    BEST = "best"
    NEWEST = "newest"


@dataclass(frozen=True)
class SearchQuery:
    """Where, what, when, for whom, and what else matters.

    `dates` are the nights, days or days of visits, in order; `starts_at` is the first moment and
    `visits` the beginning and end of every visit, in UTC. `zone` is that of the place searched.
    `dog_kg` is the `DogSize` of the heaviest dog, `youngest_months` the age of the youngest
    animal; None: not told. Prices are in cents: the total with dates, else of one unit.
    """

    lat_e6: int
    lng_e6: int
    radius_m: int
    kind: Kind
    zone: ZoneInfo
    dates: tuple[date, ...] = ()
    starts_at: datetime | None = None
    visits: tuple[tuple[datetime, datetime], ...] = ()
    minutes: int = 0
    pets: int = 1
    species: frozenset[str] = frozenset()
    dog_kg: int | None = None
    youngest_months: int | None = None
    min_cents: int | None = None
    max_cents: int | None = None
    features: int = 0
    min_rating_e3: int = 0
    sort: Sort = Sort.RECOMMENDED
    page: int = 1

    @property
    def is_bounded(self) -> bool:
        return self.min_cents is not None or self.max_cents is not None

    @property
    def today(self) -> date:
        return clock.now().astimezone(self.zone).date()

    @property
    def hours_ahead(self) -> int:
        """Whole hours from now to the first moment; negative when it has passed."""
        return (self.starts_at - clock.now()) // timedelta(hours=1)


@dataclass(slots=True)
class Found:
    """One sitter in the results. `total_cents` is the price of the choice, None if unknown.

    `card` and `terms` are the JSON texts of the `SearchCard`; name, photo and face are read from
    the person, so that a change in the settings shows at once.
    """

    id: int
    sitter_id: int
    service_id: int
    lat_e6: int
    lng_e6: int
    metres: int
    features: int
    rating_e3: int
    rating_count: int
    score_e6: int
    published_day: int
    confirmed_day: int
    card: str = ""
    terms: str = ""
    name: str = ""
    photo: str = ""
    face: str = ""
    total_cents: int | None = None

    def details(self) -> dict:
        """All that a result shows of the person and the page."""
        name = self.name or _("Someone new")
        return {**json.loads(self.card), "name": name, "photo": self.photo, "face": self.face}


@dataclass(frozen=True)
class Results:
    """One page of sitters. `total` counts to 500 at most; `is_more` says that it stopped there."""

    found: Sequence[Found]
    total: int
    page: int
    is_more: bool = False

    @property
    def pages(self) -> int:
        return -(-self.total // PAGE_SIZE)

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE_SIZE + 1
