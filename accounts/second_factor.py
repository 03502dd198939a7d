"""What django-allauth asks us about authenticator apps, recovery codes and passkeys."""

import time
from collections.abc import Callable, Iterable
from functools import wraps

import qrcode
from allauth.core import context
from allauth.core.internal.cryptokit import compare_user_code
from allauth.mfa import app_settings
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from qrcode.image.svg import SvgPathImage

from accounts.devices import browser_and_system
from accounts.encryption import Unreadable, decrypt, encrypt
from accounts.models import User


class SecondFactor(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is not right, or has been used. Wait for the next one."),
        "cannot_generate_recovery_codes": _(
            "Recovery codes come with an authenticator app or a passkey."
        ),
    }

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def build_totp_svg(self, url: str) -> str:
        """For the page itself: no XML declaration, no style."""
        return qrcode.make(url, image_factory=SvgPathImage).to_string(encoding="unicode")

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        """The browser in which a passkey is made: a name that its owner knows again."""
        return " · ".join(filter(None, browser_and_system(context.request))) or str(_("Passkey"))

    def _get_site_name(self) -> str:
        return "PawSitters"


def is_trusted_staff(request: HttpRequest) -> bool:
    """Staff who have proved it as the admin asks for."""
    user = request.user
    if not (user.is_authenticated and user.is_staff):
        return False
    return not settings.STAFF_SECOND_FACTOR or has_second_factor(user)


def has_second_factor(user: User) -> bool:
    """Whether the password alone does not let anybody in."""
    return (
        Authenticator.objects.filter(user=user)
        .exclude(type=Authenticator.Type.RECOVERY_CODES)
        .exists()
    )


def ways_in(user: User) -> str:
    """What it takes to log in as this person, for a line in the settings."""
    types = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    has_app, has_passkey = Authenticator.Type.TOTP in types, Authenticator.Type.WEBAUTHN in types
    if has_app and has_passkey:
        return _("passkey, or password and code")
    if has_passkey:
        return _("passkey")
    return _("password and code") if has_app else _("off: the password alone is enough")


@transaction.atomic
def spend_app_code(authenticator: Authenticator, code: str) -> bool:
    """Take an app's code, and with it all earlier ones, out of use. Return False if it was.

    allauth forgets after half a minute, but accepts a code for a minute and a half.
    Source: RFC 6238, section 5.2 (a code must not be accepted twice).
    """
    kept = Authenticator.objects.select_for_update().get(pk=authenticator.pk)
    secret = decrypt(kept.data["secret"])
    now = int(time.time()) // app_settings.TOTP_PERIOD
    steps = range(now - app_settings.TOTP_TOLERANCE, now + app_settings.TOTP_TOLERANCE + 1)
    matching = [step for step in steps if is_code_of(secret, step, code)]
    if not matching or matching[-1] <= kept.data.get("last_step", 0):
        return False
    kept.data["last_step"] = matching[-1]
    kept.save(update_fields=["data"])
    return True


def rotate(report: Callable[[Iterable, str], Iterable]) -> dict[str, int]:
    """Encrypt the secrets of apps and recovery codes with the first of FIELD_KEYS.

    Like accounts.encryption.rotate, for what allauth keeps inside a JSON column.
    """
    pks = list(Authenticator.objects.exclude(type="webauthn").values_list("pk", flat=True))
    return {"mfa.Authenticator": sum(map(_rotate_one, report(pks, "mfa.Authenticator")))}


@transaction.atomic
def _rotate_one(pk: int) -> int:
    """1 if it is still there; locked, for somebody may be logging in with it."""
    row = Authenticator.objects.select_for_update().filter(pk=pk).first()
    if row is None:
        return 0
    secret = "secret" if row.type == Authenticator.Type.TOTP else "seed"
    try:
        row.data[secret] = encrypt(decrypt(row.data[secret]))
    except Unreadable:
        raise Unreadable(f"mfa.Authenticator {pk}") from None
    row.save(update_fields=["data"])
    return 1


def is_code_of(secret: str, step: int, code: str) -> bool:
    return compare_user_code(actual=code, expected=format_hotp_value(hotp_value(secret, step)))


def one_at_a_time(view):
    """Let two clicks of one person on "switch on" wait for each other.

    allauth leaves it to a conditional unique key that nobody gets two apps or two sets of recovery
    codes, and MySQL has no such keys.
    """

    @wraps(view)
    def locked(request, *args, **kwargs):
        if request.method != "POST" or not request.user.is_authenticated:
            return view(request, *args, **kwargs)
        with transaction.atomic():
            User.objects.select_for_update().get(pk=request.user.pk)
            return view(request, *args, **kwargs)

    return locked
