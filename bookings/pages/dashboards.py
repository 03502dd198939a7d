"""What the overview of an owner and the dashboard of a sitter show.

Each is at most six statements, session and person included, whatever the number of bookings:
bookings come joined to their pets, one row per pet.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from allauth.account.models import EmailAddress
from django.db.models import Count, Exists, OuterRef, Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from bookings.models import Booking, BookingPet, BookingUnit
from bookings.pages import words
from bookings.pages.rows import Row, row_of
from bookings.pages.suggestions import again_url
from bookings.querysets import with_unread
from bookings.services.capacity import requests_without_room
from bookings.services.rules import OWNER, SITTER, allowed
from bookings.services.wording import say_dates
from pawsitters import clock, dates
from profiles.kinds import Kind
from profiles.models import Pet, SitterProfile

Status = Booking.Status
PAST_DAYS = timedelta(days=60)
MOST_ROWS = 400  # of bookings joined to pets; the list pages have the rest
SHOWN = 10
SHOWN_PAST = 5
# What a row shows: building the statement and its objects is most of what a dashboard costs.
ROW_COLUMNS = (
    "name",
    "species",
    *(
        f"booking__{name}"
        for name in (
            "public_id",
            "owner_id",
            "sitter_id",
            "service_id",
            "kind",
            "status",
            "starts_at",
            "ends_at",
            "time_zone",
            "currency",
            "subtotal_cents",
            "sitter_fee_cents",
            "total_cents",
            "refund_cents",
            "cancellation_tier",
            "buffer_minutes",
            "expires_at",
            "ended_at",
            "flagged_at",
        )
    ),
)
PET_COLUMNS = (
    "owner_id",
    "name",
    "species",
    "breed",
    "born_on",
    "photo",
    "portrait",
    *Pet.BEHAVIOUR_FIELDS,
)
PERSON_COLUMNS = ("name", "photo", "face")


def bookings_with_pets(rows) -> dict[Booking, list[BookingPet]]:
    """Open and lately ended bookings with their pets, in one statement and in order of start.

    `rows` are BookingPets of one person with the parties selected.
    """
    since = clock.now() - PAST_DAYS
    rows = rows.filter(
        Q(booking__status__in=Booking.OPEN) | Q(booking__ended_at__gte=since)
    ).order_by("booking__starts_at", "booking_id", "pk")[:MOST_ROWS]
    found: dict[int, tuple[Booking, list[BookingPet]]] = {}
    for row in rows:
        found.setdefault(row.booking_id, (row.booking, []))[1].append(row)
    return dict(found.values())


@dataclass
class Sections:
    waiting: list[Row] = field(default_factory=list)
    upcoming: list[Row] = field(default_factory=list)
    running: list[Row] = field(default_factory=list)
    past: list[Row] = field(default_factory=list)
    unsettled: list[Row] = field(default_factory=list)


def sections_of(rows: Iterable[Row]) -> Sections:
    sections = Sections()
    places = {
        Status.REQUESTED: sections.waiting,
        Status.CONFIRMED: sections.upcoming,
        Status.IN_PROGRESS: sections.running,
    }
    for row in rows:
        (sections.unsettled if row.is_flagged else places.get(row.status, sections.past)).append(
            row
        )
    sections.past.sort(key=lambda row: row.booking.ended_at or row.booking.ends_at, reverse=True)
    return sections


# --- Owner ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Need:
    """Something that waits for this person: a notice with one action."""

    tone: str
    icon: str
    title: str
    text: str
    url: str
    action: str


@dataclass(frozen=True)
class Trusted:
    person: User
    name: str
    url: str
    fact: str
    again_url: str


@dataclass
class Overview:
    needs: list[Need]
    sections: Sections
    pets: list[Pet]
    trusted: list[Trusted]

    @property
    def is_quiet(self) -> bool:
        """Nothing planned, although there has been something or there are animals."""
        shown = self.sections
        return not (
            self.is_new or shown.waiting or shown.upcoming or shown.running or shown.unsettled
        )

    @property
    def is_new(self) -> bool:
        shown = self.sections
        return not (
            self.pets
            or shown.waiting
            or shown.upcoming
            or shown.running
            or shown.past
            or shown.unsettled
        )

    @property
    def needs_title(self) -> str:
        words_ = (_("One thing needs you"), _("Two things need you"), _("Three things need you"))
        return words_[len(self.needs) - 1]

    @property
    def shown_upcoming(self) -> list[Row]:
        return self.sections.upcoming[:SHOWN]

    @property
    def more_upcoming(self) -> int:
        return max(0, len(self.sections.upcoming) - SHOWN)

    @property
    def shown_past(self) -> list[Row]:
        return self.sections.past[:SHOWN_PAST]


def overview_of(user: User) -> Overview:
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    me = with_unread(User.objects.filter(pk=user.pk), user).annotate(is_verified=Exists(verified))
    facts = me.values("unread", "is_verified").get()
    user.unread_notices = facts["unread"]
    found = bookings_with_pets(
        BookingPet.objects.filter(booking__owner=user)
        .select_related("booking__sitter__user")
        .only(
            *ROW_COLUMNS,
            "booking__sitter__user_id",
            *(f"booking__sitter__user__{name}" for name in PERSON_COLUMNS),
        )
    )
    rows = []
    for booking, pets in found.items():
        booking.owner = user
        rows.append(row_of(booking, OWNER, [pet.name for pet in pets]))
    sections = sections_of(rows)
    own_pets = list(Pet.objects.active().filter(owner=user).only(*PET_COLUMNS))
    for pet in own_pets:
        pet.what = words.pet_kind(pet)
        pet.left = len(pet.unanswered)
    return Overview(
        needs=_needs(user, facts["is_verified"], sections, own_pets),
        sections=sections,
        pets=own_pets,
        trusted=_trusted(user, found),
    )


def _needs(user: User, is_verified: bool, sections: Sections, pets: list[Pet]) -> list[Need]:
    """At most three, most urgent first."""
    needs = [_flagged(row) for row in sections.unsettled]
    if not is_verified:
        needs.append(
            Need(
                "warn",
                "envelope",
                _("Your e-mail address is not confirmed yet"),
                _("You can look around, but not ask a sitter. We can send the link once more."),
                reverse("account_email"),
                _("Confirm the address"),
            )
        )
    if not user.phone and (sections.upcoming or sections.running):
        needs.append(
            Need(
                "warn",
                "telephone",
                _("Your phone number is missing"),
                _("Your sitter cannot ring you while they look after your pet."),
                reverse("accounts:settings"),
                _("Add the number"),
            )
        )
    needs += [_unanswered(pet) for pet in pets if pet.left]
    return needs[:3]


def _flagged(row: Row) -> Need:
    return Need(
        "warn",
        "exclamation-triangle-fill",
        _("Did it take place? %(title)s") % {"title": row.title},
        _("Nobody checked in. Please say what happened."),
        row.url,
        _("Say what happened"),
    )


def _unanswered(pet: Pet) -> Need:
    return Need(
        "info",
        "pencil",
        ngettext(
            "%(count)d question about %(pet)s is open",
            "%(count)d questions about %(pet)s are open",
            pet.left,
        )
        % {"count": pet.left, "pet": pet.name},
        _("Sitters decide by the answers, so a request needs all of them."),
        reverse("profiles:pet_edit", args=[pet.pk, "behaviour"]),
        _("Answer them"),
    )


def _trusted(user: User, found: dict[Booking, list[BookingPet]]) -> list[Trusted]:
    """Sitters with whom bookings were completed, most often first."""
    counted = (
        SitterProfile.objects.published()
        .filter(bookings__owner=user, bookings__status=Status.COMPLETED)
        .annotate(times=Count("bookings"))
        .select_related("user")
        .only("slug", "user_id", *(f"user__{name}" for name in PERSON_COLUMNS))
        .order_by("-times", "pk")[:4]
    )
    last = {booking.sitter_id: (booking, pets) for booking, pets in found.items()}
    people = []
    for sitter in counted:
        url = sitter.get_absolute_url()
        booking, pets = last.get(sitter.pk, (None, []))
        people.append(
            Trusted(
                person=sitter.user,
                name=str(sitter),
                url=url,
                fact=ngettext("%d booking with you", "%d bookings with you", sitter.times)
                % sitter.times,
                again_url=again_url(sitter.slug, booking, [p.species for p in pets])
                if booking
                else url,
            )
        )
    return people


# --- Sitter --------------------------------------------------------------------------------


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


@dataclass
class Sitting:
    sitter: SitterProfile
    requests: list[Request]
    unsettled: list[Task]
    running: list[Task]
    upcoming: list[Task]
    past: list[Row]
    today: list[dict]
    numbers: list[tuple[str, str]]

    @property
    def shown_upcoming(self) -> list[Task]:
        return self.upcoming[:SHOWN]

    @property
    def more_upcoming(self) -> int:
        return max(0, len(self.upcoming) - SHOWN)


def sitter_of(user: User) -> SitterProfile | None:
    """The person's own page with its places, and their unread notices in the same statement."""
    sitters = SitterProfile.objects.filter(user=user).select_related("capacity").defer("about")
    sitter = with_unread(sitters, user).first()
    if sitter:
        sitter.user = user
        user.unread_notices = sitter.unread
    return sitter


def sitting_of(sitter: SitterProfile) -> Sitting:
    found = bookings_with_pets(
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
    )
    for booking in found:
        booking.sitter = sitter
    units = _units(sitter, found)
    rows = [row_of(booking, SITTER, [p.name for p in pets]) for booking, pets in found.items()]
    sections = sections_of(rows)
    asked = [row.booking for row in sections.waiting if clock.now() < row.booking.expires_at]
    full = requests_without_room(sitter, [(b, units.get(b.pk, []), len(found[b])) for b in asked])
    return Sitting(
        sitter=sitter,
        requests=[
            _request(row, found[row.booking], full.get(row.booking.pk, []))
            for row in sorted(sections.waiting, key=lambda row: row.booking.expires_at)
            if row.booking in asked
        ],
        unsettled=[_task(row, units) for row in sections.unsettled],
        running=[_task(row, units) for row in sections.running],
        upcoming=[_task(row, units) for row in sections.upcoming],
        past=sections.past[:SHOWN_PAST],
        today=_today(sitter, found, units),
        numbers=_numbers(sitter),
    )


def _units(sitter: SitterProfile, found) -> dict[int, list[BookingUnit]]:
    """All units of open bookings by booking: requests are fitted with them, today is made of them."""
    units: dict[int, list[BookingUnit]] = {booking.pk: [] for booking in found if booking.is_open}
    for unit in BookingUnit.objects.filter(booking__in=list(units)).order_by("booking", "number"):
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
        until=dates.soon(booking.expires_at, booking.zone),
        conflict=say_dates(full) if full else "",
        needs_ticks=any(pet.pet and pet.pet.must_follow_lines for pet in pets),
        accept_url=reverse("bookings:accept", args=[booking.public_id]),
        decline_url=reverse("bookings:decline", args=[booking.public_id]),
    )


def _task(row: Row, units: dict[int, list[BookingUnit]]) -> Task:
    booking = row.booking
    # What `allowed` asks of a booking's rows is here already.
    booking._prefetched_objects_cache = {"units": units[booking.pk], "events": []}
    verbs = allowed(booking, SITTER, clock.now())
    for verb, label in (("check_in", _("Check in")), ("check_out", _("Check out"))):
        if verb in verbs:
            return Task(row, label, reverse(f"bookings:{verb}", args=[booking.public_id]))
    return Task(row)


def _today(sitter: SitterProfile, found, units) -> list[dict]:
    """Arrivals, departures, visits and answers due today, in order of the clock."""
    today = clock.today(sitter.time_zone)
    moments = []
    for booking, pets in found.items():
        names = words.join_names([pet.name for pet in pets])
        if booking.status == Status.REQUESTED:
            moments.append((booking.expires_at, _("Answer %s") % booking.owner.get_short_name()))
        elif booking.status in Booking.HOLDS_SEATS:
            moments += _moments(booking, names, units[booking.pk])
    zone = sitter.time_zone
    return [
        {
            "title": f"{dates.hour(at, zone)} {title}",
            "iso": at.isoformat(),
            "state": "" if at < clock.now() else "next",
        }
        for at, title in sorted(moments)
        if dates.as_moment(at, zone).date() == today
    ]


def _moments(booking: Booking, names: str, units: list[BookingUnit]) -> list[tuple]:
    kind = Kind(booking.kind)
    if kind.is_visits:
        words_ = _("Visit, %s") if kind == Kind.DROP_IN_VISIT else _("Walk, %s")
        return [(unit.starts_at, words_ % names) for unit in units]
    if kind == Kind.HOUSE_SITTING:
        return [
            (booking.starts_at, _("You stay with %s") % names),
            (booking.ends_at, _("Your stay with %s ends") % names),
        ]
    if kind == Kind.DAY_CARE:
        return [(unit.starts_at, _("%s for the day") % names) for unit in units]
    return [(booking.starts_at, _("%s: arrival") % names), (booking.ends_at, _("%s: home") % names)]


def _numbers(sitter: SitterProfile) -> list[tuple[str, str]]:
    """Own reliability of the last twelve months, each with its denominator."""

    def of(count: int, total: int) -> str:
        return _("%(count)d of %(total)d") % {"count": count, "total": total}

    return [
        (_("Answered within 24 hours"), of(sitter.answered_count, sitter.asked_count)),
        (_("Completed of confirmed"), of(sitter.completed_count, sitter.confirmed_count)),
        (
            _("Cancelled by you at under 7 days’ notice"),
            of(sitter.late_cancellation_count, sitter.confirmed_count),
        ),
        (_("Owners who came back"), of(sitter.repeat_owner_count, sitter.owner_count)),
    ]
