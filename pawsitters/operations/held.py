"""Receiving a form while the database is away, and the page that says what became of it."""

import logging
import sqlite3

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.views.decorators.http import require_safe

from pawsitters.operations import away, hooks, outbox, passport, replay
from pawsitters.operations.counters import count
from pawsitters.operations.gate import gate_of

log = logging.getLogger(__name__)
VIEW = "operations:held"
ASK_AGAIN_SECONDS = 10


def receive(request: HttpRequest) -> HttpResponse | None:
    """202 with a reference once the form is on the disk; None if it is not one that is kept.

    Only from somebody signed in as far as one can tell now, and after the check of its CSRF token.
    """
    match = request.resolver_match
    form = hooks.held_form(match.view_name) if match and request.method == "POST" else None
    person = passport.read(request) if form else None
    if person is None or not getattr(request, "csrf_processing_done", False):
        return None
    asked = form.read(request, person.person)
    if asked is None:
        return None
    try:
        item = outbox.hold(
            match.view_name,
            asked,
            person=person.person,
            session=person.session,
            path=request.get_full_path(),
            typed=away.typed_in(request),
        )
    except (outbox.Full, OSError, sqlite3.Error) as error:
        log.warning("a request could not be held: %s", error or "there is no room")
        count("requests_refused")
        return None
    if not gate_of().is_shut:
        replay.wake()  # cut off in the middle, or the server only reads: no gate will open
    return _page_in_outage(request, item, person, status=202)


def state(request: HttpRequest) -> HttpResponse | None:
    """The page of a reference while the database is away."""
    match = request.resolver_match
    person = passport.read(request) if match and match.view_name == VIEW else None
    item = person and outbox.find(match.kwargs["reference"], person.person)
    return _page_in_outage(request, item, person, status=200) if item else None


@require_safe
def held(request: HttpRequest, reference: str) -> HttpResponse:
    """The same when it answers again: leads to what was placed, or says why it was not."""
    item = outbox.find(reference, request.user.pk)
    if item is None:
        raise Http404
    if item.state == outbox.PLACED:
        return redirect(item.outcome)
    response = render(request, "operations/held.html", _context(item) | {"frame": "base.html"})
    return _unkept(response, item)


def _page_in_outage(request: HttpRequest, item, person, *, status: int) -> HttpResponse:
    context = _context(item) | {"frame": "operations/frame.html", "passport": person}
    response = HttpResponse(render_to_string("operations/held.html", context), status=status)
    return _unkept(response, item)


def _context(item: outbox.Item) -> dict:
    return {
        "item": item,
        "url": reverse(VIEW, args=[item.reference]),
        "is_waiting": item.state == outbox.WAITING,
        "is_refused": item.state == outbox.REFUSED,
        "typed": [pair for pair in item.held.typed if pair[0] != "key"],
    }


def _unkept(response: HttpResponse, item: outbox.Item) -> HttpResponse:
    add_never_cache_headers(response)
    if item.state == outbox.WAITING:
        # By GET from here on, so that the form is not sent again each time.
        url = reverse(VIEW, args=[item.reference])
        response["Refresh"] = f"{ASK_AGAIN_SECONDS}; url={url}"
    return response
