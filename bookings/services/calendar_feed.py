"""A person's bookings at a secret address, for the calendar on their phone.

One feed for both roles: somebody who owns and sits has one life, and one address to keep.
"""

import secrets
from datetime import timedelta
from hashlib import sha256

from django.conf import settings
from django.core import signing
from django.db.models import OuterRef, Q, Subquery
from django.urls import reverse

from accounts.models import User
from bookings.models import Booking, BookingEvent, CalendarFeed
from bookings.services.ics.events import TOOK_OR_TAKES_PLACE, calendar_of
from bookings.services.rules import role_of
from pawsitters import clock

KEY_BYTES = 16  # 128 bits nobody can guess, and the signature has 256 more
SHOWN_AFTER_END = timedelta(days=90)
CANCELLED_FOR = timedelta(days=30)
MOST_BOOKINGS = 300
_signer = signing.Signer(salt="calendar-feed", sep=".")


def renew_feed(*, user: User) -> CalendarFeed:
    """Make an address; the one before it stops answering at once."""
    values = {"key": secrets.token_urlsafe(KEY_BYTES), "changed_at": clock.now()}
    feed, _is_new = CalendarFeed.objects.update_or_create(user=user, defaults=values)
    return feed


def revoke_feed(*, user: User) -> None:
    CalendarFeed.objects.filter(user=user).delete()


def show_addresses(*, user: User, shows: bool) -> None:
    CalendarFeed.objects.filter(user=user).update(shows_addresses=shows, changed_at=clock.now())


def path_of(feed: CalendarFeed) -> str:
    return reverse("bookings:calendar_feed", args=[_signer.sign(feed.key)])


def address_of(feed: CalendarFeed) -> str:
    return settings.SITE_URL + path_of(feed)


def feed_of_secret(secret: str) -> CalendarFeed | None:
    """One statement, whether the secret is right, forged, revoked or no secret at all."""
    key = secret.partition(".")[0]
    feed = CalendarFeed.objects.select_related("user").filter(key=key).first()
    try:
        _signer.unsign(secret)
    except signing.BadSignature:
        return None
    # The database may compare without regard to case; the key is exact.
    return feed if feed and feed.key == key and feed.user.is_active else None


def bookings_in_feed(user: User) -> list[Booking]:
    """What was agreed: of the last three months and to come; cancelled ones for a month."""
    now = clock.now()
    last = BookingEvent.objects.filter(booking=OuterRef("pk")).order_by("-number")
    rows = (
        Booking.objects.visible_to(user)
        .filter(
            Q(status__in=TOOK_OR_TAKES_PLACE) | Q(ended_at__gte=now - CANCELLED_FOR),
            confirmed_at__isnull=False,
            ends_at__gte=now - SHOWN_AFTER_END,
        )
        .with_parties()
        .prefetch_related("units", "booking_pets")
        .annotate(last_number=Subquery(last.values("number")[:1]))
        .annotate(last_at=Subquery(last.values("at")[:1]))
        .order_by("-starts_at", "-pk")
    )
    return list(rows[:MOST_BOOKINGS])[::-1]


def calendar_text(user: User, *, with_addresses: bool) -> tuple[bytes, list[Booking]]:
    """The feed's text and the bookings in it. Three statements."""
    bookings = bookings_in_feed(user)
    pairs = [(booking, role_of(booking, user)) for booking in bookings]
    text = calendar_of(
        pairs, home_zone=user.time_zone, now=clock.now(), with_addresses=with_addresses
    )
    return text, bookings


def etag_of(text: bytes) -> str:
    return f'"{sha256(text).hexdigest()[:32]}"'
