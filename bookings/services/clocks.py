"""What happens because time passes: T5, T8, T9, reviews that open, and saved searches.

Run by `manage.py worker`, any number of them.
"""

import logging
from collections.abc import Callable

from django.db import DatabaseError

from bookings.exceptions import BookingError
from bookings.models import Booking, Proposal
from bookings.outages import not_over
from bookings.services import reviews, series, series_dates
from bookings.services.access import erase_access_notes
from bookings.services.closing import close_due, remind_closing
from bookings.services.export.jobs import erase_old_exports
from bookings.services.late_visits import late_bookings, tell_of_late
from bookings.services.more_time import tell_of_more_time
from bookings.services.outside_calendars import read_due
from bookings.services.proposals import expire_proposal
from bookings.services.rules import COMPLETES_AFTER, FLAGGED_AFTER
from bookings.services.saved_searches import look_for_news
from bookings.services.transitions import complete_automatically, expire_booking, flag_missed
from pawsitters import clock

Status = Booking.Status
log = logging.getLogger(__name__)
BATCH = 200


def run_clocks() -> dict[str, int]:
    """Do what is due and return how many of each, such as {"expired": 2}.

    Each booking is a transaction of its own and is looked at again under its lock, so two
    workers that find the same one do it once.
    """
    now = clock.now()
    bookings = Booking.objects.order_by("pk")
    return {
        "told of more time": tell_of_more_time(),
        "expired": _each(
            bookings.requested().filter(expires_at__lte=now).exclude(not_over()), expire_booking
        ),
        "completed": _each(
            bookings.filter(status=Status.IN_PROGRESS, ends_at__lte=now - COMPLETES_AFTER),
            complete_automatically,
        ),
        "flagged": _each(
            bookings.filter(
                status=Status.CONFIRMED, flagged_at=None, ends_at__lte=now - FLAGGED_AFTER
            ),
            flag_missed,
        ),
        "searches with news": look_for_news(),
        "exports erased": erase_old_exports(),
        "reviews opened": _each(reviews.due_openings(now), reviews.open_reviews),
        "review reminders": _each(reviews.due_reminders(now), reviews.remind),
        "late": _each(late_bookings(), tell_of_late),
        "access notes erased": erase_access_notes(),
        "changes expired": _each(
            Proposal.objects.filter(state=Proposal.State.OPEN, expires_at__lte=now)
            .exclude(not_over())
            .select_related("booking")
            .order_by("pk"),
            expire_proposal,
            name="proposal",
        ),
        "closings reminded": remind_closing(),
        "accounts closed": close_due(),
        "series closed": _each(series.over_by_now(), series.close_series, name="series"),
        "series made": _each(series_dates.to_make(), series.go_on, name="series"),
        # Last, because it waits for others' machines: ten seconds and a few at most.
        "calendars read": read_due(),
    }


def _each(due, transition: Callable, name: str = "booking") -> int:
    done = 0
    for row in due[:BATCH]:
        try:
            transition(**{name: row})
            done += 1
        except BookingError as refusal:
            log.info("%s %s was not moved: %s", name, row, refusal)
        except DatabaseError:
            raise  # the worker waits until the database is back
        except Exception:  # one odd booking must not stop the clock of all others
            log.exception("%s %s was not moved", name, row)
    return done
