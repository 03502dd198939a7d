"""The sitter's calendar: a month, one day, the usual week."""

from datetime import date, timedelta

from django.contrib import messages
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from accounts.held import held_form
from bookings.exceptions import BookingError, PlacesHeld
from bookings.forms.calendar import OneDayForm, RangeForm, WeekForm
from bookings.models import Booking
from bookings.services import calendar_edits
from bookings.services.calendar_month import SHOWN, day_state, day_taken, month_of
from pawsitters import clock, dates
from profiles.availability import is_busy
from profiles.decorators import for_sitter
from profiles.models import CalendarException, SitterProfile
from profiles.querysets import own_or_gone
from profiles.services.sitting import confirm_calendar
from profiles.words import GONE

FIRST_YEAR, LAST_YEAR = 2000, 2100


@for_sitter
def calendar(request, sitter):
    today = clock.today(sitter.time_zone)
    first = _first_of_month(request.GET.get("month", ""), today)
    form = RangeForm(request.POST or held_form(request), today=today)
    held = None
    if request.method == "POST" and form.is_valid():
        held = _save(form, calendar_edits.set_days, sitter=sitter, **form.cleaned_data)
        if not form.errors:
            messages.success(request, _saved_sentence(form.cleaned_data))
            return redirect(f"{reverse('bookings:calendar')}?month={first:%Y-%m}")
    before, after = first - timedelta(days=1), first + timedelta(days=32)
    context = {
        **_common(sitter),
        "month": month_of(sitter, first),
        "before": before.replace(day=1),
        "after": after.replace(day=1),
        "form": form,
        "held": held,
        "exceptions": [
            (row, _describe(row))
            for row in sitter.calendar_exceptions.filter(ends_on__gt=today).order_by("starts_on")
        ],
        "confirmed_words": _confirmed_words(sitter.calendar_confirmed_on, today),
    }
    return render(request, "bookings/calendar_month.html", context)


def _common(sitter: SitterProfile) -> dict:
    return {"current": "sitting", "sitting_tab": "calendar", "sitter": sitter}


def _first_of_month(text: str, today: date) -> date:
    try:
        first = date.fromisoformat(f"{text}-01")
    except ValueError:
        return today.replace(day=1)
    return first if FIRST_YEAR <= first.year < LAST_YEAR else today.replace(day=1)


def _save(form, change, **values) -> list[Booking] | None:
    """Run the change; a refusal becomes the form's error. Return the bookings in the way."""
    try:
        change(**values)
    except PlacesHeld as refusal:
        form.add_error(None, _in_the_way(len(refusal.bookings)))
        return refusal.bookings
    except BookingError as refusal:
        form.add_error(None, str(refusal))
    return None


def _in_the_way(count: int) -> str:
    return ngettext(
        "One booking that is agreed is in the way. Nothing was changed.",
        "%(count)s bookings that are agreed are in the way. Nothing was changed.",
        count,
    ) % {"count": count}


def _saved_sentence(values: dict) -> str:
    when = dates.day_range(values["first"], values["last"])
    return {
        "usual": _("Saved: %(when)s as usual."),
        "fewer": _("Saved: fewer places on %(when)s."),
        "away": _("Saved: away on %(when)s."),
    }[values["state"]] % {"when": when}


def _describe(row: CalendarException) -> str:
    """ "29 to 31 December: away", "1 January: at most 1 overnight, 2 by day"."""
    when = dates.day_range(row.starts_on, row.ends_on - timedelta(days=1))
    if row.is_away:
        what = _("away")
    else:
        parts = []
        if row.night_places is not None:
            parts.append(_("%(count)s overnight") % {"count": row.night_places})
        if row.day_places is not None:
            parts.append(_("%(count)s by day") % {"count": row.day_places})
        what = _("at most %(places)s") % {"places": ", ".join(parts)}
    return f"{when}: {what}"


def _confirmed_words(on: date | None, today: date) -> str:
    if on is None:
        return _("You have never said that it is right.")
    days = (today - on).days
    if days <= 0:
        return _("You said so today. Owners see this date.")
    return ngettext(
        "You last said so yesterday. Owners see this date.",
        "You last said so %(count)s days ago. Owners see this date.",
        days,
    ) % {"count": days}


@require_POST
@for_sitter
def calendar_confirm(request, sitter):
    confirm_calendar(sitter=sitter, on=clock.today(sitter.time_zone))
    messages.success(request, _("Thank you. Owners see that your calendar is right as of today."))
    return redirect("bookings:calendar")


@require_POST
@for_sitter
def calendar_exception_remove(request, sitter, pk):
    exception = own_or_gone(sitter.calendar_exceptions.all(), pk)
    if exception is None:
        messages.warning(request, GONE)
        return redirect("bookings:calendar")
    try:
        calendar_edits.remove_exception(exception=exception)
    except BookingError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("These days are as usual again."))
    return redirect("bookings:calendar")


@for_sitter
def calendar_week(request, sitter):
    form = WeekForm(request.POST or held_form(request), sitter=sitter)
    held = None
    if request.method == "POST" and form.is_valid():
        held = _save(
            form,
            calendar_edits.set_week,
            sitter=sitter,
            hours=form.hours(),
            night_places=form.cleaned_data["night_places"],
            day_places=form.cleaned_data["day_places"],
        )
        if not form.errors:
            messages.success(request, _("Saved."))
            return redirect("bookings:calendar_week")
    context = {**_common(sitter), "form": form, "held": held}
    return render(request, "bookings/calendar_week.html", context)


@for_sitter
def calendar_day(request, sitter, day):
    try:
        on = date.fromisoformat(day)
    except ValueError as error:
        raise Http404 from error
    if not FIRST_YEAR <= on.year < LAST_YEAR:
        raise Http404
    today = clock.today(sitter.time_zone)
    covering = sitter.calendar_exceptions.filter(starts_on__lte=on, ends_on__gt=on).last()
    form = OneDayForm(request.POST or held_form(request), initial=OneDayForm.initial_of(covering))
    held = None
    if request.method == "POST" and on < today:
        messages.error(request, _("This day has passed."))
        return redirect("bookings:calendar_day", day=day)
    if request.method == "POST" and form.is_valid():
        held = _save(
            form, calendar_edits.set_days, sitter=sitter, first=on, last=on, **form.cleaned_data
        )
        if not form.errors:
            messages.success(request, _("Saved."))
            return redirect(f"{reverse('bookings:calendar')}?month={on:%Y-%m}")
    _state, word = day_state(sitter, on, day_taken(sitter, on), today)
    context = {
        **_common(sitter),
        "on": on,
        "word": word,
        "is_past": on < today,
        "is_busy_elsewhere": is_busy(sitter.snapshot, on),
        "before": on - timedelta(days=1),
        "after": on + timedelta(days=1),
        "stays": [(booking, _when(booking, on)) for booking in _bookings_on(sitter, on)],
        "form": form,
        "held": held,
    }
    return render(request, "bookings/calendar_day.html", context)


def _bookings_on(sitter: SitterProfile, on: date) -> list[Booking]:
    """Bookings with something to do on that day: a unit, or an animal that is collected."""
    bookings = (
        Booking.objects.filter(sitter=sitter, status__in=SHOWN, starts_on__lte=on, ends_on__gte=on)
        .select_related("owner")
        .prefetch_related("booking_pets", "units")
        .order_by("starts_at")
    )
    return [
        booking
        for booking in bookings
        if any(unit.on == on for unit in booking.units.all()) or _is_collected(booking, on)
    ]


def _is_collected(booking: Booking, on: date) -> bool:
    return booking.kind_enum.is_nights and booking.ends_on == on


def _when(booking: Booking, on: date) -> str:
    """ "12:00 to 12:30", "arrives at 10:00", "leaves at 16:30", "stays"."""
    if not booking.kind_enum.is_nights:
        return ", ".join(
            _("%(start)s to %(end)s")
            % {
                "start": dates.hour(unit.starts_at, booking.zone),
                "end": dates.hour(unit.ends_at, booking.zone),
            }
            for unit in booking.units.all()
            if unit.on == on
        )
    if booking.starts_on == on:
        return _("begins at %(time)s") % {"time": dates.hour(booking.starts_at, booking.zone)}
    if booking.ends_on == on:
        return _("ends at %(time)s") % {"time": dates.hour(booking.ends_at, booking.zone)}
    last = date_format(booking.ends_on, "j F")
    return _("until %(date)s") % {"date": last}
