"""The dashboard of a sitter, in six statements whatever the number of bookings."""

from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from django.db.models import BigIntegerField, DateTimeField, OuterRef, QuerySet, Subquery
from django.urls import reverse
from django.utils.safestring import SafeString

from accounts.models import User
from bookings.models import Booking, BookingPet, BookingUnit, ReportCard
from bookings.pages import words
from bookings.pages.actions import Action, action
from bookings.pages.dashboards import (
    PERSON_COLUMNS,
    ROW_COLUMNS,
    SHOWN,
    SHOWN_PAST,
    by_booking,
    lately,
    open_or_ended_since,
    sections_of,
)
from bookings.pages.numbers import linked, track_record
from bookings.pages.rows import Row, row_of
from bookings.pages.said import said as _
from bookings.querysets import remember_unread, with_unread
from bookings.services.capacity import requests_without_room
from bookings.services.rules import SITTER, allowed
from bookings.services.visits import is_missed, is_visit_by_visit, to_check_in, under_way
from bookings.services.wording import say_dates
from pawsitters import clock, dates
from pawsitters.prepared import Prepared
from profiles.kinds import Kind
from profiles.models import SitterProfile

Status = Booking.Status


@dataclass(frozen=True)
class Request:
    """A request to answer: who, which animals, whether it fits now, until when."""

    row: Row
    person: User
    heading: str
    animals: str
    when: str
    net: str
    until: str
    conflict: str
    needs_ticks: bool
    accept_url: str
    decline_url: str


@dataclass(frozen=True)
class Task:
    """A row with the one thing the sitter can do about it now."""

    row: Row
    label: str = ""
    url: str = ""


@dataclass(frozen=True)
class Due:
    """Something of today: a visit, an arrival, an answer; `action` is its one-tap button."""

    hour: str
    title: str
    iso: str
    url: str
    state: str = ""
    action: Action | None = None


@dataclass
class Sitting:
    sitter: SitterProfile
    requests: list[Request]
    unsettled: list[Task]
    running: list[Task]
    upcoming: list[Task]
    past: list[Row]
    today: list[Due]
    numbers: list[tuple[str, SafeString]]

    @property
    def shown_upcoming(self) -> list[Task]:
        return self.upcoming[:SHOWN]

    @property
    def more_upcoming(self) -> int:
        return max(0, len(self.upcoming) - SHOWN)


def _own_page(user) -> QuerySet:
    sitters = SitterProfile.objects.filter(user=user).select_related("capacity").defer("about")
    return with_unread(sitters, user)[:1]


def _bookings(sitter, since) -> QuerySet:
    cards = ReportCard.objects.filter(booking=OuterRef("booking")).order_by("-on")
    rows = (
        BookingPet.objects.filter(booking__sitter=sitter)
        .select_related("booking__owner", "booking__service", "pet")
        .only(
            *ROW_COLUMNS,
            *(f"booking__owner__{name}" for name in PERSON_COLUMNS),
            "booking__service__is_one_household",
            "booking__service__group_size",
            "pet__species",
            "pet__breed",
            "pet__born_on",
            "pet__must_follow",
        )
        .annotate(last_card_on=Subquery(cards.values("on")[:1]))
    )
    return open_or_ended_since(rows, since)


def _open_units(sitter) -> QuerySet:
    units = BookingUnit.objects.filter(booking__sitter=sitter, booking__status__in=Booking.OPEN)
    return units.order_by("booking_id", "number")


OWN_PAGE = Prepared(_own_page, BigIntegerField)
BOOKINGS = Prepared(_bookings, BigIntegerField, DateTimeField)
OPEN_UNITS = Prepared(_open_units, BigIntegerField)


def sitter_of(user: User) -> SitterProfile | None:
    """The person's own page with its places, and their unread notices in the same statement."""
    sitter = next(iter(OWN_PAGE(user.pk)), None)
    if sitter:
        sitter.user = user
        remember_unread(user, sitter.unread, sitter.unread_threads)
    return sitter


def sitting_of(sitter: SitterProfile) -> Sitting:
    found = by_booking(BOOKINGS(sitter.pk, lately()))
    for booking in found:
        booking.sitter = sitter
    units = _units(sitter, found)
    rows = [row_of(booking, SITTER, [p.name for p in pets]) for booking, pets in found.items()]
    sections = sections_of(rows)
    asked = [row.booking for row in sections.waiting if clock.now() < row.booking.runs_out_at]
    today = _today(sitter, found, units)
    at_hand = {due.action.url for due in today if due.action}
    full = requests_without_room(sitter, [(b, units.get(b.pk, []), len(found[b])) for b in asked])
    return Sitting(
        sitter=sitter,
        requests=[
            _request(row, found[row.booking], full.get(row.booking.pk, []))
            for row in sorted(sections.waiting, key=lambda row: row.booking.runs_out_at)
            if row.booking in asked
        ],
        unsettled=[_task(row, at_hand) for row in sections.unsettled],
        running=[_task(row, at_hand) for row in sections.running],
        upcoming=[_task(row, at_hand) for row in sections.upcoming],
        past=sections.past[:SHOWN_PAST],
        today=today,
        numbers=_numbers(sitter),
    )


def _units(sitter: SitterProfile, found) -> dict[int, list[BookingUnit]]:
    """All units of open bookings by booking: requests are fitted with them, today is made of them."""
    units: dict[int, list[BookingUnit]] = {booking.pk: [] for booking in found if booking.is_open}
    for unit in OPEN_UNITS(sitter.pk):
        if unit.booking_id in units:  # a dashboard has an end, MOST_ROWS
            units[unit.booking_id].append(unit)
    return units


def _request(row: Row, pets: list[BookingPet], full: list) -> Request:
    booking = row.booking
    return Request(
        row=row,
        person=booking.owner,
        heading=_("%(owner)s, with %(pets)s")
        % {
            "owner": booking.owner.get_short_name(),
            "pets": words.join_names([pet.name for pet in pets]),
        },
        animals="; ".join(
            words.pet_kind(pet.pet) if pet.pet else pet.get_species_display() for pet in pets
        ),
        when=words.when(booking),
        net=row.price,
        until=dates.soon(booking.runs_out_at, booking.zone),
        conflict=say_dates(full) if full else "",
        needs_ticks=any(pet.pet and pet.pet.must_follow_lines for pet in pets),
        accept_url=reverse("bookings:accept", args=[booking.public_id]),
        decline_url=reverse("bookings:decline", args=[booking.public_id]),
    )


def _task(row: Row, at_hand: set[str]) -> Task:
    """Without a button where today's list has it already."""
    found = _care_action(row.booking)
    if found and found.url not in at_hand:
        return Task(row, found.label, found.url)
    return Task(row)


def _care_action(booking: Booking) -> Action | None:
    """Check in or check out, whichever is allowed now; expects the rows in place."""
    verbs = allowed(booking, SITTER, clock.now())
    verb = next((verb for verb in ("check_in", "check_out") if verb in verbs), "")
    return action(booking, verb) if verb else None


def _today(sitter: SitterProfile, found, units) -> list[Due]:
    """Arrivals, departures, visits and answers due today, in order of the clock."""
    zone, now = ZoneInfo(sitter.time_zone), clock.now()
    today = now.astimezone(zone).date()
    dues = []
    for booking, pets in found.items():
        names = words.join_names([pet.name for pet in pets])
        # What `allowed` asks of a booking's rows is here already.
        booking._prefetched_objects_cache = {"units": units.get(booking.pk, []), "events": []}
        if booking.status == Status.REQUESTED:
            title = _("Answer %s") % booking.owner.get_short_name()
            dues.append((booking.runs_out_at, title, booking, None))
        elif booking.status in Booking.HOLDS_SEATS:
            dues += [(*moment, booking, unit) for moment, unit in _moments(booking, names)]
    dues = [due for due in dues if due[0].astimezone(zone).date() == today]
    staying = [booking for booking in found if _is_amid(booking, today)]
    return [
        *(_all_day(booking, found[booking], today) for booking in staying),
        *(_due(*due, zone, now) for due in sorted(dues, key=lambda due: due[0])),
    ]


def _is_amid(booking: Booking, today: date) -> bool:
    """A day of a running stay on which nobody comes or goes."""
    is_stay = booking.status == Status.IN_PROGRESS and Kind(booking.kind).is_nights
    first, last = (
        at.astimezone(booking.zone).date() for at in (booking.starts_at, booking.ends_at)
    )
    return is_stay and first < today < last


def _all_day(booking: Booking, pets: list[BookingPet], today: date) -> Due:
    """Nothing is due but a word to the owner."""
    names = words.join_names([pet.name for pet in pets])
    is_told = pets[0].last_card_on == today
    return Due(
        hour=_("All day"),
        title=words.title(booking, SITTER, names),
        iso="",
        url=booking.get_absolute_url(),
        state=_("report card sent") if is_told else "",
        action=None if is_told else action(booking, "report"),
    )


def _due(at, title: str, booking: Booking, unit: BookingUnit | None, zone, now) -> Due:
    is_visit = unit is not None and is_visit_by_visit(booking)
    found = _care_action(booking) if unit else None
    if found and is_visit:
        turn = under_way(booking.units.all()) or to_check_in(booking.units.all(), now)
        found = found if turn.pk == unit.pk else None
    return Due(
        hour=dates.hour(at, zone),
        title=title,
        iso=at.isoformat(),
        url=booking.get_absolute_url(),
        state=_visit_state(unit, now) if is_visit else "",
        action=found,
    )


def _visit_state(unit: BookingUnit, now) -> str:
    if unit.checked_out_at:
        return _("done")
    if unit.checked_in_at:
        return _("under way")
    return _("not checked in") if is_missed(unit, now) else ""


def _moments(booking: Booking, names: str) -> list[tuple]:
    """((when, what), the unit that is checked in or out at it)."""
    kind, units = Kind(booking.kind), booking.units.all()
    if not kind.is_nights:
        words_ = {Kind.DROP_IN_VISIT: _("Visit, %s"), Kind.DOG_WALK: _("Walk, %s")}
        title = words_.get(kind, _("%s for the day")) % names
        return [((unit.starts_at, title), unit) for unit in units]
    begins, ends = (
        (_("You stay with %s"), _("Your stay with %s ends"))
        if kind == Kind.HOUSE_SITTING
        else (_("%s: arrival"), _("%s: home"))
    )
    # A stay has one button at a time: to check in where it begins, to check out where it ends.
    is_in = booking.status == Status.IN_PROGRESS
    return [
        ((booking.starts_at, begins % names), None if is_in else units[0]),
        ((booking.ends_at, ends % names), units[-1] if is_in else None),
    ]


def _numbers(sitter: SitterProfile) -> list[tuple[str, SafeString]]:
    """Own reliability of the last twelve months, each figure a link to what it was counted from."""
    return linked(track_record(sitter, "/sitting/record/"))
