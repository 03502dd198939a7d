"""The page that says "safe, back soon": for all that cannot be answered without the database."""

from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers

from pawsitters.operations import passport, soon
from pawsitters.operations.gate import gate_of

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
    context = {
        "since": gate_of().shut_at,
        "path": request.get_full_path(),
        "typed": typed,
        "had_files": bool(typed and request.FILES),
        "csrf_token": get_token(request) if typed else "",
        "passport": person,
        "soon": soon.read(request, person),
        "is_sign_in": is_sign_in(request),
    }
    response = HttpResponse(render_to_string("operations/away.html", context), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    if request.method == "GET":
        response["Refresh"] = str(RETRY_SECONDS)  # a form is sent again by its sender only
    add_never_cache_headers(response)
    response._has_been_logged = True  # the gate has logged it once
    if request.method == "POST" and request.path_info == LOG_OUT:
        # The session can only be ended in the database; what this machine knows can go now.
        soon.erase(request)
        if person:  # the cookies of somebody, not any text that a stranger sends
            passport.withdraw_session(request)
        response.delete_cookie(passport.COOKIE, samesite="Lax")
    return response


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
