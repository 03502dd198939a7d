"""The one place that knows what time it is.

Rules with a deadline ask `now()`, so that a test can stand at any moment (`with at(moment): …`)
without patching `datetime` for the whole process.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

_fixed: ContextVar[datetime | None] = ContextVar("fixed", default=None)


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return _fixed.get() or datetime.now(UTC)


def today(time_zone: str) -> date:
    """The present date at a place; `time_zone` is an IANA name such as "Europe/Berlin"."""
    return now().astimezone(ZoneInfo(time_zone)).date()


@contextmanager
def at(moment: datetime) -> Iterator[None]:
    """Stand still at an aware `moment` inside the block (this thread only)."""
    if moment.tzinfo is None:
        raise ValueError("clock.at needs an aware datetime")
    token = _fixed.set(moment.astimezone(UTC))
    try:
        yield
    finally:
        _fixed.reset(token)
