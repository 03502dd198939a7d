"""A report card as the sitter fills it in, on a phone and with one hand."""

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.images import ACCEPT, Photo, clean_image
from bookings.models import ReportCard
from bookings.services.report_cards import MAX_PHOTOS

ANSWERS = ("food", "water", "toilet", "medicine", "mood")


class PhotosInput(forms.FileInput):
    # A phone offers its camera and its pictures; several may be chosen at once.
    allow_multiple_selected = True


class PhotosField(forms.FileField):
    """Several pictures; the cleaned value is a list of `Photo`, written anew without metadata."""

    widget = PhotosInput(attrs={"accept": ACCEPT})
    most = MAX_PHOTOS

    def clean(self, data, initial=None) -> list[Photo]:
        uploads = data if isinstance(data, (list, tuple)) else [data] if data else []
        if len(uploads) > self.most:
            raise ValidationError(
                ngettext(
                    "There is room for %(room)d more photo on this card. Choose fewer.",
                    "There is room for %(room)d more photos on this card. Choose fewer.",
                    self.most,
                )
                % {"room": self.most}
            )
        return [clean_image(super(PhotosField, self).clean(upload)) for upload in uploads]


class ReportCardForm(forms.ModelForm):
    """`tasks` are those of the care sheet; `card` photos that are ticked in `removed` go."""

    key = forms.CharField(max_length=32, widget=forms.HiddenInput)
    done = forms.MultipleChoiceField(required=False)
    photos = PhotosField(
        label=_("Photos (optional)"),
        required=False,
        help_text=_(
            "Up to 6, each up to 10 MB. Where and when they were taken is removed; only the two of "
            "you see them."
        ),
    )
    removed = forms.MultipleChoiceField(required=False)

    class Meta:
        model = ReportCard
        fields = [*ANSWERS, "note"]
        widgets = {
            **dict.fromkeys(ANSWERS, forms.RadioSelect),
            "note": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args, tasks, **kwargs):
        super().__init__(*args, **kwargs)
        self.tasks = tasks
        self.shown_photos = list(self.instance.photos.all()) if self.instance.pk else []
        for name in ANSWERS:
            # Last, so that the thumb finds the answers first; a radio cannot be taken back.
            filled = [choice for choice in self.fields[name].choices if choice[0]]
            self.fields[name].choices = [*filled, ("", _("Not said"))]
        self.fields["done"].choices = [(task.key, task.text) for task in tasks]
        self.fields["removed"].choices = [(str(photo.pk), "") for photo in self.shown_photos]
        self.fields["photos"].most = max(0, MAX_PHOTOS - len(self.shown_photos))

    def clean(self):
        cleaned = super().clean()
        said = [cleaned.get(name) for name in (*ANSWERS, "note", "done", "photos")]
        if not any(said) and not self.errors:
            raise ValidationError(_("The card is empty. Say one thing at least, or add a photo."))
        return cleaned

    @property
    def done_keys(self) -> set[str]:
        """Ticked as typed; before that, as they were on the card."""
        if self.is_bound:
            return set(self.data.getlist("done"))
        done = {task["text"] for task in self.instance.tasks if task["done"]}
        return {task.key for task in self.tasks if task.text in done}

    @property
    def removed_ids(self) -> set[int]:
        return {int(pk) for pk in self.cleaned_data["removed"]}

    @property
    def task_list(self) -> list[dict]:
        """What the card keeps of the tasks."""
        done = set(self.cleaned_data["done"])
        return [{"text": task.text, "done": task.key in done} for task in self.tasks]

    @property
    def answers(self) -> dict[str, str]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}
