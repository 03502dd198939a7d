"""What people are told when the care sheet changes after it was agreed. No mail says what it says."""

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
