"""Says who is signed in while the database cannot be asked: a signed cookie, read only then.

It opens nothing: its bearer is greeted by first name, sees that their bookings are safe, and may
leave a booking request, for which account and session are looked at again before it is placed.
"""

import logging
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare, salted_hmac
from django.utils.functional import empty

log = logging.getLogger(__name__)

COOKIE = "passport"
SALT = "pawsitters.operations.passport"
MAX_AGE_SECONDS = 24 * 3600
RENEW_SECONDS = 3 * 3600


@dataclass(frozen=True)
class Passport:
    """`person` is the account's number; `session` names the session it belongs to, see `name_of`."""

    person: int
    first_name: str
    issued_at: float
    session: str


def name_of(session_key: str) -> str:
    """Tells sessions apart without giving their key away."""
    return salted_hmac(SALT, session_key, algorithm="sha256").hexdigest()[:32]


def read(request: HttpRequest) -> Passport | None:
    """The passport of this request, if it is genuine, young, of this session and not withdrawn."""
    session_key = request.COOKIES.get(settings.SESSION_COOKIE_NAME)
    text = request.COOKIES.get(COOKIE)
    if not session_key or not text:
        return None
    try:
        found = Passport(*signing.loads(text, salt=SALT))
    except (signing.BadSignature, TypeError, ValueError):
        return None
    is_young = 0 <= time.time() - found.issued_at < MAX_AGE_SECONDS
    is_of_session = constant_time_compare(found.session, name_of(session_key))
    return found if is_young and is_of_session and not _is_withdrawn(found) else None


class Passports:
    """Middleware: issues the cookie on private pages, renews it every few hours, takes it back.

    It looks only where the page itself has asked who is there, so it costs no statement.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        user = getattr(request, "user", None)
        if user is None or getattr(user, "_wrapped", user) is empty:
            return response
        if user.is_authenticated and request.session.session_key:
            if getattr(request, "is_private", False):  # public pages set no cookie
                self._issue(request, response, user)
        elif COOKIE in request.COOKIES:
            response.delete_cookie(COOKIE, samesite="Lax")
        return response

    def _issue(self, request: HttpRequest, response: HttpResponse, user) -> None:
        session = name_of(request.session.session_key)
        name = user.get_short_name()
        known = read(request)
        is_same = known and (known.person, known.first_name) == (user.pk, name)
        if is_same and time.time() - known.issued_at < RENEW_SECONDS:
            return
        response.set_cookie(
            COOKIE,
            signing.dumps([user.pk, name, time.time(), session], salt=SALT),
            max_age=None if request.session.get_expire_at_browser_close() else MAX_AGE_SECONDS,
            secure=request.is_secure(),
            httponly=True,
            samesite="Lax",
        )


# --- Taken back ------------------------------------------------------------------------------
def withdraw(person: int) -> None:
    """From now on no passport counts that was issued to this person before, on this machine.

    For whoever ends sessions: in an outage nobody could look whether they still exist.
    """
    _note(str(int(person)))


def withdraw_session(request: HttpRequest) -> None:
    """The same for the one session of this request, at its end: a copy of its cookies says nothing more."""
    if session_key := request.COOKIES.get(settings.SESSION_COOKIE_NAME):
        _note(name_of(session_key))


def _note(whose: str) -> None:
    file = _withdrawn(whose)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(str(time.time()))
        _sweep()
    except OSError:  # a full disk must keep nobody from ending sessions
        log.exception("passports of account or session %s were not withdrawn", whose)


def _withdrawn(whose: str) -> Path:
    return Path(settings.VAR_DIR) / "passports" / f"{whose}.withdrawn"


def _is_withdrawn(passport: Passport) -> bool:
    return any(_is_noted(whose, passport) for whose in (str(passport.person), passport.session))


def _is_noted(whose: str, passport: Passport) -> bool:
    try:
        return passport.issued_at <= float(_withdrawn(whose).read_text() or "inf")
    except (OSError, ValueError):
        return False


def _sweep() -> None:
    """Forget what is older than any passport."""
    oldest = time.time() - MAX_AGE_SECONDS
    for file in _withdrawn("0").parent.glob("*.withdrawn"):
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < oldest:
                file.unlink()
