"""What a sitter is told about a calendar elsewhere."""

from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from bookings.emails.message import Message, moment
from profiles.models import OutsideCalendar


def unreadable(calendar: OutsideCalendar, sentence: str) -> Message:
    zone = ZoneInfo(calendar.sitter.time_zone)
    last = (
        _("What it said on %(when)s still counts as busy.")
        % {"when": moment(calendar.good_at, zone)}
        if calendar.good_at
        else _("It has never been read, so nothing of it counts as busy.")
    )
    text = "\n\n".join(
        [
            sentence,
            last,
            _("We go on trying. If the address has changed, remove it and add the new one."),
        ]
    )
    subject = _("We cannot read your calendar at %(host)s") % {"host": calendar.host}
    return Message(subject[:160], text, _("See your calendars"))
