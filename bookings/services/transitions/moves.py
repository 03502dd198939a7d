"""What every transition is made of: the locked booking, the new status, its event and notices."""

from collections.abc import Callable, Mapping, Sequence

from django.utils.translation import gettext as _

from accounts.models import User
from bookings.emails import Message
from bookings.exceptions import NotAllowedNow
from bookings.models import Booking, BookingUnit, Proposal
from bookings.services.history import record
from bookings.services.notices import tell
from bookings.services.rules import OWNER, STAFF, require, role_of
from pawsitters import clock

Messages = Callable[[Booking], Mapping[str, Message]]


def locked(booking: Booking) -> Booking:
    """The booking as it is now, held until the end of the transaction."""
    # Only this row is locked: MariaDB has no FOR UPDATE OF, and a joined lock would hold people.
    Booking.objects.select_for_update().only("pk").get(pk=booking.pk)
    found = Booking.objects.with_parties().select_related("service")
    return found.prefetch_related("booking_pets", "units").get(pk=booking.pk)


def require_role(booking: Booking, role: str, by: User) -> None:
    if role != STAFF and role_of(booking, by) != role:
        raise NotAllowedNow(
            _("Only the owner can do this.") if role == OWNER else _("Only the sitter can do this.")
        )


def require_from(booking: Booking, role: str, verb: str, by: User) -> None:
    """The state table's guard, and that `by` is on the side whose event this is."""
    require_role(booking, role, by)
    require(booking, role, verb, clock.now())


def move(
    booking: Booking,
    to: str,
    *,
    verb: str,
    role: str,
    messages: Messages,
    by: User | None = None,
    data: dict | None = None,
    **changes,
) -> Booking:
    """Write the new status with its event and notices."""
    was = booking.status
    booking.status = to
    for name, value in changes.items():
        setattr(booking, name, value)
    booking.save(update_fields=["status", *changes])
    if was in Booking.HOLDS_SEATS:
        _overtake(booking)
    event = record(
        booking, verb=verb, by=by, role=role, data={"from": was, "to": to, **(data or {})}
    )
    tell(booking, event, messages(booking))
    return booking


def _overtake(booking: Booking) -> None:
    """A proposed change was meant for the booking as it stood; now there is nothing to answer."""
    Proposal.objects.filter(open_for=booking.pk).update(
        state=Proposal.State.OVERTAKEN, open_for=None, answered_at=clock.now()
    )


def note(
    booking: Booking, *, verb: str, role: str, by: User | None, messages: Messages, data=None
) -> Booking:
    """An event that leaves the status as it is."""
    event = record(booking, verb=verb, by=by, role=role, data=data)
    tell(booking, event, messages(booking))
    return booking


def write_kept(booking: Booking, kept_per_unit: Sequence[int]) -> None:
    units = list(booking.units.all())
    for unit, kept in zip(units, kept_per_unit, strict=True):
        unit.kept_cents = kept
    BookingUnit.objects.bulk_update(units, ["kept_cents"])
