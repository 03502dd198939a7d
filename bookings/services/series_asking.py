"""Asking for a weekly series: what it would be, what is in the way, and the request itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.utils.translation import gettext as _

from accounts.blocks import is_blocked
from accounts.contact_words import has_contact
from accounts.models import User
from bookings.emails import series as emails
from bookings.exceptions import PriceChanged, RequestRefused
from bookings.models import Series
from bookings.services.messages import find_thread, is_stranger, no_contacts
from bookings.services.requests import (
    answer_by,
    has_confirmed_email,
    home_for,
    refusals,
    service_of,
    timing_problem,
)
from bookings.services.retry import in_transaction
from bookings.services.rules import SITTER
from bookings.services.schedule import Choice
from bookings.services.series import tell_side
from bookings.services.series_dates import (
    choice_on,
    outlook,
    price_on,
    series_terms,
    weekly,
)
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import Pet, SitterProfile

WEEKLY_KINDS = (Kind.DOG_WALK, Kind.DROP_IN_VISIT, Kind.DAY_CARE)


@dataclass(frozen=True)
class Draft:
    """A series as it would be asked for: unsaved, priced, with what is in the way."""

    series: Series
    pets: Sequence[Pet]
    outlook: dict[date, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    quote: object = None


def draft_series(
    *,
    owner: User,
    sitter: SitterProfile,
    choice: Choice,
    last_on: date | None,
    pets: Sequence[Pet],
    add_on_ids: Sequence[int],
) -> Draft:
    """`choice` gives the first date, the weekdays (else that of its dates) and the times.

    `sitter` with its capacity. Raise RequestRefused or NoRate where there can be no price.
    """
    service = service_of(sitter, choice.kind)
    if service is None or choice.kind not in WEEKLY_KINDS:
        raise RequestRefused({"kind": _("This kind of care cannot be booked weekly.")})
    series = Series(
        owner=owner,
        sitter=sitter,
        kind=choice.kind,
        weekdays=sorted(choice.weekdays or {on.weekday() for on in choice.dates}),
        visit_times=[f"{at:%H:%M}" for at in choice.visit_times],
        minutes=choice.minutes,
        start_time=choice.start_time,
        end_time=choice.end_time,
        starts_on=choice.starts_on,
        last_on=last_on,
        add_ons=list(add_on_ids),
        terms=series_terms(sitter, service),
    )
    first = next(weekly(series, series.starts_on, series.starts_on + timedelta(7)), None)
    if first is None:
        raise RequestRefused({"from": _("There is no such weekday up to the last day.")})
    proposal = price_on(series, first, pets)
    series.date_cents = proposal.quote.total_cents
    errors = refusals(
        owner=owner,
        sitter=sitter,
        choice=choice_on(series, first),
        pets=pets,
        proposal=proposal,
        home=home_for(owner, choice),
        has_confirmed_email=has_confirmed_email(owner),
        is_blocked=is_blocked(owner, sitter.user),
    )
    # One date without room is left out; it does not stop the series.
    errors.pop("from", None)
    if problem := timing_problem(sitter, service, proposal.units):
        errors["from"] = problem
    found = outlook(series, pets)
    if all(found.values()):
        errors.setdefault("from", _("None of these dates is open in the first eight weeks."))
    return Draft(series, pets, found, errors, proposal.quote)


@in_transaction
def request_series(
    *, draft: Draft, message: str = "", shown_cents: int, idempotency_key: str
) -> Series:
    """Ask the sitter; the same key gives the same series. Raise RequestRefused, PriceChanged."""
    series = draft.series
    key = f"{series.owner_id}:{idempotency_key}"
    if found := Series.objects.filter(idempotency_key=key).first():
        return found
    if draft.errors:
        raise RequestRefused(draft.errors)
    sitter = series.sitter
    if has_contact(message) and is_stranger(find_thread(series.owner, sitter), series.owner):
        raise RequestRefused({"message": no_contacts(sitter.user)})
    if series.date_cents > shown_cents:
        raise PriceChanged(shown_cents, series.date_cents)
    now = clock.now()
    service = series.terms["service"]
    first = next(on for on, reason in draft.outlook.items() if not reason)
    starts_at = price_on(series, first, draft.pets).units[0].starts_at
    series.pk = None
    series.idempotency_key, series.message = key, message
    series.requested_at = now
    series.expires_at = answer_by(now, starts_at, service["lead_hours"])
    series.save(force_insert=True)
    series.pets.set(draft.pets)
    tell_side(series, "requested", SITTER, emails.requested(series, draft.pets))
    return series
