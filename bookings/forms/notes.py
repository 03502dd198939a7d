"""Notes that people write for themselves."""

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from bookings.models import BookingPet


class FavouriteForm(forms.Form):
    note = forms.CharField(
        label=gettext_lazy("Note to yourself (optional)"),
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Only you read it."),
    )


class PetNotesForm(forms.Form):
    """One field for each animal of a booking that is still there."""

    def __init__(self, *args, pets: list[BookingPet], notes: dict[int, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.pet_ids = [row.pet_id for row in pets if row.pet_id]
        for row in pets:
            if row.pet_id:
                self.fields[f"pet_{row.pet_id}"] = forms.CharField(
                    label=_("About %(pet)s (optional)") % {"pet": row.name},
                    max_length=2000,
                    required=False,
                    initial=notes.get(row.pet_id, ""),
                    widget=forms.Textarea({"rows": 4}),
                )

    def texts(self) -> dict[int, str]:
        return {pk: self.cleaned_data[f"pet_{pk}"] for pk in self.pet_ids}
