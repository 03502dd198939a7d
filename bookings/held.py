"""A booking request that comes while the database is away: what is kept of it, and placing it later.

The page with the form carries a signed slip that says, in words, what the form asks for, and which
animals are the person's own; so a form can be judged and shown without asking the database.
"""

from urllib.parse import urlsplit

from django.contrib.auth import HASH_SESSION_KEY
from django.core import signing
from django.http import HttpRequest, QueryDict
from django.urls import resolve, reverse
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.sessions import live_sessions
from bookings.emails import held as emails
from bookings.exceptions import BookingError, PriceChanged, TryAgain
from bookings.forms.requests import RequestForm
from bookings.models import Booking
from bookings.pages.sitter_panel import read_for
from bookings.services.notices import tell_person
from bookings.services.requests import submit_request
from pawsitters.operations.hooks import Asked, Held, NotPlaced
from pawsitters.operations.passport import name_of
from profiles.models import Pet, SitterProfile
from profiles.money import amount

SALT = "bookings.held"
FIELD = "slip"
SLIP_SECONDS = 24 * 3600


class NamedPet:
    """An animal as far as a slip knows it; what RequestForm needs of one."""

    def __init__(self, pk: str, name: str):
        self.pk, self.name = pk, name


def slip(*, owner: User, path: str, title: str, facts: list, pets: list[Pet]) -> str:
    """The signed text for the hidden field; `facts` are (term, words)."""
    names = {str(pet.pk): pet.name for pet in pets}
    return signing.dumps([owner.pk, path, title, facts, names], salt=SALT, compress=True)


class RequestHeld:
    """hooks.HeldForm of `bookings:new`."""

    def read(self, request: HttpRequest, person: int) -> Asked | None:
        if "again" in request.POST:  # only asked for a price
            return None
        try:
            said = signing.loads(request.POST.get(FIELD, ""), salt=SALT, max_age=SLIP_SECONDS)
            owner, path, title, facts, names = said
        except (signing.BadSignature, ValueError):
            return None
        form = RequestForm(request.POST, own_pets=[NamedPet(*pair) for pair in names.items()])
        if owner != person or path != request.get_full_path() or not form.is_valid():
            return None
        chosen = ", ".join(names[pk] for pk in form.cleaned_data["pets"])
        price = amount(form.cleaned_data["shown_total_cents"])
        facts = (*map(tuple, facts), (_("For"), chosen), (_("At most"), price))
        return Asked(form.cleaned_data["key"], title, facts, form.cleaned_data["message"])

    def place(self, held: Held) -> str:
        # First of all: the COMMIT of the first try may have arrived, and only its answer not.
        key = f"{held.person}:{held.key}"
        done = Booking.objects.filter(idempotency_key=key, owner=held.person).first()
        if done is None:
            done = _submit(_person_of(held), held)
        return done.get_absolute_url()

    def tell(self, held: Held, title: str, reason: str) -> None:
        person = User.objects.filter(pk=held.person).first()
        if person is not None and not person.is_closed:
            tell_person(
                person,
                emails.not_placed(title, reason),
                kind="request_not_placed",
                key=f"held:{held.reference}",
                path=reverse("operations:held", args=[held.reference]),
            )


def _person_of(held: Held) -> User:
    """Who asked, looked at again: the account is open and the session that asked goes on."""
    person = User.objects.filter(pk=held.person, is_active=True).first()
    if person is None:
        raise NotPlaced(_("The account is closed or suspended."))
    session = next(
        (s for s in live_sessions(person) if name_of(s.session_key) == held.session), None
    )
    proof = session.get_decoded().get(HASH_SESSION_KEY, "") if session else ""
    if not constant_time_compare(proof, person.get_session_auth_hash()):
        raise NotPlaced(_("You logged out, or changed your password, before it could be sent."))
    return person


def _submit(owner: User, held: Held) -> Booking:
    parts = urlsplit(held.path)
    sitter = SitterProfile.objects.public_page(resolve(parts.path).kwargs["slug"])
    if sitter is None or not sitter.snapshot.get("services"):
        raise NotPlaced(_("This sitter takes no requests at the moment."))
    reading = read_for(sitter, QueryDict(parts.query))
    if not reading.is_priceable:
        sentences = list(reading.errors.values()) or [_("The dates are over.")]
        raise NotPlaced(" ".join(sentences))
    own = list(Pet.objects.visible_to(owner).active())
    form = RequestForm(_typed(held), own_pets=own)
    if not form.is_valid():
        raise NotPlaced(" ".join(form.errors[name][0] for name in form.errors))
    try:
        return submit_request(
            owner=owner,
            sitter=sitter,
            choice=reading.choice,
            pets=[pet for pet in own if str(pet.pk) in form.cleaned_data["pets"]],
            add_on_ids=reading.add_on_ids,
            message=form.cleaned_data["message"],
            shown_total_cents=form.cleaned_data["shown_total_cents"],
            idempotency_key=form.cleaned_data["key"],
        )
    except PriceChanged as error:
        prices = {"old": amount(error.shown_cents), "new": amount(error.total_cents)}
        text = _("The price has gone up meanwhile: it was %(old)s, now it is %(new)s.")
        raise NotPlaced(text % prices) from error
    except TryAgain:
        raise
    except BookingError as error:
        raise NotPlaced(str(error)) from error


def _typed(held: Held) -> QueryDict:
    typed = QueryDict(mutable=True)
    for name, value in held.typed:
        typed.appendlist(name, value)
    return typed
