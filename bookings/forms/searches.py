"""How a saved search is called, and when we write."""

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts.text import one_line
from profiles.forms.fields import RowsMixin
from profiles.models import SavedSearch


class SavedSearchForm(RowsMixin, forms.ModelForm):
    choice_rows = ("often",)

    class Meta:
        model = SavedSearch
        fields = ["name", "often"]
        labels = {"name": _("What you call it")}
        widgets = {"often": forms.RadioSelect}

    def clean_name(self):
        name = one_line(self.cleaned_data["name"])
        if not name:
            raise forms.ValidationError(_("Give it a name, so that you know it again."))
        return name
