"""/metrics: figures of this host as Prometheus reads them (exposition format 0.0.4).

Read from files and memory only, so they are there while the database is not.
"""

import hmac
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

import pawsitters
from pawsitters import clock
from pawsitters.operations import counters, hooks, incidents
from pawsitters.operations.gate import gate_of
from pawsitters.operations.health import sentinels_verdict
from pawsitters.operations.verdicts import Verdict

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Samples = list[tuple[dict[str, str], float]]


@login_not_required
@require_safe
@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """404 without the token, as if there were nothing: who may not read it need not know of it."""
    if not _may_read(request.headers.get("Authorization", "")):
        return HttpResponseNotFound("Not found\n", content_type="text/plain; charset=utf-8")
    return HttpResponse("".join(_lines()), content_type=CONTENT_TYPE)


def _may_read(authorization: str) -> bool:
    wanted = f"Bearer {settings.METRICS_TOKEN}"
    same = hmac.compare_digest(authorization.encode(), wanted.encode())
    return bool(settings.METRICS_TOKEN) and same


def _lines() -> Iterator[str]:
    for name, kind, meaning, samples in _families():
        yield f"# HELP pawsitters_{name} {meaning}\n# TYPE pawsitters_{name} {kind}\n"
        for labels, value in samples:
            text = ",".join(f'{key}="{_escaped(label)}"' for key, label in labels.items())
            of = f"{{{text}}}" if text else ""
            yield f"pawsitters_{name}{of} {round(value, 6):.15g}\n"


def _escaped(label: str) -> str:
    return label.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _families() -> Iterator[tuple[str, str, str, Samples]]:
    yield "info", "gauge", "Version of the site.", [({"version": pawsitters.__version__}, 1)]
    yield from _of_the_database(sentinels_verdict())
    yield from _counted(counters.totals())
    shut = gate_of().is_shut
    yield (
        "gate_shut",
        "gauge",
        "1 while the process that answers does not wait for the database.",
        [({}, shut)],
    )
    with suppress(Exception):  # another app's store
        depth = hooks.outbox_depth()
        yield "outbox_depth", "gauge", "Booking requests held on this host.", [({}, depth)]
    ongoing = incidents.current()
    yield "incident_ongoing", "gauge", "1 while an incident goes on.", [({}, bool(ongoing))]
    lasted = ongoing.duration if ongoing else timedelta()
    yield "incident_seconds", "gauge", "How long it has gone on.", [({}, lasted.total_seconds())]


def _of_the_database(verdict: Verdict | None):
    yield (
        "sentinel_up",
        "gauge",
        "1 while the sentinel of this host writes verdicts.",
        [({}, verdict is not None)],
    )
    if verdict is None:
        return
    yield "database_up", "gauge", "1 if the last probe came through.", [({}, verdict.ok)]
    named = {"cause": verdict.cause, "layer": verdict.layer}
    yield "verdict", "gauge", "What the last probe found, in its labels.", [(named, 1)]
    yield "probe_seconds", "gauge", "How long the last probe took.", [({}, verdict.took_ms / 1000)]
    age = (clock.now() - verdict.checked_at).total_seconds()
    yield "probe_age_seconds", "gauge", "How old it is.", [({}, max(0.0, age))]
    layers = [
        ({"layer": layer.name}, layer.took_ms / 1000)
        for layer in verdict.layers
        if layer.took_ms is not None
    ]
    yield "probe_layer_seconds", "gauge", "How long each step of it took.", layers


def _counted(totals: dict[str, int]):
    """Of all processes of this host."""
    pages = [({"source": name}, totals[f"pages_{name}"]) for name in ("fresh", "stale", "away")]
    yield (
        "pages_total",
        "counter",
        "Public pages made fresh and shown from disk; all requests answered 503.",
        pages,
    )
    fates = ("held", "refused", "replayed", "conflicted", "dead")
    requests = [({"fate": fate}, totals[f"requests_{fate}"]) for fate in fates]
    yield "requests_total", "counter", "Booking requests received during outages.", requests
    yield (
        "gate_shut_total",
        "counter",
        "How often a process stopped waiting.",
        [({}, totals["gate_shut"])],
    )
