"""Pages that tell how we are. They read the last verdict and the record on the disk."""

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import pawsitters
from pawsitters.operations import hooks, rule_changes, status_page
from pawsitters.operations.health import last_verdict
from pawsitters.operations.verdicts import Verdict

RETRY_SECONDS = "5"
REFRESH_SECONDS = 30  # of /status/, which people read


def _judged(response, verdict):
    """Turn the response into a 503, with a hint when to ask again, unless all is well."""
    if not verdict.ok:
        response.status_code = 503
        response["Retry-After"] = RETRY_SECONDS
        # Django would log an error for each 503; the watch has logged the change already.
        response._has_been_logged = True
    return response


@login_not_required
@require_safe
@never_cache
def livez(request):
    """Does this process answer? Says nothing about anything else, so that nobody restarts
    web processes because a database is away."""
    return HttpResponse("ok\n", content_type="text/plain; charset=utf-8")


@login_not_required
@require_safe
@never_cache
def readyz(request):
    """Should this process be sent visitors?

    Yes also while the database server is away: kept pages and an honest 503 are better than what a
    load balancer shows when all processes say no. Only a missing file (SQLite) means no.
    """
    verdict = last_verdict()
    if verdict.ok:
        words = "ready"
    else:
        words = verdict.sentence if verdict.layer == "file" else f"reading only: {verdict.sentence}"
    response = HttpResponse(words + "\n", content_type="text/plain; charset=utf-8")
    return _judged(response, verdict) if verdict.layer == "file" else response


@login_not_required
@require_safe
@never_cache
def healthz(request):
    """The same for machines: draft-inadarei-api-health-check-06. Layers that were not reached are
    left out."""
    verdict = last_verdict()
    whole = _check(verdict, _state(verdict), verdict.took_ms)
    if not verdict.ok:
        whole["output"] = f"{verdict.layer}: {verdict.detail}"
    checks = {"database:responseTime": [whole]}
    for layer in verdict.layers:
        if layer.ok is not None:
            state = "pass" if layer.ok else "fail"
            checks[f"database:{layer.name}"] = [_check(verdict, state, layer.took_ms)]
    body = {
        "status": _state(verdict),
        "releaseId": pawsitters.__version__,
        "output": f"embedded: {verdict.sentence}" if verdict.is_embedded else verdict.sentence,
        "checks": checks,
    }
    return _judged(JsonResponse(body, content_type="application/health+json"), verdict)


def _state(verdict: Verdict) -> str:
    if verdict.ok:
        return "warn" if verdict.is_slow else "pass"
    return "fail"


def _check(verdict: Verdict, state: str, took_ms: float) -> dict:
    return {
        "componentType": "datastore",
        "status": state,
        "observedValue": round(took_ms, 1),
        "observedUnit": "ms",
        "time": verdict.checked_at.isoformat(timespec="milliseconds"),
    }


@login_not_required
@require_safe
@never_cache
def status(request):
    verdict = last_verdict()
    if _is_staff(request, verdict):
        rules = {
            "board": rule_changes.board(),
            "seen": rule_changes.last_seen(verdict.rule_change),
        }
        page = _status_page(request, verdict, shows_details=True, **rules)
    else:
        page = _page_for_visitors(request, verdict)
    response = _judged(HttpResponse(page), verdict)
    if not verdict.ok:
        response["Refresh"] = str(REFRESH_SECONDS)
    return response


_made: dict[str, tuple[Verdict, str]] = {}  # the page for visitors, by language


def _page_for_visitors(request, verdict: Verdict) -> str:
    """Made once for each verdict: in an outage everybody looks at it."""
    language = get_language()
    made_for, page = _made.get(language, (None, ""))
    if made_for != verdict:
        page = _status_page(request, verdict)
        _made[language] = verdict, page
    return page


def _status_page(request, verdict: Verdict, **details) -> str:
    context = {
        **status_page.context(verdict),
        "version": pawsitters.__version__,
        **details,
    }
    return render_to_string("operations/status.html", context, request)


def _is_staff(request, verdict: Verdict) -> bool:
    """Whether to show rules, process names and addresses. Nobody can be recognised while the database is
    away, so then everybody gets the page for visitors; the alerts tell operators the same."""
    if not verdict.can_read or settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return False
    try:
        return hooks.is_staff(request)
    except DatabaseError:
        return False
