"""The day sheet of a sitter: who is due on a date, in order, with all that is needed at the door.

Four statements whatever the number of bookings. Codes and keys are not on it: a sheet of paper is
lost more easily than a phone, so it only says where they are shown.
"""

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import chain

from django.db.models import Exists, OuterRef, Prefetch
from django.urls import reverse
from django.utils.translation import gettext as _

from bookings.models import Booking, BookingLine, BookingPet, BookingUnit
from bookings.pages import words
from bookings.pages.actions import Action, action
from bookings.services import access, visibility
from bookings.services.care import care_label
from bookings.services.care_updates import changes_of
from bookings.services.pet_notes import with_own_notes
from bookings.services.rules import SITTER, allowed
from bookings.services.schedule import to_utc
from bookings.services.tasks import Task, tasks_of
from bookings.services.visits import to_check_in, under_way
from pawsitters import dates
from profiles.kinds import Kind
from profiles.models import HomeAccess, SitterProfile

Status = Booking.Status
# What stands at the tasks already, and what nobody needs at the door.
HEALTH = ("conditions", "allergies", "sleeps")
LONGEST = 300  # characters of one answer on the sheet; the rest is on the booking's page
ON_SHEET = (*Booking.HOLDS_SEATS, Status.COMPLETED)


@dataclass
class Due:
    """A visit, an arrival, a departure or a day in between; `at` is when, for the order."""

    booking: Booking
    at: datetime
    hours: str
    what: str
    title: str
    state: str = ""
    action: Action | None = None


@dataclass
class Household:
    """One booking's part of the sheet: everything that is the same for all its visits."""

    booking: Booking
    dues: list[Due]
    title: str
    place: str
    is_at_owners: bool
    phone: str
    contacts: list[tuple[str, str]]
    must: list[str]
    access_url: str
    tasks: list[Task]
    notes: list[tuple[str, str]]
    message: str = ""

    @property
    def owner(self):
        return self.booking.owner

    @property
    def hours(self) -> str:
        return ", ".join(due.hours for due in self.dues)

    @property
    def phone_url(self) -> str:
        return words.tel_url(self.phone)


@dataclass
class DaySheet:
    on: date
    is_today: bool
    households: list[Household] = field(default_factory=list)

    @property
    def dues(self) -> list[Due]:
        """All of the day in order of the clock."""
        return sorted(
            chain.from_iterable(one.dues for one in self.households), key=lambda due: due.at
        )

    @property
    def before(self) -> date:
        return self.on - timedelta(days=1)

    @property
    def after(self) -> date:
        return self.on + timedelta(days=1)


def day_sheet_of(sitter: SitterProfile, on: date, now: datetime) -> DaySheet:
    bookings = (
        Booking.objects.filter(sitter=sitter, status__in=ON_SHEET, starts_on__lte=on)
        .filter(ends_on__gte=on)
        .annotate(has_access_notes=Exists(HomeAccess.objects.filter(home__user=OuterRef("owner"))))
        .select_related("owner__home", "sitter__user")
        .prefetch_related(
            "units",
            Prefetch("booking_pets", with_own_notes(BookingPet.objects.all())),
            Prefetch("lines", BookingLine.objects.filter(rule="add_on")),
        )
        .order_by("starts_at", "pk")
    )
    sheet = DaySheet(on, is_today=on == dates.as_moment(now, sitter.time_zone).date())
    for booking in bookings:
        if dues := _dues(booking, on, now):
            sheet.households.append(_household(booking, dues, now))
    sheet.households.sort(key=lambda household: household.dues[0].at)
    return sheet


# --- What is due ---------------------------------------------------------------------------


def _dues(booking: Booking, on: date, now: datetime) -> list[Due]:
    units = list(booking.units.all())
    title = words.join_names([pet.name for pet in booking.booking_pets.all()])
    if Kind(booking.kind).is_nights:
        return _of_stay(booking, units, title, on, now)
    button = _button(booking, now)
    here, due = under_way(units), to_check_in(units, now)
    acting = here or due
    return [
        Due(
            booking,
            at=unit.starts_at,
            hours=_hours(booking, unit),
            what=_what(booking),
            title=title,
            state=_state(booking, unit, now),
            action=button if acting and acting.pk == unit.pk else None,
        )
        for unit in units
        if unit.on == on
    ]


def _of_stay(
    booking: Booking, units: list[BookingUnit], title: str, on: date, now: datetime
) -> list[Due]:
    zone = booking.zone
    first = booking.starts_at.astimezone(zone).date()
    last = booking.ends_at.astimezone(zone).date()
    at_sitters = Kind(booking.kind).is_at_sitters
    dues = []
    if on == first:
        what = _("Arrival") if at_sitters else _("Your stay begins")
        dues.append(
            Due(booking, booking.starts_at, dates.hour(booking.starts_at, zone), what, title)
        )
    if on == last:
        what = _("Home") if at_sitters else _("Your stay ends")
        dues.append(Due(booking, booking.ends_at, dates.hour(booking.ends_at, zone), what, title))
    if first < on < last:
        night = next((unit.number for unit in units if unit.on == on), 0)
        what = _("Night %(number)d of %(all)d") % {"number": night, "all": len(units)}
        dues.append(Due(booking, to_utc(on, time(0), zone), _("All day"), what, title))
    if dues:
        dues[-1].action = _button(booking, now)
    return dues


def _button(booking: Booking, now: datetime) -> Action | None:
    verbs = allowed(booking, SITTER, now)
    verb = next((verb for verb in ("check_out", "check_in") if verb in verbs), "")
    return action(booking, verb) if verb else None


def _what(booking: Booking) -> str:
    return {Kind.DOG_WALK: _("Walk"), Kind.DAY_CARE: _("Day care")}.get(
        Kind(booking.kind), _("Visit")
    )


def _hours(booking: Booking, unit: BookingUnit) -> str:
    zone = booking.zone
    return _("%(start)s to %(end)s") % {
        "start": dates.hour(unit.starts_at, zone),
        "end": dates.hour(unit.ends_at, zone),
    }


def _state(booking: Booking, unit: BookingUnit, now: datetime) -> str:
    if unit.checked_out_at:
        return _("done")
    if unit.checked_in_at:
        return _("under way")
    return _("not checked in") if unit.ends_at <= now else ""


# --- What is needed ------------------------------------------------------------------------


def _household(booking: Booking, dues: list[Due], now: datetime) -> Household:
    pets = list(booking.booking_pets.all())
    is_at_owners = not Kind(booking.kind).is_at_sitters
    shows_contacts = visibility.shows_contacts(booking, now)
    shows_sheet = visibility.shows_care_sheet(booking, SITTER, now)
    tasks = tasks_of(booking) if shows_sheet else []
    place = booking.care_address if shows_contacts else ""
    return Household(
        booking=booking,
        dues=dues,
        title=dues[0].title,
        place=place if is_at_owners else _("At your place"),
        is_at_owners=is_at_owners,
        phone=booking.owner.phone if shows_contacts else "",
        contacts=_contacts(booking, pets) if shows_contacts and shows_sheet else [],
        access_url=_access_url(booking, now),
        must=[task.text for task in tasks if task.is_must],
        tasks=[task for task in tasks if not task.is_must],
        notes=list(chain.from_iterable(map(_notes, pets))) if shows_sheet else [],
        message=booking.message,
    )


def _access_url(booking: Booking, now: datetime) -> str:
    """Where keys and codes stand, while they may be read."""
    if booking.has_access_notes and access.is_open(booking, now):
        return reverse("bookings:access", args=[booking.public_id])
    return ""


def _contacts(booking: Booking, pets: list[BookingPet]) -> list[tuple[str, str]]:
    found = []
    home = getattr(booking.owner, "home", None)
    if home and home.emergency_name:
        emergency = f"{home.emergency_name}, {home.emergency_phone}".rstrip(", ")
        found.append((_("If they cannot be reached"), emergency))
    vets = {", ".join(value for _label, value in pet.care_sheet.get("vet", ())) for pet in pets}
    return [*found, *((_("Vet"), vet) for vet in sorted(vets) if vet)]


def _notes(pet: BookingPet) -> list[tuple[str, str]]:
    said = dict(pet.care_sheet.get("care", ()))
    labels = [care_label(name) for name in HEALTH]
    own = [(_("%(pet)s, your own note") % {"pet": pet.name}, pet.own_note)] if pet.own_note else []
    health = [
        (f"{pet.name}, {label.lower()}", _short(said[label])) for label in labels if said.get(label)
    ]
    return [*_changed(pet), *health, *own]


def _changed(pet: BookingPet) -> list[tuple[str, str]]:
    """What the owner changed since it was agreed: not ticked yet, but true already, so in full."""
    if not pet.changed_at:
        return []
    changes = changes_of(pet)
    new = _("%(pet)s, new and not ticked yet") % {"pet": pet.name}
    gone = _("%(pet)s, no longer") % {"pet": pet.name}
    return [
        *((new, line) for _key, line in changes.new_lines),
        *((new, f"{label}: {after or '–'}") for label, _before, after in changes.answers),
        *((gone, line) for line in changes.gone_lines),
    ]


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0] + " …"
