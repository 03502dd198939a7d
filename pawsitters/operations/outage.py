"""What visitors get while the database is away: public pages from disk, and for everything else a
page that says so, keeps what was typed and asks to try again."""

import logging
import sys
import time
from collections.abc import Callable

from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers

from pawsitters import clock
from pawsitters.operations import stale
from pawsitters.operations.counters import count
from pawsitters.operations.gate import gate_of, is_away

RETRY_SECONDS = 5
KEEP_EVERY_SECONDS = 300  # a page that visitors open often is written no more often than this
MOST_ADDRESSES = 5_000
MOST_TYPED_BYTES = 100_000
NEVER_SHOWN_AGAIN = frozenset(
    {"csrfmiddlewaretoken", "password", "password1", "password2", "oldpassword", "code"}
)
MAIN = b'<main id="main"'
WARMING = "pawsitters.warming"  # in the environ: no visitor, so not counted as one


@receiver(got_request_exception)
def _remember_why(sender, request=None, **kwargs):
    """Django makes a 500 of any exception; the middleware below wants to know which."""
    if request is not None and is_away(_root(sys.exc_info()[1])):
        request.database_is_away = True


class IsNoOutage(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(getattr(record, "request", None), "database_is_away", False)


def _root(error: BaseException | None) -> BaseException | None:
    """The database's own error, also where a template or a field has wrapped it."""
    while error is not None and not is_away(error) and (error.__cause__ or error.__context__):
        error = error.__cause__ or error.__context__
    return error


class Outage:
    """Keeps public pages while all is well, and shows them while the database is away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.kept: dict[str, float] = {}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if getattr(request, "database_is_away", False):
            return answer(request)
        if _is_public_page(request, response):
            count("pages_fresh")
        if stale.may_be_kept(request, response):
            self._keep(request.get_full_path(), response)
        return response

    def _keep(self, address: str, response: HttpResponse) -> None:
        now = time.monotonic()
        if now - self.kept.get(address, -KEEP_EVERY_SECONDS) < KEEP_EVERY_SECONDS:
            return
        if len(self.kept) >= MOST_ADDRESSES:
            self.kept.clear()
            stale.trim()  # any query makes an address, and the warmer may not run here
        self.kept[address] = now
        stale.keep(address, response)


def answer(request: HttpRequest) -> HttpResponse:
    """A kept page (200), or a 503 that loses nothing."""
    if request.method in ("GET", "HEAD") and (page := stale.find(request.get_full_path())):
        count("pages_stale")
        return _kept(page)
    count("pages_away")
    return _later(request)


def _is_public_page(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        response.status_code == 200
        and "public" in response.get("Cache-Control", "")
        and response.get("Content-Type", "").startswith("text/html")
        and WARMING not in request.META
    )


def _kept(page: stale.Page) -> HttpResponse:
    minutes = max(1, round((clock.now() - page.kept_at).total_seconds() / 60))
    banner = render_to_string("operations/stale_banner.html", {"minutes": minutes})
    body = page.body.replace(MAIN, banner.encode() + MAIN, 1)
    response = HttpResponse(body)
    for name, value in page.headers.items():
        response[name] = value
    # Nobody behind us may keep it: the first page after the outage is to be a fresh one.
    add_never_cache_headers(response)
    response["X-Kept-At"] = page.kept_at.isoformat(timespec="seconds")
    return response


def _later(request: HttpRequest) -> HttpResponse:
    typed = _typed(request) if request.method == "POST" else []
    context = {
        "since": gate_of().shut_at,
        "path": request.get_full_path(),
        "typed": typed,
        "had_files": bool(typed and request.FILES),
        "csrf_token": get_token(request) if typed else "",
    }
    response = HttpResponse(render_to_string("operations/away.html", context), status=503)
    response["Retry-After"] = str(RETRY_SECONDS)
    if request.method == "GET":
        response["Refresh"] = str(RETRY_SECONDS)  # a form is sent again by its sender only
    add_never_cache_headers(response)
    response._has_been_logged = True  # the gate has logged it once
    return response


def _typed(request: HttpRequest) -> list[tuple[str, str]]:
    """(name, value) of each field that was sent, secrets left out."""
    pairs = [
        (name, value)
        for name, values in request.POST.lists()
        if name not in NEVER_SHOWN_AGAIN
        for value in values
    ]
    return pairs if sum(len(value) for _name, value in pairs) <= MOST_TYPED_BYTES else []
