"""Once a day: numbers that change because time passes."""

from datetime import timedelta

from django.core.cache import cache

from accounts.sessions import SessionStore
from bookings.services.export.jobs import remove_strays
from bookings.services.favourites import erase_removed
from bookings.services.reliability import recount_published
from bookings.services.saved_searches import forget_deleted
from pawsitters import clock
from pawsitters.operations import soon
from profiles.models import SearchRow
from profiles.services.search import rebuild_search, roll_forward, score

MEAN_MOVED_E3 = 10


def daily_upkeep() -> None:
    """Recount reliability, move the search table's calendar on, drop what has ended.

    Does nothing twice a day.
    """
    today = clock.now().date().isoformat()
    if not cache.add(f"upkeep:{today}", 1, timeout=timedelta(days=2).total_seconds()):
        return
    roll_forward(clock.now().date())
    SessionStore.clear_expired()
    erase_removed()
    forget_deleted()
    remove_strays()
    soon.sweep()
    recount_published()
    if is_mean_stale():
        rebuild_search()


def is_mean_stale() -> bool:
    """Whether the mean of all ratings has moved since the rows of search were written.

    A row without reviews shows the mean of its day, so those rows remember it.
    """
    mean = score.mean_rating_e3()
    near = (mean - MEAN_MOVED_E3, mean + MEAN_MOVED_E3)
    return SearchRow.objects.filter(rating_count=0).exclude(shown_rating_e3__range=near).exists()
