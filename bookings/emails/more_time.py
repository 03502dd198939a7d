"""What people are told when an outage has moved a deadline of theirs."""

from datetime import datetime

from django.utils.translation import gettext as _

from bookings.emails.message import Message, facts, message, moment
from bookings.models import Booking


def to_answer(booking: Booking, until: datetime) -> Message:
    words = facts(booking) | {"until": moment(until, booking.zone)}
    return message(
        booking,
        _("You have until %(until)s to answer %(owner)s"),
        [
            _(
                "Our database was away when the time to answer would have run out, so it is longer:"
                " please answer by %(until)s."
            )
        ],
        _("Answer %(owner)s") % words,
        words,
    )


def to_cancel(booking: Booking, until: datetime) -> Message:
    words = facts(booking) | {"until": moment(until, booking.zone)}
    return message(
        booking,
        _("You can still cancel free of charge until %(until)s"),
        [
            _(
                "Our database was away when your time to cancel free of charge would have run out,"
                " so it is longer: until %(until)s. If all stays as it is, there is nothing to do."
            )
        ],
        _("See the booking"),
        words,
    )
