"""What people are told about their own account: their data, and closing it."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bookings.emails import Message


def export_ready(until: datetime) -> Message:
    return Message(
        _("Your data is ready"),
        _(
            "The ZIP with everything of yours is made. Log in to fetch it until %(date)s; then it"
            " is erased.\n\nIf you did not ask for it, change your password."
        )
        % {"date": date_format(until, "j F")},
        _("Fetch it"),
    )


def export_failed() -> Message:
    return Message(
        _("Your data could not be collected"),
        _(
            "We tried three times to make the ZIP that you asked for, and it did not work. Our"
            " staff can see that. You may ask again at any time."
        ),
        _("Try again"),
    )
