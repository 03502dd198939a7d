"""What our staff fills in when it looks at a sitter's page."""

from datetime import date, timedelta

from django import forms
from django.utils.translation import gettext_lazy as _

from profiles.forms.fields import date_field

LONGEST_CHECK = timedelta(days=5 * 366)
TICK = {"required": _("Tick this, or refuse the page and say why.")}


def ticked(label) -> forms.BooleanField:
    return forms.BooleanField(label=label, error_messages=TICK)


class ApproveForm(forms.Form):
    """The checklist; a page is published only when all of it is ticked."""

    photos = ticked(_("The photos show this place, and no children’s faces"))
    contacts = ticked(_("Texts and captions hold no phone number, e-mail, address or link"))
    tone = ticked(_("Texts are about care and promise nothing impossible"))
    prices = ticked(_("Services and prices are plausible"))
    identity = ticked(_("I have checked the identity against a document"))
    identity_until = date_field(_("The document is valid until"))

    def __init__(self, *args, today: date, **kwargs):
        super().__init__(*args, **kwargs)
        self.today = today

    def clean_identity_until(self):
        until = self.cleaned_data["identity_until"]
        if until <= self.today:
            raise forms.ValidationError(_("This document has run out."))
        # Longer documents exist; we look again after five years.
        return min(until, self.today + LONGEST_CHECK)


class ReasonForm(forms.Form):
    """Why a page is refused or suspended."""

    reason = forms.CharField(
        label=_("Reason"),
        max_length=2000,
        widget=forms.Textarea({"rows": 5}),
        help_text=_("The sitter reads this. Say what to change, and where."),
        error_messages={"required": _("Say why, in words that the sitter can act on.")},
    )
