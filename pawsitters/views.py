"""What belongs to no app: the page for our own mistakes, and the files that browsers ask for."""

import logging
import secrets

from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, HttpResponseServerError
from django.shortcuts import redirect
from django.template import loader
from django.templatetags.static import static
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

logger = logging.getLogger(__name__)

ROBOTS = """User-agent: *
Disallow: /admin/
Disallow: /sign/
Disallow: /bookings/
Disallow: /settings/
Disallow: /places/
"""


def server_error(request):
    """The answer to an exception nobody caught. It asks neither the database nor the session."""
    reference = secrets.token_hex(4)
    if not getattr(request, "database_is_away", False):  # the gate has said so, once
        logger.error("Reference %s: %s %s", reference, request.method, request.path)
    page = loader.get_template("500.html").render({"reference": reference})
    return HttpResponseServerError(page)


@login_not_required
@require_safe
@cache_control(public=True, max_age=86_400)
def robots(request):
    return HttpResponse(ROBOTS, content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
@cache_control(public=True, max_age=86_400)
def favicon(request):
    """For programs that ask for the old address; pages name the drawn icon themselves."""
    return redirect(static("icons/logo.svg"), permanent=False)
