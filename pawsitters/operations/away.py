"""The page that says "safe, back soon": for all that cannot be answered without the database."""

import logging
import sqlite3

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers

from pawsitters.operations import outbox, passport, soon
from pawsitters.operations.gate import gate_of

log = logging.getLogger(__name__)
RETRY_SECONDS = 5
MOST_TYPED_BYTES = 100_000
NEVER_SHOWN_AGAIN = frozenset(
    {"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword", "code"}
)
SIGN, LOG_OUT, ME = "/sign/", "/sign/logout/", "/me/"


def is_sign_in(request: HttpRequest) -> bool:
    """Logging in, signing up, a new password: passwords cannot be looked at now."""
    return request.path_info.startswith(SIGN) and request.path_info != LOG_OUT


def later(request: HttpRequest) -> HttpResponse:
    """503, with what was typed in it. A signed-in person is greeted, and nobody is signed out."""
    person = passport.read(request)
    typed = typed_in(request) if request.method == "POST" and not is_sign_in(request) else []
    is_log_out = request.path_info == LOG_OUT
    has_left = is_log_out and _forget(request, person)
    typed = [] if is_log_out else typed
    context = {
        "since": gate_of().shut_at,
        "path": request.get_full_path(),
        "typed": typed,
        "had_files": bool(typed and request.FILES),
        "written": [value for _name, value in typed if " " in value.strip()],
        "csrf_token": get_token(request) if typed or is_log_out else "",
        "passport": None if has_left else person,
        "soon": [] if is_log_out else soon.read(request, person),
        "kept": _kept_of(person) if person and not is_log_out else [],
        "is_sign_in": is_sign_in(request),
        "is_log_out": is_log_out,
        "has_left": has_left,
    }
    response = HttpResponse(render_to_string("operations/away.html", context), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    if request.method == "GET":
        response["Refresh"] = str(RETRY_SECONDS)  # a form is sent again by its sender only
    add_never_cache_headers(response)
    response._has_been_logged = True  # the gate has logged it once
    if has_left:
        response.delete_cookie(passport.COOKIE, samesite="Lax")
        response.delete_cookie(
            settings.SESSION_COOKIE_NAME,
            path=settings.SESSION_COOKIE_PATH,
            domain=settings.SESSION_COOKIE_DOMAIN,
            samesite=settings.SESSION_COOKIE_SAMESITE,
        )
    return response


def _forget(request: HttpRequest, person: passport.Passport | None) -> bool:
    """Whether this is somebody's own wish to log out; then this machine forgets them.

    The session can only be ended in the database, but a browser that has lost its key is out of it.
    """
    if request.method != "POST" or not getattr(request, "csrf_processing_done", False):
        return False
    soon.erase(request)
    if person:  # the cookies of somebody, not any text that a stranger sends
        passport.withdraw_session(request)
    return True


def _kept_of(person: passport.Passport) -> list[outbox.Item]:
    """This person's booking requests that wait. Never fails: it is a kindness."""
    try:
        return outbox.waiting_of(person.person)
    except (OSError, sqlite3.Error):
        log.exception("held requests could not be listed")
        return []


def menu(request: HttpRequest) -> HttpResponse | None:
    """The answer of /me/, which script puts into kept public pages; None without a passport."""
    person = passport.read(request)
    if request.path_info != ME or person is None:
        return None
    context = {"passport": person}
    response = HttpResponse(render_to_string("components/me_passport.html", context))
    add_never_cache_headers(response)
    return response


def typed_in(request: HttpRequest) -> list[tuple[str, str]]:
    """(name, value) of each field that was sent, secrets left out; empty if it is far too much."""
    pairs = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in NEVER_SHOWN_AGAIN
        for value in values
    ]
    return pairs if sum(len(value) for _name, value in pairs) <= MOST_TYPED_BYTES else []
