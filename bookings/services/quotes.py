"""What a sitter can offer for a choice: the price, the room on these dates, the nearest others.

Anybody may ask, so animals may be anonymous and nothing is written. Sending the request checks
everything again, with the same rules.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from bookings.choice import Reading
from bookings.exceptions import NoRate, NothingToPrice, RequestRefused
from bookings.services.cancellation import Agreement, Step, agreement_for_quote, timeline
from bookings.services.capacity import dates_without_room, taken_seats
from bookings.services.pricing import BPS, Fees, PetFacts, Quote
from bookings.services.refund_steps import grace_sentence
from bookings.services.requests import Proposal, propose, service_of, timing_problem
from bookings.services.rounding import half_up
from bookings.services.schedule import RESOURCE_OF, Choice, planned_units
from pawsitters import clock
from profiles.availability import Taken
from profiles.kinds import Kind, Species, Tier
from profiles.models import SitterProfile

NEARBY_DAYS = 14
QUARTERS_A_DAY = 96
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Offer:
    """The answer to a choice. `problems` maps a field of the choice to what stands in the way.

    `full` are the dates without room; `earlier` and `later` the nearest choices that do fit.
    A proposal is there whenever there is a price, even if the dates are full.
    """

    service: dict | None
    proposal: Proposal | None = None
    agreement: Agreement | None = None
    steps: tuple[Step, ...] = ()
    grace: str = ""
    full: tuple[date, ...] = ()
    earlier: Choice | None = None
    later: Choice | None = None
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def quote(self) -> Quote | None:
        return self.proposal.quote if self.proposal else None

    @property
    def is_possible(self) -> bool:
        """Whether a request for exactly this could be sent now, as far as can be known."""
        return self.proposal is not None and not self.problems and not self.full


def offer_for(sitter: SitterProfile, reading: Reading, taken: Taken | None = None) -> Offer:
    """Answer a choice; `sitter` with its capacity.

    `taken` are the seats held within NEARBY_DAYS of the choice, else one statement reads them.
    """
    service = service_of(sitter, reading.kind)
    if service is None:
        return Offer(None, problems={"kind": _not_offered(sitter)})
    problems = _animal_problems(service, reading)
    if not reading.is_priceable:
        return Offer(service, problems=problems)
    try:
        proposal = propose(
            sitter=sitter,
            choice=reading.choice,
            pets=reading.pets,
            add_on_ids=reading.add_on_ids,
        )
    except NoRate as error:
        field_name = "minutes" if reading.choice.minutes and not problems else "pets"
        return Offer(service, problems={field_name: str(error), **problems})
    except (NothingToPrice, RequestRefused) as error:
        return Offer(service, problems={"pets": str(error), **problems})
    if problem := timing_problem(sitter, service, proposal.units):
        problems["from"] = problem
    agreement = agreement_of_proposal(proposal, reading.choice, sitter)
    full, earlier, later = _room(
        sitter, service, reading.choice, proposal, len(reading.pets), taken
    )
    return Offer(
        service,
        proposal,
        agreement,
        steps=timeline(agreement, clock.now()),
        grace=grace_sentence(agreement, clock.now()),
        full=full,
        earlier=earlier,
        later=later,
        problems=problems,
    )


def agreement_of_proposal(proposal: Proposal, choice: Choice, sitter: SitterProfile) -> Agreement:
    """What would be agreed, for the refund time-line before a booking exists."""
    return agreement_for_quote(
        proposal.quote,
        choice=choice,
        tier=Tier(proposal.service["tier"]),
        time_zone=sitter.time_zone,
    )


def with_owner_fee(cents: int, fees: Fees) -> int:
    """An amount as the owner pays it when nothing else is booked, in cents."""
    return cents + min(fees.owner_cap_cents, half_up(cents * fees.owner_bps, BPS))


def _not_offered(sitter: SitterProfile) -> str:
    return _("%(sitter)s does not offer this.") % {"sitter": sitter.user.get_short_name()}


def _animal_problems(service: dict, reading: Reading) -> dict[str, str]:
    """What is wrong with animals that nobody has named yet."""
    pets = reading.pets
    if len(pets) > service["max_pets"]:
        sentence = ngettext(
            "This sitter takes %d animal in one booking.",
            "This sitter takes at most %d animals in one booking.",
            service["max_pets"],
        )
        return {"pets": sentence % service["max_pets"]}
    unwelcome = _unwelcome(pets, service["species"])
    if unwelcome:
        return {"pets": _("Not taken here: %(animals)s.") % {"animals": unwelcome}}
    is_dog = any(pet.species == Species.DOG for pet in pets)
    if is_dog and reading.dog_size and reading.dog_size > service["max_dog_kg"]:
        return {"pets": _("Dogs up to %(kg)d kg only.") % {"kg": service["max_dog_kg"]}}
    return {}


def _unwelcome(pets: Sequence[PetFacts], accepted: Sequence[str]) -> str:
    species = dict.fromkeys(pet.species for pet in pets if pet.species not in accepted)
    return ", ".join(str(Species(value).label).lower() for value in species)


def _room(
    sitter: SitterProfile,
    service: dict,
    choice: Choice,
    proposal: Proposal,
    pets: int,
    taken: Taken | None,
) -> tuple[tuple[date, ...], Choice | None, Choice | None]:
    """The full dates, and if there are any the nearest choices before and after that fit."""
    if taken is None:
        near = timedelta(days=NEARBY_DAYS)
        taken = taken_between(sitter, choice.kind, choice.starts_on - near, choice.last_on + near)

    def full_dates(units) -> list[date]:
        return dates_without_room(
            sitter=sitter,
            capacity=sitter.capacity,
            service=service,
            units=units,
            pets=pets,
            taken=taken,
        )

    full = full_dates(proposal.units)
    if not full:
        return (), None, None
    zone = ZoneInfo(sitter.time_zone)

    def first_that_fits(shifts: Iterator[int]) -> Choice | None:
        for days in shifts:
            other = shifted(choice, days)
            units = planned_units(other, zone)
            if units and not timing_problem(sitter, service, units) and not full_dates(units):
                return other
        return None

    step = 7 if choice.weekdays else 1
    days_back = (choice.starts_on - clock.today(sitter.time_zone)).days
    earlier = first_that_fits(range(-step, -min(NEARBY_DAYS, days_back) - 1, -step))
    later = first_that_fits(range(step, NEARBY_DAYS + 1, step))
    return tuple(full), earlier, later


def taken_between(sitter: SitterProfile, kind: Kind, first: date, last: date) -> Taken:
    """The seats held on these local dates (inclusive) that matter to a kind of care."""
    resource = RESOURCE_OF[kind]
    start, end = first.toordinal(), last.toordinal()
    if kind.is_visits:
        # A day more on both sides: local days do not begin at midnight in UTC.
        start = (start - EPOCH - 1) * QUARTERS_A_DAY
        end = (end - EPOCH + 2) * QUARTERS_A_DAY
    return taken_seats(sitter.pk, [(resource, start), (resource, end)])


def shifted(choice: Choice, days: int) -> Choice:
    """The same care, begun `days` later (earlier if negative)."""
    shift = timedelta(days=days)
    return replace(choice, starts_on=choice.starts_on + shift, last_on=choice.last_on + shift)
