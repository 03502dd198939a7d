"""Invented bookings in every state, with lines, units, events and seats as the services write them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from accounts.models import User
from bookings.demo.lives import life
from bookings.demo.rows import Rows
from bookings.emails import transitions as emails
from bookings.exceptions import BookingError
from bookings.models import Booking, BookingEvent
from bookings.models.bookings import REFERENCE_ALPHABET
from bookings.services.booking_rows import booking_row, line_rows, pet_rows, unit_rows
from bookings.services.capacity import dates_without_room
from bookings.services.care import care_sheet
from bookings.services.history import event_hash
from bookings.services.notices import notice_rows
from bookings.services.requests import Proposal, answer_by, pet_facts, propose
from bookings.services.schedule import Choice, seat_slots
from profiles.availability import Taken
from profiles.kinds import Kind, Species
from profiles.models import Home, Pet, Seat, SitterProfile

Status = Booking.Status
PAST = {
    Status.COMPLETED: 78,
    Status.DECLINED: 6,
    Status.EXPIRED: 4,
    Status.WITHDRAWN: 3,
    Status.CANCELLED_BY_OWNER: 6,
    Status.CANCELLED_BY_SITTER: 2,
    Status.NO_SHOW_SITTER: 1,
}
ONE_DAY = timedelta(days=1)
WITH_SEATS = Booking.HOLDS_SEATS
MESSAGES = {
    "requested": emails.requested,
    "confirmed": emails.confirmed,
    "declined": emails.declined,
    "expired": emails.expired,
    "withdrawn": emails.withdrawn,
    "checked_in": emails.checked_in,
    "completed": emails.completed,
    "cancelled": emails.cancelled,
}


@dataclass
class Household:
    """An owner with what a booking needs of them."""

    user: User
    home: Home
    pets: list[Pet]


def choice_for(kind: Kind, starts_on, length: int, rng: Random, minutes: Sequence[int]) -> Choice:
    """`length` nights or days; visits once or twice a day."""
    if kind.is_nights:
        hours = {"start_time": time(rng.choice([9, 10, 17])), "end_time": time(10)}
        return Choice(
            kind=kind, starts_on=starts_on, last_on=starts_on + timedelta(length), **hours
        )
    last_on = starts_on + timedelta(length - 1)
    if kind == Kind.DAY_CARE:
        return Choice(
            kind=kind, starts_on=starts_on, last_on=last_on, start_time=time(8), end_time=time(18)
        )
    times = (time(12),) if rng.random() < 0.6 else (time(10), time(16))
    return Choice(
        kind=kind,
        starts_on=starts_on,
        last_on=last_on,
        visit_times=times,
        minutes=rng.choice(minutes),
    )


class BookingMaker:
    """Adds whole bookings to `rows`; everything random comes from `rng`."""

    def __init__(self, rows: Rows, rng: Random, *, now: datetime, households: Sequence[Household]):
        self.rows, self.rng, self.now, self.households = rows, rng, now, households
        self._care_sheets: dict[int, dict] = {}

    # --- many, for any sitter --------------------------------------------------------------

    def fill(self, sitter: SitterProfile, *, past: int, upcoming: int) -> None:
        """Give a sitter a past and a future; bookings with seats never share a date."""
        for _ in range(past):
            starts_on = self.now.date() - timedelta(days=self.rng.randint(20, 360))
            outcome = self.rng.choices(list(PAST), weights=list(PAST.values()))[0]
            self.try_one(sitter, starts_on, outcome)
        today = self.now.date()
        starts_on = today + timedelta(days=self.rng.randint(3, 14))
        if self.rng.random() < 0.04:
            running = self.try_one(sitter, today - timedelta(days=1), Status.IN_PROGRESS)
            # Its seats and those of the next booking may not meet.
            starts_on = max(starts_on, running.ends_on + ONE_DAY) if running else starts_on
        for _ in range(upcoming):
            booking = self.try_one(sitter, starts_on, Status.CONFIRMED)
            step = (booking.ends_on - booking.starts_on).days if booking else 2
            starts_on += timedelta(days=step + self.rng.randint(1, 9))
        if self.rng.random() < 0.08:
            self.try_one(sitter, starts_on + timedelta(days=2), Status.REQUESTED)

    def try_one(self, sitter: SitterProfile, starts_on, outcome: str) -> Booking | None:
        """One booking of a random household and service; None if it does not fit."""
        service = self.rng.choice(sitter.snapshot["services"])
        kind = Kind(service["kind"])
        household = self.rng.choice(self.households)
        pets = [pet for pet in household.pets if pet.species in service["species"]][
            : service["max_pets"]
        ]
        if kind == Kind.DOG_WALK:
            pets = [pet for pet in pets if pet.species == Species.DOG]
        if not pets:
            return None
        length = max(
            2 if outcome == Status.IN_PROGRESS else 1, min(14, int(self.rng.expovariate(1 / 3)) + 1)
        )
        if outcome == Status.IN_PROGRESS:
            length += 1
        minutes = sorted({rate[1] for rate in service["rates"]})
        choice = choice_for(kind, starts_on, length, self.rng, minutes)
        return self.make(sitter, household, pets, choice, outcome)

    # --- one -------------------------------------------------------------------------------

    def make(
        self,
        sitter: SitterProfile,
        household: Household,
        pets: Sequence[Pet],
        choice: Choice,
        outcome: str,
        *,
        with_notices: bool = False,
        message: str = "",
    ) -> Booking | None:
        """Write one booking that ended (or stands) at `outcome`; None if it cannot be held."""
        try:
            proposal = propose(sitter=sitter, choice=choice, pets=pet_facts(pets, choice))
        except BookingError:
            return None
        if outcome in WITH_SEATS and not self._has_room(sitter, proposal, len(pets)):
            return None
        booking = self.rows.add(
            self._booking(sitter, household, choice, proposal, outcome, message)
        )
        self._parts(booking, pets, proposal)
        events = life(self.rng, booking, choice, proposal, outcome)
        for row in booking.booking_pets.all():
            row.ticked_at = booking.confirmed_at if row.must_follow else None
        for table in booking._prefetched_objects_cache.values():
            for row in table:
                self.rows.add(row)
        self._events(booking, events, with_notices)
        if outcome in WITH_SEATS:
            self._seats(booking, proposal, len(pets))
        return booking

    def _has_room(self, sitter, proposal: Proposal, pets: int) -> bool:
        full = dates_without_room(
            sitter=sitter,
            capacity=sitter.capacity,
            service=proposal.service,
            units=proposal.units,
            pets=pets,
            taken=Taken(),
        )
        return not full

    def _booking(self, sitter, household, choice, proposal, outcome, message) -> Booking:
        quote = proposal.quote
        starts_at = proposal.units[0].starts_at
        if outcome == Status.REQUESTED:
            requested_at = self.now - timedelta(minutes=self.rng.randint(5, 300))
        else:
            requested_at = min(starts_at, self.now) - timedelta(hours=self.rng.randint(50, 700))
        public_id = "".join(self.rng.choice(REFERENCE_ALPHABET) for _ in range(12))
        return booking_row(
            public_id=public_id,
            idempotency_key=f"demo:{public_id}",
            status=outcome,
            owner=household.user,
            sitter=sitter,
            service=proposal.service,
            choice=choice,
            quote=quote,
            home=household.home,
            message=message,
            requested_at=requested_at,
            expires_at=answer_by(requested_at, starts_at, proposal.service["lead_hours"]),
        )

    def _parts(self, booking: Booking, pets: Sequence[Pet], proposal: Proposal) -> None:
        was_confirmed = booking.status not in (
            Status.REQUESTED,
            Status.DECLINED,
            Status.EXPIRED,
            Status.WITHDRAWN,
        )
        rows = pet_rows(booking, pets)
        if was_confirmed:
            for row, pet in zip(rows, pets, strict=True):
                row.must_follow = pet.must_follow_lines
                row.care_sheet = self._care_sheet(pet)
        booking._prefetched_objects_cache = {
            "booking_pets": rows,
            "units": unit_rows(booking, proposal.quote),
            "lines": line_rows(booking, proposal.quote),
        }

    def _care_sheet(self, pet: Pet) -> dict:
        """A pet's sheet is the same in all its bookings, and costs more than the rest of one."""
        if pet.pk not in self._care_sheets:
            self._care_sheets[pet.pk] = care_sheet(pet)
        return self._care_sheets[pet.pk]

    def _events(self, booking: Booking, events: list[tuple], with_notices: bool) -> None:
        previous = ""
        for number, (verb, at, by, role, data) in enumerate(events, start=1):
            event = BookingEvent(
                booking=booking,
                number=number,
                at=at,
                actor=by,
                role=role,
                verb=verb,
                data=data,
                previous_hash=previous,
            )
            event.hash = previous = event_hash(event, booking.public_id)
            self.rows.add(event)
            if with_notices and verb in MESSAGES:
                self._notices(booking, event, is_last=number == len(events))

    def _notices(self, booking: Booking, event: BookingEvent, *, is_last: bool) -> None:
        """In-app entries only: nobody is sent mail about an invented past."""
        read_at = None if is_last and booking.is_open else event.at
        messages = MESSAGES[event.verb](booking)
        for row in notice_rows(booking, event, messages, read_at=read_at, sent_at=event.at):
            self.rows.add(row)

    def _seats(self, booking: Booking, proposal: Proposal, pets: int) -> None:
        kind = Kind(booking.kind)
        for resource, slot in seat_slots(kind, proposal.units, proposal.service["buffer"]):
            for number in range(pets if kind.is_at_sitters else 1):
                self.rows.add(
                    Seat(
                        sitter=booking.sitter,
                        resource=resource,
                        slot=slot,
                        number=number,
                        booking=booking,
                    )
                )
