"""A change of a confirmed booking as both sides read it: what is now, what would be, and the money."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from django.http import QueryDict
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.choice import Reading, read_choice
from bookings.models import Booking, Proposal
from bookings.pages import words
from bookings.pages.request_words import when_words
from bookings.pages.sitter_panel import date_fields, options, time_fields, weekday_fields
from bookings.pages.sitter_prices import add_on_words
from bookings.services.cancellation import Step, timeline
from bookings.services.changes import Plan
from bookings.services.lines import UNITS
from bookings.services.rules import OWNER
from bookings.services.schedule import planned_units
from bookings.services.wanted import Wanted
from bookings.services.wording import say_dates
from pawsitters import clock, dates
from profiles.models import Pet
from profiles.money import amount


@dataclass(frozen=True)
class Fields:
    """The form's parts, written as on the sitter's page; `errors` has a sentence per field."""

    reading: Reading
    minutes: SafeString
    dates: SafeString
    times: list[str]
    weekdays: list[tuple[int, str, bool]]
    pets: list[tuple[Pet, bool]]
    add_ons: list[tuple[int, str, bool]]
    errors: dict[str, str]


def read_wanted(
    booking: Booking, agreed: Wanted, terms: dict, params: QueryDict, choosable: Sequence[Pet]
) -> tuple[Reading, Wanted | None]:
    """What the address asks for; the booking as agreed while it asks for nothing yet.

    Numbers of pets and extras that cannot be chosen fall out.
    """
    has_choice = "from" in params
    values: Mapping = params if has_choice else agreed.to_json()
    reading = read_choice(
        _with_kind(values, booking.kind),
        # A stay that is running may keep its first day.
        time_zone_today=min(clock.today(booking.time_zone), booking.starts_on),
    )
    if not has_choice:
        return reading, agreed
    if reading.choice is None:
        return reading, None
    wanted_pets = set(params.getlist("pets"))
    pets = tuple(sorted(pet.pk for pet in choosable if str(pet.pk) in wanted_pets))
    known = {row[0] for row in terms["service"]["add_ons"]}
    add_ons = tuple(sorted(known & set(reading.add_on_ids)))
    return reading, Wanted(reading.choice, pets, add_ons)


def _with_kind(values: Mapping, kind: str) -> Mapping:
    values = values.copy()
    values["kind"] = kind
    return values


def fields_of(
    reading: Reading,
    wanted: Wanted | None,
    terms: dict,
    choosable: Sequence[Pet],
    errors: dict[str, str],
) -> Fields:
    service, kind = terms["service"], reading.kind
    chosen = set(wanted.pets) if wanted else set()
    lengths = sorted({rate[1] for rate in service["rates"] if rate[1]})
    errors = {**reading.errors, **errors}
    return Fields(
        reading=reading,
        minutes=options(((str(m), _("%d min") % m) for m in lengths), reading.values["minutes"])
        if kind.is_visits
        else SafeString(),
        dates=date_fields(kind, reading.values, errors),
        times=time_fields(reading) if kind.is_visits else [],
        weekdays=weekday_fields(reading),
        pets=[(pet, pet.pk in chosen) for pet in choosable],
        add_ons=[
            (row[0], add_on_words(row), row[0] in reading.add_on_ids) for row in service["add_ons"]
        ],
        errors=errors,
    )


# --- old and new ----------------------------------------------------------------------------


@dataclass(frozen=True)
class PriceLine:
    sentence: str
    detail: str
    amount_cents: int


@dataclass(frozen=True)
class Comparison:
    """`rows` are (term, now, changed, differs); `steps` the refund line of the changed booking."""

    rows: list[tuple[str, str, str, bool]]
    lines: Sequence
    old_total_cents: int
    new_total_cents: int
    difference: str
    policy: list[str]
    steps: tuple[Step, ...] = ()


def comparison_of_plan(booking: Booking, plan: Plan, role: str, side: str, names) -> Comparison:
    """`role` is who looks, `side` who proposes, `names` the names of pets by id."""
    return Comparison(
        rows=_rows(booking, plan.old, plan.wanted, names),
        lines=plan.quote.lines,
        old_total_cents=booking.total_cents,
        new_total_cents=plan.new_total_cents,
        difference=_difference(booking, plan.new_total_cents - booking.total_cents, role),
        policy=_policy(booking, plan, side),
        steps=timeline(plan.agreement, clock.now()),
    )


def comparison_of_proposal(
    booking: Booking, proposal: Proposal, role: str, names, plan: Plan | None
) -> Comparison:
    """As it was proposed; `plan` only while it is open and can still be worked out."""
    if plan:
        found = comparison_of_plan(booking, plan, role, proposal.side, names)
        return replace(found, old_total_cents=proposal.old_total_cents)
    was, wanted = Wanted.from_json(proposal.was), Wanted.from_json(proposal.wanted)
    return Comparison(
        rows=_rows(booking, was, wanted, names),
        lines=[PriceLine(*line) for line in proposal.lines],
        old_total_cents=proposal.old_total_cents,
        new_total_cents=proposal.new_total_cents,
        difference=_difference(booking, proposal.difference_cents, role),
        policy=[],
    )


def _rows(booking: Booking, old: Wanted, new: Wanted, names) -> list[tuple[str, str, str, bool]]:
    before, after = _words(booking, old, names), _words(booking, new, names)
    terms = list(dict.fromkeys([*before, *after]))
    rows = [(term, before.get(term, "–"), after.get(term, "–")) for term in terms]
    return [(term, now, then, now != then) for term, now, then in rows]


def _words(booking: Booking, wanted: Wanted, names) -> dict[str, str]:
    units = planned_units(wanted.choice, ZoneInfo(booking.time_zone))
    found = dict(when_words(wanted.choice, units))
    pets = [names.get(pk, _("an animal no longer on file")) for pk in wanted.pets]
    found[_("Animals")] = words.join_names(pets)
    add_ons = (booking.terms or {}).get("service", {}).get("add_ons", ())
    chosen = [row[1] for row in add_ons if row[0] in wanted.add_ons]
    if add_ons:
        found[_("Extras")] = ", ".join(chosen) or _("none")
    return found


def _difference(booking: Booking, cents: int, role: str) -> str:
    if cents == 0:
        return _("The total stays the same.")
    money = {"money": amount(abs(cents), booking.currency)}
    if role == OWNER:
        return (_("You pay %(money)s more.") if cents > 0 else _("You pay %(money)s less.")) % money
    return (
        _("The owner pays %(money)s more.") if cents > 0 else _("The owner pays %(money)s less.")
    ) % money


def _policy(booking: Booking, plan: Plan, side: str) -> list[str]:
    """What the cancellation rules do about the units that are dropped."""
    if not plan.dropped:
        return []
    facts = {
        "units": UNITS[booking.kind_enum] % {"count": len(plan.dropped)},
        "dates": say_dates([unit.on for unit in plan.dropped]),
        "price": amount(sum(unit.amount_cents for unit in plan.dropped), booking.currency),
        "kept": amount(plan.kept_cents, booking.currency),
        "sitter": booking.sitter.user.get_short_name(),
    }
    dropped = _("Dropped: %(units)s, %(dates)s, which cost %(price)s.") % facts
    if side != OWNER:
        rule = _("%(sitter)s proposes to drop them, so nothing of that stays due.")
    elif plan.kept_cents:
        rule = _("By the cancellation rules as of now %(kept)s of that stays due.")
    else:
        rule = _("By the cancellation rules as of now nothing of that stays due.")
    return [dropped, rule % facts]


OUTCOMES = {
    Proposal.State.OPEN: gettext_lazy("The time to answer ran out on %(moment)s."),
    Proposal.State.ACCEPTED: gettext_lazy("Accepted on %(moment)s; the booking was changed."),
    Proposal.State.DECLINED: gettext_lazy("Declined on %(moment)s; nothing was changed."),
    Proposal.State.WITHDRAWN: gettext_lazy("Taken back on %(moment)s; nothing was changed."),
    Proposal.State.EXPIRED: gettext_lazy("The time to answer ran out on %(moment)s."),
    Proposal.State.OVERTAKEN: gettext_lazy(
        "The booking went on without an answer on %(moment)s, so nothing was changed."
    ),
}


def outcome(proposal: Proposal, booking: Booking) -> str:
    """What became of a proposal that can no longer be answered."""
    ran_out = proposal.state in (Proposal.State.OPEN, Proposal.State.EXPIRED)
    at = proposal.runs_out_at if ran_out else proposal.answered_at
    return OUTCOMES[Proposal.State(proposal.state)] % {"moment": dates.moment(at, booking.zone)}


def is_waiting(proposal: Proposal, now: datetime) -> bool:
    """Open, and its time is not over, even if the clock has not written that down yet."""
    return proposal.is_open and now < proposal.runs_out_at
