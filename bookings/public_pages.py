"""Which public pages an outage of the database may not take away (see operations/hooks.py)."""

from collections.abc import Iterator
from urllib.parse import urlencode

from django.db.models import Count
from django.urls import reverse

from profiles.kinds import Kind
from profiles.models import SitterProfile

BUSIEST_TOWNS = 50


def addresses() -> Iterator[str]:
    """The front page, every published sitter, and searches in the towns with most sitters."""
    yield reverse("bookings:home")
    search = reverse("bookings:search")
    yield search
    yield from _searches(search)
    sitters = SitterProfile.objects.published().order_by("pk")
    for slug in sitters.values_list("slug", flat=True).iterator():
        yield reverse("bookings:sitter", args=[slug])


def _searches(search: str) -> Iterator[str]:
    towns = (
        SitterProfile.objects.published()
        .values("town_id", "town__name")
        .annotate(sitters=Count("pk"))
        .order_by("-sitters", "town_id")[:BUSIEST_TOWNS]
    )
    for town in towns:
        yield f"{search}?{urlencode({'where': town['town__name']})}"
        for kind in Kind:
            yield f"{search}?{urlencode({'where': town['town__name'], 'kind': kind.value})}"
