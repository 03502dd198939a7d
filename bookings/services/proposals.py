"""Changing a confirmed booking: one side proposes, the other accepts, in one transaction.

A proposal is a firm offer at the price it showed, open for 72 hours at most and never past the start
of what it would change. One at a time: whoever proposes second is told. Whatever moves the booking
to another state overtakes an open proposal (see transitions/moves.py).
"""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F
from django.utils.translation import gettext as _

from accounts import blocks
from accounts.models import User
from bookings.emails import changes as emails
from bookings.exceptions import NotAllowedNow, PriceChanged, RequestRefused
from bookings.models import Booking, BookingLine, BookingPet, BookingUnit, Proposal
from bookings.services.booking_rows import line_rows, pet_rows, unit_rows
from bookings.services.capacity import change_seats, lock_capacity
from bookings.services.care import copy_care, tick_key
from bookings.services.changes import Plan, base_of, no_room, plan_change, terms_of
from bookings.services.pricing import Quote
from bookings.services.retry import in_transaction
from bookings.services.rules import CLOCK, OWNER, SITTER, require, role_of
from bookings.services.transitions.moves import locked, note
from bookings.services.wanted import Wanted
from pawsitters import clock
from profiles.models import Pet, SitterProfile

State = Proposal.State
# Further than any booking has units, so that rows can be renumbered without meeting each other.
OUT_OF_THE_WAY = 1000


def pets_for(booking: Booking, wanted: Wanted, *, hold: bool = False) -> list[Pet]:
    """The owner's pets that are wanted, in order of id; numbers of others find nothing.

    `hold` keeps them as they are until the transaction ends, so that no edit falls between the ticks
    and the copy.
    """
    pets = Pet.objects.filter(owner_id=booking.owner_id, pk__in=wanted.pets).active()
    if hold:
        pets = pets.select_for_update()
    return list(pets.prefetch_related("vaccinations").order_by("pk"))


def new_lines(booking: Booking, pets: Sequence[Pet]) -> list[tuple[str, str]]:
    """(key, "Moss: half a tablet …") of each must-follow line that comes with a new animal."""
    known = {row.pet_id for row in booking.booking_pets.all()}
    return [
        (tick_key(pet, line), f"{pet.name}: {line}")
        for pet in pets
        if pet.pk not in known
        for line in pet.must_follow_lines
    ]


@in_transaction
def propose_change(
    *,
    booking: Booking,
    by: User,
    wanted: Wanted,
    shown_total_cents: int,
    message: str = "",
    idempotency_key: str,
) -> Proposal:
    """Offer the other side a change at the price that was shown.

    The same key gives the same proposal. Raise RequestRefused with a sentence per field,
    PriceChanged if the price is another one by now, NotAllowedNow if one is open already.
    """
    booking = locked(booking)
    key = f"{by.pk}:{idempotency_key}"
    if found := Proposal.objects.filter(idempotency_key=key, booking=booking).first():
        return found
    role, now = role_of(booking, by), clock.now()
    require_may_propose(booking, role, now)
    _refuse_second(booking, role)
    plan = plan_for(booking, wanted, side=role)
    if plan.new_total_cents != shown_total_cents:
        raise PriceChanged(shown_total_cents, plan.new_total_cents)
    if problem := no_room(booking, plan):
        raise RequestRefused({"from": problem})
    proposal = Proposal.objects.create(
        booking=booking,
        number=booking.proposals.count() + 1,
        idempotency_key=key,
        open_for=booking.pk,
        by=by,
        side=role,
        was=plan.old.to_json(),
        wanted=wanted.to_json(),
        lines=[[line.sentence, line.detail, line.amount_cents] for line in plan.quote.lines],
        old_total_cents=booking.total_cents,
        new_total_cents=plan.new_total_cents,
        base=base_of(booking),
        message=message,
        created_at=now,
        expires_at=plan.open_until,
    )
    _note(booking, proposal, "change_proposed", role, by, emails.proposed)
    return proposal


def require_may_propose(booking: Booking, role: str, now: datetime) -> None:
    """Raise NotAllowedNow. A proposal carries words, so a block ends it; cancelling stays open."""
    require(booking, role, "propose", now)
    other = booking.sitter.user if role == OWNER else booking.owner
    if blocks.is_blocked(booking.owner, booking.sitter.user):
        raise NotAllowedNow(blocks.refusal(other))


def plan_for(booking: Booking, wanted: Wanted, *, side: str, priced_at=None) -> Plan:
    """The plan of a change with the owner's pets looked up; what `plan_change` raises, and more."""
    pets = pets_for(booking, wanted)
    known = {row.pet_id for row in booking.booking_pets.all()}
    strange = {pet.pk for pet in pets} - known if side == SITTER else set()
    if strange or len(pets) != len(set(wanted.pets)):
        raise RequestRefused({"pets": _("One of these animals cannot be chosen.")})
    return plan_change(booking, wanted, pets, side=side, priced_at=priced_at or clock.now())


@in_transaction
def accept_proposal(*, proposal: Proposal, by: User, ticked: Sequence[str] = ()) -> Booking:
    """Make the booking what was proposed, at the price that was proposed.

    Raise DatesTaken if the new dates have no room any more, RequestRefused if a must-follow line of
    a new animal is not ticked, NotAllowedNow if it is too late or not this person's to answer.
    """
    capacity = lock_capacity(proposal.booking.sitter_id)
    booking = locked(proposal.booking)
    proposal = _open_one(proposal, booking)
    role = _require_other_side(proposal, booking, by)
    if base_of(booking) != proposal.base:
        raise NotAllowedNow(_("The booking has changed since; propose it anew."))
    wanted = Wanted.from_json(proposal.wanted)
    plan = plan_for(booking, wanted, side=proposal.side, priced_at=proposal.created_at)
    if plan.new_total_cents != proposal.new_total_cents:
        raise NotAllowedNow(_("The price has changed since this was proposed; propose it anew."))
    if plan.added and booking.sitter.status == SitterProfile.Status.SUSPENDED:
        raise NotAllowedNow(_("The sitter’s page is suspended, so nothing can be added."))
    pets = pets_for(booking, wanted, hold=True)
    _require_ticks(booking, pets, role, ticked)
    return _apply(booking, capacity, proposal, plan, pets, role, by)


def _require_ticks(booking: Booking, pets, role: str, ticked: Sequence[str]) -> None:
    missing = [key for key, _line in new_lines(booking, pets) if key not in ticked]
    if role == SITTER and missing:
        raise RequestRefused(
            dict.fromkeys(missing, _("Please tick every line that you promise to follow."))
        )


def _apply(booking: Booking, capacity, proposal, plan: Plan, pets, role: str, by) -> Booking:
    old_dates = {unit.on for unit in booking.units.all()}
    quote, choice = plan.quote, plan.wanted.choice
    changes = {
        "terms": terms_of(booking),
        "starts_on": choice.starts_on,
        "ends_on": choice.ends_on,
        "starts_at": quote.units[0].starts_at,
        "ends_at": quote.units[-1].ends_at,
        "subtotal_cents": quote.subtotal_cents,
        "owner_fee_cents": quote.owner_fee_cents,
        "sitter_fee_cents": quote.sitter_fee_cents,
        "total_cents": quote.total_cents,
    }
    for name, value in changes.items():
        setattr(booking, name, value)
    booking.save(update_fields=list(changes))
    _write_units(booking, quote)
    _write_pets(booking, pets)
    booking.lines.all().delete()
    BookingLine.objects.bulk_create(line_rows(booking, quote))

    booking = locked(booking)
    change_seats(booking, capacity, old_dates)
    _close(proposal, State.ACCEPTED)
    data = {
        "old": plan.old.to_json(),
        "new": plan.wanted.to_json(),
        "old_hash": proposal.base,
        "new_hash": base_of(booking),
    }
    return _note(booking, proposal, "changed", role, by, emails.accepted, data)


def _write_units(booking: Booking, quote: Quote) -> None:
    """Units that stay keep their rows, for check-ins and report cards hang on them."""
    old = {unit.starts_at: unit.pk for unit in booking.units.all()}
    by_date = {unit.on: unit.pk for unit in booking.units.all()}
    rows = unit_rows(booking, quote)
    for row in rows:
        row.pk = old.pop(row.starts_at, None)
    free = set(old.values())
    for row in rows:
        # The same date at another hour is the same night or walk, moved.
        if row.pk is None and by_date.get(row.on) in free:
            row.pk = by_date[row.on]
            free.remove(row.pk)
    BookingUnit.objects.filter(pk__in=free).delete()
    BookingUnit.objects.filter(booking=booking).update(number=F("number") + OUT_OF_THE_WAY)
    BookingUnit.objects.bulk_update(
        [row for row in rows if row.pk], ["number", "on", "starts_at", "ends_at", "amount_cents"]
    )
    BookingUnit.objects.bulk_create([row for row in rows if row.pk is None])


def _write_pets(booking: Booking, pets: Sequence[Pet]) -> None:
    """New animals come with a copy of their care sheet and the lines the sitter ticked."""
    known = {row.pet_id: row for row in booking.booking_pets.all()}
    rows = pet_rows(booking, pets)
    BookingPet.objects.filter(booking=booking).exclude(pet__in=pets).delete()
    for row, pet in zip(rows, pets, strict=True):
        if pet.pk not in known:
            row.save(force_insert=True)
            copy_care([row], {tick_key(row, line) for line in pet.must_follow_lines}, clock.now())
        elif known[pet.pk].is_young != row.is_young:
            BookingPet.objects.filter(pk=known[pet.pk].pk).update(is_young=row.is_young)


@in_transaction
def decline_proposal(*, proposal: Proposal, by: User) -> Proposal:
    """The booking stays as it is."""
    booking = locked(proposal.booking)
    proposal = _open_one(proposal, booking)
    role = _require_other_side(proposal, booking, by)
    _close(proposal, State.DECLINED)
    _note(booking, proposal, "change_declined", role, by, emails.declined)
    return proposal


@in_transaction
def withdraw_proposal(*, proposal: Proposal, by: User) -> Proposal:
    booking = locked(proposal.booking)
    proposal = _open_one(proposal, booking)
    if role_of(booking, by) != proposal.side:
        raise NotAllowedNow(_("Only the one who proposed it can take it back."))
    _close(proposal, State.WITHDRAWN)
    _note(booking, proposal, "change_withdrawn", proposal.side, by, emails.withdrawn)
    return proposal


@in_transaction
def expire_proposal(*, proposal: Proposal) -> Proposal:
    """Called by the clock; raise NotAllowedNow if it is not time, or was answered meanwhile."""
    booking = locked(proposal.booking)
    proposal = Proposal.objects.get(pk=proposal.pk)
    if not proposal.is_open or clock.now() < proposal.runs_out_at:
        raise NotAllowedNow(_("This change is not due to expire."))
    _close(proposal, State.EXPIRED)
    _note(booking, proposal, "change_expired", CLOCK, None, emails.expired)
    return proposal


def _open_one(proposal: Proposal, booking: Booking) -> Proposal:
    """The proposal as it is now; the booking's lock keeps it so."""
    proposal = Proposal.objects.get(pk=proposal.pk, booking=booking)
    if not proposal.is_open:
        raise NotAllowedNow(
            _("This change was already %(state)s.")
            % {"state": proposal.get_state_display().lower()}
        )
    if clock.now() >= proposal.runs_out_at:
        raise NotAllowedNow(_("The time to answer this change is over."))
    return proposal


def _require_other_side(proposal: Proposal, booking: Booking, by: User) -> str:
    role = role_of(booking, by)
    if role is None or role == proposal.side:
        raise NotAllowedNow(_("It is for the other side to answer this change."))
    require(booking, role, "propose", clock.now())
    return role


def _refuse_second(booking: Booking, role: str) -> None:
    found = Proposal.objects.filter(open_for=booking.pk).first()
    if found is None:
        return
    if clock.now() >= found.runs_out_at:
        _close(found, State.EXPIRED)
        return
    if found.side == role:
        raise NotAllowedNow(_("You have already proposed a change. Take it back first."))
    other = booking.owner if found.side == OWNER else booking.sitter.user
    raise NotAllowedNow(
        _("%(name)s has proposed a change already. Please answer that one first.")
        % {"name": other.get_short_name()}
    )


def _close(proposal: Proposal, state: str) -> None:
    proposal.state, proposal.open_for, proposal.answered_at = state, None, clock.now()
    proposal.save(update_fields=["state", "open_for", "answered_at"])


def _note(booking, proposal: Proposal, verb: str, role: str, by, messages, data=None) -> Booking:
    data = {
        "proposal": proposal.number,
        "old_total_cents": proposal.old_total_cents,
        "new_total_cents": proposal.new_total_cents,
        **(data or {}),
    }
    return note(
        booking,
        verb=verb,
        role=role,
        by=by,
        data=data,
        messages=lambda booking: messages(booking, proposal),
    )
