"""What a change of a confirmed booking costs and what stands in its way.

The whole booking is priced again by `make_quote`, with the terms that were agreed when it was asked
for, so what stays keeps its price and what is new costs the same; today's prices of the sitter play
no part. A unit is dropped when its date has fewer of them than before: moving a walk to another
hour of the day drops nothing. What the owner drops is settled as if it were cancelled at the moment
of the proposal (product.md 10), and stays due in a line of its own; what the sitter proposes to drop
comes back in full. From then on the new lines, and the policy counted from the new dates, rule.
"""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from django.utils.translation import gettext as _

from bookings.emails import date_list
from bookings.exceptions import BookingError, RequestRefused
from bookings.models import Booking, BookingUnit
from bookings.services import capacity
from bookings.services.agreements import agreement_of
from bookings.services.booking_rows import agreed_terms
from bookings.services.cancellation import Agreement, agreement_for_quote, refund_if_owner_cancels
from bookings.services.lines import Line, kept_line
from bookings.services.pricing import Quote, make_quote
from bookings.services.requests import pet_facts, pets_problem
from bookings.services.rules import OWNER
from bookings.services.schedule import PlannedUnit, planned_units
from bookings.services.terms import add_ons_from_snapshot, fees, terms_from_snapshot
from bookings.services.wanted import Wanted, as_agreed
from profiles.kinds import Tier
from profiles.models import Pet

OPEN_FOR = timedelta(hours=72)


@dataclass(frozen=True)
class Plan:
    """A change worked out: `added` and `dropped` units, what of the dropped ones stays due."""

    wanted: Wanted
    old: Wanted
    quote: Quote
    added: tuple[PlannedUnit, ...]
    dropped: tuple[BookingUnit, ...]
    kept_cents: int
    agreement: Agreement
    open_until: datetime

    @property
    def new_total_cents(self) -> int:
        return self.quote.total_cents


def terms_of(booking: Booking) -> dict:
    """The terms as agreed; today's for a booking from before they were kept."""
    if booking.terms:
        return booking.terms
    for service in booking.sitter.snapshot.get("services", ()):
        if service["id"] == booking.service_id:
            return agreed_terms(booking.sitter, service)
    raise RequestRefused({"__all__": _("This kind of care is no longer offered.")})


def base_of(booking: Booking) -> str:
    """Twenty characters that change with anything a proposal was compared with."""
    facts = (
        booking.status,
        booking.total_cents,
        [(u.starts_at.isoformat(), u.ends_at.isoformat(), u.amount_cents) for u in _units(booking)],
        sorted(row.pet_id or 0 for row in booking.booking_pets.all()),
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:20]


def plan_change(
    booking: Booking, wanted: Wanted, pets: Sequence[Pet], *, side: str, priced_at: datetime
) -> Plan:
    """Price a change and name the units that come and go; `pets` are those of `wanted`.

    Raise RequestRefused with a sentence per field where it cannot be. Whether there is room is
    asked by `no_room`, and decided when the change is accepted.
    """
    terms = terms_of(booking)
    service, old = terms["service"], as_agreed(booking, terms)
    if wanted == old:
        raise RequestRefused({"__all__": _("Nothing is different from the booking yet.")})
    units = planned_units(wanted.choice, booking.zone)
    begun = [u for u in _units(booking) if u.checked_in_at or u.starts_at <= priced_at]
    _refuse_to_touch(booking, begun, units, wanted, old, priced_at)
    if pets and (problem := pets_problem(pets, service, wanted.choice)):
        raise RequestRefused({"pets": problem})
    dropped = _dropped(_units(booking), units)
    kept = _kept_of(booking, dropped, side, priced_at)
    try:
        quote = make_quote(
            terms=terms_from_snapshot(service, terms["holidays"]),
            choice=wanted.choice,
            units=units,
            pets=pet_facts(pets, wanted.choice),
            add_ons=add_ons_from_snapshot(service, wanted.add_ons),
            settled=[*_settled(booking), *_kept_lines(booking, dropped, kept)],
            fees=fees(),
        )
    except BookingError as error:
        raise RequestRefused({"pets": str(error)}) from error
    old_starts = {unit.starts_at for unit in _units(booking)}
    added = tuple(unit for unit in units if unit.starts_at not in old_starts)
    agreement = agreement_for_quote(
        quote,
        choice=wanted.choice,
        tier=Tier(booking.cancellation_tier),
        time_zone=booking.time_zone,
        confirmed_at=booking.confirmed_at,
    )
    return Plan(
        wanted,
        old,
        quote,
        added,
        tuple(dropped),
        sum(kept),
        agreement,
        open_until=_open_until(booking, units, dropped, priced_at),
    )


def no_room(booking: Booking, plan: Plan) -> str:
    """Why the new units do not fit now, with the booking's own seats counted as open; or nothing."""
    full = capacity.find_conflicts(
        sitter=booking.sitter,
        service=capacity.service_terms(booking),
        units=plan.quote.units,
        pets=len(plan.wanted.pets),
        besides=booking.pk,
    )
    if not full:
        return ""
    return _("%(sitter)s has no room on %(dates)s.") % {
        "sitter": booking.sitter.user.get_short_name(),
        "dates": date_list(full),
    }


def _units(booking: Booking) -> list[BookingUnit]:
    return list(booking.units.all())


def _refuse_to_touch(
    booking: Booking, begun, units, wanted: Wanted, old: Wanted, now: datetime
) -> None:
    """What was delivered or has begun stays; nothing new may lie in the past."""
    if not units:
        raise RequestRefused({"weekdays": _("Choose at least one date.")})
    if not wanted.pets:
        raise RequestRefused({"pets": _("Choose at least one animal.")})
    if None in (row.pet_id for row in booking.booking_pets.all()):
        raise RequestRefused({"pets": _("One of the animals is no longer on file.")})
    starts = {unit.starts_at for unit in units}
    if any(unit.starts_at not in starts for unit in begun):
        raise RequestRefused(
            {"from": _("What has begun stays as it is; only what is still to come can change.")}
        )
    if begun and wanted.pets != old.pets:
        raise RequestRefused(
            {"pets": _("The care has begun, so the animals stay the same. The dates can change.")}
        )
    begun_starts = {unit.starts_at for unit in begun}
    if any(unit.starts_at <= now for unit in units if unit.starts_at not in begun_starts):
        raise RequestRefused({"from": _("This moment has passed already.")})
    if units[-1].ends_at <= now:
        raise RequestRefused({"to": _("This moment has passed already.")})


def _dropped(old: Sequence[BookingUnit], new: Sequence[PlannedUnit]) -> list[BookingUnit]:
    """Of each date as many units as it loses: those whose hour is gone, the latest first."""
    left = Counter(unit.on for unit in new)
    starts = {unit.starts_at for unit in new}
    dropped = []
    for unit in sorted(old, key=lambda u: (u.starts_at not in starts, u.starts_at)):
        if left[unit.on]:
            left[unit.on] -= 1
        else:
            dropped.append(unit)
    return sorted(dropped, key=lambda unit: unit.starts_at)


def _kept_of(booking: Booking, dropped, side: str, moment: datetime) -> list[int]:
    """Cents of each dropped unit that stay due by the cancellation rules at that moment."""
    if side != OWNER or not dropped:
        return [0] * len(dropped)
    whole = agreement_of(booking)
    ids = {unit.starts_at for unit in dropped}
    part = replace(
        whole,
        units=tuple(unit for unit in whole.units if unit.starts_at in ids),
        late_pickup_cents=0,
        add_ons_cents=0,
        settled_cents=0,
    )
    return list(refund_if_owner_cancels(part, moment).kept_per_unit)


def _kept_lines(booking: Booking, dropped, kept: Sequence[int]) -> list[Line]:
    if not sum(kept):
        return []
    dates = [unit.on for unit, cents in zip(dropped, kept, strict=True) if cents]
    names = [row.name for row in booking.booking_pets.all()]
    return [kept_line(booking.kind_enum, len(dates), sum(kept), dates, names)]


def _settled(booking: Booking) -> list[Line]:
    """What earlier changes left due."""
    return [
        Line(
            row.rule,
            row.quantity,
            row.unit_cents,
            row.amount_cents,
            tuple(date.fromisoformat(on) for on in row.dates),
            tuple(row.pets),
            row.sentence,
            row.detail,
        )
        for row in booking.lines.all()
        if row.rule == "kept"
    ]


def _open_until(booking: Booking, units, dropped, now: datetime) -> datetime:
    """72 hours, but never past the start of anything that would change."""
    known = {unit.starts_at for unit in _units(booking)}
    moments = [unit.starts_at for unit in units if unit.starts_at not in known]
    moments += [unit.starts_at for unit in dropped]
    if booking.starts_at > now:
        moments += [booking.starts_at, units[0].starts_at]
    moments += [booking.ends_at, units[-1].ends_at]
    return min(now + OPEN_FOR, *moments)
