"""A signed-in person's next bookings, for the page that says they are safe. Nobody else can read it.

One file for each session that has looked at its bookings: named by a hash of the person and one of
the session's key, and encrypted with a key that is made of the session's key, which only the
person's own browser sends. The disk alone, and our SECRET_KEY with it, shows nothing.
"""

import base64
import json
import logging
import os
import shutil
import tempfile
import time
from contextlib import suppress
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken
from django.conf import settings
from django.http import HttpRequest
from django.utils.crypto import salted_hmac

from pawsitters.operations.passport import MAX_AGE_SECONDS, Passport, name_of

log = logging.getLogger(__name__)
MOST_LINES = 5
MOST_WORDS = 200
KEEP_SECONDS = 600  # unchanged lines are written no more often than this
SALT = "pawsitters.operations.soon"


def keep(request: HttpRequest, part: str, lines: list[tuple[float, str]]) -> None:
    """Keep (epoch seconds until which it matters, words) of one's own bookings, the next first.

    `part` is the page that knows them: what it does not know of stays as another has written it. Words say when, what and with whom; no address, no notes. Never fails: it is a kindness.
    """
    session_key, person = request.session.session_key, request.user.pk
    if not session_key or person is None or not _is_wanted():
        return
    file = _file(person, session_key, part)
    text = json.dumps([[until, words[:MOST_WORDS]] for until, words in lines[:MOST_LINES]])
    try:
        if not lines:
            file.unlink(missing_ok=True)
        elif _read(file, session_key) != json.loads(text) or _age(file) > KEEP_SECONDS:
            _write(file, _cipher(session_key).encrypt(text.encode()))
    except OSError:
        log.exception("the next bookings of a session were not kept")


def read(request: HttpRequest, passport: Passport | None) -> list[str]:
    """What is still to come of the lines kept for this very session; empty without a passport."""
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if passport is None or not session_key:
        return []
    pattern = _file(passport.person, session_key, "*")
    lines = [
        line for file in pattern.parent.glob(pattern.name) for line in _read(file, session_key)
    ]
    return [words for until, words in sorted(lines) if until > time.time()][:MOST_LINES]


def erase(request: HttpRequest) -> None:
    """At the end of a session."""
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    if session_key:
        for file in _folder().glob(f"*/{name_of(session_key)}.*"):
            file.unlink(missing_ok=True)


def erase_person(person: int) -> None:
    """At the end of all of a person's sessions: those that go on write theirs again."""
    shutil.rmtree(_of_person(person), ignore_errors=True)


def sweep() -> None:
    """Remove what is too old to be shown."""
    for file in _folder().glob("*/*"):
        with suppress(OSError):
            if _age(file) > MAX_AGE_SECONDS:
                file.unlink()


def _is_wanted() -> bool:
    """An embedded database cannot be cut off."""
    return settings.DATABASES["default"]["ENGINE"].endswith("mysql")


def _folder() -> Path:
    return Path(settings.VAR_DIR) / "soon"


def _of_person(person: int) -> Path:
    return _folder() / salted_hmac(SALT, str(person), algorithm="sha256").hexdigest()[:32]


def _file(person: int, session_key: str, part: str) -> Path:
    return _of_person(person) / f"{name_of(session_key)}.{part}"


def _cipher(session_key: str) -> Fernet:
    # The key of a session is random (165 bits), so one round of a keyed hash is enough.
    key = salted_hmac(SALT, session_key, algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _read(file: Path, session_key: str) -> list:
    try:
        if _age(file) > MAX_AGE_SECONDS:
            return []
        return json.loads(_cipher(session_key).decrypt(file.read_bytes()))
    except (OSError, InvalidToken, ValueError):
        return []


def _age(file: Path) -> float:
    return time.time() - file.stat().st_mtime


def _write(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=".", delete=False) as part:
        part.write(content)
    os.replace(part.name, file)
