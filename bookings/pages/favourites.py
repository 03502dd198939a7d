"""The sitters whom a person remembers, with what it costs and when there is room next."""

from dataclasses import dataclass
from datetime import date

from django.db.models import OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.models import Booking, Favourite
from bookings.pages.sitter_prices import from_price
from bookings.services.favourites import favourites_of
from pawsitters import clock, dates
from profiles.kinds import Kind
from profiles.models import SearchRow
from profiles.services.search.bits import COLUMNS, DAYS_PER_COLUMN

LOOK_AHEAD_DAYS = 60


@dataclass(frozen=True)
class Card:
    """`again_url` is empty where there was no booking; `url` where the page is not public now."""

    favourite: Favourite
    name: str
    headline: str
    url: str
    price: str
    room: str
    again_url: str


def _rows(user: User) -> QuerySet:
    last = Booking.objects.filter(
        owner=user, sitter=OuterRef("sitter"), confirmed_at__isnull=False
    ).order_by("-starts_at", "-pk")
    return (
        favourites_of(user)
        .select_related("sitter__user")
        .defer("sitter__about")
        .annotate(last_booking=Subquery(last.values("public_id")[:1]))
    )


def cards_of(user: User) -> list[Card]:
    """Two statements, whatever the number."""
    rows = list(_rows(user))
    services = {
        row.sitter_id: row.sitter.snapshot["services"][0]
        for row in rows
        if row.sitter.is_published and row.sitter.snapshot.get("services")
    }
    found = SearchRow.objects.filter(
        sitter_id__in=services, service_id__in=[service["id"] for service in services.values()]
    )
    search = {row.sitter_id: row for row in found}
    return [_card(row, services.get(row.sitter_id), search.get(row.sitter_id)) for row in rows]


def _card(row: Favourite, service: dict | None, search: SearchRow | None) -> Card:
    sitter = row.sitter
    is_open = service is not None
    again = reverse("bookings:again", args=[row.last_booking]) if row.last_booking else ""
    return Card(
        favourite=row,
        name=str(sitter),
        headline=sitter.headline,
        url=sitter.get_absolute_url() if is_open else "",
        price=_("From %(price)s") % {"price": from_price(service)} if is_open else "",
        room=_room(service, search, clock.today(sitter.time_zone)) if is_open and search else "",
        again_url=again if is_open else "",
    )


def _room(service: dict, search: SearchRow, today: date) -> str:
    """The next day with a place, as the search knows it; visits depend on the hour, so not those."""
    if Kind(service["kind"]).is_visits:
        return ""
    first = today.toordinal() + -(-search.lead_hours // 24)
    last = min(first + LOOK_AHEAD_DAYS, search.filled_to, today.toordinal() + search.horizon_days)
    for day in range(first, last + 1):
        busy = getattr(search, f"busy_{day // DAYS_PER_COLUMN % COLUMNS}")
        if not busy >> day % DAYS_PER_COLUMN & 1:
            return _("Open next on %(day)s") % {"day": dates.day(date.fromordinal(day))}
    return _("Full for the next weeks")
