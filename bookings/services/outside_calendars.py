"""A sitter's calendars elsewhere as busy time here (product.md 11).

What is agreed is never touched: busy time closes days and hours for new bookings only. It lives beside
the sitter's own exceptions, so neither overwrites the other, and goes with the calendar it came from.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection, transaction
from django.utils.translation import gettext as _

from bookings.emails import calendars as emails
from bookings.exceptions import TooManyCalendars
from bookings.services.capacity import lock_capacity
from bookings.services.ics.events import our_host
from bookings.services.ics.fetching import CalendarRefused, fetch, target_of
from bookings.services.ics.reading import Busy, Unreadable, read_in_child
from bookings.services.notices import tell_person
from bookings.services.retry import in_transaction
from pawsitters import clock
from profiles.models import BusyQuarter, OutsideCalendar, SitterCapacity, SitterProfile
from profiles.services.search.upkeep import HORIZON_DAYS
from profiles.services.snapshot import sitter_changed

MOST_CALENDARS = 3
EVERY = timedelta(hours=4)
# After failures in a row; then once a day.
AGAIN_AFTER = [timedelta(hours=h) for h in (1, 2, 4, 8)]
LEASE = timedelta(minutes=10)
AT_ONCE = 8  # each may take ten seconds of waiting, so they wait side by side
TOLD_AFTER = 3  # failures
SOONEST_AGAIN = timedelta(minutes=5)
IDS_AT_ONCE = 500
PAGE = "/sitting/calendar/import/"
Reader = Callable[["Task"], Busy]


@dataclass(frozen=True)
class Task:
    """One calendar to read: everything that needs no database."""

    url: str
    zone: str
    first: date
    last: date
    host: str


# --- what a sitter does ---------------------------------------------------------------------
@in_transaction
def add_calendar(*, sitter: SitterProfile, url: str) -> OutsideCalendar:
    """The worker reads it within a minute. Raise TooManyCalendars, or CalendarRefused for `url`."""
    target = target_of(url)
    # Two clicks at once: the count and the insert belong together.
    SitterCapacity.objects.select_for_update().get(pk=sitter.pk)
    own = OutsideCalendar.objects.filter(sitter=sitter)
    address = f"https://{target.host}{target.path}"
    for other in own:
        if other.url == address:
            return other
    if own.count() >= MOST_CALENDARS:
        raise TooManyCalendars(MOST_CALENDARS)
    now = clock.now()
    return OutsideCalendar.objects.create(
        sitter=sitter, url=address, host=target.host, created_at=now, next_fetch_at=now
    )


@in_transaction
def remove_calendar(*, calendar: OutsideCalendar) -> None:
    """Its busy time goes with it."""
    lock_capacity(calendar.sitter_id)
    OutsideCalendar.objects.filter(pk=calendar.pk).delete()
    sitter_changed(SitterProfile.objects.select_related("user").get(pk=calendar.sitter_id))


def read_soon(*, calendar: OutsideCalendar) -> bool:
    """Have it read at the worker's next round; False if that was only just done or is under way."""
    now = clock.now()
    due = OutsideCalendar.objects.filter(pk=calendar.pk).exclude(good_at__gt=now - SOONEST_AGAIN)
    # Sooner than planned, but not while somebody reads it or where it is due anyway.
    return bool(due.filter(next_fetch_at__gt=now + LEASE).update(next_fetch_at=now))


# --- the worker -----------------------------------------------------------------------------
def read_task(task: Task) -> Busy:
    return read_in_child(
        fetch(task.url), zone=task.zone, first=task.first, last=task.last, host=task.host
    )


def read_due(read: Reader = read_task) -> int:
    """Read the calendars that are due, at most AT_ONCE; return how many went well.

    Each is leased first, so several workers share them.
    """
    leased = _lease()
    if not leased:
        return 0
    with ThreadPoolExecutor(max_workers=AT_ONCE) as pool:
        answers = list(pool.map(lambda calendar: _outcome(read, _task(calendar)), leased))
    good = 0
    for calendar, answer in zip(leased, answers, strict=True):
        if isinstance(answer, Busy):
            good += _keep(calendar=calendar, busy=answer)
        else:
            _note_failure(calendar=calendar, sentence=answer)
    return good


def _lease() -> list[OutsideCalendar]:
    now = clock.now()
    with transaction.atomic():
        due = OutsideCalendar.objects.filter(next_fetch_at__lte=now).order_by("next_fetch_at", "pk")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        ids = list(due.values_list("pk", flat=True)[:AT_ONCE])
        if not ids:
            return []
        OutsideCalendar.objects.filter(pk__in=ids).update(next_fetch_at=now + LEASE)
    rows = OutsideCalendar.objects.filter(pk__in=ids).select_related("sitter__user").order_by("pk")
    return [row for row in rows if row.sitter.user.is_active]


def _task(calendar: OutsideCalendar) -> Task:
    zone = calendar.sitter.time_zone
    first = clock.today(zone)
    return Task(calendar.url, zone, first, first + timedelta(days=HORIZON_DAYS), our_host())


def _outcome(read: Reader, task: Task) -> Busy | str:
    """What is busy, or the sentence that says why that is not known. Runs beside the database."""
    try:
        return read(task)
    except CalendarRefused as refusal:
        return str(refusal)
    except Unreadable as problem:
        return {
            "many": _("The calendar has more entries than we can read."),
            "slow": _("The calendar takes too long to read; some entry may repeat without end."),
        }.get(str(problem), _("The calendar has mistakes, so that it cannot be read."))


@in_transaction
def _keep(*, calendar: OutsideCalendar, busy: Busy) -> bool:
    """Put what was read in the place of what was known; not if the calendar is gone meanwhile."""
    lock_capacity(calendar.sitter_id)
    now = clock.now()
    kept = _leased(calendar).update(
        busy=busy.days,
        entries=busy.entries,
        skipped=busy.skipped,
        good_at=now,
        error="",
        failures=0,
        next_fetch_at=now + EVERY,
    )
    if kept and (_change_quarters(calendar, busy.quarters) or calendar.busy != busy.days):
        sitter_changed(calendar.sitter)
    return bool(kept)


def _leased(calendar: OutsideCalendar):
    return OutsideCalendar.objects.filter(pk=calendar.pk, next_fetch_at=calendar.next_fetch_at)


def _change_quarters(calendar: OutsideCalendar, wanted: Sequence[int]) -> bool:
    """Write the difference only: most readings change nothing."""
    known, found = dict(calendar.quarters.values_list("slot", "pk")), set(wanted)
    gone = [pk for slot, pk in known.items() if slot not in found]
    new = sorted(found - known.keys())
    for start in range(0, len(gone), IDS_AT_ONCE):
        BusyQuarter.objects.filter(pk__in=gone[start : start + IDS_AT_ONCE]).delete()
    BusyQuarter.objects.bulk_create(
        (BusyQuarter(source=calendar, sitter_id=calendar.sitter_id, slot=slot) for slot in new),
        batch_size=IDS_AT_ONCE,
    )
    return bool(gone or new)


@in_transaction
def _note_failure(*, calendar: OutsideCalendar, sentence: str) -> None:
    """What was known last stays busy; the sitter is told once it has failed a few times."""
    now, failures = clock.now(), min(calendar.failures + 1, 1_000)
    wait = AGAIN_AFTER[failures - 1] if failures <= len(AGAIN_AFTER) else timedelta(days=1)
    noted = _leased(calendar).update(
        error=sentence[:200], failures=failures, next_fetch_at=now + wait
    )
    if noted and failures == TOLD_AFTER:
        tell_person(
            calendar.sitter.user,
            emails.unreadable(calendar, sentence),
            kind="calendar_import",
            key=f"calendar:{calendar.pk}:{now:%Y%m%d%H%M}",
            path=PAGE,
        )
