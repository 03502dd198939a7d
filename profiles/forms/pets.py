"""A pet's record in steps: each form is one tab, so that nobody loses a long page to one slip."""

from datetime import timedelta
from decimal import Decimal, InvalidOperation

from crispy_forms.helper import FormHelper
from crispy_forms.layout import Field, Layout
from django import forms
from django.utils.translation import gettext_lazy as _

from pawsitters import clock
from profiles.images import PhotoField, PhotoFormMixin
from profiles.models import Pet, Vaccination
from profiles.models.pets import Temper

MAX_WEIGHT_KG = 200
DATE_ERROR = _("Write the date as day/month/year, such as 24/12/2027.")
OLDEST_DAYS = 150 * 365  # tortoises


class DateInput(forms.DateInput):
    input_type = "date"

    def __init__(self, **kwargs):
        super().__init__(format="%Y-%m-%d", **kwargs)


def date_field(label, **kwargs) -> forms.DateField:
    return forms.DateField(
        label=label, widget=DateInput(), error_messages={"invalid": DATE_ERROR}, **kwargs
    )


class KilogramsField(forms.CharField):
    """A weight as people write it ("12.5", "12,5 kg"); the cleaned value is whole grams or None."""

    def __init__(self, **kwargs):
        super().__init__(max_length=20, widget=forms.TextInput({"inputmode": "decimal"}), **kwargs)

    def clean(self, value):
        text = super().clean(value).lower().removesuffix("kg").strip().replace(",", ".")
        if not text:
            return None
        try:
            kilograms = Decimal(text)
        except InvalidOperation:
            kilograms = Decimal("NaN")
        if not kilograms.is_finite():
            raise forms.ValidationError(_("Weight must be a number, such as 12.5"))
        if not Decimal("0.001") <= kilograms <= MAX_WEIGHT_KG:
            raise forms.ValidationError(_("Weight must be between 0.001 and 200 kg."))
        return round(kilograms * 1000)


def kilograms(grams: int | None) -> str:
    """12500 becomes "12.5"."""
    if grams is None:
        return ""
    return f"{Decimal(grams) / 1000:f}".rstrip("0").rstrip(".")


MOST_PETS = 100  # with the archived ones; a bound for machines, not for people


class StepForm(forms.ModelForm):
    """Shared by the tabs: crispy draws the fields, the template brings the form element."""

    choice_rows = ()

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            if isinstance(field.widget, forms.Textarea):
                field.widget.attrs["rows"] = 3
            if not field.required and name not in self.choice_rows:
                self.mark_optional(name)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True
        self.helper.layout = Layout(
            *(
                Field(name, wrapper_class="choices") if name in self.choice_rows else Field(name)
                for name in self.fields
            )
        )

    def save(self, commit=True):
        """Write this tab's columns only, so that another tab saved meanwhile lasts."""
        if not (commit and self.instance.pk):
            return super().save(commit)
        super().save(commit=False)
        self.instance.save(update_fields=self.columns())
        return self.instance

    def columns(self) -> list[str]:
        names = [name for name in self._meta.fields if name in self.fields]
        return [*names, "updated_at"] if self._meta.model is Pet else names

    def mark_optional(self, name):
        field = self.fields[name]
        if not isinstance(field.widget, forms.CheckboxInput):
            label = str(field.label)
            field.label = _("%(label)s (optional)") % {"label": label[:1].upper() + label[1:]}


class PetAboutForm(PhotoFormMixin, StepForm):
    weight = KilogramsField(
        label=_("Weight in kg"), required=False, help_text=_("For instance 12.5.")
    )
    field_order = [
        "name",
        "species",
        "breed",
        "born_on",
        "weight",
        "sex",
        "is_neutered",
        "microchip",
        "photo",
    ]
    choice_rows = ("species", "sex")

    class Meta:
        model = Pet
        fields = [
            "name",
            "species",
            "breed",
            "born_on",
            "sex",
            "is_neutered",
            "microchip",
            "photo",
        ]
        field_classes = {"photo": PhotoField}
        widgets = {
            "species": forms.RadioSelect,
            "sex": forms.RadioSelect,
            "born_on": DateInput,
        }
        error_messages = {"born_on": {"invalid": DATE_ERROR}}
        help_texts = {
            "born_on": _("A guess is fine. Under 12 months some sitters charge a young rate."),
            "photo": _("Daylight, at eye level of the animal. JPEG, PNG or WebP, up to 10 MB."),
        }

    def clean(self):
        cleaned = super().clean()
        if self.instance.pk is None and self.instance.owner.pets.count() >= MOST_PETS:
            raise forms.ValidationError(
                _(
                    "You have %(count)d animals here, and more is not possible. Write to us if you need it."
                )
                % {"count": MOST_PETS}
            )
        return cleaned

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["species"].choices = Pet._meta.get_field("species").choices
        self.initial["weight"] = kilograms(self.instance.weight_grams)

    def clean_born_on(self):
        born_on = self.cleaned_data["born_on"]
        if born_on is None:
            return None
        # The latest date anywhere on earth: no zone is asked for here.
        today = (clock.now() + timedelta(hours=14)).date()
        if born_on > today:
            raise forms.ValidationError(_("This date is in the future."))
        if (today - born_on).days > OLDEST_DAYS:
            raise forms.ValidationError(_("This is more than 150 years ago. Check the year."))
        return born_on

    def columns(self):
        return [*super().columns(), "weight_grams"]

    def save(self, commit=True):
        self.instance.weight_grams = self.cleaned_data["weight"]
        return super().save(commit)


class PetBehaviourForm(StepForm):
    """Only the questions that this species is asked; none is required to save half of them."""

    class Meta:
        model = Pet
        fields = [*Pet.BEHAVIOUR_FIELDS, "bite_history"]
        widgets = dict.fromkeys(Pet.BEHAVIOUR_FIELDS, forms.RadioSelect)
        labels = {"bite_history": _("If it has bitten: what happened?")}

    def __init__(self, *args, instance, **kwargs):
        asked = instance.behaviour_questions
        self.choice_rows = asked
        super().__init__(*args, instance=instance, **kwargs)
        for name in Pet.BEHAVIOUR_FIELDS:
            if name not in asked:
                del self.fields[name]
                continue
            field = self.fields[name]
            answers = [choice for choice in field.choices if choice[0]]
            field.choices = sorted(answers, key=lambda choice: choice[0] == Temper.UNKNOWN)
            field.label = str(field.label)[:1].upper() + str(field.label)[1:]
        if "has_bitten" not in asked:
            del self.fields["bite_history"]
        self.helper.layout = Layout(
            *(
                Field(name, wrapper_class="choices") if name in asked else Field(name)
                for name in self.fields
            )
        )

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("has_bitten") == "yes" and not cleaned.get("bite_history"):
            self.add_error("bite_history", _("Say in a sentence whom it bit, when and why."))
        return cleaned


class PetCareForm(StepForm):
    class Meta:
        model = Pet
        fields = ["feeding", "walks", "sleeps", "max_alone_hours", "must_follow"]
        help_texts = {
            "feeding": _("What, how much, when, and what is never allowed."),
            "walks": _("How often, how long, where."),
            "must_follow": _(
                "One short instruction on each line. The sitter ticks every one when accepting."
            ),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["max_alone_hours"].max_value = 24
        self.fields["max_alone_hours"].widget.attrs |= {"min": 0, "max": 24}

    def clean_max_alone_hours(self):
        hours = self.cleaned_data["max_alone_hours"]
        if hours is not None and hours > 24:
            raise forms.ValidationError(_("Give a number of hours between 0 and 24."))
        return hours


class PetHealthForm(StepForm):
    class Meta:
        model = Pet
        fields = ["medication", "conditions", "allergies", "vet_name", "vet_phone", "vet_address"]
        widgets = {"vet_phone": forms.TextInput({"type": "tel"})}


class VaccinationForm(PhotoFormMixin, StepForm):
    class Meta:
        model = Vaccination
        fields = ["kind", "given_on", "expires_on", "document"]
        field_classes = {"document": PhotoField}
        widgets = {"given_on": DateInput, "expires_on": DateInput}
        error_messages = {
            "given_on": {"invalid": DATE_ERROR},
            "expires_on": {"invalid": DATE_ERROR},
        }
        help_texts = {
            "kind": _("For instance rabies or distemper."),
            "document": _("The page of the vaccination pass. Only you and your sitter see it."),
        }

    def clean_given_on(self):
        given_on = self.cleaned_data["given_on"]
        if given_on > (clock.now() + timedelta(hours=14)).date():
            raise forms.ValidationError(_("This date is in the future."))
        return given_on
