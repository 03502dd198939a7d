"""What a person's page shows of their next three days while the database is away."""

from collections.abc import Iterable
from datetime import timedelta

from bookings.pages import words
from bookings.pages.rows import Row
from pawsitters import clock

AHEAD = timedelta(hours=72)


def lines_of(rows: Iterable[Row]) -> list[tuple[float, str]]:
    """(end, words) of what runs or begins within 72 hours: what, with whom, when. No address."""
    until = clock.now() + AHEAD
    return [
        (
            row.booking.ends_at.timestamp(),
            f"{row.title} {row.who}".strip() + f": {words.when(row.booking)}",
        )
        for row in rows
        if row.booking.starts_at <= until
    ]
