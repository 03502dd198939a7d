"""Review and send: the last look at a choice before a sitter is asked."""

from dataclasses import dataclass, field
from urllib.parse import urlencode
from uuid import uuid4

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.db.models import BigIntegerField, prefetch_related_objects
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.blocks import is_blocked
from accounts.held import held_form
from bookings.choice import Reading, to_query
from bookings.exceptions import BookingError, DatesTaken, NoRate, PriceChanged, RequestRefused
from bookings.forms.requests import RequestForm
from bookings.held import slip
from bookings.models import Booking
from bookings.pages.request_words import when_words, where_words
from bookings.pages.sitter_panel import payment_words, read_for
from bookings.pages.sitter_prices import add_on_words, cancelling
from bookings.services.cancellation import timeline
from bookings.services.quotes import agreement_of_proposal
from bookings.services.refund_steps import grace_sentence
from bookings.services.requests import (
    Proposal,
    has_confirmed_email,
    home_for,
    pet_facts,
    propose,
    refusals,
    submit_request,
)
from bookings.services.series_asking import WEEKLY_KINDS
from bookings.services.terms import PetFacts
from pawsitters import clock, dates
from pawsitters.prepared import Prepared
from profiles.models import Home, Pet, SitterProfile

# Fields of a refusal that stand beside the dates.
DATE_FIELDS = ("from", "to", "kind")

OWN_PETS = Prepared(lambda user: Pet.objects.visible_to(user).active(), BigIntegerField)


@dataclass
class Draft:
    """A request as it stands on the page: what is chosen and typed, and what is in the way."""

    sitter: SitterProfile
    reading: Reading
    owner: object
    own_pets: list[Pet]
    home: Home | None = None
    pets: list[Pet] = field(default_factory=list)
    message: str = ""
    key: str = ""
    errors: dict[str, str] = field(default_factory=dict)
    old_total_cents: int | None = None
    proposal: Proposal | None = None

    def price(self) -> None:
        """Work out the price for the chosen animals; for those in the link while none is chosen."""
        pets = pet_facts(self.pets, self.reading.choice) or self.reading.pets
        try:
            self.proposal = propose(
                sitter=self.sitter,
                choice=self.reading.choice,
                pets=pets,
                add_on_ids=self.reading.add_on_ids,
            )
        except NoRate as error:
            self.errors.setdefault("pets", str(error))
        except RequestRefused as error:
            self.errors.update(error.errors)

    def look_ahead(self) -> None:
        """Say now what sending would refuse."""
        self.home = home_for(self.owner, self.reading.choice)
        if self.proposal and self.pets:
            found = refusals(
                owner=self.owner,
                sitter=self.sitter,
                choice=self.reading.choice,
                pets=self.pets,
                proposal=self.proposal,
                home=self.home,
                has_confirmed_email=has_confirmed_email(self.owner),
                is_blocked=is_blocked(self.owner, self.sitter.user),
            )
            self.errors = {**found, **self.errors}


@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, slug: str) -> HttpResponse:
    sitter = SitterProfile.objects.public_page(slug)
    if sitter is None:
        raise Http404
    reading = read_for(sitter, request.GET) if sitter.snapshot.get("services") else None
    if reading is None or not reading.is_priceable:
        # The sitter's page says what is missing, beside the fields.
        return redirect(_page_url(sitter, request.GET.urlencode()))
    draft = Draft(
        sitter=sitter,
        reading=reading,
        owner=request.user,
        own_pets=OWN_PETS(request.user.pk),
    )
    if request.method == "POST":
        booking = _send(request, draft)
        if booking:
            return _sent(request, booking)
    else:
        _fill(draft, held_form(request), request.GET.getlist("pets"))
    # Only for the page: a request that is sent is priced and looked at under the lock.
    prefetch_related_objects(draft.own_pets, "vaccinations")
    draft.price()
    draft.look_ahead()
    return render(request, "bookings/request_new.html", _context(request, draft))


def _page_url(sitter: SitterProfile, query: str) -> str:
    return f"{sitter.get_absolute_url()}?{query}#book"


# --- what was chosen ------------------------------------------------------------------------


def _fill(draft: Draft, typed: QueryDict | None, named: list[str]) -> None:
    """From a form that was kept over a login, else from the animals in the link.

    `named` are ids of animals, where the link comes from an earlier booking of theirs.
    """
    if typed is None:
        draft.pets = [pet for pet in draft.own_pets if str(pet.pk) in named]
        draft.pets = draft.pets or matching_pets(
            draft.own_pets, draft.reading.pets, draft.reading.choice
        )
        draft.key = uuid4().hex
    else:
        _take(draft, typed)


def _take(draft: Draft, typed: QueryDict) -> RequestForm:
    form = RequestForm(typed, own_pets=draft.own_pets)
    chosen = set(typed.getlist("pets"))
    draft.pets = [pet for pet in draft.own_pets if str(pet.pk) in chosen]
    draft.message = typed.get("message", "")
    has_key = form.is_valid() or "key" not in form.errors
    draft.key = typed["key"] if has_key else uuid4().hex
    return form


def matching_pets(own: list[Pet], wanted: tuple[PetFacts, ...], choice) -> list[Pet]:
    """The owner's animals that fit those of the link best: same species, same age group first."""
    left = list(own)
    found = []
    for animal in wanted:
        alike = [pet for pet in left if pet.species == animal.species]
        alike.sort(key=lambda pet: pet.is_young(choice.starts_on) != animal.is_young)
        if alike:
            found.append(alike[0])
            left.remove(alike[0])
    return sorted(found, key=lambda pet: pet.pk)


# --- sending --------------------------------------------------------------------------------


def _send(request: HttpRequest, draft: Draft) -> Booking | None:
    """The booking, or None with what stands in the way written into the draft."""
    form = _take(draft, request.POST)
    if "again" in request.POST:
        return None
    if not form.is_valid():
        draft.errors.update(_form_errors(form))
        return None
    if not consume(request, action="ask", user=request.user):
        draft.errors["__all__"] = _("You have sent many requests. Please wait a while.")
        return None
    try:
        return submit_request(
            owner=request.user,
            sitter=draft.sitter,
            choice=draft.reading.choice,
            pets=draft.pets,
            add_on_ids=draft.reading.add_on_ids,
            message=form.cleaned_data["message"],
            shown_total_cents=form.cleaned_data["shown_total_cents"],
            idempotency_key=form.cleaned_data["key"],
        )
    except RequestRefused as error:
        draft.errors.update(error.errors)
    except PriceChanged as error:
        draft.old_total_cents = error.shown_cents
    except DatesTaken as error:
        draft.errors["from"] = str(error)
    except BookingError as error:
        draft.errors["__all__"] = str(error)
    return None


def _form_errors(form: RequestForm) -> dict[str, str]:
    errors = {name: sentences[0] for name, sentences in form.errors.items()}
    if {"key", "shown_total_cents"} & errors.keys():
        # Nobody types these two; without them the sum has to be looked at again.
        errors.pop("key", None)
        errors.pop("shown_total_cents", None)
        errors["__all__"] = _("Please look at the price once more and send it again.")
    return errors


def _sent(request: HttpRequest, booking: Booking) -> HttpResponse:
    name = booking.sitter.user.get_short_name()
    if booking.status == Booking.Status.CONFIRMED:
        text = _("It is settled: %(sitter)s will look after them.") % {"sitter": name}
    else:
        text = _("%(sitter)s has until %(moment)s to answer. Nothing is due before then.") % {
            "sitter": name,
            "moment": dates.soon(booking.runs_out_at, booking.zone),
        }
    messages.success(request, text)
    return redirect(booking)


# --- the page -------------------------------------------------------------------------------


def _context(request: HttpRequest, draft: Draft) -> dict:
    sitter, reading, proposal = draft.sitter, draft.reading, draft.proposal
    query = to_query(reading)
    service = proposal.service if proposal else {}
    agreement = agreement_of_proposal(proposal, reading.choice, sitter) if proposal else None
    now = clock.now()
    has_lines = any(pet.must_follow_lines for pet in draft.pets)
    when = when_words(reading.choice, proposal.units if proposal else ())
    add_ons = [row for row in service.get("add_ons", ()) if row[0] in reading.add_on_ids]
    return {
        "draft": draft,
        "was_sent": request.method == "POST" and "again" not in request.POST,
        "sitter": sitter,
        "first_name": sitter.user.get_short_name(),
        "kind": reading.kind,
        "when": when,
        "where": where_words(sitter, reading.choice, draft.home),
        "is_at_sitters": reading.kind.is_at_sitters,
        "add_ons": [add_on_words(row) for row in add_ons],
        "pets": [
            {"pet": pet, "is_chosen": pet in draft.pets, "notes": _notes(pet, draft)}
            for pet in draft.own_pets
        ],
        "quote": proposal.quote if proposal else None,
        "steps": timeline(agreement, now) if agreement else (),
        "grace": grace_sentence(agreement, now) if agreement else "",
        "tier": cancelling(service["tier"]) if service else "",
        "payment": payment_words(sitter),
        "is_instant": bool(service) and service["is_instant"] and not has_lines,
        "waits_for_ticks": bool(service) and service["is_instant"] and has_lines,
        "date_error": next((draft.errors[n] for n in DATE_FIELDS if n in draft.errors), ""),
        "other_error": draft.errors.get("__all__", ""),
        "needs_home": draft.home is None and not reading.kind.is_at_sitters,
        "slip": slip(
            owner=request.user,
            path=request.get_full_path(),
            title=_("%(kind)s with %(sitter)s")
            % {"kind": reading.kind.label, "sitter": sitter.user.get_short_name()},
            facts=when,
            pets=draft.own_pets,
        ),
        "weekly_url": weekly_url(sitter, reading, query),
        "dates_url": _page_url(sitter, query),
        "search_url": f"/search/?{query}",
        "next": urlencode({"next": request.get_full_path()}),
    }


def weekly_url(sitter: SitterProfile, reading: Reading, query: str) -> str:
    """Where the same care is asked for every week; empty for kinds that are not weekly."""
    if reading.kind not in WEEKLY_KINDS:
        return ""
    return f"{reverse('bookings:series_new', args=[sitter.slug])}?{query}"


def _notes(pet: Pet, draft: Draft) -> dict:
    """What the sitter will see of a pet, and what is missing for this stay."""
    last_on = draft.reading.choice.dates[-1]
    running_out = [row for row in pet.vaccinations.all() if row.expires_on < last_on]
    newer = {
        row.kind.strip().casefold() for row in pet.vaccinations.all() if row.expires_on >= last_on
    }
    return {
        "open_questions": len(pet.unanswered),
        "must_follow": pet.must_follow_lines,
        "run_out": [row for row in running_out if row.kind.strip().casefold() not in newer],
    }
