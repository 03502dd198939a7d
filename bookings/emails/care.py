"""What people are told of care sheets and access notes. No mail says what they say."""

from django.utils.translation import gettext as _

from bookings.emails.message import Message, message
from bookings.models import Booking


def care_changed(booking: Booking) -> dict[str, Message]:
    return {
        "sitter": message(
            booking,
            _("%(owner)s changed what to follow with %(pets)s"),
            [
                _(
                    "Please read what changed and tick it on the booking’s page. Until then "
                    "%(owner)s sees that you have not."
                )
            ],
            _("Read and tick"),
        )
    }


def care_ticked(booking: Booking) -> dict[str, Message]:
    return {
        "owner": message(
            booking,
            _("%(sitter)s has ticked what you changed"),
            [_("%(sitter)s has read and ticked what you changed about %(pets)s.")],
            _("See the booking"),
        )
    }


def access_erased() -> Message:
    return Message(
        _("Your access notes are erased"),
        "\n\n".join(
            [
                _(
                    "The care at your home ended a week ago, so the notes on how to get in are gone."
                ),
                _("Before the next one, please write them again. You can also let us keep them."),
            ]
        ),
        _("Write access notes"),
    )
