"""Two hundred people want three places: real connections on a real server."""

import os
import random
import secrets
import threading
from collections import Counter
from copy import copy
from functools import partial

import pytest
from django.core.management import call_command
from django.db import connection, connections

from bookings.exceptions import BookingError
from bookings.models import Booking, BookingPet, BookingUnit
from bookings.models.bookings import new_public_id
from bookings.services import agreements, transitions
from bookings.services import capacity as capacity_module
from bookings.services.transitions import accept_booking, cancel_by_owner
from bookings.tests.factories import (
    just_before,
    make_booking,
    make_choice,
    make_confirmed,
    make_owner,
)
from pawsitters import clock
from profiles.models import Seat
from profiles.tests.factories import make_pet, make_sitter

SEEDS = int(os.environ.get("RACE_SEEDS", "25"))
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
    copy_rows(BookingPet, pets, rivals)
    copy_rows(BookingUnit, units, rivals)
    return rivals


def copy_rows(table, rows, bookings) -> None:
    copies = []
    for booking in bookings:
        for row in rows:
            twin = copy(row)
            twin.pk, twin.booking = None, booking
            copies.append(twin)
    table.objects.bulk_create(copies)


def run_at_once(jobs: list) -> list:
    """Run each job in a thread and connection of its own; results, or names of refusals."""
    results = []
    start = threading.Barrier(len(jobs))

    def run(job) -> None:
        connection.ensure_connection()
        start.wait()
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


def accept_all_at_once(bookings: list[Booking]) -> Counter:
    def accept(booking: Booking) -> str:
        return accept_booking(booking=booking, by=booking.sitter.user).status

    return Counter(run_at_once([partial(accept, booking) for booking in bookings]))


def without_the_guard(monkeypatch) -> None:
    """The naive design: no queue, and a seat whose number says nothing, so nothing is refused."""
    numbers = iter(range(100, 1_000_000))
    monkeypatch.setattr(
        capacity_module, "_lowest_free", lambda taken, count: [next(numbers) for _ in range(count)]
    )
    monkeypatch.setattr(
        transitions,
        "lock_capacity",
        lambda sitter_id: capacity_module.SitterCapacity.objects.get(pk=sitter_id),
    )


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_two_hundred_parallel_acceptances_fill_three_places_exactly():
    for seed in range(SEEDS):
        bookings = rival_requests(RIVALS)
        random.Random(seed).shuffle(bookings)

        outcomes = accept_all_at_once(bookings)

        assert outcomes == {"confirmed": PLACES, "DatesTaken": RIVALS - PLACES}, f"seed {seed}"
        held = Booking.objects.holding_seats().filter(sitter=bookings[0].sitter)
        assert held.count() == PLACES
        assert Seat.objects.filter(booking__in=held).count() == PLACES * 3
    call_command("check_seats")


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_without_the_guard_the_same_race_overbooks(monkeypatch):
    without_the_guard(monkeypatch)

    outcomes = accept_all_at_once(rival_requests(60))

    assert outcomes["confirmed"] > PLACES


@pytest.mark.django_db(transaction=True)
def test_a_form_sent_twice_at_once_makes_one_booking():
    sitter, owner = make_sitter(), make_owner()
    pets, choice = [make_pet(owner)], make_choice()
    found = run_at_once(
        [
            lambda: (
                make_booking(
                    sitter=sitter, owner=owner, pets=pets, choice=choice, idempotency_key="same"
                ).pk
            )
        ]
        * 8
    )

    assert len(found) == 8
    assert len(set(found)) == 1
    assert Booking.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_six_cancellations_at_once_one_counts_and_the_others_are_told():
    booking = make_confirmed()
    with clock.at(just_before(booking)):
        shown = agreements.owner_preview(booking).hash

    def cancel():
        with clock.at(just_before(booking)):
            return cancel_by_owner(booking=booking, by=booking.owner, shown_hash=shown).status

    found = run_at_once([cancel] * 6)

    assert sorted(found) == sorted(["cancelled_by_owner", *["NotAllowedNow"] * 5])
    assert booking.events.filter(verb="cancelled").count() == 1
    assert Seat.objects.count() == 0
