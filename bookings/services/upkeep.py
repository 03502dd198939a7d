"""Once a day and sitter day: numbers that change because time passes."""

from datetime import timedelta

from django.core.cache import cache
from django.db.models import Count, F, Q

from bookings.models import Booking
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


def daily_upkeep() -> None:
    """Recount reliability and move the search table's calendar on; does nothing twice a day."""
    today = clock.now().date().isoformat()
    if not cache.add(f"upkeep:{today}", 1, timeout=2 * 86_400):
        return
    roll_forward(clock.now().date())
    since = clock.now() - timedelta(days=2)
    for sitter in (
        SitterProfile.objects.published().filter(bookings__ended_at__gte=since).distinct()
    ):
        recount(sitter)


def recount(sitter: SitterProfile) -> None:
    """Count a sitter's reliability of the last twelve months from the bookings themselves."""
    counts = reliability(sitter)
    for name, value in counts.items():
        setattr(sitter, name, value)
    sitter.save(update_fields=list(counts))
    sitter_changed(sitter)


def reliability(sitter: SitterProfile) -> dict[str, int]:
    """Numerators with their denominators, by the names of the fields of SitterProfile.

    Asked: requests that were answered or ran out. Confirmed: confirmed bookings that have ended.
    Late: cancelled by the sitter less than seven days before the start.
    """
    since = clock.now() - YEAR
    bookings = Booking.objects.filter(sitter=sitter, requested_at__gte=since)
    ended = Q(status__in=TOOK_PLACE_OR_NOT, confirmed_at__isnull=False)
    counts = bookings.aggregate(
        asked_count=Count("pk", Q(answered_at__isnull=False) | Q(status=Status.EXPIRED)),
        answered_count=Count(
            "pk",
            Q(answered_at__isnull=False, answered_at__lte=F("requested_at") + timedelta(hours=24)),
        ),
        confirmed_count=Count("pk", ended),
        completed_count=Count("pk", Q(status=Status.COMPLETED)),
        late_cancellation_count=Count(
            "pk",
            Q(
                status=Status.CANCELLED_BY_SITTER,
                ended_at__gt=F("starts_at") - timedelta(days=7),
            ),
        ),
    )
    completed = bookings.filter(status=Status.COMPLETED).values("owner").annotate(n=Count("pk"))
    visits = list(completed.values_list("n", flat=True))
    return {
        **counts,
        "owner_count": len(visits),
        "repeat_owner_count": sum(1 for n in visits if n > 1),
    }
