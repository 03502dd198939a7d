"""Searches that we repeat for people, and the mail when somebody fits who did not before.

"New" is whoever can take it now and could not at the last look: newly published, or with room
again. Who came and went in between is not told of, because there is nothing to book any more.
"""

import logging
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from itertools import chain
from zoneinfo import ZoneInfo

from django.core import signing
from django.db import DatabaseError, connection, transaction
from django.db.models import Q
from django.http import QueryDict
from django.urls import reverse

from accounts.models import Block, User
from bookings.emails import Message
from bookings.emails import searches as emails
from bookings.exceptions import TooManySearches
from bookings.pages.search_reading import SearchReading, read_search
from bookings.services.notices import tell_person
from bookings.services.retry import in_transaction
from bookings.services.schedule import to_utc
from bookings.services.search_prices import price_of
from pawsitters import clock
from profiles.models import SavedSearch, SitterProfile
from profiles.services.search import Found, find_everybody, with_cards

MOST_PER_PERSON = 20
NAMED_IN_MAIL = 5
LOOK_EVERY = timedelta(minutes=15)
BETWEEN_MAILS = timedelta(hours=24)
# Less than a day, so that the hour of a daily mail survives a clock change.
BETWEEN_MORNINGS = timedelta(hours=20)
MORNING = time(8)
BATCH = 100
LEASE = timedelta(minutes=10)
UNDO_FOR = timedelta(days=1)
Often = SavedSearch.Often
log = logging.getLogger(__name__)


def query_of(reading: SearchReading) -> str:
    """What is kept of a search: not the name of the place (its number says it), nor the order."""
    return reading.address(where=None, sort=None, addons=None)


def reading_of(search: SavedSearch) -> SearchReading:
    return read_search(QueryDict(search.query))


@in_transaction
def save_search(*, user: User, reading: SearchReading, name: str, often: str) -> SavedSearch:
    """Keep a search that has a town and no error; the same one twice is one.

    Whoever fits now is known, so the first mail is about somebody else. Raise TooManySearches.
    """
    # Two tabs at once: the count and the insert belong together.
    User.objects.select_for_update().get(pk=user.pk)
    query, now = query_of(reading), clock.now()
    own = SavedSearch.objects.filter(user=user)
    search = own.filter(query=query).first() or SavedSearch(user=user, query=query, created_at=now)
    others = own.filter(deleted_at=None).exclude(pk=search.pk).count()
    if others >= MOST_PER_PERSON:
        raise TooManySearches(MOST_PER_PERSON)
    search.name, search.often = name, often
    search.mails, search.over_at, search.deleted_at = True, None, None
    _take_note(search, reading, now)
    search.save()
    return search


@in_transaction
def change_search(*, search: SavedSearch, name: str, often: str) -> None:
    search.name, search.often = name, often
    if search.is_on:
        search.next_check_at = _next(search, clock.now())
    search.save(update_fields=["name", "often", "next_check_at"])


def stop_search(*, search: SavedSearch) -> None:
    """No more mails; the search stays in the list."""
    SavedSearch.objects.filter(pk=search.pk).update(mails=False, next_check_at=None)


@in_transaction
def resume_search(*, search: SavedSearch) -> None:
    """From now on; who fits at this moment is seen by opening the search."""
    search = SavedSearch.objects.select_for_update().select_related("user").get(pk=search.pk)
    reading, now = reading_of(search), clock.now()
    if search.deleted_at is None and not search.mails and not _is_over(reading):
        search.mails, search.over_at = True, None
        _take_note(search, reading, now)
        search.save()


def delete_search(*, search: SavedSearch) -> None:
    """Gone from the list; for a day it can be taken back."""
    SavedSearch.objects.filter(pk=search.pk).update(deleted_at=clock.now(), next_check_at=None)


@in_transaction
def restore_search(*, search: SavedSearch) -> None:
    """Raise TooManySearches where others have taken its place."""
    User.objects.select_for_update().get(pk=search.user_id)
    search = SavedSearch.objects.select_for_update().select_related("user").get(pk=search.pk)
    if search.deleted_at is None:
        return
    own = SavedSearch.objects.filter(user=search.user_id, deleted_at=None)
    if own.count() >= MOST_PER_PERSON:
        raise TooManySearches(MOST_PER_PERSON)
    search.deleted_at = None
    if search.is_on:
        search.next_check_at = _next(search, clock.now())
    search.save(update_fields=["deleted_at", "next_check_at"])


def forget_deleted() -> None:
    SavedSearch.objects.filter(deleted_at__lt=clock.now() - UNDO_FOR).delete()


# --- the link in the mail -------------------------------------------------------------------
_signer = signing.Signer(salt="saved-search")


def stop_path(search: SavedSearch) -> str:
    """A page that stops this search for whoever has the mail, signed in or not."""
    return reverse("bookings:search_stop", args=[_signer.sign(str(search.pk))])


def search_of_token(token: str) -> SavedSearch | None:
    try:
        pk = int(_signer.unsign(token))
    except (signing.BadSignature, ValueError):
        return None
    return SavedSearch.objects.filter(pk=pk, deleted_at=None).first()


# --- the worker -----------------------------------------------------------------------------
def look_for_news() -> int:
    """Repeat the searches that are due, at most BATCH; return how many people were told.

    Each is leased before it is looked at, so several workers share them; one that dies leaves its
    own to be looked at again ten minutes later.
    """
    told = 0
    for search in _lease():
        try:
            told += _look(search)
        except DatabaseError:
            raise  # the worker waits until the database is back
        except Exception:  # one odd search must not stop all others
            log.exception("saved search %s was not looked at", search.pk)
    return told


def _lease() -> list[SavedSearch]:
    now = clock.now()
    with transaction.atomic():
        due = SavedSearch.objects.filter(next_check_at__lte=now).order_by("next_check_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        ids = list(due.values_list("pk", flat=True)[:BATCH])
        if not ids:
            return []
        SavedSearch.objects.filter(pk__in=ids).update(next_check_at=now + LEASE)
    return list(SavedSearch.objects.filter(pk__in=ids).select_related("user").order_by("pk"))


def _look(search: SavedSearch) -> bool:
    """Look once and tell what is new; nothing if the search was changed meanwhile."""
    now, reading = clock.now(), reading_of(search)
    if not search.user.is_active or _is_over(reading):
        return _end(search, reading, now)
    found, is_more = _fitting(reading, search.user)
    known = None if is_more or search.seen is None else set(search.seen)
    new = [] if known is None else [one for one in found if one.sitter_id not in known]
    message = emails.found(search, reading, _shown(new, reading), len(new)) if new else None
    search.seen = None if is_more else [one.sitter_id for one in found]
    search.last_checked_at = now
    if new:
        search.told_at = now
    leased, search.next_check_at = search.next_check_at, _next(search, now)
    return _keep(search=search, leased=leased, message=message)


@in_transaction
def _keep(*, search: SavedSearch, leased: datetime, message: Message | None) -> bool:
    """Write down what was seen, and the news, unless the search was changed meanwhile."""
    fields = ("seen", "last_checked_at", "told_at", "next_check_at")
    kept = SavedSearch.objects.filter(pk=search.pk, next_check_at=leased).update(
        **{name: getattr(search, name) for name in fields}
    )
    if not (kept and message):
        return False
    return tell_person(
        search.user,
        message,
        kind="saved_search",
        key=f"search:{search.pk}:{search.told_at:%Y%m%d%H%M}",
        path=search.url,
        stop_path=stop_path(search),
    )


@in_transaction
def _end(search: SavedSearch, reading: SearchReading, now: datetime) -> bool:
    ended = SavedSearch.objects.filter(pk=search.pk, over_at=None).update(
        over_at=now, next_check_at=None, last_checked_at=now
    )
    is_readable = bool(reading.town) and reading.errors.keys() <= {"from"}
    # In the list of notices only: a mail about nothing would be one too many.
    return bool(ended) and tell_person(
        search.user,
        emails.over(search, is_readable=is_readable),
        kind="saved_search",
        key=f"search:{search.pk}:over:{now:%Y%m%d%H%M}",
        path=reverse("bookings:searches"),
        is_mailed=False,
    )


def _is_over(reading: SearchReading) -> bool:
    """Its first moment has passed, or it asks for something that we no longer know."""
    if reading.errors or reading.town is None:
        return True
    return reading.choice.choice is not None and reading.query().hours_ahead < 0


def _take_note(search: SavedSearch, reading: SearchReading, now: datetime) -> None:
    found, is_more = _fitting(reading, search.user)
    search.seen = None if is_more else [one.sitter_id for one in found]
    search.last_checked_at = now
    search.next_check_at = _next(search, now)


def _fitting(reading: SearchReading, user: User) -> tuple[list[Found], bool]:
    """Everybody but oneself and those with whom there is a block either way."""
    found, is_more = find_everybody(reading.query(), price_of(reading.choice))
    blocks = Block.objects.filter(Q(blocker=user) | Q(blocked=user))
    people = {user.pk, *chain.from_iterable(blocks.values_list("blocker", "blocked"))}
    not_for = set(SitterProfile.objects.filter(user__in=people).values_list("pk", flat=True))
    return [one for one in found if one.sitter_id not in not_for], is_more


def _shown(new: Sequence[Found], reading: SearchReading) -> list[Found]:
    shown, price = with_cards(new[:NAMED_IN_MAIL]), price_of(reading.choice)
    for one in shown:
        one.total_cents = price(one.terms)
    return shown


def _next(search: SavedSearch, now: datetime) -> datetime:
    """When to look again: never sooner than a day after the last mail about this search."""
    told = search.told_at
    if search.often == Often.AT_ONCE:
        return max(now + LOOK_EVERY, told + BETWEEN_MAILS) if told else now + LOOK_EVERY
    zone = ZoneInfo(search.user.time_zone)
    earliest = max(now, told + BETWEEN_MORNINGS) if told else now
    on = earliest.astimezone(zone).date()
    morning = to_utc(on, MORNING, zone)
    return morning if morning > earliest else to_utc(on + timedelta(days=1), MORNING, zone)
