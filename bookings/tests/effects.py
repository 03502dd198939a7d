"""What an event of the state table did, and that a refused one did nothing."""

import pytest

from bookings.exceptions import NotAllowedNow


def effects(booking) -> tuple[str, str, list[str], int]:
    """Status, last entry of the record, whom it told, and how many seats are held."""
    booking.refresh_from_db()
    last = booking.events.last()
    told = [n.key.rsplit(":", 1)[1] for n in booking.notices.filter(kind=last.verb).order_by("key")]
    return booking.status, last.verb, told, booking.seats.count()


def state_of(booking) -> tuple:
    """Everything that a refused event must leave as it was."""
    booking.refresh_from_db()
    return (
        booking.status,
        booking.refund_cents,
        booking.flagged_at,
        booking.ended_at,
        booking.events.count(),
        booking.notices.count(),
        booking.seats.count(),
    )


def assert_refused(booking, change, *, with_=NotAllowedNow, says=None) -> None:
    before = state_of(booking)
    with pytest.raises(with_, match=says):
        change()
    assert state_of(booking) == before
