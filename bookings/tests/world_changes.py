"""A booking with a proposed change that nobody has answered, for the walk through all pages."""

from dataclasses import replace
from datetime import timedelta

from bookings.services.changes import terms_of
from bookings.services.proposals import plan_for, propose_change
from bookings.services.wanted import as_agreed
from bookings.tests.factories import make_confirmed


def change_names(owner, sitter, pet) -> dict[str, object]:
    booking = make_confirmed(owner=owner, sitter=sitter, pets=[pet])
    agreed = as_agreed(booking, terms_of(booking))
    last_on = agreed.choice.last_on + timedelta(days=1)
    wanted = replace(agreed, choice=replace(agreed.choice, last_on=last_on))
    plan = plan_for(booking, wanted, side="owner")
    propose_change(
        booking=booking,
        by=owner,
        wanted=wanted,
        shown_total_cents=plan.new_total_cents,
        message="Our train is a day later.",
        idempotency_key="0" * 32,
    )
    return {"changed": booking.public_id}
