"""What a sitter changes in the calendar: some days, the usual week, the places.

Each goes through `change_calendar`, so a promise that is already given refuses it (PlacesHeld).
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Literal

from bookings.services.capacity import change_calendar
from profiles.models import CalendarException, SitterCapacity, SitterProfile, WeekdayHours

State = Literal["usual", "fewer", "away"]
ONE_DAY = timedelta(days=1)


def set_days(
    *,
    sitter: SitterProfile,
    first: date,
    last: date,
    state: State,
    night_places: int | None = None,
    day_places: int | None = None,
    note: str = "",
) -> None:
    """Make the days from `first` to `last`, included, usual, limited or away.

    Earlier exceptions give way where they overlap, so that each date has at most one.
    """
    starts_on, ends_on = first, last + ONE_DAY

    def edit(fresh: SitterProfile, capacity: SitterCapacity) -> None:
        _clear(fresh, starts_on, ends_on)
        if state == "usual":
            return
        is_away = state == "away"
        CalendarException.objects.create(
            sitter=fresh,
            starts_on=starts_on,
            ends_on=ends_on,
            is_away=is_away,
            night_places=None if is_away else night_places,
            day_places=None if is_away else day_places,
            note=note,
        )

    _change(sitter, edit)


def _clear(sitter: SitterProfile, starts_on: date, ends_on: date) -> None:
    """Cut [starts_on, ends_on) out of every exception; what sticks out on either side stays."""
    overlapping = sitter.calendar_exceptions.filter(starts_on__lt=ends_on, ends_on__gt=starts_on)
    for row in overlapping:
        before, after = row.starts_on < starts_on, row.ends_on > ends_on
        old_end = row.ends_on
        if before:
            row.ends_on = starts_on
            row.save(update_fields=["ends_on"])
        if after and before:
            row.pk = None
            row._state.adding = True
        if after:
            row.starts_on, row.ends_on = ends_on, old_end
            row.save()
        if not before and not after:
            row.delete()


def remove_exception(*, exception: CalendarException) -> None:
    """These days are as usual again."""
    _change(exception.sitter, lambda fresh, capacity: exception.delete())


def set_week(
    *, sitter: SitterProfile, hours: Sequence[Mapping], night_places: int, day_places: int
) -> None:
    """Replace the weekly template (fields of WeekdayHours, `weekday` among them) and the places."""

    def edit(fresh: SitterProfile, capacity: SitterCapacity) -> None:
        for row in hours:
            values = dict(row)
            weekday = values.pop("weekday")
            WeekdayHours.objects.update_or_create(sitter=fresh, weekday=weekday, defaults=values)
        capacity.night_places, capacity.day_places = night_places, day_places
        capacity.save(update_fields=["night_places", "day_places"])

    _change(sitter, edit)


def _change(sitter: SitterProfile, edit: Callable[[SitterProfile, SitterCapacity], None]) -> None:
    # A copy of its own: a refusal rolls the rows back, and the page goes on showing what is true.
    fresh = SitterProfile.objects.get(pk=sitter.pk)

    def run(capacity: SitterCapacity) -> None:
        fresh.refresh_from_db()  # the lock is held now, so this is the latest word
        edit(fresh, capacity)

    change_calendar(sitter=fresh, edit=run)
