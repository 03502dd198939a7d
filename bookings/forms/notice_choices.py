from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.notice_choices import CHOICES


class NoticeChoicesForm(forms.Form):
    """Which optional mails a person wants; what is kept is those they do not want."""

    wanted = forms.MultipleChoiceField(
        label=_("Mails I want"),
        choices=[(choice.name, choice.label) for choice in CHOICES],
        widget=forms.CheckboxSelectMultiple,
        required=False,
    )

    def __init__(self, data=None, *, person: User):
        wanted = [choice.name for choice in CHOICES if choice.name not in person.unwanted_mails]
        super().__init__(data, initial={"wanted": wanted})
        self.person = person

    def save(self) -> None:
        wanted = self.cleaned_data["wanted"]
        self.person.unwanted_mails = [c.name for c in CHOICES if c.name not in wanted]
        self.person.save(update_fields=["unwanted_mails"])
