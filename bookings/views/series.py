"""Weekly series: asking for one, its page, and what both sides may do with it."""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import uuid4

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from accounts.held import held_form
from bookings.choice import Reading, to_query
from bookings.exceptions import BookingError, NoRate, PriceChanged, RequestRefused
from bookings.forms.series import PriceForm, SeriesForm, SkipForm
from bookings.models import Series
from bookings.pages import series_page
from bookings.pages.sitter_panel import read_for
from bookings.services import series as services
from bookings.services import series_asking
from bookings.services.rules import OWNER, SITTER
from bookings.views.requests import OWN_PETS, matching_pets
from profiles.models import SitterProfile

State = Series.State


# --- asking ---------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
def series_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Look at a weekly series and ask for it; weekdays and times are in the address."""
    sitter = SitterProfile.objects.public_page(slug)
    if sitter is None:
        raise Http404
    reading = read_for(sitter, request.GET) if sitter.snapshot.get("services") else None
    is_weekly = reading and reading.is_priceable and reading.kind in series_asking.WEEKLY_KINDS
    if not is_weekly:
        return redirect(f"{sitter.get_absolute_url()}?{request.GET.urlencode()}#book")
    own_pets = OWN_PETS(request.user.pk)
    asked = _asked(request, reading, own_pets)
    draft, errors = _draft(request, sitter, reading, asked)
    old_cents = None
    if request.method == "POST" and "again" not in request.POST:
        found, old_cents = _send(request, draft, asked, errors)
        if found:
            name = sitter.user.get_short_name()
            messages.success(request, _("%(sitter)s has been asked.") % {"sitter": name})
            return redirect(found)
    context = {
        "sitter": sitter,
        "first_name": sitter.user.get_short_name(),
        "draft": draft,
        "asked": asked,
        "errors": errors,
        "when": series_page.when_words(draft.series) if draft else [],
        "dates": series_page.first_dates(draft) if draft else [],
        "own_pets": [(pet, pet in asked["pets"]) for pet in own_pets],
        "old_cents": old_cents,
        "dates_url": f"{sitter.get_absolute_url()}?{to_query(reading)}#book",
        "was_sent": request.method == "POST" and "again" not in request.POST,
        "current": "bookings",
    }
    return render(request, "bookings/series_new.html", context)


def _asked(request, reading: Reading, own_pets) -> dict:
    """What the form says; else what the address does, kept over a login too."""
    typed = request.POST if request.method == "POST" else held_form(request)
    if typed is None:
        # A stretch of time in the address means: until then.
        choice = reading.choice
        is_open = (choice.last_on - choice.starts_on).days < 7
        return {
            "form": None,
            "pets": matching_pets(own_pets, reading.pets, choice),
            "last_on": "" if is_open else choice.last_on.isoformat(),
            "message": "",
            "key": uuid4().hex,
        }
    form = SeriesForm(typed, own_pets=own_pets)
    form.is_valid()
    chosen = set(typed.getlist("pets"))
    return {
        "form": form,
        "pets": [pet for pet in own_pets if str(pet.pk) in chosen],
        "last_on": typed.get("last_on", "")[:20],
        "message": typed.get("message", "")[:4000],
        "key": uuid4().hex if "key" in form.errors else typed["key"],
    }


def _draft(request, sitter, reading: Reading, asked: dict):
    """The draft, or None where there is no price, with what is in the way by field."""
    form = asked["form"]
    errors = {}
    if form:
        errors = {
            name: found[0] for name, found in form.errors.items() if name in ("message", "last_on")
        }
    last_on = form.cleaned_data.get("last_on") if form else None
    if form is None and asked["last_on"]:
        last_on = reading.choice.last_on
    if not asked["pets"]:
        return None, {**errors, "pets": _("Choose at least one animal.")}
    try:
        draft = series_asking.draft_series(
            owner=request.user,
            sitter=sitter,
            choice=reading.choice,
            last_on=last_on,
            pets=asked["pets"],
            add_on_ids=reading.add_on_ids,
        )
    except RequestRefused as error:
        return None, {**errors, **error.errors}
    except NoRate as error:
        return None, {**errors, "pets": str(error)}
    return draft, {**draft.errors, **errors}


def _send(request, draft, asked: dict, errors: dict) -> tuple[Series | None, int | None]:
    form = asked["form"]
    if draft is None or errors:
        return None, None
    if not form.is_valid():
        errors["__all__"] = _("Please look at the price once more and send it again.")
        return None, None
    if not consume(request, action="ask", user=request.user):
        errors["__all__"] = _("You have sent many requests. Please wait a while.")
        return None, None
    data = form.cleaned_data
    try:
        found = series_asking.request_series(
            draft=draft,
            message=data["message"],
            shown_cents=data["shown_total_cents"],
            idempotency_key=data["key"],
        )
    except PriceChanged as error:
        return None, error.shown_cents
    except RequestRefused as error:
        errors.update(error.errors)
        return None, None
    except BookingError as error:
        errors["__all__"] = str(error)
        return None, None
    return found, None


# --- its page -------------------------------------------------------------------------------


@require_safe
def series_list(request: HttpRequest) -> HttpResponse:
    rows = series_page.rows_of(request.user)
    return render(request, "bookings/series_list.html", {"rows": rows, "current": "bookings"})


@require_safe
def series(request: HttpRequest, public_id: str) -> HttpResponse:
    return _page(request, _find(request, public_id))


def _page(request, found: Series, **more) -> HttpResponse:
    role = services.role_in(found, request.user)
    context = {
        "series": found,
        "page": series_page.build(found, role),
        "role": role,
        "skip_form": SkipForm(),
        "ticked": (),
        "tick_error": "",
        "current": "bookings",
        **more,
    }
    return render(request, "bookings/series.html", context)


def _find(request, public_id: str, role: str | None = None) -> Series:
    rows = Series.objects.select_related("owner", "sitter__user", "sitter__capacity")
    found = get_object_or_404(rows, public_id=public_id)
    own = services.role_in(found, request.user)
    if own is None or (role and own != role):
        raise Http404
    return found


# --- what may be done -----------------------------------------------------------------------


def accept(request: HttpRequest, public_id: str) -> HttpResponse:
    found = _find(request, public_id, SITTER)
    if request.method != "POST":
        return redirect(found)  # the page itself asks
    ticked = request.POST.getlist("ticked")[:500]
    try:
        services.accept_series(series=found, by=request.user, ticked=ticked)
    except RequestRefused as error:
        return _page(request, found, ticked=ticked, tick_error=str(error))
    except BookingError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, _("It is settled. The first eight weeks are booked."))
    return redirect(found)


def skip(request: HttpRequest, public_id: str) -> HttpResponse:
    found = _find(request, public_id)
    if request.method != "POST":
        return redirect(found)
    form = SkipForm(request.POST)
    if not form.is_valid():
        return _page(request, found, skip_form=form)
    on = form.cleaned_data["on"]
    return _do(request, found, services.skip_date, _("That date is left out."), on=on)


def answer_price(request: HttpRequest, public_id: str) -> HttpResponse:
    found = _find(request, public_id, OWNER)
    if request.method != "POST":
        return redirect(found)
    agrees = request.POST.get("agrees") == "yes"
    form = PriceForm(request.POST)
    shown = form.cleaned_data["shown"] if form.is_valid() else None
    done = (
        _("The new price counts for dates that are not booked yet.")
        if agrees
        else _("It goes on at the price you agreed on.")
    )
    return _do(request, found, services.answer_price, done, agrees=agrees, shown_cents=shown)


@dataclass(frozen=True)
class Step:
    """Something one side, or with an empty `role` both, may do after a yes on a page of its own."""

    verb: str
    role: str
    change: Callable[..., Series]
    title: str
    button: str
    done: str
    danger: bool = False


STEPS = (
    Step(
        "decline",
        SITTER,
        services.decline_series,
        title=gettext_lazy("Decline the weekly series?"),
        button=gettext_lazy("Decline"),
        done=gettext_lazy("You declined. The owner has been told."),
    ),
    Step(
        "withdraw",
        OWNER,
        services.withdraw_series,
        title=gettext_lazy("Withdraw the request?"),
        button=gettext_lazy("Withdraw the request"),
        done=gettext_lazy("Your request is withdrawn. Nothing is due."),
    ),
    Step(
        "pause",
        "",
        services.pause_series,
        title=gettext_lazy("Pause the weekly series?"),
        button=gettext_lazy("Pause it"),
        done=gettext_lazy("It is paused. You can go on with it at any time."),
    ),
    Step(
        "resume",
        "",
        services.resume_series,
        title=gettext_lazy("Go on with the weekly series?"),
        button=gettext_lazy("Go on"),
        done=gettext_lazy("It goes on. The next eight weeks are booked as far as they fit."),
    ),
    Step(
        "end",
        "",
        services.end_series,
        title=gettext_lazy("End the weekly series?"),
        button=gettext_lazy("End it in 14 days"),
        done=gettext_lazy("It ends in 14 days. The other side has been told."),
        danger=True,
    ),
    Step(
        "price",
        SITTER,
        services.offer_price,
        title=gettext_lazy("Ask for the prices on your page?"),
        button=gettext_lazy("Ask for them"),
        done=gettext_lazy("The owner has been asked. Until the answer the price stays."),
    ),
)


def step(request: HttpRequest, public_id: str, step: Step) -> HttpResponse:
    found = _find(request, public_id, step.role or None)
    if request.method == "POST":
        return _do(request, found, step.change, str(step.done))
    role = services.role_in(found, request.user)
    if step.verb not in series_page.verbs(found, role):
        messages.warning(request, _("This cannot be done with the series as it is now."))
        return redirect(found)
    context = {
        "title": step.title,
        "lede": series_page.consequence(found, role, step.verb),
        "button": step.button,
        "danger": step.danger,
        "back_url": found.get_absolute_url(),
        "current": "bookings",
    }
    return render(request, "bookings/confirm.html", context)


def _do(request, found: Series, change: Callable, done: str, **values) -> HttpResponse:
    if not consume(request, action="series", user=request.user):
        messages.warning(request, _("That was a lot of changes. Please wait a while."))
        return redirect(found)
    try:
        change(series=found, by=request.user, **values)
    except BookingError as error:
        messages.warning(request, str(error))
    else:
        messages.success(request, done)
    return redirect(found)
