"""A weekly series in words: when, what it costs, the next dates, and what may be done."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.models import User
from bookings.models import Booking, Series, SeriesDate
from bookings.pages import words
from bookings.services import series as services
from bookings.services.rules import CLOCK, OWNER, SITTER
from pawsitters import clock, dates
from profiles.models import SitterProfile
from profiles.money import amount

State = Series.State
BEHIND = timedelta(days=7)
FIRST = 12


def when_words(series: Series) -> list[tuple[str, str]]:
    names = ", ".join(str(WEEKDAYS[number]) for number in series.weekdays)
    if series.kind_enum.is_visits:
        times = _("%(times)s, %(minutes)d min each") % {
            "times": ", ".join(series.visit_times),
            "minutes": series.minutes,
        }
    else:
        times = f"{series.start_time:%H:%M} – {series.end_time:%H:%M}"
    until = dates.day(series.last_on) if series.last_on else _("until one of you ends it")
    return [
        (_("Every week on"), names),
        (_("Times"), times),
        (_("From"), dates.day(series.starts_on)),
        (_("Until"), until),
    ]


def first_dates(draft) -> list[tuple[str, str]]:
    """(day, why not) of the first weeks, before anything is agreed."""
    reasons = dict(SeriesDate.Reason.choices)
    return [
        (dates.day(on), str(reasons[reason]) if reason else "")
        for on, reason in list(draft.outlook.items())[:FIRST]
    ]


# --- the page -------------------------------------------------------------------------------


@dataclass(frozen=True)
class DateRow:
    """One date: its booking and how it stands, or why there is none."""

    day: str
    booking: Booking | None
    reason: str
    skip_url: str = ""


@dataclass(frozen=True)
class Button:
    verb: str
    label: str
    url: str
    is_danger: bool = False


@dataclass(frozen=True)
class SeriesPage:
    title: str
    other: User
    lede: str
    when: list[tuple[str, str]]
    pets: str
    rows: list[DateRow]
    lines: list[tuple[str, str]]
    may_accept: bool
    may_answer_price: bool
    may_skip: bool
    buttons: list[Button]


LABELS = {
    "decline": gettext_lazy("Decline"),
    "withdraw": gettext_lazy("Withdraw the request"),
    "resume": gettext_lazy("Go on"),
    "pause": gettext_lazy("Pause"),
    "price": gettext_lazy("Ask for the prices on my page"),
    "end": gettext_lazy("End the series"),
}


def build(series: Series, role: str) -> SeriesPage:
    other = series.sitter.user if role == OWNER else series.owner
    allowed = verbs(series, role)
    pets = list(series.pets.order_by("pk"))
    may_accept = "accept" in allowed
    return SeriesPage(
        title=_title(series, role, words.join_names([pet.name for pet in pets])),
        other=other,
        lede=_lede(series, role),
        when=when_words(series),
        pets=words.join_names([pet.name for pet in pets]),
        rows=_rows(series),
        lines=services.lines_to_tick(series) if may_accept else [],
        may_accept=may_accept,
        may_answer_price=role == OWNER and series.offered_terms is not None,
        may_skip=series.state in Series.ACTIVE,
        buttons=[
            Button(
                verb,
                str(label),
                reverse(f"bookings:series_{verb}", args=[series.public_id]),
                is_danger=verb == "end",
            )
            for verb, label in LABELS.items()
            if verb in allowed
        ],
    )


def verbs(series: Series, role: str) -> set[str]:
    """What this side may do with the series now."""
    if series.state == State.REQUESTED:
        if clock.now() >= series.runs_out_at:
            return set()
        return {"accept", "decline"} if role == SITTER else {"withdraw"}
    if series.state not in Series.ACTIVE:
        return set()
    found = {"pause"} if series.state == State.RUNNING else {"resume"}
    if not series.last_on or series.last_on > services.last_day_if_ended_now(series):
        found.add("end")
    if role == SITTER and series.offered_terms is None and _has_other_price(series):
        found.add("price")
    return found


def _has_other_price(series: Series) -> bool:
    now = services.service_of(series.sitter, series.kind_enum)
    return now is not None and now["rates"] != series.terms["service"]["rates"]


def consequence(series: Series, role: str, verb: str) -> str:
    """What a yes does, in a sentence, before it is said."""
    facts = {
        "last": dates.day(services.last_day_if_ended_now(series)),
        "price": amount(series.date_cents),
    }
    if verb == "pause":
        count = len(services.releasable(series, role))
        return ngettext(
            "%(count)d booked date is given up, and nothing is due for it. Dates too near for that "
            "stay booked; cancel them one by one if you have to.",
            "%(count)d booked dates are given up, and nothing is due for them. Dates too near for "
            "that stay booked; cancel them one by one if you have to.",
            count,
        ) % {"count": count}
    sentences = {
        "decline": _("The owner is told."),
        "withdraw": _("The sitter is told, and nothing is due."),
        "resume": _("The next eight weeks are booked again, as far as they fit."),
        "end": _(
            "It goes on until %(last)s. Later dates are given up, and nothing is due for them."
        ),
        "price": _("The owner decides. Without a yes it goes on at %(price)s a date."),
    }
    return sentences[verb] % facts


def _title(series: Series, role: str, pets: str) -> str:
    phrases = words.FOR_OWNER if role == OWNER else words.FOR_SITTER
    names = {
        "owner": series.owner.get_short_name(),
        "sitter": series.sitter.user.get_short_name(),
        "pets": pets,
    }
    return phrases[series.kind_enum] % names


def _lede(series: Series, role: str) -> str:
    facts = {
        "owner": series.owner.get_short_name(),
        "sitter": series.sitter.user.get_short_name(),
        "answer_by": dates.soon(series.runs_out_at, series.zone),
        "last": dates.day(series.last_on) if series.last_on else "",
    }
    if series.state == State.REQUESTED:
        if clock.now() >= series.runs_out_at:
            return _("The time to answer is over.")
        if role == OWNER:
            return _("%(sitter)s has until %(answer_by)s to answer. Nothing is due before.") % facts
        return _("Please answer by %(answer_by)s. You accept once, for all dates.") % facts
    if series.state == State.RUNNING and series.last_on:
        return _("It runs, and ends with %(last)s.") % facts
    sentences = {
        State.RUNNING: _("It runs. New dates are booked eight weeks ahead."),
        State.PAUSED: _("It is paused: no new dates are booked until one of you goes on."),
        State.ENDED: _("It has ended."),
        State.DECLINED: _("%(sitter)s had to decline. Nothing is due."),
        State.WITHDRAWN: _("The request was withdrawn."),
        State.EXPIRED: _("The time to answer ran out. Nothing is due."),
    }
    if series.state == State.PAUSED and series.paused_by == CLOCK:
        return _("It is paused, because one of you takes no bookings at the moment.")
    return sentences[State(series.state)] % facts


def _rows(series: Series) -> list[DateRow]:
    """From a week ago on; a skipped date says why, a booked one leads to its booking."""
    since = clock.today(series.sitter.time_zone) - BEHIND
    found = series.dates.filter(on__gte=since).select_related("booking")
    return [_row(row) for row in found]


def _row(row: SeriesDate) -> DateRow:
    booking = row.booking
    can_skip = (
        booking is not None
        and booking.status == Booking.Status.CONFIRMED
        and booking.ends_at > clock.now()
    )
    skip_url = reverse("bookings:cancel", args=[booking.public_id]) if can_skip else ""
    reason = "" if booking else row.get_reason_display()
    return DateRow(dates.day(row.on), booking, reason, skip_url)


# --- the list -------------------------------------------------------------------------------


@dataclass(frozen=True)
class ListRow:
    series: Series
    title: str
    when: str


def rows_of(user: User) -> Sequence[ListRow]:
    own = SitterProfile.objects.filter(user=user).order_by().values("pk")
    found = (
        Series.objects.filter(Q(owner=user) | Q(sitter__in=own))
        .select_related("owner", "sitter__user")
        .prefetch_related("pets")
        .order_by("-id")[:50]
    )
    rows = []
    for series in found:
        role = services.role_in(series, user)
        pets = words.join_names([pet.name for pet in series.pets.all()])
        when = dict(when_words(series))
        rows.append(ListRow(series, _title(series, role, pets), ", ".join(list(when.values())[:2])))
    return rows
