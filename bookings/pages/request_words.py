"""A choice in words, for the page that shows it before it is sent."""

from collections.abc import Sequence

from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from bookings.services.lines import UNITS
from bookings.services.schedule import Choice, PlannedUnit
from pawsitters import dates
from profiles.kinds import Kind
from profiles.models import Home, SitterProfile


def when_words(choice: Choice, units: Sequence[PlannedUnit]) -> list[tuple[str, str]]:
    """(term, words) of a choice: when it begins and ends, at which times, how often."""
    if choice.kind.is_nights:
        first, last = _night_terms(choice.kind)
        rows = [
            (first, f"{dates.day(choice.starts_on)}, {choice.start_time:%H:%M}"),
            (last, f"{dates.day(choice.last_on)}, {choice.end_time:%H:%M}"),
        ]
    else:
        rows = [(_("Days"), _days(choice)), (_("Times"), _times(choice))]
    if units:
        rows.append((_("In all"), UNITS[choice.kind] % {"count": len(units)}))
    return rows


def _night_terms(kind: Kind) -> tuple[str, str]:
    return (_("Bring"), _("Collect")) if kind == Kind.BOARDING else (_("From"), _("Until"))


def _days(choice: Choice) -> str:
    words = dates.day_range(choice.starts_on, choice.last_on)
    if not choice.weekdays:
        return words
    names = ", ".join(str(WEEKDAYS[number]) for number in sorted(choice.weekdays))
    return _("%(days)s, only %(weekdays)s") % {"days": words, "weekdays": names}


def _times(choice: Choice) -> str:
    if choice.kind.is_visits:
        times = ", ".join(f"{at:%H:%M}" for at in choice.visit_times)
        return _("%(times)s, %(minutes)d min each") % {"times": times, "minutes": choice.minutes}
    return f"{choice.start_time:%H:%M} – {choice.end_time:%H:%M}"


def where_words(sitter: SitterProfile, choice: Choice, home: Home | None) -> str:
    """Where the care takes place, no closer than the owner may know before a confirmation."""
    if not choice.kind.is_at_sitters:
        return str(home) if home else ""
    town = sitter.town.name if sitter.town else ""
    return _("At %(sitter)s’s home in %(town)s; the address follows once it is confirmed") % {
        "sitter": sitter.user.get_short_name(),
        "town": town,
    }
