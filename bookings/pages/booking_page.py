"""Everything that the page of one booking shows, for the side that looks at it.

At most eight statements, session and person included: the booking with both parties, its pets,
units, lines and events, and vaccinations while the care sheet is still the pet's own. What the
sections of `sections` read comes on top.
"""

from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain

from django.db.models import (
    BigIntegerField,
    CharField,
    Exists,
    F,
    OuterRef,
    QuerySet,
    Subquery,
    prefetch_related_objects,
)
from django.http import Http404

from accounts.models import User
from bookings.models import (
    Booking,
    BookingEvent,
    BookingLine,
    BookingPet,
    BookingUnit,
    Proposal,
)
from bookings.pages import words
from bookings.pages.actions import Action, actions_for
from bookings.pages.again import again_url
from bookings.pages.next_step import NextStep, next_step
from bookings.pages.report_cards_section import has_card
from bookings.pages.said import said as _
from bookings.pages.section import Section
from bookings.pages.sections import sections_of
from bookings.pages.timeline import Entry, progress, timeline
from bookings.querysets import remember_unread, with_unread
from bookings.services import agreements, history, visibility
from bookings.services.care import care_sheet, tick_key
from bookings.services.pet_notes import with_own_notes
from bookings.services.report_cards import latest_subject
from bookings.services.rules import OWNER, SITTER, allowed, role_of
from pawsitters import clock, dates
from pawsitters.prepared import Prepared
from profiles import geo
from profiles.kinds import Kind
from profiles.models import HomeAccess, Pet

Status = Booking.Status
MAX_DISTANCE_SHOWN_M = 100_000


def _visible(user, public_id) -> QuerySet:
    open_change = Proposal.objects.filter(open_for=OuterRef("pk")).order_by()
    return (
        with_unread(Booking.objects.visible_to(user), user)
        .annotate(has_access_notes=Exists(HomeAccess.objects.filter(home__user=OuterRef("owner"))))
        .filter(public_id=public_id)
        .select_related("owner__home__town", "sitter__user", "sitter__town", "service")
        .defer("terms", "sitter__snapshot", "sitter__about")
        .annotate(
            open_change=Subquery(open_change.values("number")),
            series_id=F("series_date__series__public_id"),
        )[:1]
    )


VISIBLE = Prepared(_visible, BigIntegerField, CharField)


def _pets(booking) -> QuerySet:
    return BookingPet.objects.filter(booking=booking).select_related("pet")


# Only the sitter's statement asks for the sitter's own notes.
PETS = {
    OWNER: Prepared(_pets, BigIntegerField),
    SITTER: Prepared(lambda booking: with_own_notes(_pets(booking)), BigIntegerField),
}
ROWS = {
    name: Prepared(
        lambda booking, model=model: model.objects.filter(booking=booking), BigIntegerField
    )
    for name, model in (("lines", BookingLine), ("events", BookingEvent), ("units", BookingUnit))
}


def load(user: User, public_id: str) -> Booking:
    """The booking with its parties; 404 for everybody but the two. Counts unread notices too."""
    found = VISIBLE(user.pk, public_id)
    if not found:
        raise Http404
    booking = found[0]
    remember_unread(user, booking.unread, booking.unread_threads)
    return booking


@dataclass
class Sheet:
    """A pet's part of the care sheet: must-follow lines as (key, text), sections of pairs."""

    pet: BookingPet
    picture: Pet | BookingPet
    what: str
    lines: list[tuple[str, str]]
    sections: list[tuple[str, list]] = field(default_factory=list)


@dataclass
class Contact:
    """The other side, and what of them may be seen now."""

    person: User
    phone: str = ""
    address: str = ""
    emergency: str = ""

    @property
    def phone_url(self) -> str:
        return words.tel_url(self.phone)


@dataclass
class BookingPage:
    booking: Booking
    role: str
    title: str
    when: str
    pets: str
    next: NextStep
    next_action: Action | None
    also: list[Action]
    actions: list[Action]
    sheets: list[Sheet]
    is_sheet_copied: bool
    other: Contact
    place: str
    place_note: str
    timeline: list[Entry]
    entries: int
    faults: list[str]
    lines: list
    preview: agreements.Preview | None
    payment: str
    sections: list[Section]

    is_sheet_closed: bool = False
    progress: str = ""
    again_url: str = ""

    @property
    def has_lines(self) -> bool:
        return any(sheet.lines for sheet in self.sheets)

    @property
    def status_label(self) -> str:
        """ "In progress, night 3 of 4"; empty where the state's own word says it all."""
        if not self.progress:
            return ""
        first, rest = self.progress[0].lower(), self.progress[1:]
        return _("In progress, %(progress)s") % {"progress": first + rest}

    @property
    def relation(self) -> str:
        """What the other side is to these animals."""
        if self.role == SITTER:
            return _("owner of %(pets)s") % {"pets": self.pets}
        if self.is_due and self.booking.status != Status.REQUESTED:
            return _("looks after %(pets)s") % {"pets": self.pets}
        return _("was asked to look after %(pets)s") % {"pets": self.pets}

    @property
    def is_due(self) -> bool:
        """Whether the price is, or may still come to be, what the owner pays."""
        return self.booking.is_open or self.booking.status == Status.COMPLETED

    @property
    def is_own_place(self) -> bool:
        """Said, because the address stands below the other side's name."""
        return (self.role == SITTER) == Kind(self.booking.kind).is_at_sitters

    @property
    def can_call(self) -> bool:
        return self.booking.is_open and bool(self.other.phone)

    @property
    def has_changes(self) -> bool:
        return any(section.template == "bookings/_care_changed.html" for section in self.sections)

    @property
    def has_sheet(self) -> bool:
        return any(sheet.sections for sheet in self.sheets)

    @property
    def opens_sheet(self) -> bool:
        """Whoever decides about a request reads the sheet first."""
        return self.can_accept

    @property
    def can_accept(self) -> bool:
        return self.next_action is not None and self.next_action.verb == "accept"


def build(booking: Booking, user: User) -> BookingPage:
    role, now = role_of(booking, user), clock.now()
    booking_pets = _load_rows(booking, role)
    unit_starts = [unit.starts_at for unit in booking.units.all()] if booking.is_open else []
    verbs = _offered(booking, role, now)
    pets = words.join_names([pet.name for pet in booking_pets])
    step = next_step(booking, role, verbs, unit_starts, pets)
    preview = agreements.owner_preview(booking) if role == OWNER and "cancel" in verbs else None
    actions = actions_for(booking, role, verbs, _refund_if_cancelled(booking, role, verbs, preview))
    events = list(booking.events.all())
    return BookingPage(
        booking=booking,
        role=role,
        title=words.title(booking, role, pets),
        when=words.when(booking),
        pets=pets,
        next=step,
        next_action=next((action for action in actions if action.verb == step.verb), None),
        also=[action for action in actions if action.verb in step.also],
        actions=[action for action in actions if action.verb not in (step.verb, *step.also)],
        sheets=_sheets(booking, booking_pets, role, now),
        is_sheet_copied=booking.confirmed_at is not None,
        other=_other_side(booking, role, now),
        place=_place(booking, role, now),
        place_note=_place_note(booking, role, now),
        timeline=timeline(booking, events, role, unit_starts),
        entries=len(events),
        faults=list(history.faults(booking)),
        lines=list(booking.lines.all()),
        preview=preview,
        payment=_payment(booking, role),
        sections=sections_of(booking, role, now),
        is_sheet_closed=visibility.is_agreed(booking)
        and not visibility.shows_care_sheet(booking, role, now),
        progress=progress(booking, unit_starts) if booking.status == Status.IN_PROGRESS else "",
        again_url=again_url(booking, role),
    )


def _offered(booking: Booking, role: str, now: datetime) -> set[str]:
    """What is allowed now. A card that is written already is changed where it stands."""
    verbs = allowed(booking, role, now)
    if "report" in verbs and has_card(booking, latest_subject(booking, now)):
        return verbs - {"report"}
    return verbs


def _payment(booking: Booking, role: str) -> str:
    """P11: how the sitter takes payment, and that none of it passes through us."""
    how = booking.payment_note.rstrip(".") or _("as you agree with each other")
    sitter = booking.sitter.user.get_short_name()
    text = (
        _("You pay %(sitter)s directly: %(how)s.") % {"sitter": sitter, "how": how}
        if role == OWNER
        else _("The owner pays you directly: %(how)s.") % {"how": how}
    )
    return (
        text + " " + _("PawSitters takes no payment; a refund is what one of you owes the other.")
    )


def _load_rows(booking: Booking, role: str) -> list[BookingPet]:
    """Fetch what the page reads, each kind of row in one statement; returns the pets."""
    pets = PETS[role](booking.pk)
    if booking.status == Status.REQUESTED:
        prefetch_related_objects(pets, "pet__vaccinations")
    has_units = booking.is_open or booking.checked_in_at
    names = ("lines", "events", "units") if has_units else ("lines", "events")
    rows = {"booking_pets": pets, **{name: ROWS[name](booking.pk) for name in names}}
    for row in chain.from_iterable(rows.values()):
        row.booking = booking
    # Where Django looks first when anybody asks for `booking.lines.all()` and the like.
    booking._prefetched_objects_cache = rows
    return pets


def _refund_if_cancelled(booking: Booking, role: str, verbs: set[str], preview) -> int:
    if "cancel" not in verbs:
        return 0
    if preview:
        return preview.refund.refund_cents
    return agreements.sitter_refund(booking).refund_cents if role == SITTER else 0


# --- Care sheets ---------------------------------------------------------------------------

SECTIONS = ("care", "behaviour", "about", "vaccinations", "vet")


def section_titles() -> dict[str, str]:
    return {
        "care": _("Food, walks and health"),
        "behaviour": _("Behaviour"),
        "about": _("About"),
        "vaccinations": _("Vaccinations"),
        "vet": _("Vet"),
    }


def _sheets(booking: Booking, pets: list[BookingPet], role: str, now: datetime) -> list[Sheet]:
    """Before acceptance the pet's own record, afterwards the copy.

    Names alone once it is hidden, or where a request came to nothing and nothing was copied.
    """
    came_to_nothing = booking.confirmed_at is None and not booking.is_open
    if came_to_nothing or not visibility.shows_care_sheet(booking, role, now):
        return [Sheet(pet, pet, pet.get_species_display(), []) for pet in pets]
    return [_sheet(booking, pet) for pet in pets]


def _sheet(booking: Booking, row: BookingPet) -> Sheet:
    is_copied = booking.confirmed_at is not None
    lines = row.must_follow if is_copied or not row.pet else row.pet.must_follow_lines
    sheet = row.care_sheet if is_copied or not row.pet else care_sheet(row.pet)
    titles = section_titles()
    return Sheet(
        pet=row,
        picture=row.pet or row,
        what=words.pet_kind(row.pet) if row.pet else row.get_species_display(),
        lines=[(tick_key(row, line), line) for line in lines],
        sections=[(titles[name], sheet[name]) for name in SECTIONS if sheet.get(name)],
    )


# --- People and places ---------------------------------------------------------------------


def _other_side(booking: Booking, role: str, now: datetime) -> Contact:
    person = booking.sitter.user if role == OWNER else booking.owner
    if not visibility.shows_contacts(booking, now):
        return Contact(person)
    home = getattr(booking.owner, "home", None)
    emergency = ""
    if role == SITTER and home and home.emergency_name:
        emergency = f"{home.emergency_name}, {home.emergency_phone}".rstrip(", ")
    return Contact(person, phone=person.phone, emergency=emergency)


def _place(booking: Booking, role: str, now: datetime) -> str:
    """Where it takes place, as exactly as this side may know it now."""
    is_own = (role == SITTER) == Kind(booking.kind).is_at_sitters
    if is_own or visibility.shows_contacts(booking, now):
        return booking.care_address
    town = _town(booking)
    return town.name if town else ""


def _town(booking: Booking):
    if Kind(booking.kind).is_at_sitters:
        return booking.sitter.town
    home = getattr(booking.owner, "home", None)
    return home.town if home else None


def _place_note(booking: Booking, role: str, now: datetime) -> str:
    if visibility.shows_contacts(booking, now):
        if booking.is_open:
            return ""
        until = visibility.contacts_until(booking).astimezone(booking.zone)
        return _("Shown until %(day)s, then the town only.") % {"day": dates.day(until)}
    home = getattr(booking.owner, "home", None)
    if role == SITTER and home and not Kind(booking.kind).is_at_sitters:
        return _distance(booking, home)
    if booking.status == Status.REQUESTED and role == OWNER and Kind(booking.kind).is_at_sitters:
        return _("The exact address opens up when it is confirmed.")
    return ""


def _distance(booking: Booking, home) -> str:
    """From the sitter to the 500 m square of the owner's home, never to its door."""
    lat, lng = geo.snap(home.lat_e6, home.lng_e6)
    away = geo.metres_between(booking.sitter.lat_e6, booking.sitter.lng_e6, lat, lng)
    if away > MAX_DISTANCE_SHOWN_M:
        return ""
    if away < 1000:
        return _("Less than 1 km from you.")
    return _("About %(km)d km from you.") % {"km": round(away / 1000)}
