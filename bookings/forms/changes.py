"""What a person types to propose a change."""

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.requests import MAX_CENTS


class ChangeForm(forms.Form):
    """The change itself is in the address and priced again on the server.

    `shown_total_cents` only says which sum the person has agreed to.
    """

    message = forms.CharField(
        required=False,
        max_length=500,
        error_messages={"max_length": _("At most 500 characters; these are %(show_value)d.")},
    )
    key = forms.RegexField(r"^[0-9a-f]{32}$")
    shown_total_cents = forms.IntegerField(min_value=0, max_value=MAX_CENTS)
