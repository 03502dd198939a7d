"""Reliability in numbers, and the lists they are counted from: one queryset for both.

Everything looks back twelve months from one moment, `until`, by the moment at which the thing
itself happened. What happened before `until` never changes afterwards, so the list that is made
later for a sitter's `counted_at` has exactly the rows that were counted then.

A check-in counts as on time up to 20 minutes after the planned start. What was never checked in is
not in that number: the owner is told at once, and it ends as a no-show.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import BooleanField, Count, ExpressionWrapper, F, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from bookings.models import RELEASED, Booking, BookingUnit
from bookings.services.late_cancellations import LATE_NOTICE
from pawsitters import clock
from profiles.models import SitterProfile
from profiles.services.snapshot import sitter_changed

YEAR = timedelta(days=365)
ANSWER_WITHIN = timedelta(hours=24)
PUNCTUAL = timedelta(minutes=20)
Status = Booking.Status
TOOK_PLACE_OR_NOT = (
    Status.COMPLETED,
    Status.CANCELLED_BY_OWNER,
    Status.CANCELLED_BY_SITTER,
    Status.CANCELLED_BY_STAFF,
    Status.NO_SHOW_OWNER,
    Status.NO_SHOW_SITTER,
)


def _year(field: str, until: datetime) -> Q:
    return Q(**{f"{field}__gte": until - YEAR, f"{field}__lt": until})


def asked(until: datetime) -> QuerySet:
    """Requests that were answered or ran out."""
    expired = Q(status=Status.EXPIRED) & _year("ended_at", until)
    return Booking.objects.filter(_year("answered_at", until) | expired).order_by("-requested_at")


def confirmed(until: datetime) -> QuerySet:
    """Confirmed bookings that have ended, however they ended."""
    ended = Booking.objects.filter(_year("ended_at", until), confirmed_at__isnull=False)
    # Dates that a paused or ended weekly series gave up in time are nobody's failure.
    ended = ended.exclude(end_reason=RELEASED)
    return ended.filter(status__in=TOOK_PLACE_OR_NOT).order_by("-ended_at")


def completed(until: datetime) -> QuerySet:
    return confirmed(until).filter(status=Status.COMPLETED)


def checked_in(until: datetime) -> QuerySet:
    """Nights, days and visits at whose beginning the sitter checked in."""
    return BookingUnit.objects.filter(_year("checked_in_at", until)).order_by("-starts_at")


@dataclass(frozen=True)
class Number:
    """`good` says which of `rows` are in the numerator; `count`, `total` are SitterProfile's fields."""

    slug: str
    label: str
    rows: Callable[[datetime], QuerySet]
    good: Q
    count: str
    total: str
    sitter: str = "sitter"

    def list_of(self, sitter: SitterProfile) -> QuerySet:
        """What the sitter's number was counted from, newest first, each row with `is_good`."""
        if sitter.counted_at is None:
            return self.rows(clock.now()).none()
        rows = self.rows(sitter.counted_at).filter(**{self.sitter: sitter.pk})
        return rows.annotate(is_good=ExpressionWrapper(self.good, output_field=BooleanField()))


NUMBERS = {
    number.slug: number
    for number in (
        Number(
            "answered",
            _("Requests answered within a day"),
            asked,
            Q(answered_at__isnull=False, answered_at__lte=F("requested_at") + ANSWER_WITHIN),
            "answered_count",
            "asked_count",
        ),
        Number(
            "completed",
            _("Confirmed bookings that took place"),
            confirmed,
            Q(status=Status.COMPLETED),
            "completed_count",
            "confirmed_count",
        ),
        Number(
            "late",
            _("Cancelled with less than 7 days’ notice"),
            confirmed,
            Q(status=Status.CANCELLED_BY_SITTER, ended_at__gt=F("starts_at") - LATE_NOTICE),
            "late_cancellation_count",
            "confirmed_count",
        ),
        Number(
            "on-time",
            _("Checked in on time"),
            checked_in,
            Q(checked_in_at__lte=F("starts_at") + PUNCTUAL),
            "on_time_count",
            "check_in_count",
            sitter="booking__sitter",
        ),
    )
}
# Counted by household, so it is a list of another shape: (owner, bookings), see `households_of`.
REPEAT = "repeat"
REPEAT_LABEL = _("Households that came back")
COUNTED = (
    "asked_count",
    "answered_count",
    "confirmed_count",
    "completed_count",
    "late_cancellation_count",
    "owner_count",
    "repeat_owner_count",
    "on_time_count",
    "check_in_count",
)


def households_of(sitter: SitterProfile) -> list[list[Booking]]:
    """Completed bookings by household, the most loyal first; two and more are "came back"."""
    if sitter.counted_at is None:
        return []
    by_owner: dict[int, list[Booking]] = {}
    rows = completed(sitter.counted_at).filter(sitter=sitter.pk)
    for booking in rows.select_related("owner").defer("owner__password"):
        by_owner.setdefault(booking.owner_id, []).append(booking)
    return sorted(by_owner.values(), key=len, reverse=True)


def reliability(sitters: Sequence[int], until: datetime) -> dict[int, dict[str, int]]:
    """Numerators with their denominators by sitter id, by the names of SitterProfile's fields.

    Four statements for any number of sitters.
    """
    counts = {pk: dict.fromkeys(COUNTED, 0) for pk in sitters}
    for numbers in _by_rows():
        first = numbers[0]
        wanted = {number.count: Count("pk", filter=number.good) for number in numbers}
        rows = first.rows(until).filter(**{f"{first.sitter}__in": sitters}).order_by()
        for row in rows.values(pk_of=F(first.sitter)).annotate(
            **wanted, **{first.total: Count("pk")}
        ):
            counts[row.pop("pk_of")].update(row)
    done = completed(until).filter(sitter__in=sitters).order_by().values("sitter", "owner")
    for row in done.annotate(times=Count("pk")):
        counts[row["sitter"]]["owner_count"] += 1
        counts[row["sitter"]]["repeat_owner_count"] += row["times"] > 1
    return counts


def _by_rows() -> list[list[Number]]:
    """Numbers that are counted from the same rows, together."""
    groups: dict[Callable, list[Number]] = {}
    for number in NUMBERS.values():
        groups.setdefault(number.rows, []).append(number)
    return list(groups.values())


def recount(sitter: SitterProfile) -> None:
    """Count a sitter's reliability of the last twelve months from the bookings themselves."""
    until = clock.now()
    _write(sitter, reliability([sitter.pk], until)[sitter.pk], until)


def _write(sitter: SitterProfile, counts: dict[str, int], until: datetime) -> None:
    for name, value in counts.items():
        setattr(sitter, name, value)
    sitter.counted_at = until
    sitter.save(update_fields=[*counts, "counted_at"])
    sitter_changed(sitter)


STEP = 500


def recount_published() -> int:
    """Count everybody anew and write those whose numbers changed; return how many that were.

    Everybody, because numbers also change where nothing happens: things turn a year old.
    """
    until, changed = clock.now(), 0
    published = SitterProfile.objects.published().order_by("pk")
    ids = list(published.values_list("pk", flat=True))
    for start in range(0, len(ids), STEP):
        batch = ids[start : start + STEP]
        counts = reliability(batch, until)
        same = []
        for sitter in published.filter(pk__in=batch).select_related("user", "town").defer("about"):
            if all(getattr(sitter, name) == value for name, value in counts[sitter.pk].items()):
                same.append(sitter.pk)
            else:
                _write(sitter, counts[sitter.pk], until)
        SitterProfile.objects.filter(pk__in=same).update(counted_at=until)
        changed += len(batch) - len(same)
    return changed


def recount_all(report: Callable[[Iterable], Iterable] = lambda steps: steps) -> None:
    """Recount everybody, for data that was written in bulk; leaves the search table alone."""
    until = clock.now()
    ids = list(SitterProfile.objects.order_by("pk").values_list("pk", flat=True))
    for start in report(range(0, len(ids), STEP)):
        counts = reliability(ids[start : start + STEP], until)
        sitters = [
            SitterProfile(pk=pk, counted_at=until, **row)
            for pk, row in counts.items()
            if any(row.values())
        ]
        SitterProfile.objects.bulk_update(sitters, [*COUNTED, "counted_at"], batch_size=250)
