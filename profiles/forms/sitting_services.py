"""What a sitter offers: the rules of one kind of care, its prices, the dates of holiday prices."""

from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from profiles.forms.fields import MoneyField, PercentField, RowsMixin, date_field, label_in_row
from profiles.kinds import VISIT_MINUTES, DogSize, Kind, Species, Tier
from profiles.models import AddOn, Service, SitterHoliday

TIER_SENTENCES = {
    Tier.SAME_DAY: _("Until it starts: owners get everything back up to the last minute."),
    Tier.ONE_DAY: _("Until noon one day before. After that you keep half of the first 7 dates."),
    Tier.THREE_DAY: _("Until noon 3 days before. After that you keep half of the first 7 dates."),
    Tier.SEVEN_DAY: _("Until noon 7 days before. After that you keep half of the first 7 dates."),
    Tier.FOURTEEN_DAY: _(
        "Until noon 14 days before. After that you keep half of the first 7 dates."
    ),
}
# field: only for these kinds
ONLY_FOR = {
    "charges_late_pickup": (Kind.BOARDING, Kind.HOUSE_SITTING),
    "buffer_minutes": (Kind.DROP_IN_VISIT, Kind.DOG_WALK),
    "group_size": (Kind.DOG_WALK,),
    "species": tuple(kind for kind in Kind if kind != Kind.DOG_WALK),
}
FROM_UNITS = {
    Kind.BOARDING: _("From how many nights on"),
    Kind.HOUSE_SITTING: _("From how many nights on"),
    Kind.DAY_CARE: _("From how many days on"),
    Kind.DROP_IN_VISIT: _("From how many visits on"),
    Kind.DOG_WALK: _("From how many walks on"),
}
MOST_TIERS = 3
NEW_ADD_ONS = 2
HOLIDAYS_AHEAD = timedelta(days=3 * 366)


def whole_number(label, lowest, highest, help_text="") -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        min_value=lowest,
        max_value=highest,
        help_text=help_text,
        error_messages={"invalid": _("Write a whole number.")},
        widget=forms.NumberInput({"class": "field-short"}),
    )


class ServiceForm(RowsMixin, forms.ModelForm):
    choice_rows = ("species", "max_dog_kg", "cancellation_tier")
    species = forms.MultipleChoiceField(
        label=_("Animals you take"),
        choices=Species.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one animal.")},
    )
    max_dog_kg = forms.TypedChoiceField(
        label=_("Dogs by weight"), choices=DogSize.choices, coerce=int, widget=forms.RadioSelect
    )
    min_age_months = whole_number(
        _("Youngest age, in months"), 0, 120, _("0 if age does not matter.")
    )
    max_pets = whole_number(_("Most animals in one booking"), 1, 12)
    lead_hours = whole_number(
        _("Notice you need, in hours"), 0, 720, _("Before the start. 24 is a day.")
    )
    horizon_days = whole_number(_("How far ahead one may book, in days"), 1, 400)
    cancellation_tier = forms.ChoiceField(
        label=_("Free cancelling"),
        choices=list(TIER_SENTENCES.items()),
        widget=forms.RadioSelect,
        help_text=_("Copied into each booking when it is asked for."),
    )
    buffer_minutes = whole_number(
        _("Travel time before and after, in minutes"),
        0,
        120,
        _("Nothing else can be booked in this time."),
    )
    group_size = whole_number(
        _("Households on one walk"), 1, 6, _("1 if every dog walks without strangers.")
    )
    field_order = [
        "species",
        "max_dog_kg",
        "min_age_months",
        "max_pets",
        "group_size",
        "is_one_household",
        "needs_vaccinations",
        "lead_hours",
        "horizon_days",
        "buffer_minutes",
        "charges_late_pickup",
        "is_instant",
        "cancellation_tier",
    ]

    class Meta:
        model = Service
        fields = [
            "species",
            "max_dog_kg",
            "min_age_months",
            "max_pets",
            "lead_hours",
            "horizon_days",
            "is_instant",
            "cancellation_tier",
            "is_one_household",
            "needs_vaccinations",
            "charges_late_pickup",
            "buffer_minutes",
            "group_size",
        ]
        labels = {
            "is_instant": _("Confirm at once, without asking me, where the dates are open"),
            "is_one_household": _("Only one household at a time"),
            "needs_vaccinations": _("Valid vaccinations are needed"),
            "charges_late_pickup": _("Charge for late collection"),
        }
        help_texts = {
            "charges_late_pickup": _(
                "More than 2 hours after the time of arrival costs half a night, more than 8 a night."
            ),
            "is_one_household": _("Animals of two owners never meet at your place."),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, kinds in ONLY_FOR.items():
            if self.instance.kind not in kinds:
                del self.fields[name]

    def values(self) -> dict:
        """Cleaned fields for the service; walks are for dogs."""
        species = self.cleaned_data.get("species", [Species.DOG])
        return {**self.cleaned_data, "species": species}


# column of a rate: label, help
RATE_COLUMNS = {
    "base_cents": _("Usual"),
    "additional_cents": _("Each further one"),
    "holiday_cents": _("On holidays"),
    "young_cents": _("Under 12 months"),
    "young_additional_cents": _("Further, under 12 months"),
}


class PricesForm(forms.Form):
    """Rates for each animal taken (and length of visit), long-stay discounts, add-ons.

    Fields are named `dog_0_base_cents`, `tier_0_units`, `add_on_17_name`, `add_on_new0_name`, so
    that a row of somebody else's service cannot even be named.
    """

    def __init__(self, data=None, *, service: Service, **kwargs):
        self.service = service
        super().__init__(data, **kwargs)
        self.rate_keys = [
            (species, minutes)
            for species in service.species
            for minutes in VISIT_MINUTES.get(Kind(service.kind), (0,))
        ]
        self._add_rates()
        self._add_tiers()
        self._add_add_ons()

    # --- Fields ----------------------------------------------------------------------------
    def _add_rates(self) -> None:
        known = {(rate.species, rate.minutes): rate for rate in self.service.rates.all()}
        for species, minutes in self.rate_keys:
            rate = known.get((species, minutes))
            for column, label in RATE_COLUMNS.items():
                lowest = 0 if "additional" in column else 1
                self._add(
                    f"{species}_{minutes}_{column}",
                    MoneyField(
                        label=label_in_row(_rate_heading(species, minutes), label),
                        required=False,
                        lowest=lowest,
                    ),
                    getattr(rate, column, None),
                )

    def _add_tiers(self) -> None:
        tiers = [*self.service.long_stay_tiers.all(), *[None] * MOST_TIERS][:MOST_TIERS]
        for number, tier in enumerate(tiers):
            row = _("Discount %(number)d") % {"number": number + 1}
            units = whole_number(label_in_row(row, FROM_UNITS[Kind(self.service.kind)]), 2, 365)
            units.required = False
            self._add(f"tier_{number}_units", units, tier and tier.min_units)
            percent = PercentField(label=label_in_row(row, _("Percent off")), required=False)
            self._add(f"tier_{number}_percent", percent, tier and tier.discount_bps)

    def _add_add_ons(self) -> None:
        rows = [(str(row.pk), row) for row in self.service.add_ons.all()]
        self.add_on_rows = rows + [(f"new{number}", None) for number in range(NEW_ADD_ONS)]
        for number, (key, row) in enumerate(self.add_on_rows, start=1):
            extra = _("Extra %(number)d") % {"number": number}
            name = forms.CharField(
                label=label_in_row(extra, _("What")), max_length=60, required=False
            )
            self._add(f"add_on_{key}_name", name, row and row.name)
            amount = MoneyField(label=label_in_row(extra, _("Price")), required=False)
            self._add(f"add_on_{key}_amount", amount, row and row.amount_cents)
            per = forms.ChoiceField(
                label=label_in_row(extra, _("Charged")), choices=AddOn.Per.choices, required=False
            )
            self._add(f"add_on_{key}_per", per, row and row.per)

    def _add(self, name: str, field: forms.Field, initial) -> None:
        self.fields[name] = field
        self.initial.setdefault(name, initial)

    # --- What the template walks through ------------------------------------------------------
    def rate_groups(self) -> list[tuple[str, list]]:
        """(heading, bound fields) of each animal and length of visit."""
        return [
            (
                _rate_heading(species, minutes),
                [self[f"{species}_{minutes}_{column}"] for column in RATE_COLUMNS],
            )
            for species, minutes in self.rate_keys
        ]

    def tier_rows(self) -> list[tuple]:
        return [
            (self[f"tier_{number}_units"], self[f"tier_{number}_percent"])
            for number in range(MOST_TIERS)
        ]

    def add_on_fields(self) -> list[tuple]:
        return [
            tuple(self[f"add_on_{key}_{part}"] for part in ("name", "amount", "per"))
            for key, _row in self.add_on_rows
        ]

    # --- Cleaning ----------------------------------------------------------------------------
    def clean(self):
        cleaned = super().clean()
        self.rates = [
            rate for key in self.rate_keys if (rate := self._clean_rate(*key)) is not None
        ]
        for species in self.service.species:
            keys = [key for key in self.rate_keys if key[0] == species]
            if not any(self._row(f"{s}_{m}", RATE_COLUMNS)["base_cents"] for s, m in keys):
                self._complain(
                    f"{species}_{keys[0][1]}_base_cents",
                    _("Write what it costs, or stop taking this animal under Rules."),
                )
        self.tiers = self._clean_tiers()
        self.add_ons = self._clean_add_ons()
        return cleaned

    def _row(self, prefix: str, columns) -> dict:
        return {column: self.cleaned_data.get(f"{prefix}_{column}") for column in columns}

    def _complain(self, name: str, sentence) -> None:
        if name not in self.errors:
            self.add_error(name, sentence)

    def _clean_rate(self, species: str, minutes: int) -> dict | None:
        prefix = f"{species}_{minutes}"
        row = self._row(prefix, RATE_COLUMNS)
        base, further = row["base_cents"], row["additional_cents"]
        if base is None:
            if any(value is not None for value in row.values()):
                self._complain(f"{prefix}_base_cents", _("Write the usual price too."))
            return None
        for column, least in (("holiday_cents", base), ("young_cents", base)):
            if row[column] is not None and row[column] < least:
                self._complain(
                    f"{prefix}_{column}",
                    _("Not below the usual price: the higher of the two always counts."),
                )
        row["additional_cents"] = base if further is None else further
        return {"species": species, "minutes": minutes, **row}

    def _clean_tiers(self) -> list[tuple[int, int]]:
        tiers: dict[int, int] = {}
        for number in range(MOST_TIERS):
            row = self._row(f"tier_{number}", ("units", "percent"))
            if row["units"] is None and row["percent"] is None:
                continue
            for part, sentence in (
                ("units", _("From how many on?")),
                ("percent", _("How many percent?")),
            ):
                if row[part] is None:
                    self._complain(f"tier_{number}_{part}", sentence)
            if row["units"] in tiers:
                self._complain(f"tier_{number}_units", _("This number is there twice."))
            if row["units"] and row["percent"]:
                tiers[row["units"]] = row["percent"]
        return sorted(tiers.items())

    def _clean_add_ons(self) -> list[tuple[int | None, dict]]:
        found = []
        for key, row in self.add_on_rows:
            values = self._row(f"add_on_{key}", ("name", "amount", "per"))
            if not values["name"] and values["amount"] is None:
                continue  # an emptied row goes
            if not values["name"]:
                self._complain(f"add_on_{key}_name", _("Say what this is for."))
            if values["amount"] is None:
                self._complain(f"add_on_{key}_amount", _("Say what it costs."))
            fields = {
                "name": values["name"],
                "amount_cents": values["amount"],
                "per": values["per"] or AddOn.Per.BOOKING,
            }
            found.append((row.pk if row else None, fields))
        return found


def _rate_heading(species: str, minutes: int) -> str:
    name = Species(species).label
    return (
        _("%(animal)s, %(minutes)d minutes") % {"animal": name, "minutes": minutes}
        if minutes
        else name
    )


class HolidayForm(RowsMixin, forms.ModelForm):
    on = date_field(_("Date"))

    class Meta:
        model = SitterHoliday
        fields = ["on", "name"]
        labels = {"name": _("Name (optional)")}

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_on(self):
        on = self.cleaned_data["on"]
        if on < self.today:
            raise forms.ValidationError(_("This date has passed."))
        if on > self.today + HOLIDAYS_AHEAD:
            raise forms.ValidationError(_("This is more than 3 years ahead. Check the year."))
        return on
