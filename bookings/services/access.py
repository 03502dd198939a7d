"""How to get into the owner's home: who may read the notes, when, and when they are erased.

There is one copy, the owner's own (profiles.HomeAccess), so a code that is put right counts at once
(docs/adr: access notes). product.md 12: from 24 h before the start until the end, every view
logged, erased 7 days after.
"""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import User
from bookings.emails import care as emails
from bookings.exceptions import NotAllowedNow
from bookings.models import AccessView, Booking
from bookings.services.notices import tell_person
from bookings.services.retry import in_transaction
from bookings.services.rules import SITTER, role_of
from bookings.services.transitions.moves import locked
from pawsitters import clock, dates
from profiles.kinds import Kind
from profiles.models import HomeAccess

OPENS_BEFORE = timedelta(hours=24)
ERASED_AFTER = timedelta(days=7)
AT_OWNERS = [kind for kind in Kind if not kind.is_at_sitters]
BATCH = 200


def opens_at(booking: Booking) -> datetime:
    return booking.starts_at - OPENS_BEFORE


def is_agreed_at_owners(booking: Booking) -> bool:
    return booking.kind in AT_OWNERS and booking.status in Booking.HOLDS_SEATS


def is_open(booking: Booking, now: datetime) -> bool:
    """Whether the sitter may read the notes now."""
    return is_agreed_at_owners(booking) and opens_at(booking) <= now < booking.ends_at


@in_transaction
def look(*, booking: Booking, by: User) -> str:
    """The notes, with the look logged. Raise NotAllowedNow outside the window or without notes.

    Raise accounts.encryption.Unreadable if their key is missing.
    """
    # Under the lock, so that nobody reads a code after a cancellation that came first.
    booking = locked(booking)
    if role_of(booking, by) != SITTER:
        raise NotAllowedNow(_("Only the sitter can do this."))
    if not is_open(booking, clock.now()):
        raise NotAllowedNow(why_closed(booking))
    access = HomeAccess.objects.filter(home__user=booking.owner_id).first()
    if access is None:
        raise NotAllowedNow(
            _("%(owner)s has written no access notes. Please ask.")
            % {"owner": booking.owner.get_short_name()}
        )
    AccessView.objects.create(booking=booking, viewer=by, at=clock.now())
    return access.notes


def why_closed(booking: Booking) -> str:
    if is_agreed_at_owners(booking) and clock.now() < opens_at(booking):
        moment = dates.soon(opens_at(booking), booking.zone)
        return _("The access notes open %(moment)s, a day before it begins.") % {"moment": moment}
    return _("The access notes are closed: they can be read until the end of the care.")


# --- erasing --------------------------------------------------------------------------------


def erase_access_notes() -> int:
    """Erase notes a week after the care they were written for; return how many.

    Not those that the owner keeps, wrote anew since, or needs for what is still to come.
    """
    due = _due(clock.now() - ERASED_AFTER).select_related("home__user").defer("notes")
    return sum(_erase(access) for access in due.order_by("pk")[:BATCH])


def _due(cutoff: datetime) -> QuerySet:
    at_home = Booking.objects.filter(owner=OuterRef("home__user"), kind__in=AT_OWNERS)
    at_home = at_home.annotate(end=Coalesce("ended_at", "ends_at")).order_by()
    over = at_home.filter(
        confirmed_at__isnull=False, end__lte=cutoff, end__gt=OuterRef("written_at")
    )
    # A week after it should have ended, a booking that nobody settled holds no secret any more.
    to_come = at_home.filter(Q(status__in=Booking.OPEN), ends_at__gt=cutoff)
    return HomeAccess.objects.filter(Exists(over), ~Exists(to_come), is_kept=False)


@in_transaction
def _erase(access: HomeAccess) -> int:
    # Only what was found: notes that are written at this moment stay, and two workers erase once.
    found = HomeAccess.objects.filter(pk=access.pk, written_at=access.written_at, is_kept=False)
    if not found.delete()[0]:
        return 0
    tell_person(
        access.home.user,
        emails.access_erased(),
        kind="access_erased",
        key=f"access_erased:{access.pk}:{access.written_at:%Y%m%d%H%M%S}",
        path=reverse("profiles:home_access"),
    )
    return 1
