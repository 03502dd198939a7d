"""The record of a booking: events chained by their hashes."""

import hashlib
import json
from collections.abc import Iterator
from datetime import datetime

from bookings.models import Booking, BookingEvent
from pawsitters import clock


def record(
    booking: Booking,
    *,
    verb: str,
    by=None,
    role: str,
    data: dict | None = None,
    is_first: bool = False,
) -> BookingEvent:
    """Add the next event. The caller holds the booking's row lock, so numbers never clash.

    `data` holds text, whole numbers and lists of them only: floats do not survive every server.
    `is_first` saves looking for an earlier one; for a booking written in this transaction.
    """
    last = None if is_first else booking.events.order_by("-number").first()
    event = BookingEvent(
        booking=booking,
        number=last.number + 1 if last else 1,
        at=clock.now(),
        actor=by,
        role=role,
        verb=verb,
        data=data or {},
        previous_hash=last.hash if last else "",
    )
    event.hash = event_hash(event, booking.public_id)
    event.save(force_insert=True)
    return event


def event_hash(event: BookingEvent, public_id: str) -> str:
    """SHA-256, in hex, of the entry and the previous entry's hash."""
    content = [
        public_id,
        event.number,
        _timestamp(event.at),
        event.actor_id,
        event.role,
        event.verb,
        event.data,
        event.previous_hash,
    ]
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _timestamp(moment: datetime) -> int:
    # Whole microseconds: what every server keeps, without a float on the way.
    return int(moment.timestamp()) * 1_000_000 + moment.microsecond


def faults(booking: Booking) -> Iterator[str]:
    """What does not add up in a booking's record; nothing for an untouched one.

    Expects events prefetched. A removed last entry shows, because the last change of state must
    end at the booking's present state.
    """
    previous = ""
    status = None
    for number, event in enumerate(booking.events.all(), start=1):
        if event.number != number:
            yield f"{booking.reference}: entry {number} is missing"
            return
        if event.previous_hash != previous or event.hash != event_hash(event, booking.public_id):
            yield f"{booking.reference}: entry {number} was changed"
            return
        previous = event.hash
        status = event.data.get("to", status)
    if status != booking.status:
        yield f"{booking.reference}: the record ends at {status}, the booking says {booking.status}"
