"""The dates of a weekly series: which are due, which do not fit and why, and their bookings.

Every date goes through the same confirmation as a single booking: same price, same seats, same
record. Making them is safe to repeat, and two workers make one booking: both queue on the sitter's
seats, and a date of a series is unique.
"""

import secrets
from collections.abc import Iterator, Sequence
from datetime import date, time, timedelta

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from bookings.exceptions import BookingError, DatesTaken, RequestRefused
from bookings.models import Booking, Series, SeriesDate
from bookings.services.booking_rows import agreed_terms
from bookings.services.capacity import dates_without_room, lock_capacity
from bookings.services.care import locked_pets, tick_key
from bookings.services.history import record
from bookings.services.quotes import taken_between
from bookings.services.requests import (
    Proposal,
    create_booking,
    home_for,
    pet_facts,
    pets_problem,
    propose,
)
from bookings.services.retry import in_transaction
from bookings.services.rules import CLOCK
from bookings.services.schedule import Choice, planned_units
from bookings.services.transitions import confirm
from pawsitters import clock
from profiles.availability import CLOSED, places_on
from profiles.models import Pet, SitterProfile

AHEAD = timedelta(weeks=8)
ONE_DAY = timedelta(days=1)
State, Reason = Series.State, SeriesDate.Reason


def choice_on(series: Series, on: date) -> Choice:
    """The series on one date; its wall-clock times stay the same when the clocks change."""
    return Choice(
        kind=series.kind_enum,
        starts_on=on,
        last_on=on,
        start_time=series.start_time,
        end_time=series.end_time,
        visit_times=tuple(time.fromisoformat(at) for at in series.visit_times),
        minutes=series.minutes,
    )


def series_terms(sitter: SitterProfile, service: dict) -> dict:
    """A sitter's holidays are left out of a series, so that every date costs the same."""
    return {**agreed_terms(sitter, service), "holidays": []}


def price_on(series: Series, on: date, pets: Sequence[Pet], terms: dict | None = None) -> Proposal:
    choice = choice_on(series, on)
    return propose(
        sitter=series.sitter,
        choice=choice,
        pets=pet_facts(pets, choice),
        add_on_ids=series.add_ons,
        terms=terms or series.terms,
    )


def weekly(series: Series, first: date, until: date) -> Iterator[date]:
    """The dates of the series in [first, until)."""
    on = max(first, series.starts_on)
    if series.last_on:
        until = min(until, series.last_on + ONE_DAY)
    while on < until:
        if on.weekday() in series.weekdays:
            yield on
        on += ONE_DAY


def outlook(series: Series, pets: Sequence[Pet], weeks: timedelta = AHEAD) -> dict[date, str]:
    """The first weeks before anything is agreed: date → a value of Reason, or "" where it fits.

    `series` need not be saved; its sitter comes with capacity. One statement.
    """
    dates = list(weekly(series, series.starts_on, series.starts_on + weeks))
    if not dates:
        return {}
    units = [u for on in dates for u in planned_units(choice_on(series, on), series.zone)]
    full = dates_without_room(
        sitter=series.sitter,
        capacity=series.sitter.capacity,
        service=series.terms["service"],
        units=units,
        pets=len(pets) or 1,
        taken=taken_between(series.sitter, series.kind_enum, dates[0], dates[-1]),
    )
    found = {on: _known_reason(series, on, pets) for on in dates}
    return {on: reason or (Reason.FULL if on in full else "") for on, reason in found.items()}


def _known_reason(series: Series, on: date, pets: Sequence[Pet]) -> str:
    """Why a date cannot be, whatever else is booked; empty if nothing is known."""
    snapshot, day = series.sitter.snapshot, on.isoformat()
    if any(row[0] == day for row in snapshot.get("holidays", ())):
        return Reason.HOLIDAY
    if any(row[2] and row[0] <= day < row[1] for row in snapshot.get("exceptions", ())):
        return Reason.AWAY
    if places_on(snapshot, 1, 1, on) == CLOSED:
        return Reason.CLOSED
    if pets_problem(pets, series.terms["service"], choice_on(series, on)):
        return Reason.PETS
    return ""


# --- making bookings ------------------------------------------------------------------------


def to_make() -> QuerySet[Series]:
    """Running series whose next eight weeks have not all been looked at."""
    # A day of tolerance: which date it is depends on the place.
    ahead = clock.now().date() + AHEAD - ONE_DAY
    return Series.objects.filter(
        Q(made_until=None) | Q(made_until__lt=ahead), state=State.RUNNING
    ).order_by("pk")


def make_dates(*, series: Series) -> list[SeriesDate]:
    """Make the bookings of the next eight weeks that are not there yet; return the new dates.

    Each date is a transaction of its own. Who is paused, ended or not available makes none; see
    `series.stop_if_unavailable`, which the worker asks first.
    """
    series = Series.objects.select_related("sitter__user", "owner").get(pk=series.pk)
    today = clock.today(series.sitter.time_zone)
    until = today + AHEAD
    known = set(series.dates.filter(on__gte=today).values_list("on", flat=True))
    new = []
    for on in weekly(series, today, until):
        if on not in known and (found := _make_date(series_id=series.pk, on=on)):
            new.append(found)
    # Only while it is still running: a pause that came between looks at everything again.
    Series.objects.filter(pk=series.pk, state=State.RUNNING).update(made_until=until)
    return new


@in_transaction
def _make_date(*, series_id: int, on: date) -> SeriesDate | None:
    sitter_id = Series.objects.values_list("sitter_id", flat=True).get(pk=series_id)
    capacity = lock_capacity(sitter_id)
    series = locked_series(series_id)
    if series.state != State.RUNNING or series.dates.filter(on=on).exists():
        return None
    if series.last_on and on > series.last_on:
        return None
    pets = list(series.pets.active().order_by("pk").prefetch_related("vaccinations"))
    reason = _known_reason(series, on, pets)
    booking = None
    if not reason:
        try:
            with transaction.atomic():
                booking = _book(series, on, pets, capacity)
        except DatesTaken:
            reason = Reason.FULL
        except BookingError:
            reason = Reason.PETS
    if reason == "" and booking is None:
        reason = Reason.PAST
    return SeriesDate.objects.create(series=series, on=on, booking=booking, reason=reason)


def locked_series(pk: int) -> Series:
    """The series as it is now, held until the end of the transaction."""
    Series.objects.select_for_update().only("pk").get(pk=pk)
    return Series.objects.select_related("owner", "sitter__user", "sitter__town").get(pk=pk)


def _book(series: Series, on: date, pets: Sequence[Pet], capacity) -> Booking | None:
    """One date, booked and confirmed by the clock as the sitter agreed; None if it has begun."""
    proposal = price_on(series, on, pets)
    if proposal.units[0].starts_at <= clock.now():
        return None
    choice = choice_on(series, on)
    home = home_for(series.owner, choice)
    if home is None and not choice.kind.is_at_sitters:
        raise RequestRefused({"home": _("There is no address to go to.")})
    booking = create_booking(
        series.owner,
        series.sitter,
        choice,
        pets,
        proposal,
        home,
        "",
        # A date that a pause gave up may be made once more, so the key is not the date's alone.
        f"series:{series.public_id}:{on:%Y%m%d}:{secrets.token_hex(6)}",
    )
    data = {"to": booking.status, "total_cents": booking.total_cents, "series": series.public_id}
    record(booking, verb="requested", role=CLOCK, data=data, is_first=True)
    rows = locked_pets(booking)
    # Only what the sitter ticked for the series is a promise; a newer line waits for a tick of its
    # own, as after any edit.
    ticked = {
        tick_key(row, line)
        for row in rows
        if row.pet
        for line in series.must_follow.get(str(row.pet_id), ())
        if line in row.pet.must_follow_lines
    }
    return confirm(
        booking,
        capacity,
        by=None,
        role=CLOCK,
        pets=rows,
        ticked=ticked,
        messages=lambda booking: {},
    )
