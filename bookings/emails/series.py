"""What people are told of a weekly series."""

from collections.abc import Sequence
from datetime import date

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.text import one_line
from bookings.emails.message import Message, moment
from bookings.models import Series
from profiles.templatetags.money import money


def _message(series: Series, subject: str, *paragraphs: str, action: str = "", **more) -> Message:
    words = {
        "owner": one_line(series.owner.get_short_name()),
        "sitter": one_line(series.sitter.user.get_short_name()),
        "kind": series.get_kind_display().lower(),
        "price": money(series.date_cents),
        "answer_by": moment(series.runs_out_at, series.zone),
        **more,
    }
    text = "\n\n".join(part % words for part in paragraphs if part)
    return Message((subject % words)[:160], text, action or _("See the series"))


def _name(series: Series, role: str) -> str:
    person = series.owner if role == "owner" else series.sitter.user
    return one_line(person.get_short_name())


def _day(on: date) -> str:
    return date_format(on, "D j F")


def requested(series: Series, pets: Sequence) -> Message:
    return _message(
        series,
        _("%(owner)s asks you for a weekly series"),
        _("%(owner)s would like a %(kind)s every week for %(pets)s, at %(price)s a date."),
        _("Please answer by %(answer_by)s. You accept once; each date is then booked by itself."),
        action=_("Look at it and answer"),
        pets=one_line(", ".join(pet.name for pet in pets)),
    )


def accepted(series: Series) -> Message:
    return _message(
        series,
        _("%(sitter)s agrees to the weekly series"),
        _(
            "The first eight weeks are booked; more follow week by week. The page lists every date, "
            "and those that do not fit with the reason."
        ),
    )


def declined(series: Series) -> Message:
    return _message(
        series,
        _("%(sitter)s cannot take the weekly series"),
        _("%(sitter)s had to decline. Nothing is due."),
    )


def withdrawn(series: Series) -> Message:
    return _message(
        series,
        _("%(owner)s has withdrawn the weekly series"),
        _("There is nothing to do; the request is closed."),
    )


def expired(series: Series) -> Message:
    return _message(
        series,
        _("%(sitter)s has not answered your weekly series in time"),
        _("Your request has ended without an answer. Nothing is due."),
    )


def paused(series: Series, role: str) -> Message:
    return _message(
        series,
        _("%(name)s has paused the weekly series"),
        _("Dates near by stay booked; the later ones are given up, and nothing is due for them."),
        _("Either of you can go on with it at any time."),
        name=_name(series, role),
    )


def resumed(series: Series, role: str) -> Message:
    return _message(
        series,
        _("%(name)s goes on with the weekly series"),
        _("The next eight weeks are booked again as far as they fit."),
        name=_name(series, role),
    )


def ending(series: Series, role: str) -> Message:
    return _message(
        series,
        _("%(name)s ends the weekly series"),
        _("It goes on until %(last)s. Later dates are given up, and nothing is due for them."),
        name=_name(series, role),
        last=_day(series.last_on),
    )


def ended(series: Series, role: str) -> Message:
    return _message(
        series,
        _("%(name)s has ended the weekly series"),
        _("No more dates are booked. Nothing is due for what was not booked yet."),
        name=_name(series, role),
    )


def skipped(series: Series, role: str, on: date) -> Message:
    return _message(
        series,
        _("%(name)s leaves out %(day)s"),
        _("The weekly series goes on after it."),
        name=_name(series, role),
        day=_day(on),
    )


def price_offered(series: Series) -> Message:
    return _message(
        series,
        _("%(sitter)s asks for another price for the weekly series"),
        _("A date would cost %(new)s instead of %(price)s, for dates that are not booked yet."),
        _("If you do not agree, it goes on at %(price)s."),
        action=_("Answer"),
        new=money(series.offered_cents),
    )


def price_answered(series: Series, agrees: bool) -> Message:
    return _message(
        series,
        _("%(owner)s agrees to the new price")
        if agrees
        else _("%(owner)s does not agree to the new price"),
        _("Dates that are not booked yet cost %(price)s."),
    )


def left_out(series: Series, rows: Sequence) -> Message:
    return _message(
        series,
        _("A date of the weekly series does not fit")
        if len(rows) == 1
        else _("Some dates of the weekly series do not fit"),
        "\n".join(f"{_day(row.on)}: {row.get_reason_display()}".replace("%", "%%") for row in rows),
        _("The series goes on after it."),
    )


def stopped(series: Series) -> Message:
    return _message(
        series,
        _("The weekly series with %(sitter)s is paused"),
        _(
            "No new dates are booked, because one of you takes no bookings at the moment. Dates that "
            "are booked stay booked. Either of you can go on with it later."
        ),
    )
