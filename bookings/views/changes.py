"""Proposing a change of a confirmed booking, and answering one."""

from uuid import uuid4

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.held import held_form
from bookings.exceptions import BookingError, NotAllowedNow, PriceChanged, RequestRefused
from bookings.forms.changes import ChangeForm
from bookings.models import Booking, Proposal
from bookings.pages import change_page
from bookings.services import proposals
from bookings.services.changes import no_room, terms_of
from bookings.services.rules import OWNER, SITTER, role_of
from bookings.services.wanted import Wanted, as_agreed
from bookings.views.actions import refuse
from pawsitters import clock, dates
from profiles.models import Pet


@require_http_methods(["GET", "HEAD", "POST"])
def change(request: HttpRequest, public_id: str) -> HttpResponse:
    """Choose and look at a change (GET, the choice in the address), then send it (POST)."""
    booking = _find(request, public_id)
    role = role_of(booking, request.user)
    try:
        proposals.require_may_propose(booking, role, clock.now())
        terms = terms_of(booking)
    except BookingError as error:
        return refuse(request, booking, error)
    found = booking.proposals.filter(open_for=booking.pk).first()
    if found and change_page.is_waiting(found, clock.now()):
        if request.method == "POST":
            messages.warning(request, _("Somebody has proposed a change already. Here it is."))
        return redirect("bookings:proposal", booking.public_id, found.number)
    choosable = _choosable(booking, role)
    agreed = as_agreed(booking, terms)
    reading, wanted = change_page.read_wanted(booking, agreed, terms, request.GET, choosable)
    context = {"key": uuid4().hex, "message": "", "errors": {}, "old_total_cents": None}
    if request.method == "POST" and wanted:
        proposal = _send(request, booking, wanted, context)
        if proposal:
            return _sent(request, proposal)
    elif typed := held_form(request):
        context["message"] = typed.get("message", "")
    plan = _plan(booking, wanted, agreed, role, context["errors"])
    context |= {
        "fields": change_page.fields_of(reading, wanted, terms, choosable, context["errors"]),
        "compare": change_page.comparison_of_plan(
            booking, plan, role, role, {pet.pk: pet.name for pet in choosable}
        )
        if plan
        else None,
        "can_send": plan is not None and not context["errors"],
        "other": booking.sitter.user if role == OWNER else booking.owner,
        "role": role,
        "booking": booking,
        "current": "bookings",
        "was_sent": request.method == "POST",
    }
    return render(request, "bookings/change.html", context)


def _find(request, public_id: str) -> Booking:
    rows = Booking.objects.visible_to(request.user).with_parties()
    rows = rows.select_related("sitter__capacity").prefetch_related(
        "booking_pets", "units", "lines"
    )
    return get_object_or_404(rows, public_id=public_id)


def _choosable(booking: Booking, role: str) -> list[Pet]:
    """The owner chooses among all their animals, the sitter among those of the booking."""
    pets = Pet.objects.filter(owner_id=booking.owner_id).active().order_by("pk")
    if role == SITTER:
        pets = pets.filter(pk__in=[row.pet_id for row in booking.booking_pets.all()])
    return list(pets)


def _plan(booking, wanted, agreed: Wanted, role: str, errors: dict[str, str]):
    if wanted is None or wanted == agreed:
        return None
    try:
        plan = proposals.plan_for(booking, wanted, side=role)
    except RequestRefused as error:
        errors.update({name: text for name, text in error.errors.items() if name not in errors})
        return None
    if problem := no_room(booking, plan):
        errors.setdefault("from", problem)
    return plan


def _send(request, booking: Booking, wanted: Wanted, context: dict) -> Proposal | None:
    form = ChangeForm(request.POST)
    context["message"] = request.POST.get("message", "")[:2000]
    errors = context["errors"]
    if not form.is_valid():
        errors.update(_form_errors(form))
        return None
    context["key"] = form.cleaned_data["key"]
    if not consume(request, action="propose", user=request.user):
        errors["__all__"] = _("You have proposed many changes. Please wait a while.")
        return None
    try:
        return proposals.propose_change(
            booking=booking,
            by=request.user,
            wanted=wanted,
            shown_total_cents=form.cleaned_data["shown_total_cents"],
            message=form.cleaned_data["message"],
            idempotency_key=form.cleaned_data["key"],
        )
    except RequestRefused as error:
        errors.update(error.errors)
    except PriceChanged as error:
        context["old_total_cents"] = error.shown_cents
    except BookingError as error:
        errors["__all__"] = str(error)
    return None


def _form_errors(form: ChangeForm) -> dict[str, str]:
    if "message" in form.errors:
        return {"message": form.errors["message"][0]}
    # Nobody types the other two; without them the sum has to be looked at again.
    return {"__all__": _("Please look at the price once more and send it again.")}


def _sent(request, proposal: Proposal) -> HttpResponse:
    booking = proposal.booking
    other = booking.sitter.user if proposal.side == OWNER else booking.owner
    messages.success(
        request,
        _("%(name)s has been asked. Until the answer the booking stays as it is.")
        % {"name": other.get_short_name()},
    )
    return redirect("bookings:proposal", booking.public_id, proposal.number)


# --- one proposal ---------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def proposal(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    """Old, new and the difference; POST accepts it."""
    booking = _find(request, public_id)
    found = get_object_or_404(booking.proposals, number=number)
    ticked, tick_error = (), ""
    if request.method == "POST":
        ticked = request.POST.getlist("ticked")[:500]
        try:
            proposals.accept_proposal(proposal=found, by=request.user, ticked=ticked)
        except RequestRefused as error:
            tick_error = str(error)
        except BookingError as error:
            return refuse(request, booking, error)
        else:
            messages.success(request, _("It is settled: the booking is as proposed now."))
            return redirect(booking)
    return render(
        request,
        "bookings/proposal.html",
        {**_proposal_context(request, booking, found), "ticked": ticked, "tick_error": tick_error},
    )


def _proposal_context(request, booking: Booking, found: Proposal) -> dict:
    role = role_of(booking, request.user)
    waiting = change_page.is_waiting(found, clock.now())
    wanted, plan, lines = Wanted.from_json(found.wanted), None, []
    if waiting:
        try:
            plan = proposals.plan_for(booking, wanted, side=found.side, priced_at=found.created_at)
        except BookingError:
            plan = None  # what it was built on is gone; accepting says so
        lines = proposals.new_lines(booking, proposals.pets_for(booking, wanted))
    ids = {*wanted.pets, *found.was["pets"]}
    names = dict(Pet.objects.filter(pk__in=ids).values_list("pk", "name"))
    people = {OWNER: booking.owner, SITTER: booking.sitter.user}
    return {
        "booking": booking,
        "proposal": found,
        "compare": change_page.comparison_of_proposal(booking, found, role, names, plan),
        "role": role,
        "is_mine": found.side == role,
        "is_waiting": waiting,
        "until": dates.soon(found.runs_out_at, booking.zone),
        "outcome": change_page.outcome(found, booking),
        "proposer": people[found.side],
        "answerer": people[SITTER if found.side == OWNER else OWNER],
        "must_follow": lines if role == SITTER and found.side == OWNER else [],
        "current": "bookings",
    }


def proposal_decline(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    return _answer(
        request,
        public_id,
        number,
        proposals.decline_proposal,
        _("You said no. The booking stays as it is."),
    )


def proposal_withdraw(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    return _answer(
        request,
        public_id,
        number,
        proposals.withdraw_proposal,
        _("You took the change back. The booking stays as it is."),
    )


def _answer(request, public_id: str, number: int, change, done: str) -> HttpResponse:
    booking = _find(request, public_id)
    found = get_object_or_404(booking.proposals, number=number)
    if request.method != "POST":
        # The proposal's own page asks.
        return redirect("bookings:proposal", public_id, number)
    try:
        change(proposal=found, by=request.user)
    except NotAllowedNow as error:
        return refuse(request, booking, error)
    messages.success(request, done)
    return redirect(booking)
