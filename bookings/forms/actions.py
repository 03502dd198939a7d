"""What a person says when declining or cancelling."""

from django import forms
from django.utils.translation import gettext_lazy as _

MAX_TEXT = 1000


class DeclineForm(forms.Form):
    REASONS = (
        ("dates", _("The dates do not suit me")),
        ("animals", _("The animals are not a good match")),
        ("distance", _("It is too far away")),
        ("other", _("Another reason")),
    )
    reason = forms.ChoiceField(
        label=_("Why not this time?"), choices=REASONS, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("A line to the owner (optional)"),
        required=False,
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class ReplyForm(forms.Form):
    text = forms.CharField(
        label=_("Your reply"),
        help_text=_("Everybody can read it: no names, please, and nothing private."),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class SitterCancelForm(forms.Form):
    REASONS = (
        ("ill", _("I am ill or hurt")),
        ("family", _("Something happened in my family")),
        ("home", _("My home cannot be used")),
        ("animals", _("It does not work with the animals")),
        ("other", _("Another reason")),
    )
    reason = forms.ChoiceField(
        label=_("Why do you have to cancel?"), choices=REASONS, widget=forms.RadioSelect
    )
    text = forms.CharField(
        label=_("What the owner should know"),
        max_length=MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
