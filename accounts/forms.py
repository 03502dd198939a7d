"""Forms of sign-up, login and settings. Passwords are asked for once: they can be pasted and reset."""

from functools import cache
from zoneinfo import available_timezones

from allauth.account import forms as allauth_forms
from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.hashers import make_password
from django.utils.translation import gettext_lazy as _

from accounts.images import PhotoField, PhotoFormMixin
from accounts.models import User

PASSWORD_HINT = _("At least 10 characters. Pasting from a password manager is welcome.")
CONTINENTS = ("Africa", "America", "Antarctica", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific")  # fmt: skip


@cache
def time_zone_choices() -> list[tuple[str, str]]:
    """Every zone named after a place, and UTC."""
    zones = sorted(zone for zone in available_timezones() if zone.split("/")[0] in CONTINENTS)
    return [(zone, zone.replace("_", " ")) for zone in [*zones, "UTC"]]


def _relabel(form: forms.Form, labels: dict, hints: dict | None = None) -> None:
    """allauth writes its labels into placeholders too; ours stand above the field, once."""
    for name, label in labels.items():
        field = form.fields[name]
        field.label = label
        field.help_text = (hints or {}).get(name, "")
        field.widget.attrs.pop("placeholder", None)


class SignUpForm(allauth_forms.SignupForm):
    name = forms.CharField(max_length=80)
    field_order = ["name", "email", "password1"]

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _relabel(
            self,
            {"name": _("Your name"), "email": _("E-mail"), "password1": _("Password")},
            {"password1": PASSWORD_HINT},
        )

    def try_save(self, request):
        if self.account_already_exists:
            # Takes as long as for a new person, so that a clock cannot tell who has an account.
            make_password(self.cleaned_data["password1"])
        return super().try_save(request)


class LoginForm(allauth_forms.LoginForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _relabel(self, {"login": _("E-mail"), "password": _("Password")})


class ChangeEmailForm(allauth_forms.AddEmailForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _relabel(self, {"email": _("New e-mail")})

    def save(self, request):
        """Tell the present address while it can still stop the change.

        Also where the new one turns out to be somebody else's, or this mail would say so.
        """
        added = super().save(request)
        get_adapter().send_notification_mail(
            "account/email/email_change_asked", request.user, {"to_email": added.email}
        )
        return added


class ResetPasswordForm(allauth_forms.ResetPasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _relabel(self, {"email": _("E-mail")})


class ReauthenticateForm(allauth_forms.ReauthenticateForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _relabel(self, {"password": _("Password")})


class _NewPasswordOnce:
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields.pop("password2", None)
        _relabel(self, {"password1": _("New password")}, {"password1": PASSWORD_HINT})


class ChangePasswordForm(_NewPasswordOnce, allauth_forms.ChangePasswordForm):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        _relabel(self, {"oldpassword": _("Present password")})


class SetPasswordForm(_NewPasswordOnce, allauth_forms.SetPasswordForm):
    pass


class NewPasswordForm(_NewPasswordOnce, allauth_forms.ResetPasswordKeyForm):
    pass


class SettingsForm(PhotoFormMixin, forms.ModelForm):
    class Meta:
        model = User
        fields = ["name", "phone", "time_zone", "photo"]
        field_classes = {"photo": PhotoField}
        labels = {
            "name": _("Your name"),
            "phone": _("Phone (optional)"),
            "photo": _("Photo of you (optional)"),
        }
        help_texts = {
            "name": _("What the other side calls you. First name and initial are enough."),
            "phone": _("Shown to the other side only once a booking is confirmed."),
            "time_zone": _("Dates in your mails and overviews follow it."),
            "photo": _("JPEG, PNG or WebP, up to 10 MB. Everybody can see it."),
        }
        widgets = {"phone": forms.TextInput(attrs={"type": "tel", "autocomplete": "tel"})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["name"].required = True
        self.fields["name"].widget.attrs["autocomplete"] = "name"
        self.fields["time_zone"] = forms.ChoiceField(
            label=_("Time zone"),
            choices=time_zone_choices(),
            help_text=self.fields["time_zone"].help_text,
        )

    def save(self, commit=True):
        """Write these columns only: login writes to the same row."""
        user = super().save(commit=False)
        user.save(update_fields=self._meta.fields)
        return user
