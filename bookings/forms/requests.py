"""What an owner types to ask a sitter: which of their own animals, and a message."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from bookings.forms.messages import PlainTextField
from profiles.models import Pet

MAX_CENTS = 100_000_000


class RequestForm(forms.Form):
    """The choice itself is in the address; price and rules are worked out again on the server.

    `shown_total_cents` only says which sum the person has agreed to.
    """

    # Texts against the animals that the page has loaded, so no number typed reaches the database.
    pets = forms.MultipleChoiceField(
        error_messages={
            "required": _("Choose at least one animal."),
            "invalid_choice": _("Choose from your own animals."),
        },
    )
    message = PlainTextField(required=False)
    key = forms.RegexField(r"^[0-9a-f]{32}$")
    shown_total_cents = forms.IntegerField(min_value=0, max_value=MAX_CENTS)

    def __init__(self, *args, own_pets: Sequence[Pet], **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["pets"].choices = [(str(pet.pk), pet.name) for pet in own_pets]
