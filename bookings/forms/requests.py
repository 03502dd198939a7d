"""What an owner types to ask a sitter: which of their own animals, and a message."""

from django import forms
from django.utils.translation import gettext_lazy as _

from profiles.models import Pet

MAX_CENTS = 100_000_000


class RequestForm(forms.Form):
    """The choice itself is in the address; price and rules are worked out again on the server.

    `shown_total_cents` only says which sum the person has agreed to.
    """

    pets = forms.ModelMultipleChoiceField(
        Pet.objects.none(),
        label=_("Who is coming"),
        error_messages={
            "required": _("Choose at least one animal."),
            "invalid_choice": _("Choose from your own animals."),
            "invalid_pk_value": _("Choose from your own animals."),
        },
    )
    message = forms.CharField(
        label=_("Message"),
        required=False,
        max_length=2000,
        error_messages={"max_length": _("At most 2,000 characters; these are %(show_value)d.")},
    )
    key = forms.RegexField(r"^[0-9a-f]{32}$")
    shown_total_cents = forms.IntegerField(min_value=0, max_value=MAX_CENTS)

    def __init__(self, *args, owner, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["pets"].queryset = Pet.objects.visible_to(owner).active()
