"""What the home page shows of the real site: lowest prices by kind, and who is new.

Both change slowly and the first reads every search row, so each process keeps them for a while.
"""

from typing import NamedTuple

from django.core.cache import caches
from django.db.models import Min, Q

from accounts.templatetags.ui import face_url
from bookings.services.pricing import all_in
from bookings.services.terms import fees
from profiles.kinds import KIND_CODES, UNIT_WORDS, Kind
from profiles.models import SearchRow, SitterProfile
from profiles.services.search import score

KEPT_SECONDS = 600
NOTHING_KEPT_SECONDS = 15  # a new site shows its first sitter soon
NEWCOMERS = 3
LOOKED_AT = 12  # the newest few, so that a page without a headline can be passed over
KIND_SHIFT = 60  # the search key's upper bits are the kind's code


class Newcomer(NamedTuple):
    """One card. `from_cents` has all fees in it."""

    name: str
    url: str
    picture: str
    place: str
    headline: str
    rating_e3: int
    rating_count: int
    kinds: list[str]
    from_cents: int
    unit: str


def lowest_prices() -> dict[str, int]:
    """The lowest all-in price of each kind that somebody offers, in cents for one unit."""
    return _kept("lowest-prices", _lowest_prices)


def newcomers() -> list[Newcomer]:
    return _kept("newcomers", _newcomers)


def forget() -> None:
    """For tests and for `seed_demo`: look again at the next visit."""
    caches["fragments"].delete_many(["front:lowest-prices", "front:newcomers"])


def _kept(name: str, make):
    key = f"front:{name}"
    found = caches["fragments"].get(key)
    if found is None:
        found = make()
        caches["fragments"].set(key, found, KEPT_SECONDS if found else NOTHING_KEPT_SECONDS)
    return found


def _lowest_prices() -> dict[str, int]:
    lowest = SearchRow.objects.aggregate(
        **{
            kind.value: Min(
                "from_cents",
                filter=Q(id__gte=code << KIND_SHIFT, id__lt=(code + 1) << KIND_SHIFT),
            )
            for kind, code in KIND_CODES.items()
        }
    )
    ours = fees()
    return {kind: all_in(cents, ours) for kind, cents in lowest.items() if cents is not None}


def _newcomers() -> list[Newcomer]:
    sitters = (
        SitterProfile.objects.published()
        .select_related("user", "town")
        .exclude(headline="")
        .order_by("-pk")[:LOOKED_AT]
    )
    cards = [card for sitter in sitters if (card := _newcomer(sitter))]
    return cards[:NEWCOMERS]


def _newcomer(sitter: SitterProfile) -> Newcomer | None:
    """None for a page without a price."""
    services = sitter.snapshot.get("services", ())
    priced = [(min(rate[2] for rate in one["rates"]), one) for one in services if one["rates"]]
    if not priced:
        return None
    cents, service = priced[0]
    return Newcomer(
        name=sitter.user.short_name,
        url=sitter.get_absolute_url(),
        picture=face_url(sitter.user),
        place=sitter.town.name if sitter.town else "",
        headline=sitter.headline,
        rating_e3=score.shown_rating_e3(sitter, score.mean_rating_e3()),
        rating_count=sitter.rating_count,
        kinds=[one["kind"] for one in services],
        from_cents=all_in(cents, fees()),
        unit=str(UNIT_WORDS[Kind(service["kind"])]),
    )
