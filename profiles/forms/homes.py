"""The owner's address. The town is typed as text and looked up in our own table."""

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Fieldset, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from profiles.models import Home, Town
from profiles.services.towns import find_towns, get_town, resolve


class HomeForm(forms.ModelForm):
    """`town_id` is asked only where the text can mean several towns.

    Errors of the town field leave `town_choices` filled for the "which one?" list.
    """

    town_name = forms.CharField(
        label=_("Town"),
        max_length=120,
        widget=forms.TextInput({"autocomplete": "address-level2", "data-places": "/places/"}),
    )
    town_id = forms.TypedChoiceField(
        label=_("Which one?"),
        coerce=int,
        required=False,
        empty_value=None,
        widget=forms.RadioSelect,
    )
    field_order = [
        "street",
        "postcode",
        "town_name",
        "town_id",
        "emergency_name",
        "emergency_phone",
    ]

    class Meta:
        model = Home
        fields = ["street", "postcode", "emergency_name", "emergency_phone"]
        labels = {
            "street": _("Street and number"),
            "postcode": _("Postcode"),
            "emergency_name": _("Emergency contact besides you (optional)"),
            "emergency_phone": _("Their phone (optional)"),
        }
        help_texts = {
            "emergency_name": _("Somebody who may decide for you when you cannot be reached.")
        }
        widgets = {
            "street": forms.TextInput({"autocomplete": "street-address"}),
            "postcode": forms.TextInput({"autocomplete": "postal-code"}),
            "emergency_phone": forms.TextInput({"type": "tel"}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.town: Town | None = None
        self.town_choices: list[Town] = []
        if self.instance.pk:
            self.initial["town_name"] = str(self.instance.town)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self._offer(self._possible_towns())

    def _possible_towns(self) -> list[Town]:
        """What the text that was sent may mean, so that a choice among them is a valid one."""
        if not self.is_bound or not self.data.get("town_id"):
            return []
        text = self.data.get("town_name", "")
        places = resolve(text)
        return [*([places.town] if places.town else []), *places.choices, *places.near]

    def _offer(self, towns: list[Town]) -> None:
        self.town_choices = towns
        self.fields["town_id"].choices = [(town.pk, str(town)) for town in towns]
        which_one = [Field("town_id", wrapper_class="choices")] if towns else []
        self.helper.layout = Layout(
            "street",
            "postcode",
            "town_name",
            *which_one,
            Fieldset(_("If you cannot be reached"), "emergency_name", "emergency_phone"),
        )

    def clean(self):
        cleaned = super().clean()
        text, chosen = cleaned.get("town_name"), cleaned.get("town_id")
        if text:
            self.town = get_town(chosen) if chosen else self._resolve(text)
        return cleaned

    def _resolve(self, text: str) -> Town | None:
        present = self.instance.town if self.instance.pk else None
        if present and text == str(present):
            return present
        places = resolve(text)
        if places.town:
            return places.town
        self.errors.pop("town_id", None)
        self._offer(places.choices or places.near or find_towns(text))
        if self.town_choices:
            self.add_error("town_id", _("Several places have this name. Choose yours."))
        else:
            self.add_error(
                "town_name",
                _("We do not know this town. Check the spelling, or name the next larger one."),
            )
        return None

    def save(self, commit=True):
        home = self.instance
        if home.town_id != self.town.pk:
            home.town = self.town
            home.lat_e6, home.lng_e6 = self.town.lat_e6, self.town.lng_e6
        return super().save(commit)


class AccessForm(forms.Form):
    access_notes = forms.CharField(
        label=_("How your sitter gets in (optional)"),
        max_length=2000,
        required=False,
        strip=True,
        widget=forms.Textarea({"rows": 6, "autocomplete": "off", "spellcheck": "false"}),
        help_text=_("Door codes, alarm, where the key is, and where it goes back."),
    )
    is_kept = forms.BooleanField(
        label=_("Keep them for the next booking"),
        required=False,
        help_text=_("Otherwise they are erased 7 days after care at your home has ended."),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
