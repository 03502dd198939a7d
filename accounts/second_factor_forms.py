"""Forms for codes and passkeys: allauth's checks, our words, and each app code once."""

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base import forms as base_forms
from allauth.mfa.models import Authenticator
from allauth.mfa.totp import forms as totp_forms
from allauth.mfa.webauthn import forms as webauthn_forms
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from accounts.second_factor import spend_app_code

TOO_OFTEN = _("Too many wrong codes. Wait 5 minutes and try again.")
NAME_LENGTH = 60


class _Code:
    label = _("Code")
    hint = _("6 digits from your app, or a recovery code.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        field.label, field.help_text, field.max_length = self.label, self.hint, 20
        field.widget.attrs = {"autocomplete": "one-time-code", "inputmode": "numeric"}

    def clean_code(self):
        try:
            return super().clean_code()
        except ValidationError as refusal:
            self.data = {**self.data.dict(), "code": ""}  # nobody wants to delete it first
            if refusal.code in ("too_many_login_attempts", "rate_limited"):
                raise ValidationError(TOO_OFTEN, code=refusal.code) from refusal
            raise


class ActivateAppForm(_Code, totp_forms.ActivateTOTPForm):
    label = _("Code that the app shows now")
    hint = _("6 digits. They change every half minute.")

    @property
    def key_in_fours(self) -> str:
        """For whoever types it; apps do not mind the spaces."""
        return " ".join(self.secret[at : at + 4] for at in range(0, len(self.secret), 4))


class _SpentOnce(_Code):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["code"].widget.attrs["autofocus"] = True

    def clean_code(self):
        code = super().clean_code()
        is_app = self.authenticator.type == Authenticator.Type.TOTP
        if is_app and not spend_app_code(self.authenticator, code):
            raise get_adapter().validation_error("incorrect_code")
        return code


class CodeForm(_SpentOnce, base_forms.AuthenticateForm):
    pass


class ProofByCodeForm(_SpentOnce, base_forms.ReauthenticateForm):
    pass


class _Passkey:
    """What a browser sends is checked by fido2, which takes its shape for granted."""

    def clean_credential(self):
        try:
            return super().clean_credential()
        except ValidationError as refusal:
            words = TOO_OFTEN if refusal.code == "too_many_login_attempts" else NOT_ACCEPTED
            raise ValidationError(words, code=refusal.code) from refusal
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise ValidationError(NOT_ACCEPTED, code="incorrect_code") from error


NOT_ACCEPTED = _("This passkey was not accepted. Try again, or use your password.")


class PasskeyForm(_Passkey, webauthn_forms.AuthenticateWebAuthnForm):
    pass


class ProofByPasskeyForm(_Passkey, webauthn_forms.ReauthenticateWebAuthnForm):
    pass


class LoginByPasskeyForm(_Passkey, webauthn_forms.LoginWebAuthnForm):
    pass


class AddPasskeyForm(webauthn_forms.AddWebAuthnForm):
    name = forms.CharField(
        label=_("Name (optional)"),
        help_text=_("So that you know it again in the list, such as “My phone”."),
        max_length=NAME_LENGTH,
        required=False,
    )
    passwordless = None  # always: a key that asks who holds it replaces the password

    def clean(self):
        self.cleaned_data["passwordless"] = True
        try:
            return super().clean()
        except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
            raise ValidationError(NOT_ACCEPTED, code="incorrect_code") from error


class RenamePasskeyForm(webauthn_forms.EditWebAuthnForm):
    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
