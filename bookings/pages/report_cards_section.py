"""The panel of report cards on a booking's page: what the sitter told, in order, with the photos."""

from dataclasses import dataclass
from datetime import datetime

from django.core.files.storage import default_storage
from django.db.models import BigIntegerField, F, QuerySet

from accounts.images import small_name
from bookings.models import Booking, ReportCard
from bookings.pages.actions import report_url
from bookings.pages.said import said as _
from bookings.pages.section import Section
from bookings.services import visibility
from bookings.services.report_cards import Subject, subjects
from bookings.services.rules import OWNER, SITTER
from bookings.services.visits import is_visit_by_visit
from pawsitters import dates
from pawsitters.prepared import Prepared
from profiles.kinds import UNIT_WORDS, Kind

ANSWERS = ("mood", "food", "water", "toilet", "medicine")
# The newest stand open; those before them are folded.
SHOWN = 2
GALLERY = 12


@dataclass(frozen=True)
class Photo:
    url: str
    small_url: str


@dataclass
class Card:
    """One card in words; `tasks` are (text, done)."""

    pk: int
    title: str
    when: str
    answers: list[tuple[str, str]]
    tasks: list[tuple[str, bool]]
    note: str
    photos: list[Photo]
    edit_url: str = ""

    @property
    def undone(self) -> list[str]:
        return [text for text, done in self.tasks if not done]

    @property
    def done(self) -> list[str]:
        return [text for text, done in self.tasks if done]


@dataclass
class Cards:
    cards: list[Card]
    title: str
    empty: str

    @property
    def folded(self) -> list[Card]:
        return self.cards[:-SHOWN]

    @property
    def shown(self) -> list[Card]:
        return self.cards[-SHOWN:]

    @property
    def gallery(self) -> list[tuple[Photo, Card]]:
        """Newest first; nothing where the cards that stand open show them all."""
        if not any(card.photos for card in self.folded):
            return []
        found = [(photo, card) for card in reversed(self.cards) for photo in card.photos]
        return found[:GALLERY]


def _cards(booking) -> QuerySet:
    """A card once for each of its photos, so that all is one statement."""
    cards = ReportCard.objects.filter(booking=booking).annotate(image=F("photos__image"))
    return cards.order_by("on", "visit", "photos__pk")


CARDS = Prepared(_cards, BigIntegerField)


def rows_of(booking: Booking) -> list[ReportCard]:
    """As `_cards`, in one statement however many panels of the page ask."""
    if "_report_card_rows" not in booking.__dict__:
        booking._report_card_rows = list(CARDS(booking.pk))
    return booking._report_card_rows


def has_card(booking: Booking, subject: Subject | None) -> bool:
    return subject is not None and any(
        (row.on, row.visit) == (subject.on, subject.visit) for row in rows_of(booking)
    )


def report_cards_section(booking: Booking, role: str, now: datetime) -> Section | None:
    if booking.checked_in_at is None or not visibility.shows_care_sheet(booking, role, now):
        return None
    about = {(one.on, one.visit): one for one in subjects(booking, now)}
    cards: dict[int, Card] = {}
    for row in rows_of(booking):
        if row.pk not in cards:
            cards[row.pk] = _card(booking, row, role, about.get((row.on, row.visit)), now)
        if row.image:
            cards[row.pk].photos.append(_photo(row.image))
    if not cards and not booking.is_open:
        return None
    name = (booking.owner if role == SITTER else booking.sitter.user).get_short_name()
    return Section(
        "bookings/_report_cards.html",
        Cards(
            list(cards.values()),
            title=_("Since you left") if role == OWNER and booking.is_open else _("Photos"),
            empty=_("%(name)s has not written one yet.") % {"name": name}
            if role == OWNER
            else _("None yet. %(name)s is told as soon as you send one.") % {"name": name},
        ),
    )


def _card(
    booking: Booking, row: ReportCard, role: str, subject: Subject | None, now: datetime
) -> Card:
    answers = [
        (str(ReportCard._meta.get_field(name).verbose_name), getattr(row, f"get_{name}_display")())
        for name in ANSWERS
        if getattr(row, name)
    ]
    may_edit = role == SITTER and subject is not None and subject.is_open(now)
    return Card(
        pk=row.pk,
        title=_title(booking, row.on, row.visit),
        when=_written(booking, row),
        answers=answers,
        tasks=[(task["text"], bool(task["done"])) for task in row.tasks],
        note=row.note,
        photos=[],
        edit_url=report_url(booking, subject) if may_edit else "",
    )


def subject_words(booking: Booking, subject: Subject) -> str:
    return _title(booking, subject.on, subject.visit)


def _title(booking: Booking, on, visit: int) -> str:
    day = dates.day(on)
    if not visit or not is_visit_by_visit(booking):
        return day
    word = str(UNIT_WORDS[Kind(booking.kind)])
    return _("%(day)s, %(unit)s %(number)d") % {"day": day, "unit": word, "number": visit}


def _written(booking: Booking, row: ReportCard) -> str:
    unit = next((one for one in booking.units.all() if one.number == row.visit), None)
    parts = []
    if unit and unit.checked_in_at:
        times = {"start": dates.hour(unit.checked_in_at, booking.zone)}
        if unit.checked_out_at:
            times["end"] = dates.hour(unit.checked_out_at, booking.zone)
            parts.append(_("There from %(start)s to %(end)s") % times)
        else:
            parts.append(_("There since %(start)s") % times)
    at = dates.soon(row.edited_at or row.written_at, booking.zone)
    parts.append((_("changed %s") if row.edited_at else _("written %s")) % at)
    text = ", ".join(parts)
    return text[:1].upper() + text[1:]


def _photo(name: str) -> Photo:
    return Photo(default_storage.url(name), default_storage.url(small_name(name)))
