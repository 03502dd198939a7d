"""The address of a calendar elsewhere."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.services.ics.fetching import LONGEST_URL, CalendarRefused, target_of
from profiles.forms.fields import RowsMixin


class OutsideCalendarForm(RowsMixin, forms.Form):
    url = forms.CharField(
        label=_("Address of the calendar"),
        max_length=LONGEST_URL,
        help_text=_("It begins with https:// and mostly ends in .ics."),
        widget=forms.TextInput({"inputmode": "url", "autocomplete": "off", "spellcheck": "false"}),
    )

    def clean_url(self):
        try:
            target_of(self.cleaned_data["url"])
        except CalendarRefused as refusal:
            raise forms.ValidationError(str(refusal)) from refusal
        return self.cleaned_data["url"]
