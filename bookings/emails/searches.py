"""What people are told about their saved searches."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.text import one_line
from bookings.emails.message import Message
from bookings.pages.search_page import summary_of
from bookings.pages.search_reading import SearchReading
from profiles.kinds import UNIT_WORDS
from profiles.models import SavedSearch
from profiles.services.search import Found
from profiles.templatetags.money import money


def found(
    search: SavedSearch, reading: SearchReading, shown: Sequence[Found], count: int
) -> Message:
    """`shown` are the nearest of the `count` new sitters, with card and price."""
    names = [_line(one, reading) for one in shown]
    if count > len(names):
        names.append(_("and %(count)d more") % {"count": count - len(names)})
    subject = ngettext(
        "A new sitter fits “%(name)s”", "%(count)d new sitters fit “%(name)s”", count
    ) % {"name": one_line(search.name), "count": count}
    text = "\n\n".join(
        [
            ngettext(
                "Somebody can take this who could not when we last looked:",
                "These people can take this and could not when we last looked:",
                count,
            ),
            "\n".join(names),
            _("You asked for: %(summary)s.") % {"summary": summary_of(reading)},
        ]
    )
    return Message(subject[:160], text, _("See who fits"))


def _line(one: Found, reading: SearchReading) -> str:
    details = one.details()
    kind = reading.choice.kind
    words = {
        "unit": UNIT_WORDS[kind],
        "name": one_line(details["name"]),
        "town": details["town"],
        "km": f"{one.metres / 1000:.0f}",
        "price": money(one.total_cents) if one.total_cents is not None else "–",
    }
    if one.metres < 1_000:
        line = _("%(name)s, %(town)s, under 1 km away: %(price)s")
    else:
        line = _("%(name)s, %(town)s, %(km)s km away: %(price)s")
    if reading.choice.choice is None:
        return (line + " " + _("a %(unit)s, fees included")) % words
    return (line + " " + _("in all")) % words


def over(search: SavedSearch, *, is_readable: bool) -> Message:
    name = one_line(search.name)
    if is_readable:
        subject = _("The dates of “%(name)s” have passed")
        text = _("We have stopped looking. Open the search and choose new dates to go on.")
    else:
        subject = _("“%(name)s” can no longer be searched")
        text = _("Something it asks for has changed. Search again and save it anew.")
    return Message((subject % {"name": name})[:160], text, _("See your saved searches"))
