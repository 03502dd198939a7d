"""T1: an owner asks a sitter. Checks every guard, prices, and writes the booking with its copies."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from allauth.account.models import EmailAddress
from django.db.models import Model, prefetch_related_objects
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import blocks
from accounts.contact_words import has_contact
from accounts.models import Block, User
from bookings.emails import date_list
from bookings.emails import transitions as emails
from bookings.exceptions import PriceChanged, RequestRefused
from bookings.models import Booking
from bookings.services import capacity as seats
from bookings.services.booking_rows import booking_row, line_rows, pet_rows, unit_rows
from bookings.services.history import record
from bookings.services.messages import find_thread, is_stranger, no_contacts, open_thread
from bookings.services.notices import tell
from bookings.services.pricing import PetFacts, Quote, make_quote
from bookings.services.retry import in_transaction
from bookings.services.rules import OWNER, SITTER
from bookings.services.schedule import Choice, PlannedUnit, planned_units
from bookings.services.terms import add_ons_from_snapshot, fees, terms_from_snapshot
from bookings.services.transitions import confirm
from pawsitters import clock
from profiles.kinds import DogSize, Kind, Species
from profiles.models import Home, Pet, SitterProfile

ANSWER_WITHIN = timedelta(hours=24)
ANSWER_AT_LEAST = timedelta(hours=1)

# Read together with the sitter, once the lock is held.
ASKED_BY = f"""
    , (SELECT id FROM {Booking._meta.db_table} WHERE idempotency_key = %s AND owner_id = %s)
        AS existing_id
    , EXISTS (SELECT 1 FROM {EmailAddress._meta.db_table} WHERE user_id = %s AND verified = %s)
        AS has_confirmed_email
    , EXISTS (
        SELECT 1 FROM {Block._meta.db_table}
        WHERE (blocker_id = %s AND blocked_id = sitter.user_id)
        OR (blocker_id = sitter.user_id AND blocked_id = %s)
    ) AS is_blocked
"""


@dataclass(frozen=True)
class Proposal:
    """A request as it would be sent now: its service terms, units and price."""

    service: dict
    units: tuple[PlannedUnit, ...]
    quote: Quote


def service_of(sitter: SitterProfile, kind: Kind) -> dict | None:
    """The service's part of the sitter's snapshot, None if it is not offered."""
    return next((s for s in sitter.snapshot.get("services", ()) if s["kind"] == kind), None)


def pet_facts(pets: Sequence[Pet], choice: Choice) -> tuple[PetFacts, ...]:
    return tuple(PetFacts(p.pk, p.name, p.species, p.is_young(choice.starts_on)) for p in pets)


def propose(
    *,
    sitter: SitterProfile,
    choice: Choice,
    pets: Sequence[PetFacts],
    add_on_ids: Sequence[int] = (),
    terms: dict | None = None,
) -> Proposal:
    """Price a choice, with today's terms unless others were agreed (a series).

    Raise RequestRefused if the service is not offered, NoRate without a price.
    """
    terms = terms or {
        "service": service_of(sitter, choice.kind),
        "holidays": sitter.snapshot.get("holidays", ()),
    }
    service = terms["service"]
    if service is None:
        raise RequestRefused({"kind": _("%(sitter)s does not offer this.") % {"sitter": sitter}})
    units = planned_units(choice, ZoneInfo(sitter.time_zone))
    quote = make_quote(
        terms=terms_from_snapshot(service, terms["holidays"]),
        choice=choice,
        units=units,
        pets=pets,
        add_ons=add_ons_from_snapshot(service, add_on_ids),
        fees=fees(),
    )
    return Proposal(service, units, quote)


def submit_request(
    *,
    owner: User,
    sitter: SitterProfile,
    choice: Choice,
    pets: Sequence[Pet],
    add_on_ids: Sequence[int] = (),
    message: str = "",
    shown_total_cents: int,
    idempotency_key: str,
) -> Booking:
    """Ask a sitter; where the service is instant, the booking is confirmed at once.

    The same key gives the same booking, however often it is sent. Raise RequestRefused with a
    sentence for each field in the way, PriceChanged if the price went up since it was shown, and
    DatesTaken if an instant booking found the places gone.
    """
    return _submit(
        owner=owner,
        sitter_id=sitter.pk,
        choice=choice,
        pets=list(pets),
        add_on_ids=list(add_on_ids),
        message=message,
        shown_total_cents=shown_total_cents,
        key=f"{owner.pk}:{idempotency_key}",
    )


@in_transaction
def _submit(
    *, owner, sitter_id, choice, pets, add_on_ids, message, shown_total_cents, key
) -> Booking:
    # Instant booking claims seats, so the lock comes before everything else here too.
    seats.queue_for_seats(sitter_id)
    sitter = SitterProfile.objects.with_parts(
        "sitter.id = %s",
        [key, owner.pk, owner.pk, True, owner.pk, owner.pk, sitter_id],
        more=ASKED_BY,
    )
    if sitter.existing_id:
        return Booking.objects.get(pk=sitter.existing_id)
    proposal = propose(
        sitter=sitter, choice=choice, pets=pet_facts(pets, choice), add_on_ids=add_on_ids
    )
    home = home_for(owner, choice)
    errors = refusals(
        owner=owner,
        sitter=sitter,
        choice=choice,
        pets=pets,
        proposal=proposal,
        home=home,
        has_confirmed_email=bool(sitter.has_confirmed_email),
        is_blocked=bool(sitter.is_blocked),
    )
    if has_contact(message) and is_stranger(find_thread(owner, sitter), owner):
        errors["message"] = no_contacts(sitter.user)
    if errors:
        raise RequestRefused(errors)
    if proposal.quote.total_cents > shown_total_cents:
        raise PriceChanged(shown_total_cents, proposal.quote.total_cents)
    booking = create_booking(owner, sitter, choice, pets, proposal, home, message, key)
    event = record(
        booking,
        verb="requested",
        by=owner,
        role=OWNER,
        data={"to": booking.status, "total_cents": booking.total_cents},
        is_first=True,
    )
    # A must-follow line wants the sitter's own tick, so those requests wait for an answer.
    if proposal.service["is_instant"] and not any(pet.must_follow_lines for pet in pets):
        return confirm(booking, sitter.capacity, by=sitter.user, role=SITTER)
    tell(booking, event, emails.requested(booking))
    return booking


# --- guards --------------------------------------------------------------------------------


def refusals(
    *,
    owner: User,
    sitter: SitterProfile,
    choice: Choice,
    pets: Sequence[Pet],
    proposal: Proposal,
    home: Home | None,
    has_confirmed_email: bool,
    is_blocked: bool,
) -> dict[str, str]:
    """Every guard of T1 that stands in the way: field → sentence; empty when it can be sent."""
    errors = {}
    if not has_confirmed_email:
        errors["__all__"] = _("Please confirm your e-mail address first; we have sent you a link.")
    if sitter.user_id == owner.pk:
        errors["__all__"] = _("This is your own page; you cannot book yourself.")
    elif not sitter.is_published or not sitter.user.is_active:
        errors["__all__"] = _("%(sitter)s takes no requests at the moment.") % {"sitter": sitter}
    elif is_blocked:
        errors["__all__"] = blocks.refusal(sitter.user)
    if home is None and not choice.kind.is_at_sitters:
        errors["__all__"] = _(
            "Please add your address first, so that the sitter knows where to go."
        )
    if problem := pets_problem(pets, proposal.service, choice):
        errors["pets"] = problem
    if problem := _dates_problem(sitter, pets, proposal):
        errors["from"] = problem
    return errors


def has_confirmed_email(owner: User) -> bool:
    return EmailAddress.objects.filter(user=owner, verified=True).exists()


def home_for(owner: User, choice: Choice) -> Home | None:
    """The owner's home where the care takes place there; None elsewhere, or without one."""
    if choice.kind.is_at_sitters:
        return None
    return Home.objects.filter(user=owner).select_related("town").first()


def pets_problem(pets: Sequence[Pet], service: dict, choice: Choice) -> str:
    if service["needs_vaccinations"]:
        prefetch_related_objects(pets, "vaccinations")
    if not pets:
        return _("Choose at least one animal.")
    if len(pets) > service["max_pets"]:
        return (
            ngettext(
                "This sitter takes %d animal in one booking.",
                "This sitter takes at most %d animals in one booking.",
                service["max_pets"],
            )
            % service["max_pets"]
        )
    for pet in pets:
        if problem := _pet_problem(pet, service, choice):
            return problem
    return ""


def _pet_problem(pet: Pet, service: dict, choice: Choice) -> str:
    name = {"pet": pet.name}
    if pet.unanswered:
        return _("Some questions about %(pet)s’s behaviour are still open.") % name
    if pet.species not in service["species"]:
        return _("This sitter does not take animals like %(pet)s.") % name
    if pet.species == Species.DOG and service["max_dog_kg"] != DogSize.GIANT:
        if pet.weight_grams is None:
            return _("Please fill in %(pet)s’s weight; this sitter takes dogs up to %(kg)d kg.") % {
                **name,
                "kg": service["max_dog_kg"],
            }
        if pet.weight_grams > service["max_dog_kg"] * 1000:
            return _("%(pet)s is too heavy for this sitter, who takes dogs up to %(kg)d kg.") % {
                **name,
                "kg": service["max_dog_kg"],
            }
    if service["min_age_months"] and pet.age_months(choice.starts_on) < service["min_age_months"]:
        return _("%(pet)s is too young for this sitter.") % name
    if service["needs_vaccinations"] and not pet.is_vaccinated_until(choice.dates[-1]):
        return (
            _(
                "This sitter wants vaccinations that are valid to the last day; "
                "%(pet)s’s record does not show them."
            )
            % name
        )
    return ""


def _dates_problem(sitter: SitterProfile, pets: Sequence[Pet], proposal: Proposal) -> str:
    service, units = proposal.service, proposal.units
    if problem := timing_problem(sitter, service, units):
        return problem
    full = seats.find_conflicts(sitter=sitter, service=service, units=units, pets=max(len(pets), 1))
    if full:
        return _("%(sitter)s has no room on %(dates)s.") % {
            "sitter": sitter,
            "dates": date_list(full),
        }
    return ""


def timing_problem(sitter: SitterProfile, service: dict, units: Sequence[PlannedUnit]) -> str:
    """Why these units are too soon or too far ahead for the sitter; empty if they are not."""
    if units[0].starts_at < clock.now() + timedelta(hours=service["lead_hours"]):
        return ngettext(
            "%(sitter)s needs %(hours)d hour of notice.",
            "%(sitter)s needs %(hours)d hours of notice.",
            service["lead_hours"],
        ) % {"sitter": sitter, "hours": service["lead_hours"]}
    last_on = clock.today(sitter.time_zone) + timedelta(days=service["horizon_days"])
    if units[-1].on > last_on:
        return _("%(sitter)s takes bookings at most %(days)d days ahead.") % {
            "sitter": sitter,
            "days": service["horizon_days"],
        }
    return ""


def answer_by(now: datetime, starts_at: datetime, lead_hours: int) -> datetime:
    """When a request runs out: a day from now or the lead time before the start, at least an hour."""
    latest = min(now + ANSWER_WITHIN, starts_at - timedelta(hours=lead_hours))
    return max(latest, now + ANSWER_AT_LEAST)


# --- writing -------------------------------------------------------------------------------


def create_booking(
    owner, sitter, choice, pets, proposal: Proposal, home, message: str, key: str
) -> Booking:
    quote, now, service = proposal.quote, clock.now(), proposal.service
    booking = booking_row(
        idempotency_key=key,
        owner=owner,
        sitter=sitter,
        service=service,
        choice=choice,
        quote=quote,
        home=home,
        message=message,
        requested_at=now,
        expires_at=answer_by(now, quote.units[0].starts_at, service["lead_hours"]),
    )
    booking.save(force_insert=True)
    _write(booking, "booking_pets", pet_rows(booking, pets))
    _write(booking, "units", unit_rows(booking, quote))
    _write(booking, "lines", line_rows(booking, quote))
    open_thread(owner, sitter, now)
    return booking


def _write(booking: Booking, name: str, rows: list[Model]) -> None:
    """Insert the rows of a new booking, and keep them as if they had been prefetched."""
    manager = getattr(booking, name)
    manager.model.objects.bulk_create(rows)
    kept = manager.all()
    kept._result_cache = rows
    kept._prefetch_done = True
    vars(booking).setdefault("_prefetched_objects_cache", {})[name] = kept
