"""The panel of visits or days on a booking's page: planned, under way, done, not checked in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bookings.models import Booking, BookingUnit
from bookings.pages.actions import report_url
from bookings.pages.report_cards_section import has_card
from bookings.pages.said import said as _
from bookings.pages.section import Section
from bookings.services.report_cards import Subject, subjects
from bookings.services.rules import SITTER
from bookings.services.visits import is_missed, is_visit_by_visit
from pawsitters import dates
from profiles.kinds import UNIT_WORDS, Kind

Status = Booking.Status
# Of a long row of visits these stand open; the others are folded.
NEARBY = timedelta(hours=36)
FEW = 6


@dataclass(frozen=True)
class Visit:
    """`state` is tone, icon and word of the status.

    Checking in and out stand at the top of the page; a card that is written has its own button.
    """

    number: int
    title: str
    when: str
    iso: str
    state: tuple[str, str, str]
    note: str = ""
    report_url: str = ""


@dataclass(frozen=True)
class Visits:
    heading: str
    nearby: list[Visit]
    others: list[Visit]


def visits_section(booking: Booking, role: str, now: datetime) -> Section | None:
    if booking.confirmed_at is None or not is_visit_by_visit(booking):
        return None
    if not (booking.is_open or booking.checked_in_at):
        return None
    units = list(booking.units.all())
    to_write = _to_write(booking, now) if role == SITTER else {}
    rows = [_row(booking, unit, now, to_write) for unit in units]
    near = {unit.number for unit in units if abs(unit.starts_at - now) <= NEARBY}
    if len(rows) <= FEW:
        near = {row.number for row in rows}
    words = {Kind.DOG_WALK: _("Walks"), Kind.DAY_CARE: _("Days")}
    return Section(
        "bookings/_visits.html",
        Visits(
            heading=words.get(Kind(booking.kind), _("Visits")),
            nearby=[row for row in rows if row.number in near],
            others=[row for row in rows if row.number not in near],
        ),
    )


def _to_write(booking: Booking, now: datetime) -> dict[int, Subject]:
    """Visits of which a card may be written and was not, by number.

    Without the latest: its button stands at the top of the page.
    """
    earlier = [one for one in subjects(booking, now) if one.is_open(now)][:-1]
    return {one.visit: one for one in earlier if not has_card(booking, one)}


def _row(booking: Booking, unit: BookingUnit, now: datetime, to_write: dict[int, Subject]) -> Visit:
    zone = booking.zone
    word = str(UNIT_WORDS[Kind(booking.kind)])
    subject = to_write.get(unit.number)
    return Visit(
        number=unit.number,
        title=_("%(unit)s %(number)d") % {"unit": word.capitalize(), "number": unit.number},
        when=_("%(day)s, %(start)s to %(end)s")
        % {
            "day": dates.short_day(unit.on),
            "start": dates.hour(unit.starts_at, zone),
            "end": dates.hour(unit.ends_at, zone),
        },
        iso=unit.starts_at.isoformat(),
        state=_state(booking, unit, now),
        note=_note(booking, unit),
        report_url=report_url(booking, subject) if subject else "",
    )


def _state(booking: Booking, unit: BookingUnit, now: datetime) -> tuple[str, str, str]:
    if unit.checked_out_at:
        return "ok", "check-circle-fill", _("Done")
    if unit.checked_in_at and booking.is_open:
        return "ok", "play-circle-fill", _("Under way")
    if unit.checked_in_at:
        return "", "check-lg", _("Begun, not checked out")
    if not booking.is_open and (booking.ended_at or now) < unit.ends_at:
        return "", "dash-circle-fill", _("Called off")
    if is_missed(unit, now):
        return "warn", "exclamation-triangle-fill", _("Not checked in")
    if unit.owner_told_late_at:
        return "warn", "hourglass-split", _("Has not begun")
    return "info", "clock", _("Planned")


def _note(booking: Booking, unit: BookingUnit) -> str:
    zone = booking.zone
    if unit.checked_in_at is None:
        return ""
    start = dates.hour(unit.checked_in_at, zone)
    if unit.checked_out_at is None:
        return _("Checked in at %s") % start
    return _("Checked in at %(start)s, out at %(end)s") % {
        "start": start,
        "end": dates.hour(unit.checked_out_at, zone),
    }
