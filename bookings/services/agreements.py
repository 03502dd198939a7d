"""From a booking's rows to the pure refund rules: page, mail and cancellation share one result."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from bookings.models import Booking
from bookings.services.cancellation import (
    Agreement,
    Refund,
    Step,
    deadline,
    refund_hash,
    refund_if_owner_cancels,
    refund_if_sitter_cancels,
    refund_with_kept,
    timeline,
)
from bookings.services.pricing import PricedUnit
from pawsitters import clock
from profiles.kinds import Kind, Tier


def agreement_of(booking: Booking) -> Agreement:
    """Expects units and lines prefetched where several bookings are shown."""
    amounts: dict[str, int] = {}
    for line in booking.lines.all():
        amounts[line.rule] = amounts.get(line.rule, 0) + line.amount_cents
    return Agreement(
        kind=Kind(booking.kind),
        tier=Tier(booking.cancellation_tier),
        units=tuple(
            PricedUnit(unit.on, unit.starts_at, unit.ends_at, unit.amount_cents)
            for unit in booking.units.all()
        ),
        late_pickup_cents=amounts.get("late_pickup", 0),
        add_ons_cents=amounts.get("add_on", 0),
        owner_fee_cents=booking.owner_fee_cents,
        subtotal_cents=booking.subtotal_cents,
        total_cents=booking.total_cents,
        starts_on=booking.starts_on,
        starts_at=booking.starts_at,
        time_zone=booking.time_zone,
        confirmed_at=booking.confirmed_at,
        settled_cents=amounts.get("kept", 0),
    )


def free_until(booking: Booking) -> datetime:
    """The last moment at which cancelling costs nothing; needs no other rows, for lists."""
    on = booking.starts_at.astimezone(booking.zone).date()
    first = PricedUnit(on, booking.starts_at, booking.ends_at, 0)
    return deadline(
        Agreement(
            kind=Kind(booking.kind),
            tier=Tier(booking.cancellation_tier),
            units=(first,),
            late_pickup_cents=0,
            add_ons_cents=0,
            owner_fee_cents=0,
            subtotal_cents=0,
            total_cents=0,
            starts_on=on,
            starts_at=booking.starts_at,
            time_zone=booking.time_zone,
        )
    )


@dataclass(frozen=True)
class Preview:
    """What the owner would get back now, and the hash that the cancel form must send along."""

    refund: Refund
    hash: str
    steps: tuple[Step, ...]


def owner_preview(booking: Booking) -> Preview:
    agreement = agreement_of(booking)
    now = clock.now()
    refund = refund_if_owner_cancels(agreement, now)
    return Preview(refund, refund_hash(agreement, refund), timeline(agreement, now))


def sitter_refund(booking: Booking) -> Refund:
    return refund_if_sitter_cancels(agreement_of(booking), clock.now())


def refund_for_kept(booking: Booking, kept_per_unit: Sequence[int]) -> int:
    """The refund in cents when the sitter keeps these parts of the units and no extras."""
    return refund_with_kept(agreement_of(booking), tuple(kept_per_unit)).refund_cents
