"""The overview of an owner, in six statements whatever the number of bookings."""

from dataclasses import dataclass, replace

from allauth.account.models import EmailAddress
from django.db.models import (
    BigIntegerField,
    Count,
    DateTimeField,
    Exists,
    OuterRef,
    QuerySet,
    Subquery,
)
from django.urls import reverse
from django.utils.translation import ngettext

from accounts.models import User
from bookings.models import Booking, BookingPet, BookingUnit
from bookings.pages import words
from bookings.pages.dashboards import (
    PERSON_COLUMNS,
    ROW_COLUMNS,
    SHOWN,
    SHOWN_PAST,
    Sections,
    by_booking,
    lately,
    open_or_ended_since,
    sections_of,
)
from bookings.pages.rows import Row, row_of
from bookings.pages.said import said as _
from bookings.querysets import remember_unread, with_unread
from bookings.services.rules import OWNER
from bookings.services.visits import is_visit_by_visit
from pawsitters import clock, dates
from pawsitters.prepared import Prepared
from profiles.models import Pet, SitterProfile

Status = Booking.Status
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


def _facts(user) -> QuerySet:
    verified = EmailAddress.objects.filter(user=OuterRef("pk"), verified=True)
    me = with_unread(User.objects.filter(pk=user), user).annotate(is_verified=Exists(verified))
    return me.values("unread", "unread_threads", "is_verified")


def _bookings(owner, since, now) -> QuerySet:
    visits = BookingUnit.objects.filter(booking=OuterRef("booking")).order_by("starts_at")
    here = visits.filter(checked_in_at__isnull=False, checked_out_at__isnull=True)
    coming = visits.filter(checked_in_at__isnull=True, ends_at__gt=now)
    rows = (
        BookingPet.objects.filter(booking__owner=owner)
        .select_related("booking__sitter__user")
        .only(
            *ROW_COLUMNS,
            "booking__sitter__user_id",
            *(f"booking__sitter__user__{name}" for name in PERSON_COLUMNS),
        )
        .annotate(
            here_since=Subquery(here.values("checked_in_at")[:1]),
            next_at=Subquery(coming.values("starts_at")[:1]),
        )
    )
    return open_or_ended_since(rows, since)


def _pets(owner) -> QuerySet:
    return Pet.objects.active().filter(owner=owner).only(*PET_COLUMNS)


def _sitters(owner) -> QuerySet:
    """Sitters with whom bookings were completed, most often first."""
    last = Booking.objects.filter(owner=owner, sitter=OuterRef("pk"), status=Status.COMPLETED)
    last = last.order_by("-starts_at", "-pk").values("public_id")[:1]
    return (
        SitterProfile.objects.published()
        .filter(bookings__owner=owner, bookings__status=Status.COMPLETED)
        .annotate(times=Count("bookings"), last_booking=Subquery(last))
        .select_related("user")
        .only("slug", "user_id", *(f"user__{name}" for name in PERSON_COLUMNS))
        .order_by("-times", "pk")[:4]
    )


FACTS = Prepared(_facts, BigIntegerField)
BOOKINGS = Prepared(_bookings, BigIntegerField, DateTimeField, DateTimeField)
PETS = Prepared(_pets, BigIntegerField)
SITTERS = Prepared(_sitters, BigIntegerField)


def overview_of(user: User) -> Overview:
    facts = FACTS(user.pk)[0]
    remember_unread(user, facts["unread"], facts["unread_threads"])
    found = by_booking(BOOKINGS(user.pk, lately(), clock.now()))
    rows = []
    for booking, pets in found.items():
        booking.owner = user
        row = row_of(booking, OWNER, [pet.name for pet in pets])
        rows.append(replace(row, note=_visit_note(booking, pets[0]) or row.note))
    sections = sections_of(rows)
    own_pets = PETS(user.pk)
    for pet in own_pets:
        pet.what = words.pet_kind(pet)
        pet.left = len(pet.unanswered)
    return Overview(
        needs=_needs(user, facts["is_verified"], sections, own_pets),
        sections=sections,
        pets=own_pets,
        trusted=_trusted(user),
    )


def _visit_note(booking: Booking, row: BookingPet) -> str:
    """Of visits, walks and days that run: the one under way, else when the next one is."""
    if booking.status != Status.IN_PROGRESS or not is_visit_by_visit(booking):
        return ""
    if row.here_since:
        return _("%(sitter)s has been there since %(hour)s") % {
            "sitter": booking.sitter.user.get_short_name(),
            "hour": dates.hour(row.here_since, booking.zone),
        }
    return _("Next: %s") % dates.soon(row.next_at, booking.zone) if row.next_at else ""


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


def _trusted(user: User) -> list[Trusted]:
    return [
        Trusted(
            person=sitter.user,
            name=str(sitter),
            url=sitter.get_absolute_url(),
            fact=ngettext("%d booking with you", "%d bookings with you", sitter.times)
            % sitter.times,
            again_url=reverse("bookings:again", args=[sitter.last_booking]),
        )
        for sitter in SITTERS(user.pk)
    ]
