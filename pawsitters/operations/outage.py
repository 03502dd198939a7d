"""What visitors get while the database is away: public pages from disk, and for everything else a
page that says so, keeps what was typed and asks to try again."""

import logging
import sys
import time
from collections.abc import Callable

from django.core.signals import got_request_exception
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils.cache import add_never_cache_headers, patch_cache_control

from pawsitters import clock
from pawsitters.operations import away, held, outbox, replay, stale
from pawsitters.operations.counters import count
from pawsitters.operations.gate import gate_of, is_away, is_read_only, root_of

KEEP_EVERY_SECONDS = 300  # a page that visitors open often is written no more often than this
MOST_ADDRESSES = 5_000
STALE_IF_ERROR_SECONDS = 3600
log = logging.getLogger(__name__)
MAIN = b'<main id="main"'
WARMING = "pawsitters.warming"  # in the environ: no visitor, so not counted as one


@receiver(got_request_exception)
def _remember_why(sender, request=None, **kwargs):
    """Django makes a 500 of any exception; the middleware below wants to know which."""
    cause = root_of(sys.exc_info()[1])
    if request is not None and (is_away(cause) or is_read_only(cause)):
        request.database_is_away = True
        if is_read_only(cause):
            _say_once("the database takes no writes (%s)", cause)


_said_at: dict[str, float] = {}


def _say_once(words: str, cause: BaseException) -> None:
    """A minute apart: each visitor would be a line."""
    now = time.monotonic()
    if now - _said_at.get(words, -60) >= 60:
        _said_at[words] = now
        log.error(words, cause)


class IsNoOutage(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        return not getattr(getattr(record, "request", None), "database_is_away", False)


class Outage:
    """Keeps public pages while all is well, and shows them while the database is away."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.kept: dict[str, float] = {}
        self.is_new = True

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if self.is_new:
            # Whoever was to place them may have been killed in the middle.
            self.is_new = False
            if outbox.depth():
                replay.wake()
        if away.is_sign_in(request) and gate_of().is_shut:
            return answer(request)
        response = self.get_response(request)
        if getattr(request, "database_is_away", False):
            return answer(request)
        if _is_public_page(request, response):
            count("pages_fresh")
            # RFC 5861: a cache in front may show its copy while we fail, and never otherwise, so
            # the first page after an outage is fresh. No longer: it does not hear of who is gone.
            patch_cache_control(response, stale_if_error=STALE_IF_ERROR_SECONDS)
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
    """A kept page (200), a request that is held (202), or a 503 that loses nothing."""
    response = _answer(request)
    response["X-Frame-Options"] = "DENY"  # what Django would have added on the way out
    return response


def _answer(request: HttpRequest) -> HttpResponse:
    if request.method in ("GET", "HEAD") and (page := stale.find(request.get_full_path())):
        if WARMING not in request.META:
            count("pages_stale")
        return _kept(page)
    other = held.receive(request) or held.state(request) or away.menu(request)
    if other is None and WARMING not in request.META:
        count("pages_away")
    return other or away.later(request)


def _is_public_page(request: HttpRequest, response: HttpResponse) -> bool:
    return (
        response.status_code == 200
        and "public" in response.get("Cache-Control", "")
        and response.get("Content-Type", "").startswith("text/html")
        and WARMING not in request.META
    )


def _kept(page: stale.Page) -> HttpResponse:
    minutes = max(1, round((clock.now() - page.kept_at).total_seconds() / 60))
    banner = render_to_string(
        "operations/stale_banner.html", {"minutes": minutes, "is_exact": page.is_exact}
    )
    body = page.body.replace(MAIN, banner.encode() + MAIN, 1)
    response = HttpResponse(body)
    for name, value in page.headers.items():
        response[name] = value
    # Nobody behind us may keep it: the first page after the outage is to be a fresh one.
    add_never_cache_headers(response)
    response["X-Kept-At"] = page.kept_at.isoformat(timespec="seconds")
    return response
