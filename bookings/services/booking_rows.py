"""The rows of a new booking as unsaved objects: copies of what was chosen, priced and agreed."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings

from accounts.models import User
from bookings.models import Booking, BookingLine, BookingPet, BookingUnit
from bookings.services.pricing import Quote
from bookings.services.schedule import Choice
from profiles.models import Home, Pet, SitterProfile


def booking_row(
    *,
    owner: User,
    sitter: SitterProfile,
    service: dict,
    choice: Choice,
    quote: Quote,
    home: Home | None,
    requested_at: datetime,
    expires_at: datetime,
    **fields,
) -> Booking:
    """`service` is its part of the snapshot; `home` the owner's, where care takes place there."""
    at_sitters = f"{sitter.street}, {sitter.postcode} {sitter.town.name}"
    return Booking(
        owner=owner,
        sitter=sitter,
        service_id=service["id"],
        kind=choice.kind,
        starts_on=choice.starts_on,
        ends_on=choice.ends_on,
        starts_at=quote.units[0].starts_at,
        ends_at=quote.units[-1].ends_at,
        time_zone=sitter.time_zone,
        currency=settings.CURRENCY,
        subtotal_cents=quote.subtotal_cents,
        owner_fee_cents=quote.owner_fee_cents,
        sitter_fee_cents=quote.sitter_fee_cents,
        total_cents=quote.total_cents,
        terms=agreed_terms(sitter, service),
        cancellation_tier=service["tier"],
        buffer_minutes=service["buffer"],
        payment_note=sitter.payment_note,
        care_address=at_sitters if choice.kind.is_at_sitters else str(home),
        requested_at=requested_at,
        expires_at=expires_at,
        **fields,
    )


def agreed_terms(sitter: SitterProfile, service: dict) -> dict:
    """The rates that a booking was priced with, so that a change of it is priced with them too."""
    return {"service": service, "holidays": sitter.snapshot["holidays"]}


def pet_rows(booking: Booking, pets: Sequence[Pet]) -> list[BookingPet]:
    return [
        BookingPet(
            booking=booking,
            pet=pet,
            name=pet.name,
            species=pet.species,
            is_young=pet.is_young(booking.starts_on),
        )
        for pet in pets
    ]


def unit_rows(booking: Booking, quote: Quote) -> list[BookingUnit]:
    return [
        BookingUnit(
            booking=booking,
            number=number,
            on=unit.on,
            starts_at=unit.starts_at,
            ends_at=unit.ends_at,
            amount_cents=unit.amount_cents,
        )
        for number, unit in enumerate(quote.units, start=1)
    ]


def line_rows(booking: Booking, quote: Quote) -> list[BookingLine]:
    return [
        BookingLine(
            booking=booking,
            number=number,
            rule=line.rule,
            quantity=line.quantity,
            unit_cents=line.unit_cents,
            amount_cents=line.amount_cents,
            dates=[on.isoformat() for on in line.dates],
            pets=list(line.pets),
            sentence=line.sentence,
            detail=line.detail,
        )
        for number, line in enumerate(quote.lines, start=1)
    ]
