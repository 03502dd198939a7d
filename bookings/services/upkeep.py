"""Once a day: numbers that change because time passes."""

from collections.abc import Callable, Iterable, Sequence
from datetime import timedelta

from django.contrib.sessions.backends.db import SessionStore
from django.core.cache import cache
from django.db.models import Count, F, Q

from bookings.models import Booking
from bookings.services.export.jobs import remove_strays
from bookings.services.saved_searches import forget_deleted
from pawsitters import clock
from profiles.models import SitterProfile
from profiles.services.search import roll_forward
from profiles.services.snapshot import sitter_changed

YEAR = timedelta(days=365)
Status = Booking.Status
TOOK_PLACE_OR_NOT = (
    Status.COMPLETED,
    Status.CANCELLED_BY_OWNER,
    Status.CANCELLED_BY_SITTER,
    Status.CANCELLED_BY_STAFF,
    Status.NO_SHOW_OWNER,
    Status.NO_SHOW_SITTER,
)
COUNTED = (
    "asked_count",
    "answered_count",
    "confirmed_count",
    "completed_count",
    "late_cancellation_count",
    "owner_count",
    "repeat_owner_count",
)


def daily_upkeep() -> None:
    """Recount reliability, move the search table's calendar on, drop what has ended.

    Does nothing twice a day.
    """
    today = clock.now().date().isoformat()
    if not cache.add(f"upkeep:{today}", 1, timeout=2 * 86_400):
        return
    roll_forward(clock.now().date())
    SessionStore.clear_expired()
    forget_deleted()
    remove_strays()
    since = clock.now() - timedelta(days=2)
    for sitter in (
        SitterProfile.objects.published().filter(bookings__ended_at__gte=since).distinct()
    ):
        recount(sitter)


def recount(sitter: SitterProfile) -> None:
    """Count a sitter's reliability of the last twelve months from the bookings themselves."""
    counts = reliability([sitter.pk])[sitter.pk]
    for name, value in counts.items():
        setattr(sitter, name, value)
    sitter.save(update_fields=list(counts))
    sitter_changed(sitter)


def reliability(sitters: Sequence[int]) -> dict[int, dict[str, int]]:
    """Numerators with their denominators by sitter id, by the names of SitterProfile's fields.

    Asked: requests that were answered or ran out. Confirmed: confirmed bookings that have ended.
    Late: cancelled by the sitter less than seven days before the start. Two statements.
    """
    since = clock.now() - YEAR
    bookings = Booking.objects.filter(sitter__in=sitters, requested_at__gte=since).order_by()
    ended = Q(status__in=TOOK_PLACE_OR_NOT, confirmed_at__isnull=False)
    rows = bookings.values("sitter").annotate(
        asked_count=Count("pk", Q(answered_at__isnull=False) | Q(status=Status.EXPIRED)),
        answered_count=Count(
            "pk",
            Q(answered_at__isnull=False, answered_at__lte=F("requested_at") + timedelta(hours=24)),
        ),
        confirmed_count=Count("pk", ended),
        completed_count=Count("pk", Q(status=Status.COMPLETED)),
        late_cancellation_count=Count(
            "pk",
            Q(status=Status.CANCELLED_BY_SITTER, ended_at__gt=F("starts_at") - timedelta(days=7)),
        ),
    )
    counts = {pk: dict.fromkeys(COUNTED, 0) for pk in sitters}
    for row in rows:
        counts[row.pop("sitter")].update(row)
    completed = bookings.filter(status=Status.COMPLETED).values("sitter", "owner")
    for row in completed.annotate(times=Count("pk")):
        counts[row["sitter"]]["owner_count"] += 1
        counts[row["sitter"]]["repeat_owner_count"] += row["times"] > 1
    return counts


def recount_all(report: Callable[[Iterable], Iterable] = lambda steps: steps) -> None:
    """Recount everybody, for data that was written in bulk; leaves the search table alone."""
    ids = list(SitterProfile.objects.order_by("pk").values_list("pk", flat=True))
    for start in report(range(0, len(ids), 500)):
        counts = reliability(ids[start : start + 500])
        sitters = [SitterProfile(pk=pk, **row) for pk, row in counts.items() if any(row.values())]
        SitterProfile.objects.bulk_update(sitters, COUNTED, batch_size=250)
