"""Report cards: of which visit or day one may be written, and how it is kept.

A card may be written and changed until 24 hours after its visit or day, also when the booking was
cancelled meanwhile: the owner still wants to know what was done. After that it is fixed.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256

from django.core.files.storage import default_storage
from django.utils.translation import gettext_lazy as _

from accounts.images import Photo, delete_photo, small_name
from accounts.models import User
from bookings.emails import visits as emails
from bookings.exceptions import NotAllowedNow
from bookings.models import Booking, ReportCard, ReportPhoto
from bookings.services.notices import tell_person
from bookings.services.retry import in_transaction
from bookings.services.rules import REPORT_FOR, SITTER
from bookings.services.schedule import to_utc
from bookings.services.transitions.moves import locked, require_from
from bookings.services.visits import is_visit_by_visit
from pawsitters import clock, dates

MAX_PHOTOS = 6
NOT_BEGUN = _("There is nothing to report on: you have not checked in there.")
FIXED = _("A report card is fixed 24 hours after the visit or day.")
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Subject:
    """What a card is about: a visit by its number, or (visit 0) a date of a stay."""

    on: date
    visit: int
    begins_at: datetime
    closes_at: datetime

    def is_open(self, now: datetime) -> bool:
        return self.begins_at <= now < self.closes_at


def subjects(booking: Booking, now: datetime) -> list[Subject]:
    """All of which a card may or might have been written, in order; expects units loaded."""
    if booking.checked_in_at is None:
        return []
    if is_visit_by_visit(booking):
        return _visits(booking)
    return _dates(booking, now)


def _visits(booking: Booking) -> list[Subject]:
    found = []
    for unit in booking.units.all():
        if unit.checked_in_at:
            end = unit.checked_out_at or max(unit.ends_at, unit.checked_in_at)
            found.append(Subject(unit.on, unit.number, unit.checked_in_at, end + REPORT_FOR))
    return found


def _dates(booking: Booking, now: datetime) -> list[Subject]:
    zone = booking.zone
    over_at = min(booking.ended_at or now, now)
    first = booking.checked_in_at.astimezone(zone).date()
    last = min(over_at.astimezone(zone).date(), max(booking.ends_on, first))
    found = []
    for number in range((last - first).days + 1):
        on = first + timedelta(days=number)
        midnight = to_utc(on + ONE_DAY, time(0), zone)
        end = min(midnight, booking.ended_at or midnight)
        begins_at = max(booking.checked_in_at, to_utc(on, time(0), zone)).astimezone(UTC)
        found.append(Subject(on, 0, begins_at, end + REPORT_FOR))
    return found


def subject_of(booking: Booking, on: date | None, visit: int, now: datetime) -> Subject | None:
    """The one that an address names: by its number, or by its date."""
    return next(
        (one for one in subjects(booking, now) if one.visit == visit and (visit or one.on == on)),
        None,
    )


def latest_subject(booking: Booking, now: datetime) -> Subject | None:
    """The newest of which a card may be written or changed now."""
    return next((one for one in reversed(subjects(booking, now)) if one.is_open(now)), None)


def save_card(
    *,
    booking: Booking,
    by: User,
    on: date | None,
    visit: int,
    answers: dict[str, str],
    tasks: list[dict],
    key: str,
    photos: Sequence[Photo] = (),
    removed: Collection[int] = (),
) -> ReportCard:
    """Write the card, or change it. Applied once for each `key` (one form).

    Raise NotAllowedNow where there is nothing to report on, or no longer.
    """
    # Files before rows: a transaction that is done again stores nothing twice.
    by_digest = {sha256(photo.read()).hexdigest(): photo for photo in photos}
    stored = {digest: _store(photo) for digest, photo in by_digest.items()}
    try:
        card, gone = _write(
            booking=booking,
            by=by,
            on=on,
            visit=visit,
            answers=answers,
            tasks=tasks,
            key=key,
            photos=stored,
            removed=removed,
        )
    except BaseException:
        _delete(stored.values())
        raise
    _delete(gone)
    return card


@in_transaction
def _write(
    *, booking, by, on, visit, answers, tasks, key, photos: dict[str, str], removed
) -> tuple[ReportCard, list[str]]:
    """The card, and the names of the pictures that nobody needs now."""
    booking = locked(booking)
    require_from(booking, SITTER, "report", by)
    now = clock.now()
    subject = subject_of(booking, on, visit, now)
    if subject is None:
        raise NotAllowedNow(str(NOT_BEGUN))
    if not subject.is_open(now):
        raise NotAllowedNow(str(FIXED))
    of = {"booking": booking, "on": subject.on, "visit": subject.visit}
    card = ReportCard.objects.filter(**of).first()
    key = f"{booking.public_id}:{subject.on}:{subject.visit}:{key}"[:64]
    if card and card.idempotency_key == key:
        return card, list(photos.values())
    is_new = card is None
    card = card or ReportCard(**of, written_at=now)
    card.edited_at = None if is_new else now
    card.idempotency_key, card.tasks = key, tasks
    for name, value in answers.items():
        setattr(card, name, value)
    card.save()
    gone = _change_photos(card, photos, removed)
    if is_new:
        _tell(booking, card)
    return card, gone


def _change_photos(card: ReportCard, photos: dict[str, str], removed) -> list[str]:
    removing = card.photos.filter(pk__in=removed)
    gone = [photo.image.name for photo in removing]
    removing.delete()
    known = set(card.photos.values_list("digest", flat=True))
    room = MAX_PHOTOS - len(known)
    new = {digest: name for digest, name in photos.items() if digest not in known}
    taken = dict(list(new.items())[: max(0, room)])
    ReportPhoto.objects.bulk_create(
        ReportPhoto(card=card, image=name, digest=digest) for digest, name in taken.items()
    )
    return [*gone, *(name for digest, name in photos.items() if digest not in taken)]


def _tell(booking: Booking, card: ReportCard) -> None:
    tell_person(
        booking.owner,
        emails.report_written(booking, day=dates.day(card.on)),
        kind="report_card",
        key=f"report_card:{card.pk}",
        path=f"{booking.get_absolute_url()}#card-{card.pk}",
        booking=booking,
    )


def _store(photo: Photo) -> str:
    photo.seek(0)
    name = default_storage.save(f"reports/{photo.name}", photo)
    default_storage.save(small_name(name), photo.small)
    return name


def _delete(names) -> None:
    for name in names:
        delete_photo(name)
