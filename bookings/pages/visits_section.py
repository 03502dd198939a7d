"""The panel of visits or days on a booking's page: planned, under way, done, not checked in."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from bookings.models import Booking, BookingUnit
from bookings.pages.actions import Action, action, report_url
from bookings.pages.said import said as _
from bookings.pages.section import Section
from bookings.services.report_cards import Subject, subjects
from bookings.services.rules import SITTER, allowed
from bookings.services.visits import is_missed, is_visit_by_visit, to_check_in, under_way
from pawsitters import dates
from profiles.kinds import UNIT_WORDS, Kind

Status = Booking.Status
# Of a long row of visits these stand open; the others are folded.
NEARBY = timedelta(hours=36)
FEW = 6


@dataclass(frozen=True)
class Visit:
    """`state` is tone, icon and word of the status; `action` the one thing to do about it now."""

    number: int
    title: str
    when: str
    iso: str
    state: tuple[str, str, str]
    note: str = ""
    action: Action | None = None
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
    buttons = _buttons(booking, units, now) if role == SITTER else {}
    open_now = {one.visit: one for one in subjects(booking, now) if one.is_open(now)}
    rows = [_row(booking, unit, now, buttons, open_now if role == SITTER else {}) for unit in units]
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


def _buttons(booking: Booking, units: list[BookingUnit], now: datetime) -> dict[int, Action]:
    verbs = allowed(booking, SITTER, now)
    if "check_out" in verbs and (here := under_way(units)):
        return {here.number: action(booking, "check_out")}
    if "check_in" in verbs and (due := to_check_in(units, now)):
        return {due.number: action(booking, "check_in")}
    return {}


def _row(
    booking: Booking,
    unit: BookingUnit,
    now: datetime,
    buttons: dict[int, Action],
    reports: dict[int, Subject],
) -> Visit:
    zone = booking.zone
    word = str(UNIT_WORDS[Kind(booking.kind)])
    subject = reports.get(unit.number)
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
        action=buttons.get(unit.number),
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
