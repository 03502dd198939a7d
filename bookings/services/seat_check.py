"""Whether the seats are those that the bookings need, no more and no fewer, and search agrees."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from django.db.models import Count

from bookings.models import Booking, BookingUnit
from bookings.services.schedule import QUARTER_SECONDS, seat_slots
from profiles.models import Seat, SitterProfile
from profiles.services.search import sitters_with_wrong_bits

Resource = Seat.Resource
BATCH = 500
Slot = tuple[int, int]


def differences(progress=lambda batches: batches) -> Iterator[str]:
    """A sentence for each difference; nothing where all is well. `progress` wraps the batches."""
    ids = list(Booking.objects.holding_seats().order_by("pk").values_list("pk", flat=True))
    batches = [ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]
    for batch in progress(batches):
        yield from _wrong_bookings(batch)
    yield from _seats_of_nobody()
    yield from _too_many()
    for pk in sitters_with_wrong_bits():
        yield f"sitter {pk}: search does not say what the seats say"


def _wrong_bookings(ids: Iterable[int]) -> Iterator[str]:
    bookings = (
        Booking.objects.filter(pk__in=ids)
        .annotate(pets=Count("booking_pets"))
        .prefetch_related("units", "seats")
        .only("public_id", "kind", "buffer_minutes", "sitter_id")
    )
    for booking in bookings:
        needed = expected_seats(booking, booking.units.all(), booking.pets)
        held = Counter((seat.resource, seat.slot) for seat in booking.seats.all())
        for slot in sorted(needed.keys() | held.keys()):
            if needed[slot] != held[slot]:
                yield (
                    f"booking {booking.reference}: {_say(slot)}: "
                    f"needs {needed[slot]}, holds {held[slot]}"
                )
        if any(seat.sitter_id != booking.sitter_id for seat in booking.seats.all()):
            yield f"booking {booking.reference}: holds a seat of another sitter"


def expected_seats(booking: Booking, units: Iterable[BookingUnit], pets: int) -> Counter[Slot]:
    """How many seats a confirmed booking holds in each slot: one per pet at the sitter's, else one."""
    count = pets if booking.kind_enum.is_at_sitters else 1
    slots = seat_slots(booking.kind_enum, list(units), booking.buffer_minutes)
    return Counter(dict.fromkeys(slots, count))


def _seats_of_nobody() -> Iterator[str]:
    """Seats that are held by a booking which is not confirmed or running."""
    rows = (
        Seat.objects.exclude(booking__status__in=Booking.HOLDS_SEATS)
        .values_list("booking__public_id", "booking__status")
        .annotate(n=Count("pk"))
        .order_by("booking__public_id")
    )
    for public_id, status, count in rows:
        yield f"booking {public_id} is {status} and still holds {count} seats"


def _too_many() -> Iterator[str]:
    """Nights and days on which more places are held than the sitter has."""
    rows = (
        Seat.objects.filter(resource__in=(Resource.NIGHT, Resource.DAY))
        .values_list("sitter_id", "resource", "slot")
        .annotate(n=Count("pk"))
        .filter(n__gt=1)
        .order_by("sitter_id", "resource", "slot")
    )
    places: dict[int, SitterProfile] = {}
    for sitter_id, resource, slot, held in rows.iterator():
        if sitter_id not in places:
            places = {sitter_id: SitterProfile.objects.select_related("capacity").get(pk=sitter_id)}
        capacity = places[sitter_id].capacity
        most = capacity.night_places if resource == Resource.NIGHT else capacity.day_places
        if held > most:
            yield f"sitter {sitter_id}: {_say((resource, slot))}: {held} held, {most} places"


def _say(slot: Slot) -> str:
    resource, number = slot
    if resource == Resource.TIME:
        at = datetime.fromtimestamp(number * QUARTER_SECONDS, UTC)
        return f"{Resource(resource).label} {at:%Y-%m-%d %H:%M} UTC"
    return f"{Resource(resource).label} {date.fromordinal(number)}"
