"""Weekly series in three states, for the walk through all pages."""

from datetime import time, timedelta

from bookings.models import Series
from bookings.services import series as services
from bookings.services import series_asking
from bookings.services.schedule import Choice
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import SitterProfile


def series_names(owner, sitter, pet) -> dict[str, object]:
    """`{asked_series}` waits for an answer, `{running_series}` runs, `{paused_series}` is paused."""
    running, paused = _accepted(owner, sitter, pet, 9), _accepted(owner, sitter, pet, 11)
    services.pause_series(series=paused, by=owner)
    asked = _ask(owner, sitter, pet, 14)
    query = f"kind=dog_walk&from={clock.now().date() + timedelta(days=9)}&times=13:00&dogs=1"
    return {
        "asked_series": asked.public_id,
        "running_series": running.public_id,
        "paused_series": paused.public_id,
        "weekly": query,
    }


def _accepted(owner, sitter, pet, hour: int) -> Series:
    series = _ask(owner, sitter, pet, hour)
    ticked = [key for key, _line in services.lines_to_tick(series)]
    services.accept_series(series=series, by=sitter.user, ticked=ticked)
    return Series.objects.get(pk=series.pk)


def _ask(owner, sitter, pet, hour: int) -> Series:
    # Near the end of the eight weeks, so that there is one date and not a dozen.
    on = clock.now().date() + timedelta(days=52)
    draft = series_asking.draft_series(
        owner=owner,
        sitter=SitterProfile.objects.select_related("user", "capacity").get(pk=sitter.pk),
        choice=Choice(Kind.DOG_WALK, on, on, visit_times=(time(hour),), minutes=30),
        last_on=None,
        pets=[pet],
        add_on_ids=(),
    )
    return series_asking.request_series(
        draft=draft,
        shown_cents=draft.series.date_cents,
        idempotency_key=f"{hour:032}",
        message="Every week, if you can.",
    )
