"""What an owner types to ask for a weekly series, and a date to leave out."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.requests import RequestForm


class SeriesForm(RequestForm):
    """Weekdays and times are in the address, as for any request."""

    last_on = forms.DateField(
        required=False, error_messages={"invalid": _("Write the date like 2027-12-24.")}
    )


class SkipForm(forms.Form):
    on = forms.DateField(
        label=_("Date to leave out"),
        widget=forms.DateInput(attrs={"type": "date"}),
        error_messages={"invalid": _("Write the date like 2027-12-24.")},
    )


class PriceForm(forms.Form):
    shown = forms.IntegerField()
