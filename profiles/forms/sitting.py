"""The sitter's own page in steps: one short form each."""

import re

from django import forms
from django.utils.translation import gettext_lazy as _

from profiles.folding import fold
from profiles.forms.fields import RowsMixin
from profiles.geo import E6, metres_between
from profiles.images import PhotoField, PhotoFormMixin
from profiles.models import SitterPhoto, SitterProfile
from profiles.services.towns import get_town, resolve

FARTHEST_METRES = 50_000
MOST_PHOTOS = 20


class AboutForm(RowsMixin, forms.ModelForm):
    experience_years = forms.IntegerField(
        label=_("Years with animals"),
        min_value=0,
        max_value=80,
        error_messages={"invalid": _("Write a whole number of years, such as 6.")},
    )

    class Meta:
        model = SitterProfile
        fields = ["headline", "about", "experience_years", "languages"]
        labels = {
            "headline": _("Headline"),
            "about": _("About you and your place"),
            "languages": _("Languages you speak (optional)"),
        }
        help_texts = {
            "headline": _("One line under your name, such as “A quiet flat by the water”."),
            "about": _(
                "What a day with you looks like, where the animals sleep, where you walk. "
                "No phone number or address: those are exchanged when a booking is confirmed."
            ),
            "languages": _("For instance English, German."),
        }
        widgets = {"about": forms.Textarea({"rows": 9})}


class HomeForm(RowsMixin, forms.ModelForm):
    choice_rows = ("home_type", "children")
    max_alone_hours = forms.IntegerField(
        label=_("Longest time an animal is alone, in hours"),
        min_value=0,
        max_value=24,
        help_text=_("0 if somebody is always at home."),
        error_messages={"invalid": _("Write a whole number of hours, such as 4.")},
    )
    field_order = [
        "home_type",
        "has_fenced_yard",
        "is_smoke_free",
        "children",
        "own_pets",
        "max_alone_hours",
        "cameras",
    ]

    class Meta:
        model = SitterProfile
        fields = [
            "home_type",
            "has_fenced_yard",
            "is_smoke_free",
            "children",
            "own_pets",
            "max_alone_hours",
            "cameras",
        ]
        labels = {
            "home_type": _("Home"),
            "has_fenced_yard": _("There is a fenced garden"),
            "is_smoke_free": _("Nobody smokes inside"),
            "children": _("Children at home"),
            "own_pets": _("Your own animals (optional)"),
            "cameras": _("Cameras (optional)"),
        }
        help_texts = {
            "own_pets": _("For instance “Nala, a calm cat of 9”. Empty: you have none."),
            "cameras": _(
                "Where they are and what they see, inside and outside. Empty: there are none."
            ),
        }
        widgets = {"home_type": forms.RadioSelect, "children": forms.RadioSelect}


class PaymentForm(RowsMixin, forms.ModelForm):
    class Meta:
        model = SitterProfile
        fields = ["payment_note"]
        labels = {"payment_note": _("How and when you take payment")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["payment_note"].required = True


class PlaceForm(RowsMixin, forms.Form):
    """Where the sitter lives. `cleaned_data["town"]` is a Town, ["point"] micro-degrees or None.

    A town's name that several bear is asked about: the radio buttons appear with the answer, and
    count only for the text they were asked about.
    """

    choice_rows = ("town",)
    street = forms.CharField(
        label=_("Street and number"),
        max_length=160,
        widget=forms.TextInput({"autocomplete": "street-address"}),
        help_text=_("Never on your page. The owner sees it once a booking at your home is agreed."),
    )
    postcode = forms.CharField(
        label=_("Postcode"),
        max_length=16,
        widget=forms.TextInput({"autocomplete": "postal-code", "class": "field-short"}),
    )
    where = forms.CharField(
        label=_("Town"),
        max_length=120,
        help_text=_("With region or country if several bear the name."),
        widget=forms.TextInput({"autocomplete": "address-level2", "data-places": "/places/"}),
    )
    town = forms.TypedChoiceField(
        label=_("Which one?"),
        required=False,
        coerce=int,
        widget=forms.RadioSelect,
        empty_value=None,
    )
    asked = forms.CharField(required=False, max_length=120, widget=forms.HiddenInput)
    coordinates = forms.CharField(
        label=_("Point on the map (optional)"),
        max_length=60,
        required=False,
        help_text=_(
            "Copied from any map, such as 52.5163, 13.3777, so that distances are right. "
            "Others see it rounded to 500 metres. Without it the middle of the town counts."
        ),
    )

    def __init__(self, data=None, *, sitter: SitterProfile, **kwargs):
        super().__init__(data, initial=_place_of(sitter), **kwargs)
        self.town_found = None
        self._offer_choices(data)

    def _offer_choices(self, data) -> None:
        """Find the town before the fields are cleaned, because the choices depend on it."""
        text = (data or {}).get("where", "")[:120].strip() if data is not None else ""
        if "\x00" in text:
            text = ""
        found = resolve(text) if text else None
        self.near = found.near if found else []
        choices = [] if found is None or found.town else found.choices
        if not choices:
            self.town_found = found.town if found else None
            del self.fields["town"]
            return
        self.fields["town"].choices = [(town.pk, town.label) for town in choices]
        if fold(data.get("asked", "")) != fold(text):
            # First time: an answer that came along belongs to another question.
            self.data = data.copy()
            self.data.pop("town", None)
        self.data = self.data.copy()
        self.data["asked"] = text

    def clean_coordinates(self):
        text = self.cleaned_data["coordinates"]
        if not text:
            return None
        numbers = re.findall(r"-?\d+(?:\.\d+)?", text)
        if len(numbers) != 2 or not re.fullmatch(r"[\s\d.,;°-]+", text):
            raise forms.ValidationError(
                _("Write latitude and longitude with a comma between, such as 52.5163, 13.3777")
            )
        lat, lng = (round(float(number) * E6) for number in numbers)
        if abs(lat) > 90 * E6 or abs(lng) > 180 * E6:
            raise forms.ValidationError(_("There is no such point. Latitude comes first."))
        return lat, lng

    def clean(self):
        cleaned = super().clean()
        town = self.town_found
        if "town" in self.fields and cleaned.get("town"):
            town = get_town(cleaned["town"])
        if town:
            cleaned["town"] = town
            self._check_distance(town)
        elif "town" in self.fields:
            if "town" not in self.errors:
                self.add_error("town", _("Several towns bear this name. Choose yours."))
        elif cleaned.get("where"):
            self.add_error("where", self._unknown())
        return cleaned

    def _unknown(self):
        if self.near:
            names = ", ".join(town.label for town in self.near)
            return _("We know no town of this name. Did you mean %(names)s?") % {"names": names}
        return _("We know no town of this name. Try the nearest larger one.")

    def _check_distance(self, town) -> None:
        point = self.cleaned_data.get("coordinates")
        self.cleaned_data["point"] = point
        if point and metres_between(town.lat_e6, town.lng_e6, *point) > FARTHEST_METRES:
            self.add_error(
                "coordinates",
                _("This point is more than 50 km from %(town)s. Is one of them wrong?")
                % {"town": town.name},
            )


def _place_of(sitter: SitterProfile) -> dict:
    town = sitter.town
    if town is None:
        return {}
    is_exact = (sitter.lat_e6, sitter.lng_e6) != (town.lat_e6, town.lng_e6)
    return {
        "street": sitter.street,
        "postcode": sitter.postcode,
        "where": town.label,
        "coordinates": f"{sitter.lat_e6 / E6:.6f}, {sitter.lng_e6 / E6:.6f}" if is_exact else "",
    }


class PhotoForm(PhotoFormMixin, RowsMixin, forms.ModelForm):
    class Meta:
        model = SitterPhoto
        fields = ["image", "caption"]
        field_classes = {"image": PhotoField}
        labels = {"image": _("Photo"), "caption": _("What is seen")}
        help_texts = {
            "image": _(
                "Daylight, no filters, no children’s faces. JPEG, PNG or WebP, up to 10 MB. "
                "Where and when it was taken is removed."
            ),
            "caption": _("Read aloud to people who cannot see it, and shown below."),
        }

    def __init__(self, *args, photos_before: int = 0, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["image"].required = True
        self.photos_before = photos_before

    def clean(self):
        if self.photos_before >= MOST_PHOTOS:
            raise forms.ValidationError(
                _("There are 20 photos already. Delete one before you add another.")
            )
        return super().clean()


class CaptionForm(forms.ModelForm):
    class Meta:
        model = SitterPhoto
        fields = ["caption"]
        labels = {"caption": _("What is seen")}
