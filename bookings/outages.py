"""Deadlines that fall into a recorded outage move to one hour after its end.

What is recorded is pawsitters.operations.incidents: files that the sentinel of this VAR_DIR writes.
Without a sentinel nothing moves.
"""

import time
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db.models import Q

from pawsitters import clock
from pawsitters.operations import incidents

GRACE = timedelta(hours=1)
LOOK_EVERY_SECONDS = 1.0
BEGINNING, END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
Outage = tuple[datetime, datetime | None]

_known: tuple[float, object, tuple[Outage, ...]] = (0.0, None, ())


def recorded() -> tuple[Outage, ...]:
    """(from, to) of every outage, the oldest first; `to` is None while it goes on.

    At most a second old: pages ask for it many times over.
    """
    global _known
    until, where, found = _known
    if where != settings.VAR_DIR or time.monotonic() >= until:
        found = tuple(incidents.outages(BEGINNING, END))
        _known = (time.monotonic() + LOOK_EVERY_SECONDS, settings.VAR_DIR, found)
    return found


def moved(deadline: datetime) -> datetime:
    """The deadline as it holds: as it was agreed, or an hour after the outage that it fell into."""
    for start, end in recorded():
        if deadline < start or deadline > (end or clock.now()):
            continue
        # While it goes on nobody knows its end. By the minute, so that one page shows one moment.
        deadline = (end or clock.now().replace(second=0, microsecond=0)) + GRACE
    return deadline


def is_moved(moment: datetime) -> bool:
    """Whether this moment is a deadline that an outage has moved."""
    now = clock.now().replace(second=0, microsecond=0)
    return any((end or now) + GRACE == moment for _start, end in recorded())


def not_over() -> Q:
    """For querysets: `expires_at` fell into an outage, and the hour after it is not over."""
    now = clock.now()
    found = Q(pk__in=[])
    for start, end in recorded():
        if end is None or now < end + GRACE:
            found |= Q(expires_at__range=(start, end or now))
    return found


class MayRunOut:
    """Mixin of models with `expires_at`: until when there is time to answer, as it was agreed."""

    @property
    def runs_out_at(self) -> datetime:
        """Until when there really is."""
        return moved(self.expires_at)

    @property
    def has_more_time(self) -> bool:
        return self.runs_out_at != self.expires_at
