"""Seats: the places that confirmed bookings hold. Nobody can be booked twice.

Every change of one sitter's seats queues on that sitter's `SitterCapacity` row, which is locked
before any other row of the transaction; taken later, parallel acceptances deadlock. The version is
written too, because a Galera or Group Replication cluster sees writes but no row locks, and the
unique key on Seat refuses whatever still slips through.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import date
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import F, Q

from bookings.exceptions import DatesTaken, PlacesHeld
from bookings.models import Booking, BookingUnit
from bookings.services.retry import in_transaction
from bookings.services.schedule import PlannedUnit, seat_slots
from pawsitters import clock
from profiles.availability import (
    Taken,
    capped_places,
    fits_hours,
    places_left,
    places_on,
    quarter_is_free,
)
from profiles.kinds import Kind
from profiles.models import BusyQuarter, Seat, SitterCapacity, SitterProfile
from profiles.services.search import update_busy
from profiles.services.snapshot import sitter_changed

Resource = Seat.Resource


def lock_capacity(sitter_id: int) -> SitterCapacity:
    """Queue for this sitter's seats. The first statement of every transaction that touches them."""
    capacity = SitterCapacity.objects.select_for_update().get(pk=sitter_id)
    SitterCapacity.objects.filter(pk=sitter_id).update(version=F("version") + 1)
    return capacity


QUEUE = f"UPDATE {SitterCapacity._meta.db_table} SET version = version + 1 WHERE sitter_id = %s"


def queue_for_seats(sitter_id: int) -> None:
    """Like `lock_capacity`, for those who read the row afterwards together with more.

    An UPDATE locks what it writes, and nobody can change it any more when it is read.
    """
    with connection.cursor() as cursor:
        cursor.execute(QUEUE, [sitter_id])


# As text, because every search result, page and acceptance asks it, and building the same
# statement from a queryset takes three times as long as running it.
TAKEN = f"""
    SELECT seat.resource, seat.slot, seat.number, booking.kind
    FROM {Seat._meta.db_table} seat
    JOIN {Booking._meta.db_table} booking ON booking.id = seat.booking_id
    WHERE seat.sitter_id = %s AND seat.resource IN (%s, %s) AND seat.slot BETWEEN %s AND %s
        AND seat.booking_id <> %s
"""
NOBODY = 0

# Hours of an outside calendar are nobody's seats, but taken all the same.
BUSY = f"""
    SELECT {int(Resource.TIME)}, slot, 0, ''
    FROM {BusyQuarter._meta.db_table}
    WHERE sitter_id = %s AND slot BETWEEN %s AND %s
"""


def taken_seats(sitter_id: int, slots: Sequence[tuple[int, int]], besides: int = NOBODY) -> Taken:
    """The held seats around these (resource, slot) pairs, in one statement.

    Nights read both resources, because hosting and being away exclude each other. `besides` is the
    id of a booking whose own seats do not count: one that is being changed.
    """
    by_resource: dict[int, list[int]] = {}
    for resource, slot in slots:
        by_resource.setdefault(resource, []).append(slot)
    parts, values = [], []
    for resource, numbers in by_resource.items():
        is_night = resource in (Resource.NIGHT, Resource.AWAY)
        pair = (Resource.NIGHT, Resource.AWAY) if is_night else (resource, resource)
        parts.append(TAKEN)
        values += [sitter_id, int(pair[0]), int(pair[1]), min(numbers), max(numbers), besides]
        if resource == Resource.TIME:
            parts.append(BUSY)
            values += [sitter_id, min(numbers), max(numbers)]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ".join(parts), values)
        return Taken.from_rows(cursor.fetchall())


def dates_without_room(
    *,
    sitter: SitterProfile,
    capacity: SitterCapacity,
    service: dict,
    units: Sequence[PlannedUnit],
    pets: int,
    taken: Taken,
) -> list[date]:
    """The dates on which these units do not fit; empty when the sitter can take it.

    `service` is the service's part of the snapshot.
    """
    kind = Kind(service["kind"])
    needed = pets if kind.is_at_sitters else 1
    zone = ZoneInfo(sitter.time_zone)
    full = set()
    for unit in units:
        places = places_on(sitter.snapshot, capacity.night_places, capacity.day_places, unit.on)
        left = places_left(kind, places, taken, unit.on, one_household=service["one_household"])
        if (
            left < needed
            or kind.is_visits
            and not _visit_fits(unit, places, taken, service, kind, zone)
        ):
            full.add(unit.on)
    return sorted(full)


def _visit_fits(unit, places, taken: Taken, service: dict, kind: Kind, zone: ZoneInfo) -> bool:
    if not fits_hours(places, unit.starts_at.astimezone(zone), unit.ends_at.astimezone(zone)):
        return False
    slots = seat_slots(kind, [unit], service["buffer"])
    return all(
        quarter_is_free(taken, slot, kind=kind, group_size=service["group_size"])
        for _, slot in slots
    )


def find_conflicts(
    *,
    sitter: SitterProfile,
    service: dict,
    units: Sequence[PlannedUnit],
    pets: int,
    besides: int = NOBODY,
) -> list[date]:
    """The dates on which a request would not fit now; takes no lock and holds nothing."""
    slots = seat_slots(Kind(service["kind"]), units, service["buffer"])
    return dates_without_room(
        sitter=sitter,
        capacity=sitter.capacity,
        service=service,
        units=units,
        pets=pets,
        taken=taken_seats(sitter.pk, slots, besides),
    )


def requests_without_room(
    sitter: SitterProfile, requests: Sequence[tuple[Booking, Sequence[BookingUnit], int]]
) -> dict[int, list[date]]:
    """Which open requests would not fit now: booking id → its full dates; one statement for all.

    `requests` are (booking with its service loaded, units, number of pets) of this sitter, whose
    capacity is loaded.
    """
    slots = [
        slot
        for booking, units, _pets in requests
        for slot in seat_slots(booking.kind_enum, units, booking.buffer_minutes)
    ]
    if not slots:
        return {}
    taken = taken_seats(sitter.pk, slots)
    full = {
        booking.pk: dates_without_room(
            sitter=sitter,
            capacity=sitter.capacity,
            service=service_terms(booking),
            units=[PlannedUnit(unit.on, unit.starts_at, unit.ends_at) for unit in units],
            pets=pets,
            taken=taken,
        )
        for booking, units, pets in requests
    }
    return {pk: dates for pk, dates in full.items() if dates}


def claim_seats(booking: Booking, capacity: SitterCapacity) -> None:
    """Hold the seats of a booking that is being confirmed.

    `capacity` is the row from `lock_capacity`, locked in this transaction. Raise DatesTaken,
    with nothing held, if any date is full.
    """
    slots, taken = _room_for(booking, capacity)
    count = seats_per_slot(booking)
    _hold(booking, {slot: _lowest_free(taken.at(*slot), count) for slot in slots})
    update_busy(booking.sitter, capacity, {unit.on for unit in booking.units.all()})


def change_seats(booking: Booking, capacity: SitterCapacity, old_dates: Iterable[date]) -> None:
    """Move a confirmed booking to its new units and pets, which are loaded on it.

    The new seats are held before the old ones are given up, and a seat it holds already counts as
    open for it. Raise DatesTaken, with its old seats untouched, if any date is full.
    """
    slots, taken = _room_for(booking, capacity, besides=booking.pk)
    count = seats_per_slot(booking)
    own: dict[tuple[int, int], list[Seat]] = {slot: [] for slot in slots}
    surplus = []
    for seat in booking.seats.order_by("number"):
        kept = own.get((seat.resource, seat.slot))
        if kept is None or len(kept) == count:
            surplus.append(seat.pk)
        else:
            kept.append(seat)
    _hold(
        booking,
        {
            slot: _lowest_free(taken.at(*slot) | {seat.number for seat in kept}, count - len(kept))
            for slot, kept in own.items()
        },
    )
    Seat.objects.filter(pk__in=surplus).delete()
    update_busy(booking.sitter, capacity, {*old_dates, *(unit.on for unit in booking.units.all())})


def _room_for(
    booking: Booking, capacity: SitterCapacity, besides: int = NOBODY
) -> tuple[tuple[tuple[int, int], ...], Taken]:
    """The slots a booking needs, and what others hold there; raise DatesTaken if it does not fit."""
    sitter = booking.sitter
    units = [PlannedUnit(unit.on, unit.starts_at, unit.ends_at) for unit in booking.units.all()]
    slots = seat_slots(booking.kind_enum, units, booking.buffer_minutes)
    taken = taken_seats(sitter.pk, slots, besides)
    full = dates_without_room(
        sitter=sitter,
        capacity=capacity,
        service=service_terms(booking),
        units=units,
        pets=len(booking.booking_pets.all()),
        taken=taken,
    )
    if full:
        raise DatesTaken(full)
    return slots, taken


def seats_per_slot(booking: Booking) -> int:
    return len(booking.booking_pets.all()) if booking.kind_enum.is_at_sitters else 1


def _hold(booking: Booking, numbers: dict[tuple[int, int], list[int]]) -> None:
    Seat.objects.bulk_create(
        Seat(
            sitter_id=booking.sitter_id,
            resource=resource,
            slot=slot,
            number=number,
            booking=booking,
        )
        for (resource, slot), free in numbers.items()
        for number in free
    )


def release_seats(booking: Booking, capacity: SitterCapacity) -> None:
    """Give back every seat a booking holds; `capacity` is locked in this transaction."""
    booking.seats.all().delete()
    update_busy(booking.sitter, capacity, {unit.on for unit in booking.units.all()})


def service_terms(booking: Booking) -> dict:
    """The service's part of the snapshot, also when the sitter stopped offering it meanwhile."""
    for service in booking.sitter.snapshot["services"]:
        if service["id"] == booking.service_id:
            return {**service, "buffer": booking.buffer_minutes}
    return {
        "kind": booking.kind,
        "one_household": booking.service.is_one_household,
        "group_size": booking.service.group_size,
        "buffer": booking.buffer_minutes,
    }


def _lowest_free(taken: set[int], count: int) -> list[int]:
    found: list[int] = []
    number = 0
    while len(found) < count:
        if number not in taken:
            found.append(number)
        number += 1
    return found


@in_transaction
def change_calendar(*, sitter: SitterProfile, edit: Callable[[SitterCapacity], None]) -> None:
    """Run `edit(capacity)`, which writes hours, exceptions or places, unless it breaks a promise.

    `edit` may change and save the locked SitterCapacity row it is given. Raise PlacesHeld, with
    nothing changed, if confirmed bookings hold more places than are left, or lie in dates marked
    as away. The weekly template may shrink: it says what is offered from now on.
    """
    capacity = lock_capacity(sitter.pk)
    edit(capacity)
    sitter_changed(sitter)
    in_the_way = _over_places(sitter, capacity) | _in_away_dates(sitter)
    if in_the_way:
        raise PlacesHeld(Booking.objects.filter(pk__in=in_the_way).with_parties())


def _over_places(sitter: SitterProfile, capacity: SitterCapacity) -> set[int]:
    """Ids of bookings on dates that hold more night or day seats than there are places."""
    held: dict[tuple[int, int], list[int]] = {}
    yesterday = clock.today(sitter.time_zone).toordinal() - 1
    rows = Seat.objects.filter(
        sitter=sitter, resource__in=(Resource.NIGHT, Resource.DAY), slot__gte=yesterday
    )
    for resource, slot, booking_id in rows.values_list("resource", "slot", "booking_id"):
        held.setdefault((resource, slot), []).append(booking_id)
    found: set[int] = set()
    for (resource, slot), holders in held.items():
        night, day = capped_places(
            sitter.snapshot, capacity.night_places, capacity.day_places, date.fromordinal(slot)
        )
        if len(holders) > (night if resource == Resource.NIGHT else day):
            found.update(holders)
    return found


def _in_away_dates(sitter: SitterProfile) -> set[int]:
    away = Q()
    for exception in sitter.calendar_exceptions.filter(
        is_away=True, ends_on__gt=clock.today(sitter.time_zone)
    ):
        away |= Q(on__gte=exception.starts_on, on__lt=exception.ends_on)
    if not away:
        return set()
    units = BookingUnit.objects.filter(
        away,
        booking__sitter=sitter,
        booking__status__in=Booking.HOLDS_SEATS,
        ends_at__gt=clock.now(),
    )
    return set(units.values_list("booking_id", flat=True))
