"""A mail to who logs in with a browser that has not been theirs before."""

from django.conf import settings
from django.core import signing
from django.http import HttpRequest, HttpResponse

COOKIE, SALT = "known", "accounts.known_browsers"
MAX_AGE_SECONDS = 365 * 24 * 3600
MOST = 5  # people who share one browser


def is_known(request: HttpRequest, user) -> bool:
    return user.pk in _people(request)


def remember(request: HttpRequest, user, response: HttpResponse) -> None:
    """Let the browser itself keep whose it is: nothing about it is kept here."""
    people = [user.pk, *(pk for pk in _people(request) if pk != user.pk)][:MOST]
    response.set_cookie(
        COOKIE,
        signing.dumps(people, salt=SALT),
        max_age=MAX_AGE_SECONDS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _people(request: HttpRequest) -> list[int]:
    try:
        return signing.loads(request.COOKIES.get(COOKIE, ""), salt=SALT, max_age=MAX_AGE_SECONDS)
    except signing.BadSignature:
        return []
