"""What /status/ shows. Reads the record on the disk and nothing else, so it works in any outage."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pawsitters.operations import incidents
from pawsitters.operations.incidents import Day, Incident
from pawsitters.operations.verdicts import Verdict

DAYS = 90
NEWEST = 10  # incidents that are told; all of them are in the chart
BAR, STEP, HEIGHT = 6, 8, 36  # of the chart, in its own units

# What visitors call the layers, in a word and what it is for.
LAYERS = {
    "name": (gettext_lazy("Address"), gettext_lazy("Where our database is to be found")),
    "connect": (gettext_lazy("Network"), gettext_lazy("The way to it")),
    "handshake": (gettext_lazy("Server"), gettext_lazy("Whether it talks to us")),
    "sign-in": (gettext_lazy("Sign-in"), gettext_lazy("Whether it knows us")),
    "query": (gettext_lazy("Reading"), gettext_lazy("Searching and looking at pages")),
    "write": (gettext_lazy("Saving"), gettext_lazy("Bookings, messages, changes")),
    "schema": (gettext_lazy("Tables"), gettext_lazy("Whether they fit this version")),
    "file": (gettext_lazy("Database"), gettext_lazy("A file beside the site")),
}
# How days and incidents are told apart besides their colour: by height and by a word.
HEIGHTS = {"ok": HEIGHT, "degraded": 24, "away": 12}


@dataclass(frozen=True)
class Row:
    """One layer, as people read it."""

    title: str
    purpose: str
    ok: bool | None
    took_ms: float | None


@dataclass(frozen=True)
class Bar:
    x: int
    y: int
    height: int
    kind: str


@dataclass(frozen=True)
class Told:
    """One incident, in words for everybody; operators' words only where `incident` is shown too."""

    incident: Incident
    title: str
    effect: str
    lasted: str

    @property
    def is_short(self) -> bool:
        """Its beginning and end are the same minute."""
        return self.incident.duration < timedelta(minutes=1)


def context(verdict: Verdict) -> dict:
    history = incidents.history(DAYS)
    told = [_told(incident) for incident in incidents.all_incidents()[:NEWEST]]
    return {
        "verdict": verdict,
        "state": state_of(verdict),
        "rows": [
            Row(*LAYERS[layer.name], layer.ok, layer.took_ms)
            for layer in verdict.layers
            if layer.name in LAYERS
        ],
        "bars": [_bar(place, day) for place, day in enumerate(history)],
        "chart_width": DAYS * STEP - (STEP - BAR),
        "chart_height": HEIGHT,
        "chart_words": _chart_words(history),
        "history": history,
        "bad_days": [
            (day, _how_long(day.away), _how_long(day.degraded))
            for day in reversed(history)
            if _kind(day) != "ok"
        ],
        "ongoing": [one for one in told if not one.incident.is_over],
        "past": [one for one in told if one.incident.is_over],
    }


def state_of(verdict: Verdict) -> str:
    """ "ok", "slow", "degraded" (people can read, but not save) or "away"."""
    if verdict.ok:
        return "slow" if verdict.is_slow else "ok"
    return "degraded" if verdict.can_read else "away"


def _kind(day: Day) -> str:
    return "away" if day.away else "degraded" if day.degraded else "ok"


def _bar(place: int, day: Day) -> Bar:
    kind = _kind(day)
    return Bar(place * STEP, HEIGHT - HEIGHTS[kind], HEIGHTS[kind], kind)


def _chart_words(history: list[Day]) -> str:
    kinds = [_kind(day) for day in history]
    away, degraded, well = (kinds.count(kind) for kind in ("away", "degraded", "ok"))
    if not away and not degraded:
        return _("No disturbance recorded.")
    parts = [
        ngettext(
            "%d day on which the database was away for a while",
            "%d days on which the database was away for a while",
            away,
        )
        % away
        if away
        else "",
        ngettext("%d day with a disturbance", "%d days with a disturbance", degraded) % degraded
        if degraded
        else "",
        ngettext("%d day with nothing on record", "%d days with nothing on record", well) % well,
    ]
    return "; ".join(part for part in parts if part) + "."


# (kind of incident) → title while it goes on, title afterwards, what it meant for people.
TOLD = {
    "slow": (
        gettext_lazy("Everything is slow"),
        gettext_lazy("Slow for a while"),
        gettext_lazy("Everything worked, but took longer than usual."),
    ),
    "degraded": (
        gettext_lazy("Nothing can be saved"),
        gettext_lazy("Nothing could be saved"),
        gettext_lazy("Pages could be read; bookings and messages had to wait."),
    ),
    "away": (
        gettext_lazy("The database cannot be reached"),
        gettext_lazy("The database could not be reached"),
        gettext_lazy(
            "Public pages stayed up as they were last; bookings and messages had to wait."
        ),
    ),
}


def _told(incident: Incident) -> Told:
    now, then, effect = TOLD["slow" if incident.cause == "slow" else incident.kind]
    lasted = _how_long(incident.duration.total_seconds())
    if not incident.is_over:
        return Told(incident, str(now), " ".join(_kept(incident)), lasted)
    return Told(incident, str(then), " ".join([str(effect), *_kept(incident)]), lasted)


def _kept(incident: Incident) -> list[str]:
    held = incident.counts.get("requests_held", 0)
    if not held:
        return []
    words = ngettext(
        "%d booking request was received meanwhile.",
        "%d booking requests were received meanwhile.",
        held,
    )
    return [words % held]


def _how_long(seconds: float) -> str:
    """ "2 h 30 min", "4 min", "12 s"; a dash for none."""
    if not seconds:
        return "–"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return _("%(hours)d h %(minutes)d min") % {"hours": hours, "minutes": minutes}
    if minutes:
        return _("%d min") % (minutes + (rest >= 30))
    return _("%d s") % max(1, rest)
