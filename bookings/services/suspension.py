"""Keeping somebody out, and letting them in again. Who it is about reads why."""

from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Suspension, User
from accounts.sessions import end_sessions
from bookings.emails import account as emails
from bookings.exceptions import NotAllowedNow
from bookings.models import Booking
from bookings.services.capacity import lock_capacity
from bookings.services.notices import tell_person
from bookings.services.retry import in_transaction
from bookings.services.transitions import cancel_by_staff, expire_booking
from pawsitters import clock
from profiles.models import SitterProfile
from profiles.services import publishing
from profiles.services.snapshot import sitter_changed


@in_transaction
def suspend_account(*, person: User, by: User, reason: str) -> Suspension:
    """Log the person out everywhere and hide their page; open requests end.

    What is agreed stays agreed: staff cancels it booking by booking, where it must be. Raise
    NotAllowedNow if the person is kept out already or has left.
    """
    sitter, person = _locked(person)
    if person.is_closed:
        raise NotAllowedNow(_("This person has left."))
    if not person.is_active:
        raise NotAllowedNow(_("This person is kept out already."))
    for booking in Booking.objects.visible_to(person).requested().order_by("pk"):
        _end_request(booking, by)
    person.is_active = False
    person.save(update_fields=["is_active"])
    end_sessions(person)
    if sitter:
        sitter_changed(sitter)
        publishing.cover(sitter)
    row = Suspension.objects.create(user=person, reason=reason, by=by, at=clock.now())
    _tell(row, emails.suspended(reason), "begun")
    return row


def _end_request(booking: Booking, by: User) -> None:
    if booking.runs_out_at <= clock.now():
        expire_booking(booking=booking)
        return
    # Why is the business of one of the two only.
    text = _("One of you can no longer use PawSitters. Nothing is due.")
    cancel_by_staff(booking=booking, by=by, reason=text, refund_cents=booking.total_cents)


@in_transaction
def let_in_again(*, person: User, by: User) -> None:
    sitter, person = _locked(person)
    row = Suspension.objects.filter(user=person, ended_at=None).first()
    if row is None or person.is_active or person.is_closed:
        raise NotAllowedNow(_("This person is not kept out."))
    row.ended_at, row.ended_by = clock.now(), by
    row.save(update_fields=["ended_at", "ended_by"])
    person.is_active = True
    person.save(update_fields=["is_active"])
    if sitter:
        sitter_changed(sitter)
        publishing.cover(sitter)
    _tell(row, emails.let_in_again(), "ended")


def _locked(person: User) -> tuple[SitterProfile | None, User]:
    sitter = SitterProfile.objects.filter(user=person).first()
    if sitter:
        lock_capacity(sitter.pk)
    person = User.objects.select_for_update().get(pk=person.pk)
    if sitter:
        sitter.user = person
    return sitter, person


def _tell(row: Suspension, message, step: str) -> None:
    tell_person(
        row.user,
        message,
        kind="suspension",
        key=f"suspension:{row.pk}:{step}",
        path=reverse("account_login"),
    )
