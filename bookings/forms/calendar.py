"""What a sitter types into the calendar."""

from datetime import date, timedelta

from crispy_forms.layout import Div, Field, Layout
from django import forms
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext_lazy as _

from profiles.forms.fields import TIME_ERROR, RowsMixin, TimeInput, date_field, label_in_row
from profiles.models import CalendarException, SitterProfile

LONGEST = 400
AHEAD = timedelta(days=3 * 366)
MOST_PLACES = 20
STATES = [
    ("usual", _("As usual")),
    ("fewer", _("Open for fewer animals")),
    ("away", _("Away")),
]


def places_field(label, **kwargs) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=0,
        max_value=MOST_PLACES,
        error_messages={"invalid": _("Write a whole number, such as 2.")},
        widget=forms.NumberInput({"class": "field-short"}),
        **kwargs,
    )


def halves(*names: str) -> Div:
    """Short fields that share a line where there is room."""
    return Div(*(Div(Field(name), css_class="col-sm-6") for name in names), css_class="row gx-2")


class DayForm(RowsMixin, forms.Form):
    """One day: as usual, fewer places, or away."""

    state = forms.ChoiceField(
        label=_("On these days I am"), choices=STATES, widget=forms.RadioSelect, initial="away"
    )
    night_places = places_field(_("Animals overnight, if fewer"), required=False)
    day_places = places_field(_("Animals by day, if fewer"), required=False)
    note = forms.CharField(label=_("Note to yourself (optional)"), max_length=80, required=False)

    def clean(self):
        cleaned = super().clean()
        values = [cleaned.get("night_places"), cleaned.get("day_places")]
        is_unsaid = cleaned.get("state") == "fewer" and values == [None, None]
        if is_unsaid and not {"night_places", "day_places"} & set(self.errors):
            self.add_error("night_places", _("How many animals? Fill in one of the two."))
        return cleaned

    def layout(self) -> list:
        return [
            Field("state", wrapper_class="choices"),
            halves("night_places", "day_places"),
            Field("note"),
        ]

    @property
    def helper(self):
        helper = super().helper
        helper.layout = Layout(*self.layout())
        return helper

    @classmethod
    def initial_of(cls, exception: CalendarException | None) -> dict:
        if exception is None:
            return {"state": "usual"}
        return {
            "state": "away" if exception.is_away else "fewer",
            "night_places": exception.night_places,
            "day_places": exception.day_places,
            "note": exception.note,
        }


class OneDayForm(DayForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["state"].label = _("On this day I am")


class RangeForm(DayForm):
    """Days from the first to the last, both included."""

    first = date_field(_("First day"))
    last = date_field(_("Last day"))
    field_order = ["first", "last", "state", "night_places", "day_places", "note"]

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def layout(self) -> list:
        return [halves("first", "last"), *super().layout()]

    def clean_first(self):
        first = self.cleaned_data["first"]
        if first < self.today:
            raise forms.ValidationError(_("This day has passed."))
        return first

    def clean(self):
        cleaned = super().clean()
        first, last = cleaned.get("first"), cleaned.get("last")
        if last and last > self.today + AHEAD:
            self.add_error("last", _("This is more than 3 years ahead. Check the year."))
        elif first and last and last < first:
            self.add_error("last", _("The last day must not be before the first."))
        elif first and last and (last - first).days >= LONGEST:
            self.add_error("last", _("That is more than 400 days. Choose fewer at once."))
        return cleaned


class WeekForm(forms.Form):
    """The usual week, one row per weekday, and the places of an ordinary day."""

    TAKES = ("takes_nights", "takes_away", "takes_days")
    night_places = places_field(
        _("Animals overnight"), help_text=_("At your home, of all owners together.")
    )
    day_places = places_field(_("Animals by day"), help_text=_("At your home, in day care."))

    def __init__(self, data=None, *, sitter: SitterProfile, **kwargs):
        super().__init__(data, **kwargs)
        self.initial.update(
            night_places=sitter.capacity.night_places, day_places=sitter.capacity.day_places
        )
        hours = sitter.snapshot.get("hours", {})
        labels = (_("Nights at my home"), _("Nights at the owner’s"), _("Day care"))
        for weekday in range(7):
            row = hours.get(str(weekday), [False, False, False, None, None])
            for number, name in enumerate(self.TAKES):
                self.fields[f"{name}_{weekday}"] = forms.BooleanField(
                    label=label_in_row(WEEKDAYS[weekday], labels[number]),
                    required=False,
                    initial=row[number],
                )
            for number, (name, label) in enumerate(
                (("visits_from", _("Visits from")), ("visits_until", _("Visits until"))), start=3
            ):
                self.fields[f"{name}_{weekday}"] = forms.TimeField(
                    label=label_in_row(WEEKDAYS[weekday], label),
                    required=False,
                    initial=row[number],
                    widget=TimeInput(),
                    error_messages={"invalid": TIME_ERROR},
                )

    def rows(self) -> list[tuple]:
        """(name of the weekday, check boxes, times) for the template."""
        return [
            (
                WEEKDAYS[weekday],
                [self[f"{name}_{weekday}"] for name in self.TAKES],
                [self[f"{name}_{weekday}"] for name in ("visits_from", "visits_until")],
            )
            for weekday in range(7)
        ]

    def clean(self):
        cleaned = super().clean()
        for weekday in range(7):
            starts, ends = f"visits_from_{weekday}", f"visits_until_{weekday}"
            first, last = cleaned.get(starts), cleaned.get(ends)
            if starts in self.errors or ends in self.errors:
                continue
            if (first is None) != (last is None):
                name = ends if last is None else starts
                self.add_error(name, _("Fill in both times, or neither."))
            elif first and first >= last:
                self.add_error(ends, _("This must be later than the first time."))
        return cleaned

    def hours(self) -> list[dict]:
        names = (*self.TAKES, "visits_from", "visits_until")
        return [
            {"weekday": day, **{name: self.cleaned_data[f"{name}_{day}"] for name in names}}
            for day in range(7)
        ]
