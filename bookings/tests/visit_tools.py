"""Bookings with visits, and where one stands beside them."""

from datetime import date, time

from bookings.models import Booking
from bookings.services import report_cards, transitions
from bookings.services.tasks import tasks_of
from bookings.tests.factories import make_choice, make_confirmed
from pawsitters import clock
from profiles.kinds import Kind
from profiles.tests.factories import make_sitter

MORNING_AND_NOON = (time(8), time(12))


def make_visits(kind=Kind.DROP_IN_VISIT, units=1, starts_on: date | None = None, **fields):
    """A confirmed booking with a visit of 30 minutes at 08:00 and at 12:00 on each day."""
    times = {"visit_times": fields.pop("times", MORNING_AND_NOON)} if Kind(kind).is_visits else {}
    choice = make_choice(kind, starts_on=starts_on, units=units, **times)
    sitter = fields.pop("sitter", None) or make_sitter(kinds=[kind])
    return make_confirmed(sitter=sitter, choice=choice, **fields)


def enter(booking: Booking, number: int | None = None, at=None) -> Booking:
    """The sitter checks in, on time unless `at` says when."""
    unit = booking.units.get(number=number or 1)
    with clock.at(at or unit.starts_at):
        return transitions.check_in(booking=booking, by=booking.sitter.user, number=number)


def leave(booking: Booking, number: int | None = None, at=None) -> Booking:
    unit = booking.units.get(number=number or 1)
    with clock.at(at or unit.ends_at):
        return transitions.check_out(booking=booking, by=booking.sitter.user, number=number)


def write_card(booking: Booking, visit: int = 1, **fields):
    """A card of that visit, sent now."""
    tasks = [{"text": task.text, "done": True} for task in tasks_of(booking)]
    defaults = {"on": None, "tasks": tasks, "key": "form", "answers": {"note": "All is well."}}
    return report_cards.save_card(
        booking=booking, by=booking.sitter.user, visit=visit, **{**defaults, **fields}
    )
