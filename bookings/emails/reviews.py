"""What people are told about reviews. Nothing here says what is in one that is still closed."""

from datetime import datetime

from django.utils.translation import gettext as _

from bookings.emails.message import Message, facts, message, moment
from bookings.models import Booking, Review


def _words(booking: Booking, side: str, until: datetime) -> dict[str, str]:
    """`other` is whom `side` looked after pets for, or with."""
    words = facts(booking)
    other = words["sitter"] if side == Review.Side.OWNER else words["owner"]
    return {**words, "other": other, "until": moment(until, booking.zone)}


def _closed() -> str:
    return _(
        "Both reviews stay closed until both are written, or until %(until)s. They are never changed."
    )


def due(booking: Booking, side: str, until: datetime, *, is_last: bool) -> Message:
    words = _words(booking, side, until)
    subject = (
        _("Three days left to review your booking with %(other)s")
        if is_last
        else _("How was it with %(other)s?")
    )
    paragraphs = [_("You can review this booking until %(until)s."), _closed()]
    return message(booking, subject, paragraphs, _("Write a review"), words)


def other_side_wrote(booking: Booking, side: str, until: datetime) -> Message:
    """To `side`, who has not written yet."""
    words = _words(booking, side, until)
    paragraphs = [
        _("%(other)s has written a review. You can read it once yours is in, or from %(until)s."),
        _closed(),
    ]
    subject = _("%(other)s has reviewed your booking")
    return message(booking, subject, paragraphs, _("Write yours"), words)


def opened(booking: Booking, review: Review) -> Message:
    """To the person whom the review is about."""
    author = facts(booking)["owner" if review.side == Review.Side.OWNER else "sitter"]
    words = {**facts(booking), "other": author}
    paragraphs = [
        _("The review that %(other)s wrote about your booking is open now."),
        _("You can write one reply, which stands beside it."),
    ]
    return message(booking, _("Read what %(other)s wrote"), paragraphs, _("Read it"), words)


def replied(booking: Booking, review: Review) -> Message:
    """To the author."""
    other = facts(booking)["sitter" if review.side == Review.Side.OWNER else "owner"]
    words = {**facts(booking), "other": other}
    paragraphs = [_("%(other)s has replied to your review.")]
    return message(booking, _("%(other)s replied to your review"), paragraphs, _("Read it"), words)


def removed(booking: Booking, review: Review) -> Message:
    """To the author, with the reason."""
    words = {**facts(booking), "reason": review.removed_reason}
    paragraphs = [
        _("Our staff has removed your review. The reason: %(reason)s"),
        _("Answer this mail if you see it differently."),
    ]
    return message(booking, _("Your review was removed"), paragraphs, _("See the booking"), words)
