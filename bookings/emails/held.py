"""What people are told of a request that came while the database was away."""

from django.utils.translation import gettext as _

from bookings.emails.message import Message


def not_placed(title: str, reason: str) -> Message:
    """`title` says what was asked, such as "Boarding with Mara"."""
    # The list of notices shows the first paragraph alone, so that is the reason.
    words = {"title": title, "reason": reason}
    return Message(
        (_("Your request was not placed: %(title)s") % words)[:160],
        _(
            "%(reason)s\n\nYou sent it while our database was away, and we kept it. When we sent it"
            " on, that was in the way. Nothing was booked and nothing is due. The link holds the"
            " form as you filled it in, for a week."
        )
        % words,
        _("Look at it again"),
    )
