"""What happens to an invented booking: its moments, its refund, and the events of its record."""

from datetime import timedelta
from random import Random

from bookings.demo import words
from bookings.models import Booking
from bookings.services.cancellation import (
    agreement_for_quote,
    refund_if_owner_cancels,
    refund_if_sitter_cancels,
)
from bookings.services.requests import Proposal
from bookings.services.schedule import Choice
from bookings.services.visits import is_visit_by_visit
from pawsitters import clock
from profiles.kinds import Tier

Status = Booking.Status


def life(
    rng: Random, booking: Booking, choice: Choice, proposal: Proposal, outcome: str
) -> list[tuple]:
    """Set the booking's moments and return its events as (verb, at, by, role, data)."""
    sitter = booking.sitter.user
    events = [
        (
            "requested",
            booking.requested_at,
            booking.owner,
            "owner",
            {"to": Status.REQUESTED, "total_cents": booking.total_cents},
        )
    ]
    answered_at = booking.requested_at + timedelta(minutes=rng.randint(10, 1000))
    if outcome == Status.REQUESTED:
        return events
    if outcome == Status.EXPIRED:
        booking.ended_at = booking.expires_at
        return [
            *events,
            ("expired", booking.expires_at, None, "clock", _change("requested", outcome)),
        ]
    if outcome == Status.WITHDRAWN:
        booking.ended_at = answered_at
        return [
            *events,
            ("withdrawn", answered_at, booking.owner, "owner", _change("requested", outcome)),
        ]
    booking.answered_at = answered_at
    if outcome == Status.DECLINED:
        booking.ended_at, booking.end_reason = answered_at, "dates"
        booking.end_text = rng.choice(words.DECLINE_TEXTS)
        data = {**_change("requested", outcome), "reason": "dates"}
        return [*events, ("declined", answered_at, sitter, "sitter", data)]
    booking.confirmed_at = answered_at
    events.append(("confirmed", answered_at, sitter, "sitter", _change("requested", "confirmed")))
    if outcome in (Status.IN_PROGRESS, Status.COMPLETED):
        booking.checked_in_at = booking.starts_at - timedelta(minutes=rng.randint(-9, 9))
        events.append(
            (
                "checked_in",
                booking.checked_in_at,
                sitter,
                "sitter",
                _change("confirmed", "in_progress"),
            )
        )
    if outcome == Status.COMPLETED:
        booking.checked_out_at = booking.ended_at = booking.ends_at
        events.append(
            ("completed", booking.ends_at, sitter, "sitter", _change("in_progress", outcome))
        )
    if booking.checked_in_at:
        _units(rng, booking)
    if outcome not in (Status.CONFIRMED, Status.IN_PROGRESS, Status.COMPLETED):
        events.append(_cancellation(rng, booking, choice, proposal, outcome))
    return events


def _units(rng: Random, booking: Booking) -> None:
    """Every visit that was due is checked in and out; a stay at its first and its last night."""
    now, units = clock.now(), list(booking.units.all())
    due = [unit for unit in units if unit.ends_at <= now] if is_visit_by_visit(booking) else []
    for unit in due:
        unit.checked_in_at = unit.starts_at + timedelta(minutes=rng.randint(-8, 12))
        unit.checked_out_at = unit.ends_at
    units[0].checked_in_at = booking.checked_in_at
    units[-1].checked_out_at = booking.checked_out_at


def _cancellation(rng: Random, booking, choice: Choice, proposal: Proposal, outcome: str) -> tuple:
    agreement = agreement_for_quote(
        proposal.quote,
        choice=choice,
        tier=Tier(booking.cancellation_tier),
        time_zone=booking.time_zone,
        confirmed_at=booking.confirmed_at,
    )
    if outcome == Status.NO_SHOW_SITTER:
        at = booking.ends_at + timedelta(hours=13)
        refund, kept = booking.total_cents, [0] * len(proposal.units)
        verb, by, role = outcome, booking.owner, "owner"
    else:
        at = booking.starts_at - timedelta(hours=rng.randint(1, 40))
        is_owner = outcome == Status.CANCELLED_BY_OWNER
        rule = refund_if_owner_cancels if is_owner else refund_if_sitter_cancels
        result = rule(agreement, at)
        refund, kept = result.refund_cents, result.kept_per_unit
        by, role = (booking.owner, "owner") if is_owner else (booking.sitter.user, "sitter")
        verb = "cancelled"
        if not is_owner:
            booking.end_reason, booking.end_text = "ill", words.CANCEL_TEXTS[0]
    booking.ended_at, booking.refund_cents = at, refund
    for unit, cents in zip(booking.units.all(), kept, strict=True):
        unit.kept_cents = cents
    return (verb, at, by, role, {**_change("confirmed", outcome), "refund_cents": refund})


def _change(was: str, to: str) -> dict[str, str]:
    return {"from": str(was), "to": str(to)}
