"""Keeps finished public pages for a few seconds, so that a crowd costs no more than one visitor.

Public pages are the same for everybody and say so (`Cache-Control: public`), set no cookie and
read no session; only those are kept, in the memory of each process.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pawsitters.operations.counters import count

MOST_PAGES = 300  # of about 8 KB compressed, so some 3 MB in each process
HEADERS_OF_ONE_ANSWER = ("Date", "Content-Length")


class PageCache:
    """Middleware, before everything that costs: a kept page is answered without the rest.

    `PAGE_CACHE_SECONDS` (5) bounds how old a page may be; 0 switches it off. What a visitor does
    with an old page is checked again anyway: prices and places are looked up at every step.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]):
        self.get_response = get_response
        self.seconds = settings.PAGE_CACHE_SECONDS
        self.lock = Lock()
        self.pages: OrderedDict[tuple, tuple[float, HttpResponse]] = OrderedDict()

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method != "GET" or not self.seconds:
            return self.get_response(request)
        key = _key(request)
        kept = self.pages.get(key)
        if kept and kept[0] > time.monotonic():
            if kept[1].get("Content-Type", "").startswith("text/html"):
                count("pages_fresh")
            return _copy(kept[1])
        response = self.get_response(request)
        if _may_be_kept(response):
            self._keep(key, response)
        return response

    def _keep(self, key: tuple, response: HttpResponse) -> None:
        copy = _copy(response)
        with self.lock:
            self.pages[key] = (time.monotonic() + self.seconds, copy)
            self.pages.move_to_end(key)
            while len(self.pages) > MOST_PAGES:
                self.pages.popitem(last=False)


def _key(request: HttpRequest) -> tuple:
    """All that a public page may depend on; the host as it was sent, which is checked behind."""
    return (
        request.scheme,
        request.META.get("HTTP_HOST"),
        request.META.get("HTTP_X_FORWARDED_PROTO"),
        request.get_full_path(),
        "gzip" in request.META.get("HTTP_ACCEPT_ENCODING", ""),
    )


def _may_be_kept(response: HttpResponse) -> bool:
    return (
        response.status_code == 200
        and not response.streaming
        and not response.cookies
        and "public" in response.get("Cache-Control", "")
    )


def _copy(response: HttpResponse) -> HttpResponse:
    """A response of its own for each request: the server closes and may change what it sends."""
    copy = HttpResponse(response.content, status=response.status_code)
    copy.headers = response.headers.__class__(
        {k: v for k, v in response.headers.items() if k not in HEADERS_OF_ONE_ANSWER}
    )
    return copy
