"""Many people at once on one sitter's places, for the race test and the benchmark."""

import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import partial
from unittest.mock import patch

from django.db import connection, connections

from bookings.exceptions import BookingError
from bookings.models import Booking, BookingPet, BookingUnit
from bookings.models.bookings import new_public_id
from bookings.services import capacity as capacity_module
from bookings.services.transitions import accept_booking, answers
from bookings.tests.factories import make_booking, make_choice, make_owner
from profiles.models import Pet
from profiles.tests.factories import make_sitter

RIVALS = 200
PLACES = 3


def rival_requests(count: int) -> list[Booking]:
    """Requests of the same three nights with one sitter; copies of one made the usual way."""
    model = make_booking(
        sitter=make_sitter(night_places=PLACES), choice=make_choice(units=3), owner=make_owner()
    )
    pets, units = list(model.booking_pets.all()), list(model.units.all())
    model.pk = None
    copies = [copy(model) for _ in range(count)]
    for rival in copies:
        rival.public_id, rival.idempotency_key = new_public_id(), secrets.token_hex(8)
    Booking.objects.bulk_create(copies)
    rivals = list(Booking.objects.filter(sitter=model.sitter, events=None).with_parties())
    _copy_rows(BookingPet, pets, rivals)
    _give_each_its_own_pet(rivals)
    _copy_rows(BookingUnit, units, rivals)
    return rivals


def _give_each_its_own_pet(rivals: Sequence[Booking]) -> None:
    """Acceptance holds the pets' rows: with one animal for all, it alone would make a queue."""
    rows = list(BookingPet.objects.filter(booking__in=rivals).select_related("pet"))
    twins = [copy(row.pet) for row in rows]
    for twin in twins:
        twin.pk = None
    Pet.objects.bulk_create(twins)
    twins = Pet.objects.filter(owner=rivals[0].owner).exclude(pk=rows[0].pet_id).order_by("pk")
    for row, twin in zip(rows, twins, strict=True):
        row.pet = twin
    BookingPet.objects.bulk_update(rows, ["pet"])


def _copy_rows(table, rows: Sequence, bookings: Sequence[Booking]) -> None:
    copies = []
    for booking in bookings:
        for row in rows:
            twin = copy(row)
            twin.pk, twin.booking = None, booking
            copies.append(twin)
    table.objects.bulk_create(copies)


def run_at_once(jobs: Sequence[Callable]) -> list:
    """Run each job in a thread and connection of its own; results, or names of refusals."""
    results = []
    start = threading.Barrier(len(jobs))
    door = (
        threading.Lock()
    )  # the crowd is to meet at the seats, not at the gate (operations/gate.py)

    def run(job) -> None:
        try:
            with door:
                connection.ensure_connection()
        except Exception:
            start.abort()  # nobody waits for one that could not connect
            raise
        start.wait(timeout=60)
        try:
            results.append(job())
        except BookingError as refusal:
            results.append(type(refusal).__name__)
        except Exception as error:
            results.append(f"error: {error!r}")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(job,)) for job in jobs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def accept_all_at_once(bookings: Sequence[Booking]) -> Counter:
    def accept(booking: Booking) -> str:
        return accept_booking(booking=booking, by=booking.sitter.user).status

    return Counter(run_at_once([partial(accept, booking) for booking in bookings]))


@contextmanager
def without_the_guard() -> Iterator[None]:
    """The naive design: no queue, and a seat whose number says nothing, so nothing is refused."""
    numbers = iter(range(100, 60_000))
    with (
        patch.object(
            capacity_module,
            "_lowest_free",
            lambda taken, count: [next(numbers) for _ in range(count)],
        ),
        patch.object(
            answers,
            "lock_capacity",
            lambda sitter_id: capacity_module.SitterCapacity.objects.get(pk=sitter_id),
        ),
    ):
        yield
