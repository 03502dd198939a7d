import time
from itertools import count

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import AttestationObject, AttestedCredentialData, AuthenticatorData

from accounts.encryption import encrypt
from accounts.models import User

_number = count(1)


def make_user(**fields) -> User:
    """A person who may sign in (no password is set: use client.force_login)."""
    number = next(_number)
    defaults = {"email": f"person{number}@example.org", "name": f"Person {number}"}
    return User.objects.create(**{**defaults, **fields})


def log_in(client: Client, user: User, *, minutes_ago: float = 0) -> None:
    """Like client.force_login, with a proof of who it is: `reauthenticated` views let it in."""
    client.force_login(user)
    session = client.session
    proof = {"method": "password", "at": time.time() - minutes_ago * 60}
    session["account_authentication_methods"] = [proof]
    session["account_authentication_methods_user"] = str(user.pk)
    session.save()


TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def make_second_factor(user: User) -> dict[str, Authenticator]:
    """An app with TOTP_SECRET, recovery codes that were shown just now, and a passkey."""
    codes = {"seed": encrypt("a" * 80), "used_mask": 0, "viewed_at": time.time()}
    kinds = {
        "totp": {"secret": encrypt(TOTP_SECRET)},
        "recovery_codes": codes,
        "webauthn": {"name": "Firefox · Windows", "credential": _credential()},
    }
    return {
        kind: Authenticator.objects.create(user=user, type=kind, data=data)
        for kind, data in kinds.items()
    }


def _credential() -> dict:
    """What a browser sends when a passkey is made."""
    key = ES256.from_cryptography_key(ec.generate_private_key(ec.SECP256R1()).public_key())
    made = AttestedCredentialData.create(b"\0" * 16, b"a-passkey-of-ours", key)
    flags = AuthenticatorData.FLAG.UP | AuthenticatorData.FLAG.UV | AuthenticatorData.FLAG.AT
    data = AuthenticatorData.create(b"\0" * 32, flags, 0, made)
    name = websafe_encode(made.credential_id)
    return {
        "id": name,
        "rawId": name,
        "type": "public-key",
        "response": {
            "clientDataJSON": websafe_encode(
                b'{"type":"webauthn.create","challenge":"","origin":""}'
            ),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        },
        "clientExtensionResults": {"credProps": {"rk": True}},
    }
