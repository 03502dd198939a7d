"""A message: its text, and photos with it or instead of it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.images import ACCEPT, PhotoField
from accounts.text import clean_text
from bookings.models.messages import MAX_TEXT

MOST_PHOTOS = 4
TOO_MANY = _("At most four photos at a time.")


class PlainTextField(forms.CharField):
    """Lines of text without anything unseen; its length is that of what is kept."""

    default_error_messages = {
        "max_length": _("At most 2,000 characters; these are %(show_value)d."),
    }
    widget = forms.Textarea(attrs={"rows": 4})

    def __init__(self, **kwargs):
        super().__init__(**{"max_length": MAX_TEXT, **kwargs})

    def to_python(self, value):
        # NUL is left in for the validator, which refuses it.
        return clean_text(super().to_python(value)) if "\x00" not in (value or "") else value

    def widget_attrs(self, widget):
        # A browser counts a line break as two and would cut what is pasted without a word.
        return {name: v for name, v in super().widget_attrs(widget).items() if name != "maxlength"}


class SeveralFilesInput(forms.ClearableFileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name):
        return files.getlist(name) if hasattr(files, "getlist") else files.get(name, [])

    def value_omitted_from_data(self, data, files, name):
        return name not in files


class PhotosField(PhotoField):
    """Several pictures; its cleaned value is a list of `Photo`."""

    widget = SeveralFilesInput(
        attrs={"accept": ACCEPT, "data-most": MOST_PHOTOS, "data-too-many": TOO_MANY}
    )

    def clean(self, data, initial=None):
        if len(data or ()) > MOST_PHOTOS:
            raise forms.ValidationError(TOO_MANY)
        return [super(PhotosField, self).clean(one) for one in data or ()]


class MessageForm(forms.Form):
    text = PlainTextField(label=_("Your message"), required=False)
    photos = PhotosField(
        label=_("Photos (optional)"),
        required=False,
        help_text=_(
            "Up to four. Place and time are taken out of them; only the two of you see them."
        ),
    )
    key = forms.RegexField(r"^[0-9a-f]{32}$", widget=forms.HiddenInput)

    def clean(self):
        cleaned = super().clean()
        is_empty = not cleaned.get("text") and not cleaned.get("photos")
        if is_empty and not self.errors:
            self.add_error("text", _("Write something, or choose a photo."))
        if self.errors and self.files.getlist("photos") and "photos" not in self.errors:
            self.add_error("photos", _("Please choose the photos once more."))
        return cleaned


class ReportForm(forms.Form):
    reason = forms.ChoiceField(label=_("What is wrong?"), widget=forms.RadioSelect)
    text = PlainTextField(
        label=_("What should we know? (optional)"),
        max_length=1000,
        required=False,
        error_messages={"max_length": _("At most 1,000 characters; these are %(show_value)d.")},
    )

    def __init__(self, *args, reasons, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["reason"].choices = reasons
