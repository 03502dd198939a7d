"""Reviews: who may write one, when others may read it, the one reply, and removal by staff.

Both sides of a completed booking may review for 21 days after its end, with stars and facts. Where
a booking ended otherwise there are facts about reliability and no stars, and they are for the side
that was let down: the owner after a cancellation or no-show of the sitter, the sitter after a
no-show of the owner or a cancellation by the owner outside the hour of grace. Whoever cancelled
before care began has nothing to tell about the other side; once care has begun, both have. What was
never confirmed (declined, withdrawn, expired) is not reviewed.

The other side is told that a review was written, as elsewhere in the trade: it makes people write
theirs, and says nothing of what is in it. Content and stars stay closed until both are in or the
21 days are over, also where only one side may write.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from accounts.models import User
from accounts.text import clean_text
from bookings.emails import reviews as emails
from bookings.exceptions import NotAllowedNow, RequestRefused
from bookings.models import Booking, Review
from bookings.services.cancellation import GRACE, GRACE_NOTICE
from bookings.services.capacity import lock_capacity
from bookings.services.notices import tell_person
from bookings.services.ratings import recount_reviews
from bookings.services.retry import in_transaction
from bookings.services.rules import OWNER, SITTER, role_of
from bookings.services.transitions.moves import locked
from pawsitters import clock
from profiles.models import SitterProfile
from profiles.services.snapshot import sitter_changed

Status = Booking.Status
WINDOW = timedelta(days=21)
FULL = {
    OWNER: ("on_time", "instructions", "updates", "as_described"),
    SITTER: ("on_time", "updates", "as_described"),
}
RELIABILITY = ("on_time", "updates")
SIDES = (OWNER, SITTER)
NO_SHOWS = {Status.NO_SHOW_SITTER: OWNER, Status.NO_SHOW_OWNER: SITTER}
CANCELLED = {
    Status.CANCELLED_BY_SITTER: OWNER,
    Status.CANCELLED_BY_OWNER: SITTER,
    Status.CANCELLED_BY_STAFF: None,
}
REVIEWED = (Status.COMPLETED, *NO_SHOWS, *CANCELLED)


def facts_asked(booking: Booking, side: str) -> tuple[str, ...]:
    """The facts that `side` is asked about; empty where it may not review at all."""
    if booking.status == Status.COMPLETED:
        return FULL[side]
    if booking.status in NO_SHOWS:
        return RELIABILITY if NO_SHOWS[booking.status] == side else ()
    if booking.status in CANCELLED and booking.confirmed_at:
        is_let_down = CANCELLED[booking.status] == side and not _in_grace(booking)
        return RELIABILITY if is_let_down or booking.checked_in_at else ()
    return ()


def _in_grace(booking: Booking) -> bool:
    """An owner who changed their mind at once, long before the start, let nobody down."""
    return (
        booking.status == Status.CANCELLED_BY_OWNER
        and booking.ended_at <= booking.confirmed_at + GRACE
        and booking.ended_at <= booking.starts_at - GRACE_NOTICE
    )


def has_stars(booking: Booking) -> bool:
    return booking.status == Status.COMPLETED


def closes_at(booking: Booking) -> datetime:
    """Until when both sides may review, and when what is written opens at the latest."""
    return booking.ended_at + WINDOW


def is_open(booking: Booking, side: str, now: datetime) -> bool:
    """Whether `side` may still write; it may have written already."""
    return bool(facts_asked(booking, side)) and now < closes_at(booking)


def require_open(booking: Booking, side: str) -> None:
    """Raise NotAllowedNow with a sentence unless this side may write a review now."""
    if not facts_asked(booking, side):
        state = booking.get_status_display().lower()
        raise NotAllowedNow(
            _("There is nothing to review: this booking is %(state)s.") % {"state": state}
        )
    if not is_open(booking, side, clock.now()):
        raise NotAllowedNow(_("The 21 days in which this booking could be reviewed are over."))
    if booking.reviews.filter(side=side).exists():
        raise NotAllowedNow(_("You have reviewed this booking already. A review is never changed."))


@in_transaction
def write_review(
    *,
    booking: Booking,
    by: User,
    stars: int | None = None,
    facts: Mapping[str, str] | None = None,
    text: str = "",
) -> Review:
    """Write the review of one side; if it is the second one, both open.

    Raise NotAllowedNow outside the window or the second time, RequestRefused where stars are
    missing, out of range, or given for what did not take place.
    """
    lock_capacity(booking.sitter_id)
    booking = locked(booking)
    side = role_of(booking, by)
    if side is None:
        raise NotAllowedNow(_("Only the two sides of a booking can review it."))
    require_open(booking, side)
    _check_stars(booking, stars)
    asked = facts_asked(booking, side)
    review = Review.objects.create(
        booking=booking,
        side=side,
        author=by,
        about=booking.sitter.user if side == OWNER else booking.owner,
        stars=stars,
        text=clean_text(text),
        written_at=clock.now(),
        opens_at=closes_at(booking),
        **{name: value for name, value in (facts or {}).items() if name in asked},
    )
    if booking.reviews.count() == len(SIDES):
        _open(booking)
    else:
        _tell_the_other(booking, side)
    return review


def _check_stars(booking: Booking, stars: int | None) -> None:
    if has_stars(booking):
        if stars not in range(1, 6):
            raise RequestRefused({"stars": _("Please give one to five stars.")})
    elif stars is not None:
        raise RequestRefused(
            {"stars": _("There are no stars for a booking that did not take place as agreed.")}
        )


def _open(booking: Booking) -> None:
    """Let everybody read what is written; the caller holds both locks."""
    now = clock.now()
    opened = list(booking.reviews.filter(visible_at=None).select_related("author", "about"))
    booking.reviews.filter(visible_at=None).update(visible_at=now)
    if any(review.side == OWNER for review in opened):
        recount_reviews(booking.sitter_id)
    for review in opened:
        _tell(booking, review.about, emails.opened(booking, review), f"opened:{review.side}")


@in_transaction
def open_reviews(*, booking: Booking) -> None:
    """The window is over: what one side wrote opens, whether the other wrote or not."""
    lock_capacity(booking.sitter_id)
    booking = locked(booking)
    if clock.now() >= closes_at(booking):
        _open(booking)


@in_transaction
def reply_to_review(*, review: Review, by: User, text: str) -> Review:
    """The one public reply of the person it is about; it cannot be changed either."""
    booking = review.booking
    lock_capacity(booking.sitter_id)
    review = _locked(review)
    if review.about_id != by.pk:
        raise NotAllowedNow(_("Only the person it is about can reply to a review."))
    if not review.is_visible:
        raise NotAllowedNow(_("This review cannot be answered."))
    if review.reply:
        raise NotAllowedNow(_("You have replied already. A reply is never changed."))
    review.reply, review.replied_at = clean_text(text), clock.now()
    if not review.reply:
        raise RequestRefused({"text": _("A reply needs some words.")})
    review.save(update_fields=["reply", "replied_at"])
    if review.side == OWNER:
        sitter_changed(SitterProfile.objects.select_related("user", "town").get(user=by))
    _tell(booking, review.author, emails.replied(booking, review), f"replied:{review.side}")
    return review


@in_transaction
def remove_review(*, review: Review, by: User, reason: str) -> Review:
    """Staff takes a review away, with a reason that its author reads. It stays in the records."""
    if not by.is_staff:
        raise NotAllowedNow(_("Only our staff can remove a review."))
    reason = clean_text(reason)
    if not reason:
        raise RequestRefused({"reason": _("Please give a reason; its author reads it.")})
    booking = review.booking
    lock_capacity(booking.sitter_id)
    review = _locked(review)
    if review.removed_at:
        raise NotAllowedNow(_("This review has been removed already."))
    review.removed_at, review.removed_by, review.removed_reason = clock.now(), by, reason[:300]
    review.save(update_fields=["removed_at", "removed_by", "removed_reason"])
    if review.side == OWNER:
        recount_reviews(booking.sitter_id)
    _tell(booking, review.author, emails.removed(booking, review), f"removed:{review.side}")
    return review


def _locked(review: Review) -> Review:
    Review.objects.select_for_update().only("pk").get(pk=review.pk)
    return Review.objects.select_related("author", "about").get(pk=review.pk)


# --- Telling people ----------------------------------------------------------------------------


def _tell(booking: Booking, person: User, message, what: str, kind: str = "review") -> None:
    key = f"review:{booking.public_id}:{what}"
    path = booking.get_absolute_url()
    tell_person(person, message, kind=kind, key=key, path=path, booking=booking)


def _tell_the_other(booking: Booking, side: str) -> None:
    other = SITTER if side == OWNER else OWNER
    person = booking.owner if other == OWNER else booking.sitter.user
    if is_open(booking, other, clock.now()):
        message = emails.other_side_wrote(booking, other, closes_at(booking))
        _tell(booking, person, message, f"written:{other}", "review_due")


# The first a day after the end, the last three days before the window closes.
REMINDERS = (timedelta(days=1), WINDOW - timedelta(days=3))


@in_transaction
def remind(*, booking: Booking) -> None:
    """Tell those who have not written yet, once for each of the two moments."""
    booking = locked(booking)
    now = clock.now()
    due = sum(booking.ended_at + after <= now for after in REMINDERS)
    if booking.review_reminders >= due:
        return
    booking.review_reminders = due
    booking.save(update_fields=["review_reminders"])
    written = set(booking.reviews.values_list("side", flat=True))
    for side in SIDES:
        if side not in written and is_open(booking, side, now):
            person = booking.owner if side == OWNER else booking.sitter.user
            message = emails.due(booking, side, closes_at(booking), is_last=due == len(REMINDERS))
            _tell(booking, person, message, f"due{due}:{side}", "review_due")


def due_reminders(now: datetime):
    """Bookings of which somebody should be reminded now; what came to nothing is left alone."""
    ended = Booking.objects.filter(status__in=REVIEWED, confirmed_at__isnull=False)
    first, last = (now - after for after in REMINDERS)
    begun = now - WINDOW
    return (
        ended.filter(review_reminders=0, ended_at__gt=begun, ended_at__lte=first)
        | ended.filter(review_reminders=1, ended_at__gt=begun, ended_at__lte=last)
    ).order_by("pk")


def due_openings(now: datetime):
    """Bookings with a review whose time to open has come."""
    waiting = Review.objects.filter(visible_at=None, opens_at__lte=now).order_by()
    return Booking.objects.filter(pk__in=waiting.values("booking")).order_by("pk")
