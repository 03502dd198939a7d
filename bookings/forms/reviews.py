"""What one side says about the other, and the one reply to it."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.contact_words import has_contact
from accounts.text import clean_text
from bookings.models import Booking, Review
from bookings.services.reviews import facts_asked, has_stars
from bookings.services.rules import OWNER

MAX_TEXT, MAX_REPLY = 2000, 1000
STARS = (
    (5, _("5, excellent")),
    (4, _("4, good")),
    (3, _("3, all right")),
    (2, _("2, not good")),
    (1, _("1, bad")),
)
QUESTIONS = {
    OWNER: {
        "on_time": _("On time, at the beginning and the end?"),
        "instructions": _("Followed your instructions?"),
        "updates": _("Kept you posted?"),
        "as_described": _("Was the place as described?"),
    },
    "sitter": {
        "on_time": _("On time, when handing over and collecting?"),
        "updates": _("Easy to reach?"),
        "as_described": _("Were the animals as described?"),
    },
}
RELIABILITY_QUESTIONS = {
    "on_time": _("Were you told in good time?"),
    "updates": _("Were you kept posted?"),
}


class PublicText(forms.CharField):
    """Text for everybody to read: cleaned, and without web addresses, e-mail and phone numbers."""

    def __init__(self, **options):
        options.setdefault("widget", forms.Textarea(attrs={"rows": 5}))
        super().__init__(**options)

    def to_python(self, value):
        return clean_text(super().to_python(value))

    def validate(self, value):
        super().validate(value)
        if has_contact(value):
            raise ValidationError(
                _("Please leave out web addresses, e-mail addresses and phone numbers.")
            )


class ReviewForm(forms.Form):
    """Asks what this side of this booking is asked; a fact may be left open."""

    def __init__(self, data=None, *, booking: Booking, side: str):
        super().__init__(data)
        if has_stars(booking):
            self.fields["stars"] = forms.TypedChoiceField(
                label=_("Overall"),
                choices=STARS,
                coerce=int,
                widget=forms.RadioSelect,
                error_messages={
                    "required": _("Please give one to five stars."),
                    "invalid_choice": _("Please give one to five stars."),
                },
            )
        questions = QUESTIONS[side] if has_stars(booking) else RELIABILITY_QUESTIONS
        self.facts = facts_asked(booking, side)
        for name in self.facts:
            self.fields[name] = forms.ChoiceField(
                label=questions[name],
                choices=Review.Fact.choices,
                required=False,
                widget=forms.RadioSelect,
            )
        self.fields["text"] = PublicText(
            label=_("In your words (optional)"),
            required=False,
            max_length=MAX_TEXT,
            help_text=_("Everybody can read it: no addresses, please, and nothing private.")
            if side == OWNER
            else _("Sitters whom this owner asks can read it, and the owner."),
        )

    @property
    def fact_fields(self):
        return [self[name] for name in self.facts]

    def clean(self):
        cleaned = super().clean()
        if "stars" not in self.fields and not any(cleaned.get(name) for name in self.facts):
            raise ValidationError(_("Please answer at least one of the questions."))
        return cleaned

    def answers(self) -> dict:
        """The arguments of `write_review`."""
        given = self.cleaned_data
        return {
            "stars": given.get("stars"),
            "facts": {name: given[name] for name in self.facts},
            "text": given["text"],
        }


class ReviewReplyForm(forms.Form):
    text = PublicText(
        label=_("Your reply"),
        max_length=MAX_REPLY,
        help_text=_("It stands beside the review, and is never changed."),
    )
