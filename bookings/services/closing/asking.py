"""What happens when somebody asks to leave, and when they stay after all."""

from contextlib import suppress
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.models import Closing, User
from bookings.emails import Message
from bookings.emails import account as emails
from bookings.exceptions import StillAgreed
from bookings.models import Booking, Series
from bookings.services.capacity import lock_capacity
from bookings.services.notices import tell_person
from bookings.services.retry import in_transaction
from bookings.services.series import decline_series, end_at_once, withdraw_series
from bookings.services.transitions import decline_booking, expire_booking, withdraw_booking
from pawsitters import clock
from profiles.exceptions import NotPossibleNow
from profiles.models import SitterProfile
from profiles.services import publishing

OPEN_FOR = timedelta(days=14)
REMINDED_BEFORE = timedelta(days=3)
Status = Booking.Status


def obstacles(user: User):
    """Bookings that stand between a person and leaving, as owner or sitter: agreed or running."""
    return Booking.objects.visible_to(user).holding_seats()


def series_in_the_way(user: User):
    """Weekly care whose booked dates are among the obstacles."""
    mine = Q(owner=user) | Q(sitter__user=user)
    return Series.objects.filter(mine, state__in=Series.ACTIVE).order_by("pk")


def end_weekly_care(user: User) -> None:
    """No more dates with somebody who leaves, and the other side is told today."""
    for series in series_in_the_way(user):
        end_at_once(series=series, by=user)


@in_transaction
def ask_to_close(*, user: User) -> Closing:
    """Begin the 14 days: the page is paused, open requests end, the person is told by mail.

    Weekly care without a booked date ends too, and the other side is told. Raise StillAgreed if a
    booking is confirmed or running. Asking twice changes nothing.
    """
    sitter = SitterProfile.objects.filter(user=user).first()
    if sitter:
        lock_capacity(sitter.pk)
    if closing := Closing.objects.filter(user=user).first():
        return closing
    end_requests(user)
    end_weekly_care(user)
    if obstacles(user).exists():
        raise StillAgreed
    now = clock.now()
    closing = Closing.objects.create(
        user=user,
        requested_at=now,
        closes_at=now + OPEN_FOR,
        has_paused_page=sitter is not None and publishing.hide(sitter=sitter),
    )
    _tell(closing, emails.closing_begun(closing.closes_at), "begun")
    return closing


def end_requests(user: User) -> None:
    """Open requests come to nothing: one's own are withdrawn, those to oneself declined."""
    for series in Series.objects.filter(owner=user, state=Series.State.REQUESTED):
        withdraw_series(series=series, by=user)
    for series in Series.objects.filter(sitter__user=user, state=Series.State.REQUESTED):
        decline_series(series=series, by=user)
    for booking in Booking.objects.visible_to(user).requested().order_by("pk"):
        if booking.runs_out_at <= clock.now():
            expire_booking(booking=booking)
        elif booking.owner_id == user.pk:
            withdraw_booking(booking=booking, by=user)
        else:
            text = _("I am no longer looking after animals here.")
            decline_booking(booking=booking, by=user, reason="other", text=text)


@in_transaction
def keep_account(*, user: User) -> bool:
    """Take it back; False if there was nothing to take back. The page opens again if it was open."""
    sitter = SitterProfile.objects.filter(user=user).first()
    if sitter:
        lock_capacity(sitter.pk)
    closing = Closing.objects.select_for_update().filter(user=user, closed_at=None).first()
    if closing is None:
        return False
    if closing.has_paused_page:
        # Staff has suspended it meanwhile, or something is missing: the page itself says which.
        with suppress(NotPossibleNow):
            publishing.resume(sitter=sitter)
    _tell(closing, emails.closing_taken_back(), "kept")
    closing.delete()
    return True


def remind_closing() -> int:
    """Three days before: one mail to each. Return how many."""
    now = clock.now()
    due = Closing.objects.filter(
        closed_at=None, reminded_at=None, closes_at__lte=now + REMINDED_BEFORE
    ).select_related("user")
    return sum(_remind(closing) for closing in due[:200])


@in_transaction
def _remind(closing: Closing) -> int:
    # Who writes the date first tells them; a second worker waits here and finds it written.
    is_first = Closing.objects.filter(pk=closing.pk, reminded_at=None).update(
        reminded_at=clock.now()
    )
    if is_first:
        _tell(closing, emails.closing_soon(closing.closes_at), "soon")
    return is_first


def _tell(closing: Closing, message: Message, step: str) -> None:
    tell_person(
        closing.user,
        message,
        kind="closing",
        key=f"closing:{closing.pk}:{step}",
        path=reverse("bookings:close"),
    )
