"""Report cards: the sitter's form, and the pictures for the two parties."""

from datetime import date
from uuid import uuid4

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from accounts.held import held_form
from accounts.images import stored_name
from accounts.media import serve_image
from bookings.exceptions import BookingError
from bookings.forms.report_cards import ReportCardForm
from bookings.models import Booking, ReportCard, ReportPhoto
from bookings.pages.actions import report_url
from bookings.pages.report_cards_section import subject_words
from bookings.services import report_cards, transitions, visibility
from bookings.services.report_cards import FIXED, NOT_BEGUN
from bookings.services.rules import SITTER, role_of
from bookings.services.tasks import tasks_of
from bookings.services.visits import under_way
from bookings.views.actions import both_names, find_booking, refusal, refuse
from pawsitters import clock


def report(request: HttpRequest, public_id: str) -> HttpResponse:
    """To the form of the newest visit or day that may be told of."""
    booking = find_booking(request, public_id, SITTER)
    if error := refusal(booking, SITTER, "report"):
        return refuse(request, booking, error)
    subject = report_cards.latest_subject(booking, clock.now())
    if subject is None:
        messages.warning(request, FIXED)
        return redirect(booking)
    return redirect(report_url(booking, subject))


def visit_report(request: HttpRequest, public_id: str, number: int) -> HttpResponse:
    return _report(request, public_id, None, number)


def day_report(request: HttpRequest, public_id: str, day: str) -> HttpResponse:
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    return _report(request, public_id, on, 0)


def _report(request, public_id: str, on: date | None, visit: int) -> HttpResponse:
    booking = find_booking(request, public_id, SITTER)
    if error := refusal(booking, SITTER, "report"):
        return refuse(request, booking, error)
    now = clock.now()
    subject = report_cards.subject_of(booking, on, visit, now)
    if subject is None or not subject.is_open(now):
        messages.warning(request, FIXED if subject else NOT_BEGUN)
        return redirect(booking)
    of = {"booking": booking, "on": subject.on, "visit": subject.visit}
    card = ReportCard.objects.filter(**of).prefetch_related("photos").first()
    form = ReportCardForm(
        request.POST or held_form(request),
        request.FILES or None,
        instance=card or ReportCard(**of),
        tasks=tasks_of(booking),
        initial={"key": uuid4().hex},
    )
    if request.method == "POST" and form.is_valid():
        if consume(request, action="report_card"):
            return _save(request, booking, subject, form)
        form.add_error(None, _("That was a lot of reports in a short time. Wait a few minutes."))
    context = {
        "form": form,
        "card": card,
        "booking": booking,
        "heading": subject_words(booking, subject),
        "closes_at": subject.closes_at,
        "zone": booking.zone,
        "can_leave": _is_there(booking, visit),
        "current": "bookings",
    }
    return render(request, "bookings/report_card.html", context)


def _is_there(booking: Booking, visit: int) -> bool:
    """Whether this very visit is under way, so that sending may check out as well."""
    here = under_way(booking.units.all())
    return bool(visit and here and here.number == visit)


def _save(request, booking: Booking, subject, form: ReportCardForm) -> HttpResponse:
    who = {"booking": booking, "by": request.user}
    try:
        report_cards.save_card(
            **who,
            on=subject.on,
            visit=subject.visit,
            answers=form.answers,
            tasks=form.task_list,
            key=form.cleaned_data["key"],
            photos=form.cleaned_data["photos"],
            removed=form.removed_ids,
        )
        done = _("The report card is with %(owner)s. You can change it for 24 hours.")
        if "leave" in request.POST:
            transitions.check_out(**who, number=subject.visit)
            done = _("The report card is with %(owner)s, and you are checked out.")
    except BookingError as error:
        return refuse(request, booking, error)
    messages.success(request, done % both_names(booking))
    return redirect(booking)


@require_GET
def report_photo(request: HttpRequest, path: str) -> HttpResponse:
    """For the owner always, for the sitter as long as the care sheet."""
    photos = ReportPhoto.objects.filter(
        image=stored_name(path), card__booking__in=Booking.objects.visible_to(request.user)
    )
    photo = photos.select_related("card__booking__sitter").first()
    if photo is None:
        raise Http404
    booking = photo.card.booking
    role = role_of(booking, request.user)
    if not visibility.shows_care_sheet(booking, role, clock.now()):
        raise Http404
    return serve_image(request, path, is_public=False)
