"""Asks this site for each of its public pages, so that all are on disk before they are needed."""

import io
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler, WSGIRequest
from django.db import OperationalError

from pawsitters.operations import hooks, stale
from pawsitters.operations.gate import gate_of
from pawsitters.operations.outage import WARMING


class Warmer:
    """Renders pages in this process as a visitor without cookies would get them."""

    def __init__(self):
        self.site = urlsplit(settings.SITE_URL)
        self.handler = WSGIHandler()

    def run(self, report: Callable[[Iterable], Iterable] = lambda steps: steps) -> int:
        """Keep every public page; return how many. Stops at once when the database goes away.

        Raise OperationalError in that case: what was kept before stays.
        """
        kept = 0
        for address in report(list(hooks.public_pages())):
            kept += self._keep(address)
            if gate_of().is_shut:
                raise OperationalError("the database went away while pages were made")
        stale.trim()
        return kept

    def _keep(self, address: str) -> bool:
        request = WSGIRequest(self._environ(address))
        # Not closed: that would end the database connection after each of thousands of pages.
        response = self.handler.get_response(request)
        is_public = stale.may_be_kept(request, response)
        if is_public:
            stale.keep(address, response)
        return is_public

    def _environ(self, address: str) -> dict:
        parts = urlsplit(address)
        return {
            "REQUEST_METHOD": "GET",
            "PATH_INFO": parts.path,
            "QUERY_STRING": parts.query,
            "SERVER_NAME": self.site.hostname,
            "SERVER_PORT": str(self.site.port or (443 if self.site.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            WARMING: True,
            "wsgi.url_scheme": self.site.scheme,
            "wsgi.input": io.BytesIO(),
            "wsgi.errors": io.StringIO(),
        }
