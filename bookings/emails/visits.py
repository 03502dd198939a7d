"""What people are told during care: visits, report cards, and a visit that has not begun."""

from django.utils.translation import gettext as _

from bookings.emails.message import Message, facts, message, moment
from bookings.models import Booking, BookingUnit


def begun(booking: Booking, *, number: int, of: int) -> dict[str, Message]:
    words = {**facts(booking), "number": number, "of": of}
    return {
        "owner": message(
            booking,
            _("%(sitter)s has checked in with %(pets)s"),
            [_("%(sitter)s is with %(pets)s now. It is number %(number)d of %(of)d.")],
            _("See the booking"),
            words,
        )
    }


def report_written(booking: Booking, *, day: str) -> Message:
    return message(
        booking,
        _("%(sitter)s tells you about %(pets)s"),
        [_("There is a new report card of %(day)s. Its photos are on the booking’s page.")],
        _("Read the report card"),
        {**facts(booking), "day": day},
    )


def late_to_owner(booking: Booking, unit: BookingUnit) -> Message:
    return message(
        booking,
        _("%(sitter)s has not checked in with %(pets)s yet"),
        [
            _("It was planned for %(planned)s, and nobody has checked in so far."),
            _(
                "Often somebody has only forgotten the button. Ring %(sitter)s; the number is on the booking’s page."
            ),
            _("If it has not begun 40 minutes after the planned start, our staff is told too."),
        ],
        _("See the booking"),
        _planned(booking, unit),
    )


def late_to_sitter(booking: Booking, unit: BookingUnit) -> Message:
    return message(
        booking,
        _("Have you begun with %(pets)s? You have not checked in"),
        [
            _(
                "It was planned for %(planned)s. Please check in, or ring %(owner)s if you are late."
            ),
            _("%(owner)s has been told that nobody has checked in yet."),
        ],
        _("Check in"),
        _planned(booking, unit),
    )


def late_to_staff(booking: Booking, unit: BookingUnit) -> Message:
    return message(
        booking,
        _("Not begun: %(sitter)s with %(pets)s, planned for %(planned)s"),
        [
            _("%(sitter)s has not checked in, 40 minutes after the planned start."),
            _("%(owner)s was told at 20 minutes. Please find out what happened."),
        ],
        _("See the booking"),
        _planned(booking, unit),
    )


def _planned(booking: Booking, unit: BookingUnit) -> dict[str, str]:
    return {**facts(booking), "planned": moment(unit.starts_at, booking.zone)}
