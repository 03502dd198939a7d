"""Fields and a layout that several forms share."""

from decimal import ROUND_HALF_UP, Decimal, DecimalException

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from profiles.money import MINOR_DIGITS

MOST_CENTS = 1_000_000
DATE_ERROR = _("Write the date as day/month/year, such as 24/12/2027.")
TIME_ERROR = _("Write the time as hours and minutes, such as 08:30.")


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%Y-%m-%d")


class TimeInput(forms.TimeInput):
    input_type = "time"

    def __init__(self, attrs=None):
        super().__init__(attrs, format="%H:%M")


def date_field(label, **kwargs) -> forms.DateField:
    errors = {"invalid": DATE_ERROR, **kwargs.pop("error_messages", {})}
    return forms.DateField(label=label, widget=DateInput(), error_messages=errors, **kwargs)


def minor_digits() -> int:
    return MINOR_DIGITS.get(settings.CURRENCY, 2)


class MoneyField(forms.CharField):
    """An amount as people write it ("40", "40.50", "40,50", "€40"); cleaned to cents or None."""

    def __init__(self, *, lowest: int = 1, highest: int = MOST_CENTS, **kwargs):
        self.lowest, self.highest = lowest, highest
        super().__init__(
            max_length=20,
            widget=forms.TextInput({"inputmode": "decimal", "autocomplete": "off"}),
            **kwargs,
        )

    def prepare_value(self, value):
        """40 instead of 40.00, as in the field's own example."""
        if not isinstance(value, int):
            return value
        text = f"{Decimal(value).scaleb(-minor_digits()):f}"
        return text.removesuffix("." + "0" * minor_digits())

    def clean(self, value):
        text = super().clean(value).lstrip("€£$").replace("\u00a0", "").replace(" ", "")
        if not text:
            return None
        try:
            cents = Decimal(text.replace(",", ".")).scaleb(minor_digits())
        except DecimalException:  # no number, or one beyond all bounds such as 9e999999
            cents = Decimal("NaN")
        if not cents.is_finite() or cents != cents.to_integral_value():
            raise forms.ValidationError(_("Write an amount such as 40 or 40.50"))
        if not self.lowest <= cents <= self.highest:
            raise forms.ValidationError(
                _("Write an amount from %(lowest)s to %(highest)s."),
                params={
                    "lowest": self.prepare_value(self.lowest),
                    "highest": self.prepare_value(self.highest),
                },
            )
        return int(cents)


class PercentField(forms.CharField):
    """A percentage ("10", "12.5", "12,5 %") between 1 and 90; cleaned to basis points or None."""

    def __init__(self, **kwargs):
        super().__init__(
            max_length=10,
            widget=forms.TextInput({"inputmode": "decimal", "class": "field-short"}),
            **kwargs,
        )

    def prepare_value(self, value):
        if not isinstance(value, int):
            return value
        return f"{Decimal(value) / 100:f}".rstrip("0").rstrip(".") if value % 100 else value // 100

    def clean(self, value):
        text = super().clean(value).replace("%", "").strip().replace(",", ".")
        if not text:
            return None
        try:
            bps = Decimal(text) * 100
        except DecimalException:  # no number, or one beyond all bounds such as 9e999999
            bps = Decimal("NaN")
        if not bps.is_finite() or not 100 <= bps <= 9000:
            raise forms.ValidationError(_("Write a percentage between 1 and 90."))
        return int(bps.to_integral_value(ROUND_HALF_UP))


def label_in_row(row: str, label: str) -> SafeString:
    """A label that names its row in the list of errors; in the row itself the legend does."""
    return format_html('<span class="label-of">{}: </span>{}', row, label)


class RowsMixin:
    """`{% crispy form %}` inside the template's own form element; `choice_rows` as whole rows."""

    choice_rows: tuple[str, ...] = ()

    @property
    def helper(self):
        helper = FormHelper()
        helper.form_tag = False
        helper.disable_csrf = True
        helper.layout = Layout(
            *(
                Field(name, wrapper_class="choices") if name in self.choice_rows else Field(name)
                for name in self.fields
            )
        )
        return helper
