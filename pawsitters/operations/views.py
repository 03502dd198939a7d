from django.contrib.auth.decorators import login_not_required
from django.http import HttpResponse, JsonResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import pawsitters

from .health import last_verdict

RETRY_SECONDS = "5"


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
    """The same for machines: draft-inadarei-api-health-check-06."""
    verdict = last_verdict()
    state = "pass" if verdict.ok else "fail"
    check = {
        "componentType": "datastore",
        "status": state,
        "observedValue": round(verdict.took_ms, 1),
        "observedUnit": "ms",
        "time": verdict.checked_at.isoformat(timespec="milliseconds"),
    }
    if not verdict.ok:
        check["output"] = f"{verdict.layer}: {verdict.detail}"
    body = {
        "status": state,
        "releaseId": pawsitters.__version__,
        "output": verdict.sentence,
        "checks": {"database:responseTime": [check]},
    }
    return _judged(JsonResponse(body, content_type="application/health+json"), verdict)


@login_not_required
@require_safe
@never_cache
def status(request):
    verdict = last_verdict()
    context = {"verdict": verdict, "version": pawsitters.__version__}
    return _judged(render(request, "operations/status.html", context), verdict)
