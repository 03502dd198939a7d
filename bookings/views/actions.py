"""What may be done with a booking. POST changes; GET on the same address asks first.

Whatever a service refuses leaves the booking as it was, and its sentence is told on the page.
"""

from collections.abc import Callable
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.exceptions import (
    BookingError,
    DatesTaken,
    NotAllowedNow,
    RefundChanged,
    RequestRefused,
)
from bookings.forms.actions import DeclineForm, ReplyForm, SitterCancelForm
from bookings.models import Booking
from bookings.pages.actions import cancel_label
from bookings.services import agreements, transitions
from bookings.services.late_cancellations import is_late
from bookings.services.rules import OWNER, SITTER, require, role_of
from bookings.services.wording import say_dates
from bookings.views.bookings import show_page
from pawsitters import clock


@dataclass(frozen=True)
class Step:
    """An event of one side that needs no more than a yes. Texts may name owner and sitter."""

    path: str
    verb: str
    role: str
    change: Callable[..., Booking]
    title: str
    lede: str
    button: str
    done: str
    danger: bool = False


STEPS = (
    Step(
        "withdraw",
        "withdraw",
        OWNER,
        transitions.withdraw_booking,
        title=gettext_lazy("Withdraw the request?"),
        lede=gettext_lazy("%(sitter)s is told, and nothing is due."),
        button=gettext_lazy("Withdraw the request"),
        done=gettext_lazy("Your request is withdrawn. Nothing is due."),
    ),
    Step(
        "check-in",
        "check_in",
        SITTER,
        transitions.check_in,
        title=gettext_lazy("Check in?"),
        lede=gettext_lazy("%(owner)s is told that you are there."),
        button=gettext_lazy("Check in"),
        done=gettext_lazy("You are checked in. %(owner)s has been told."),
    ),
    Step(
        "check-out",
        "check_out",
        SITTER,
        transitions.check_out,
        title=gettext_lazy("Check out?"),
        lede=gettext_lazy("This completes the booking, and %(owner)s is told."),
        button=gettext_lazy("Check out"),
        done=gettext_lazy("You are checked out, and the booking is complete."),
    ),
    Step(
        "report-missed",
        "report_missed",
        OWNER,
        transitions.report_missed,
        title=gettext_lazy("Did nobody come?"),
        lede=gettext_lazy("Then the booking is closed, and everything comes back to you."),
        button=gettext_lazy("It did not take place"),
        done=gettext_lazy("The booking is closed. %(sitter)s has been told."),
        danger=True,
    ),
    Step(
        "claim-no-access",
        "claim_no_access",
        SITTER,
        transitions.claim_no_access,
        title=gettext_lazy("Had you no access?"),
        lede=gettext_lazy("%(owner)s is asked to agree. If not, our staff decides."),
        button=gettext_lazy("I had no access"),
        done=gettext_lazy("%(owner)s has been asked."),
    ),
    Step(
        "agree-no-access",
        "agree_no_access",
        OWNER,
        transitions.agree_no_access,
        title=gettext_lazy("Was there no access?"),
        lede=gettext_lazy(
            "Then the booking is closed, and %(sitter)s keeps the price of the care."
        ),
        button=gettext_lazy("Yes, there was no access"),
        done=gettext_lazy("The booking is closed. %(sitter)s has been told."),
    ),
    Step(
        "give-back",
        "give_back",
        SITTER,
        transitions.give_back_more,
        title=gettext_lazy("Give back everything?"),
        lede=gettext_lazy(
            "By the rules you may keep a part. %(owner)s gets the whole amount back instead."
        ),
        button=gettext_lazy("Give back everything"),
        done=gettext_lazy("%(owner)s has been told that everything comes back."),
    ),
)


def step(request: HttpRequest, public_id: str, step: Step) -> HttpResponse:
    booking = find_booking(request, public_id, step.role)
    names = both_names(booking)
    if request.method == "POST":
        return apply_change(request, booking, step.change, step.done % names)
    if error := refusal(booking, step.role, step.verb):
        return refuse(request, booking, error)
    context = {
        "title": step.title % names,
        "lede": step.lede % names,
        "button": step.button % names,
        "danger": step.danger,
    }
    return _ask(request, booking, context)


def accept(request: HttpRequest, public_id: str) -> HttpResponse:
    booking = find_booking(request, public_id, SITTER)
    if request.method != "POST":
        # The page itself asks: it has the care sheet with the lines to tick.
        return redirect(booking)
    ticked = request.POST.getlist("ticked")[:500]
    try:
        transitions.accept_booking(booking=booking, by=request.user, ticked=ticked)
    except RequestRefused as error:
        return show_page(request, public_id, ticked=ticked, tick_error=str(error))
    except BookingError as error:
        return refuse(request, booking, error)
    messages.success(request, _("It is settled. %(owner)s has been told.") % both_names(booking))
    return redirect(booking)


def decline(request: HttpRequest, public_id: str) -> HttpResponse:
    booking = find_booking(request, public_id, SITTER)
    form = DeclineForm(request.POST if request.method == "POST" else None)
    if form.is_valid():

        def change(**who):
            transitions.decline_booking(**who, **form.cleaned_data)

        done = _("You declined. %(owner)s has been told.") % both_names(booking)
        return apply_change(request, booking, change, done)
    if error := refusal(booking, SITTER, "decline"):
        return refuse(request, booking, error)
    context = {
        "form": form,
        "title": _("Decline the request of %(owner)s?") % both_names(booking),
        "lede": _("The owner is told, with your line if you write one, and shown other sitters."),
        "button": _("Decline"),
    }
    return _ask(request, booking, context)


def cancel(request: HttpRequest, public_id: str) -> HttpResponse:
    booking = find_booking(request, public_id)
    if role_of(booking, request.user) == OWNER:
        return _cancel_as_owner(request, booking)
    return _cancel_as_sitter(request, booking)


def _cancel_as_owner(request, booking: Booking) -> HttpResponse:
    status = 200
    if request.method == "POST":
        shown = request.POST.get("shown", "")
        try:
            transitions.cancel_by_owner(booking=booking, by=request.user, shown_hash=shown)
        except RefundChanged as error:
            messages.warning(request, str(error))
            status = 409
        except BookingError as error:
            return refuse(request, booking, error)
        else:
            done = _("The booking is cancelled. %(sitter)s has been told.") % both_names(booking)
            messages.success(request, done)
            return redirect(booking)
    if error := refusal(booking, OWNER, "cancel"):
        return refuse(request, booking, error)
    preview = agreements.owner_preview(booking)
    context = {
        "preview": preview,
        "hidden": [("shown", preview.hash)],
        "title": _("Cancel the rest?") if booking.checked_in_at else _("Cancel the booking?"),
        "button": cancel_label(booking, OWNER, preview.refund.refund_cents),
        "danger": True,
    }
    return _ask(request, booking, context, "bookings/confirm_cancel.html", status)


def _cancel_as_sitter(request, booking: Booking) -> HttpResponse:
    form = SitterCancelForm(request.POST if request.method == "POST" else None)
    if form.is_valid():

        def change(**who):
            transitions.cancel_by_sitter(**who, **form.cleaned_data)

        done = _("The booking is cancelled. %(owner)s has been told.") % both_names(booking)
        return apply_change(request, booking, change, done)
    if error := refusal(booking, SITTER, "cancel"):
        return refuse(request, booking, error)
    refund = agreements.sitter_refund(booking)
    context = {
        "form": form,
        "title": _("Cancel %(owner)s’s booking?") % both_names(booking),
        "lede": _("Everything not delivered and all fees go back to the owner."),
        "button": cancel_label(booking, SITTER, refund.refund_cents),
        "is_late": is_late(booking),
        "danger": True,
    }
    return _ask(request, booking, context)


def reply(request: HttpRequest, public_id: str) -> HttpResponse:
    booking = find_booking(request, public_id, SITTER)
    form = ReplyForm(request.POST if request.method == "POST" else None)
    if form.is_valid():

        def change(**who):
            transitions.reply_in_public(**who, **form.cleaned_data)

        return apply_change(request, booking, change, _("Your reply stands on your page now."))
    if error := refusal(booking, SITTER, "reply"):
        return refuse(request, booking, error)
    context = {
        "form": form,
        "title": _("Reply to the cancellation on your page"),
        "lede": _(
            "Your page lists this cancellation for a year, with the reason you chose. One reply may "
            "stand beside it; it cannot be changed later."
        ),
        "button": _("Put it on my page"),
    }
    return _ask(request, booking, context)


# --- Shared --------------------------------------------------------------------------------


def find_booking(request, public_id: str, role: str | None = None) -> Booking:
    """A booking of this person; 404 unless they are on the side that `role` names."""
    bookings = Booking.objects.visible_to(request.user).with_parties()
    booking = get_object_or_404(bookings, public_id=public_id)
    if role and role_of(booking, request.user) != role:
        raise Http404
    return booking


def both_names(booking: Booking) -> dict[str, str]:
    return {
        "owner": booking.owner.get_short_name(),
        "sitter": booking.sitter.user.get_short_name(),
    }


def refusal(booking: Booking, role: str, verb: str) -> NotAllowedNow | None:
    try:
        require(booking, role, verb, clock.now())
    except NotAllowedNow as error:
        return error
    return None


def refuse(request, booking: Booking, error: BookingError) -> HttpResponse:
    """Back to the booking, which is as it was, with the reason in a sentence."""
    text = str(error)
    if isinstance(error, DatesTaken):
        text = _("%(sentence)s There is no room on %(dates)s.") % {
            "sentence": text,
            "dates": say_dates(error.dates),
        }
    # A second click is no mistake; it only comes too late.
    tell = messages.warning if isinstance(error, NotAllowedNow) else messages.error
    tell(request, text)
    return redirect(booking)


def apply_change(request, booking: Booking, change: Callable, done: str) -> HttpResponse:
    try:
        change(booking=booking, by=request.user)
    except BookingError as error:
        return refuse(request, booking, error)
    messages.success(request, done)
    return redirect(booking)


def _ask(request, booking, context, template="bookings/confirm.html", status=200) -> HttpResponse:
    context |= {
        "booking": booking,
        "back_url": booking.get_absolute_url(),
        "current": "bookings",
    }
    return render(request, template, context, status=status)
