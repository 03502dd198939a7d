"""What comes back when a booking is cancelled: the rules of the tiers, as pure functions.

The page before booking, the page before cancelling, the mail and the cancellation itself all use
these, so the sum that is shown is the sum that is executed. Amounts are integer cents.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from bookings.outages import moved
from bookings.services.pricing import PricedUnit, Quote
from bookings.services.refund_steps import Step, collapse
from bookings.services.rounding import half_up
from bookings.services.schedule import Choice, to_utc
from profiles.kinds import TIER_DAYS, Kind, Tier

__all__ = [
    "Agreement",
    "Refund",
    "Step",
    "agreement_for_quote",
    "deadline",
    "grace_until",
    "refund_hash",
    "refund_if_owner_cancels",
    "refund_if_sitter_cancels",
    "refund_with_kept",
    "timeline",
]

NOON = time(12)
HALF_DATES = 7
GRACE = timedelta(minutes=60)
GRACE_NOTICE = timedelta(hours=48)


@dataclass(frozen=True)
class Agreement:
    """The facts of a booking that a refund depends on.

    Units are in order of time, with their discounted prices. `starts_on` is a date at the place of
    care, whose clock is `time_zone`. `confirmed_at` is empty before the sitter has accepted.
    `settled_cents` is what an earlier change left to the sitter for nights that were dropped late.
    """

    kind: Kind
    tier: Tier
    units: tuple[PricedUnit, ...]
    late_pickup_cents: int
    add_ons_cents: int
    owner_fee_cents: int
    subtotal_cents: int
    total_cents: int
    starts_on: date
    starts_at: datetime
    time_zone: str
    confirmed_at: datetime | None = None
    settled_cents: int = 0

    @cached_property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)

    @cached_property
    def ends_at(self) -> datetime:
        return max(unit.ends_at for unit in self.units)

    @property
    def extras_cents(self) -> int:
        """Late pick-up and add-ons; they count as delivered once the booking has ended."""
        return self.late_pickup_cents + self.add_ons_cents

    @property
    def returnable_cents(self) -> int:
        """What comes back when nothing but the settled part is kept: usually the total."""
        if not self.settled_cents:
            return self.total_cents
        back = self.subtotal_cents - self.settled_cents
        return back + half_up(self.owner_fee_cents * back, self.subtotal_cents)


@dataclass(frozen=True)
class Refund:
    """`kept_cents` and `refund_cents` − `fee_refund_cents` add up to the subtotal.

    `kept_per_unit` follows the agreement's units; extras that are kept are only in `kept_cents`.
    `is_grace`: everything comes back only because the booking was confirmed a moment ago.
    """

    refund_cents: int
    kept_cents: int
    fee_refund_cents: int
    kept_per_unit: tuple[int, ...]
    is_grace: bool = False


def agreement_for_quote(
    quote: Quote,
    *,
    choice: Choice,
    tier: Tier,
    time_zone: str,
    confirmed_at: datetime | None = None,
) -> Agreement:
    """What would be agreed if this quote were booked; for the time-line before booking."""
    return Agreement(
        kind=choice.kind,
        tier=tier,
        units=quote.units,
        late_pickup_cents=quote.late_pickup_cents,
        add_ons_cents=quote.add_ons_cents,
        owner_fee_cents=quote.owner_fee_cents,
        subtotal_cents=quote.subtotal_cents,
        total_cents=quote.total_cents,
        starts_on=quote.units[0].on,
        starts_at=quote.units[0].starts_at,
        time_zone=time_zone,
        confirmed_at=confirmed_at,
        settled_cents=quote.settled_cents,
    )


def deadline(agreement: Agreement, unit: PricedUnit | None = None) -> datetime:
    """The last moment at which cancelling gives this unit (by default the first) back in full.

    Nights share one deadline, counted from the booking's start; days and visits each have their
    own. Noon is by the clock at the place of care. With `same_day` it is the start itself, when
    the first unit has already begun, so everything comes back until just before.

    In a recorded outage it moves to an hour after its end, but never past the start of care.
    """
    unit = unit or agreement.units[0]
    is_nights = agreement.kind.is_nights
    days = TIER_DAYS[agreement.tier]
    starts_at = agreement.starts_at if is_nights else unit.starts_at
    if days == 0:
        return starts_at
    starts_on = agreement.starts_on if is_nights else unit.on
    agreed = to_utc(starts_on - timedelta(days=days), NOON, agreement.zone)
    return max(agreed, min(moved(agreed), starts_at))


def grace_until(agreement: Agreement) -> datetime | None:
    """Until when everything comes back whatever the tier says; None while not confirmed.

    60 minutes after the confirmation, but not later than 48 hours before the start. It may lie
    before the confirmation: then there is no grace. An outage moves it like any deadline.
    """
    if agreement.confirmed_at is None:
        return None
    agreed = min(agreement.confirmed_at + GRACE, agreement.starts_at - GRACE_NOTICE)
    return max(agreed, min(moved(agreed), agreement.starts_at))


def refund_if_owner_cancels(agreement: Agreement, moment: datetime) -> Refund:
    """Section 10 for an owner who cancels at `moment` (aware).

    A unit that has begun is kept in full, one before its deadline comes back in full; of the
    others half is kept if their date is among the first seven dates cancelled, else nothing. Late
    pick-up and add-ons come back until the booking has ended; the owner's fee in proportion.
    """
    kept = _kept_of_owner(agreement, moment)
    until = grace_until(agreement)
    if until is not None and moment <= until and any(kept):
        return _settle(agreement, (0,) * len(kept), 0, is_grace=True)
    return _settle(agreement, kept, _extras_kept(agreement, moment))


def _kept_of_owner(agreement: Agreement, moment: datetime) -> tuple[int, ...]:
    waiting = {unit.on for unit in agreement.units if moment < unit.starts_at}
    half_dates = set(sorted(waiting)[:HALF_DATES])
    kept = []
    for unit in agreement.units:
        if moment >= unit.starts_at:
            kept.append(unit.amount_cents)
        elif unit.on in half_dates and moment > deadline(agreement, unit):
            kept.append(half_up(unit.amount_cents, 2))
        else:
            kept.append(0)
    return tuple(kept)


def refund_if_sitter_cancels(agreement: Agreement, moment: datetime) -> Refund:
    """Everything not delivered and all of the owner's fee; a unit is delivered once begun.

    What an earlier change had settled for dropped nights was never delivered, so it comes back too.
    """
    kept = tuple(unit.amount_cents if moment >= unit.starts_at else 0 for unit in agreement.units)
    return _settle(
        agreement, kept, _extras_kept(agreement, moment), is_whole_fee=True, keeps_settled=False
    )


def refund_with_kept(agreement: Agreement, kept_per_unit: Sequence[int]) -> Refund:
    """The refund when the sitter keeps these cents of the units and nothing of the extras.

    Raise ValueError unless there is one amount per unit, between 0 and the unit's price.
    """
    for unit, kept in zip(agreement.units, kept_per_unit, strict=True):
        if not 0 <= kept <= unit.amount_cents:
            raise ValueError(f"{kept} is not between 0 and {unit.amount_cents} cents")
    return _settle(agreement, tuple(kept_per_unit), 0, keeps_settled=any(kept_per_unit))


def _extras_kept(agreement: Agreement, moment: datetime) -> int:
    return agreement.extras_cents if moment >= agreement.ends_at else 0


def _settle(
    agreement: Agreement,
    kept_per_unit: tuple[int, ...],
    kept_extras: int,
    *,
    is_whole_fee: bool = False,
    is_grace: bool = False,
    keeps_settled: bool = True,
) -> Refund:
    kept = sum(kept_per_unit) + kept_extras
    if keeps_settled:
        kept += agreement.settled_cents
    back = agreement.subtotal_cents - kept
    fee = agreement.owner_fee_cents
    if not is_whole_fee and agreement.subtotal_cents:
        fee = half_up(fee * back, agreement.subtotal_cents)
    return Refund(back + fee, kept, fee, kept_per_unit, is_grace)


def timeline(agreement: Agreement, now: datetime) -> tuple[Step, ...]:
    """What the owner gets back from `now` on, in at most four steps, nearest first.

    The sums are those that `refund_if_owner_cancels` gives inside each step. Before the
    confirmation no grace is counted; `refund_steps.grace_sentence` mentions it.
    """
    return collapse(
        agreement,
        now,
        refund_at=lambda moment: refund_if_owner_cancels(agreement, moment).refund_cents,
        changes=_changes(agreement),
    )


def _changes(agreement: Agreement) -> list[datetime]:
    """Every moment at, or just after, which the refund may change; sorted."""
    moments = {agreement.ends_at}
    for unit in agreement.units:
        moments |= {unit.starts_at, deadline(agreement, unit)}
    until = grace_until(agreement)
    if until is not None:
        moments.add(until)
    return sorted(moments)


def refund_hash(agreement: Agreement, refund: Refund) -> str:
    """Twenty characters that change with anything the owner was shown before cancelling.

    The cancel form sends it back, and a refund that has changed meanwhile is shown again instead
    of executed.
    """
    facts = (
        agreement.kind.value,
        agreement.tier.value,
        agreement.starts_at.isoformat(),
        agreement.confirmed_at and agreement.confirmed_at.isoformat(),
        agreement.total_cents,
        tuple(unit.amount_cents for unit in agreement.units),
        refund.refund_cents,
        refund.fee_refund_cents,
        refund.kept_per_unit,
    )
    return hashlib.sha256(repr(facts).encode()).hexdigest()[:20]
