"""The record of a booking: any entry that was changed, removed or put in is found."""

from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import IntegrityError, transaction

from bookings.models import Booking, BookingEvent
from bookings.services.history import event_hash, faults, record
from bookings.tests.factories import make_booking, make_confirmed, make_in, make_running

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    """Three entries: requested, confirmed, checked in."""
    return make_running()


def found(booking) -> list[str]:
    return list(faults(Booking.objects.get(pk=booking.pk)))


@pytest.mark.parametrize("status", list(Booking.Status))
def test_an_untouched_record_adds_up(status):
    assert found(make_in(status)) == []


def test_entries_are_numbered_and_chained(booking):
    events = list(booking.events.all())

    assert [event.number for event in events] == [1, 2, 3]
    assert [event.previous_hash for event in events] == ["", events[0].hash, events[1].hash]


@pytest.mark.parametrize(
    "change",
    [
        {"verb": "declined"},
        {"role": "staff"},
        {"data": {"to": "confirmed", "total_cents": 1}},
        {"actor": None},
        {"hash": "0" * 64},
        {"previous_hash": "0" * 64},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_changed_entry_is_found(booking, change):
    booking.events.filter(number=2).update(**change)

    assert found(booking) == [f"{booking.reference}: entry 2 was changed"]


def test_a_moved_moment_is_found(booking):
    event = booking.events.get(number=2)
    booking.events.filter(pk=event.pk).update(at=event.at + timedelta(microseconds=1))

    assert found(booking) == [f"{booking.reference}: entry 2 was changed"]


def test_a_changed_entry_with_a_fitting_hash_breaks_the_next(booking):
    event = booking.events.get(number=2)
    event.data = {"from": "requested", "to": "confirmed", "forged": 1}
    event.hash = event_hash(event, booking.public_id)
    event.save()

    assert found(booking) == [f"{booking.reference}: entry 3 was changed"]


@pytest.mark.parametrize("number", [1, 2])
def test_a_removed_entry_is_found(booking, number):
    booking.events.filter(number=number).delete()

    assert found(booking) == [f"{booking.reference}: entry {number} is missing"]


def test_a_removed_last_entry_is_found_by_the_booking_s_state(booking):
    booking.events.filter(number=3).delete()

    assert found(booking) == [
        f"{booking.reference}: the record ends at confirmed, the booking says in_progress"
    ]


def test_an_entry_put_in_between_is_found(booking):
    events = booking.events.order_by("-number")
    for event in events.filter(number__gte=2):
        booking.events.filter(pk=event.pk).update(number=event.number + 1)
    first = booking.events.get(number=1)
    forged = BookingEvent(
        booking=booking,
        number=2,
        at=first.at,
        role="staff",
        verb="noted",
        previous_hash=first.hash,
    )
    forged.hash = event_hash(forged, booking.public_id)
    forged.save()

    assert found(booking) == [f"{booking.reference}: entry 3 was changed"]


def test_an_entry_of_another_booking_does_not_fit(booking):
    other = make_confirmed()
    event = other.events.get(number=2)
    booking.events.filter(number=2).delete()
    BookingEvent.objects.filter(pk=event.pk).update(booking=booking)

    assert found(booking) == [f"{booking.reference}: entry 2 was changed"]


def test_a_status_written_past_the_services_is_found():
    booking = make_booking()
    Booking.objects.filter(pk=booking.pk).update(status=Booking.Status.COMPLETED)

    assert "the record ends at requested, the booking says completed" in found(booking)[0]


def test_a_number_is_given_once(booking):
    with pytest.raises(IntegrityError), transaction.atomic():
        BookingEvent.objects.create(
            booking=booking, number=2, at=booking.requested_at, role="owner", verb="x", hash="y"
        )


def test_words_of_any_script_survive_the_database(booking):
    record(booking, verb="noted", role="staff", data={"reason": "Ärger 🐕 שלום ' OR 1=1"})

    assert found(booking) == []


def test_the_command_exits_with_1_and_names_the_booking(booking):
    output = StringIO()
    call_command("check_history", stdout=output)
    assert "as it was written" in output.getvalue()

    booking.events.filter(number=2).update(verb="declined")
    errors = StringIO()
    with pytest.raises(SystemExit) as stop:
        call_command("check_history", stderr=errors)
    assert stop.value.code == 1
    assert booking.reference in errors.getvalue()
