"""Where the keys of encrypted columns come from. Read by the settings, so nothing of Django's models."""

import base64
import binascii
import os
import secrets
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

HOW = (
    'the output of: python3 -c "import base64, secrets; '
    'print(base64.urlsafe_b64encode(secrets.token_bytes(32)).decode())"'
)


def field_keys(text: str, var_dir: Path, *, may_create: bool) -> list[str]:
    """The keys in `text`, divided by commas; without any those in the file `field_keys`.

    Raise ImproperlyConfigured where there are none, or where one is no key.
    """
    path = var_dir / "field_keys"
    if not text.strip():
        if may_create and not path.exists():
            _create(path)
        text = path.read_text() if path.exists() else ""
    keys = [key.strip() for key in text.split(",") if key.strip()]
    if not keys:
        raise ImproperlyConfigured(
            "FIELD_KEYS is missing: it encrypts door codes in the database. Put a key into the "
            f"environment or .env, for instance {HOW}"
        )
    if not all(map(_is_key, keys)):
        raise ImproperlyConfigured(f"FIELD_KEYS holds something that is no key. A key is {HOW}")
    return keys


def _is_key(text: str) -> bool:
    try:
        return len(base64.b64decode(text, altchars=b"-_", validate=True)) == 32
    except (binascii.Error, ValueError):
        return False


def _create(path: Path) -> None:
    """Whoever links first decides, so of several processes nobody sees half a key."""
    own = path.with_name(f"{path.name}.{os.getpid()}")
    key = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    with open(os.open(own, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
        file.write(key + "\n")
    with suppress(FileExistsError):
        os.link(own, path)
    own.unlink()
