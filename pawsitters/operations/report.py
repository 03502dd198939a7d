"""What the post-mortem of an incident says: its record, put into words and rows. Facts only; what people
add comes in as notes."""

from datetime import datetime, timedelta

from pawsitters.operations.advice import advice_for
from pawsitters.operations.alerts import in_words, rule_change_in_words
from pawsitters.operations.incidents import UNSURE, Incident, seconds_between

MOST_LINES = 200
COUNTED = (
    ("pages_fresh", "public pages served fresh"),
    ("pages_stale", "public pages served from disk"),
    ("pages_away", "requests answered “back in a moment” (503)"),
    ("requests_held", "booking requests received and held"),
    ("requests_refused", "booking requests refused (no room to hold them)"),
    ("requests_replayed", "held requests placed afterwards"),
    ("requests_conflicted", "held requests that could no longer be placed (each person was told)"),
    ("requests_dead", "held requests given up, waiting for staff"),
    ("gate_shut", "times a process stopped waiting for the database"),
)


class Report:
    """What the pages show of one incident; every attribute is text or rows of text."""

    def __init__(self, incident: Incident):
        self.incident = incident
        self.first = (incident.all("began") or incident.events)[0]
        self.advice = advice_for(incident.cause)
        began, words = incident.began, in_words(incident.duration)
        self.title = f"{self.advice.title[0].upper()}{self.advice.title[1:]}"
        self.when = f"{began:%a %d %b %Y, %H:%M:%S}"
        if incident.is_over:
            self.duration = f"{words}, from {began:%H:%M:%S} to {incident.ended:%H:%M:%S} UTC on {began:%d %B %Y}"
        else:
            self.duration = (
                f"{words} until now, since {began:%H:%M:%S} UTC on {began:%d %B %Y}; it goes on"
            )
        # What follows the colon is advice for the moment of the alert.
        seen = incident.named.partition(": ")[0]
        self.root_cause = f"{self.advice.title}: {seen}" if seen else "not known"
        self.unseen = self._unseen()
        self.to_detect = self._first_seconds("alert")
        self.to_name = self._seconds_to_name()
        lasted = incident.duration.total_seconds()
        self.to_restore = self.unseen + lasted if incident.is_over else None
        self.to_finish = self._seconds_to_finish()

    # --- Figures -----------------------------------------------------------------------------
    def _since_onset(self, event: dict) -> float:
        return self.unseen + seconds_between(self.first, event)

    def _unseen(self) -> float:
        """Seconds from the change of rules that began it to the first bad answer; 0 if none is known."""
        last_good = self.first.get("last_good")
        changes = [_changed_at(event) for event in self.incident.all("rule_change")]
        if last_good:
            earliest = datetime.fromisoformat(last_good)
            changes = [at for at in changes if at and earliest <= at <= self.incident.began]
            return (self.incident.began - max(changes)).total_seconds() if changes else 0.0
        return 0.0

    def _first_seconds(self, name: str) -> float | None:
        found = self.incident.all(name)
        return self._since_onset(found[0]) if found else None

    def _seconds_to_name(self) -> float | None:
        """Until the probe that named it was done."""
        if self.first.get("cause", "") not in UNSURE:
            return self.unseen + self.first.get("took_ms", 0) / 1000
        named = [e for e in self.incident.all("verdict") if e.get("cause", "") not in UNSURE]
        return self._since_onset(named[0]) if named else None

    def _seconds_to_finish(self) -> float | None:
        """From the first good answer until every held request was placed."""
        end, last = self.incident.last("ended"), self.incident.last("counts")
        if not end or not last or last.get("still_held"):
            return None
        if not self.incident.counts.get("requests_held"):
            return 0.0
        return max(0.0, seconds_between(end, last) - last.get("empty_for", 0))

    def _finish_in_words(self) -> str:
        if self.to_finish == 0:
            return "at once: nothing was held"
        return seconds_in_words(self.to_finish)

    @property
    def times(self) -> list[tuple[str, str]]:
        what = "rule change to " if self.unseen else "first bad answer to "
        return [
            (f"Time to detect ({what}alert)", seconds_in_words(self.to_detect)),
            ("Time to name the cause", seconds_in_words(self.to_name)),
            ("Time to restore", seconds_in_words(self.to_restore)),
        ]

    @property
    def counts(self) -> list[tuple[str, int]]:
        return [(label, self.incident.counts.get(name, 0)) for name, label in COUNTED]

    @property
    def still_held(self) -> int:
        return (self.incident.last("counts") or {}).get("still_held", 0)

    @property
    def impact(self) -> str:
        counts = self.incident.counts
        if not counts:
            return "Not counted yet."
        held, placed = counts.get("requests_held", 0), counts.get("requests_replayed", 0)
        words = [
            f"Public pages stayed up: {counts.get('pages_stale', 0)} were served from disk.",
            f"{counts.get('pages_away', 0)} other requests were answered “back in a moment”.",
            f"{held} booking requests were held, {placed} of them placed since." if held else "",
            f"{self.still_held} still wait to be placed; these figures are taken again then."
            if self.still_held
            else "",
        ]
        return " ".join(word for word in words if word)

    @property
    def comparison(self) -> list[tuple[str, str, str]]:
        """(what, on 12 August 2024, this time)."""
        return [
            ("Until the cause was known", "75 min", seconds_in_words(self.to_name)),
            ("Until the database was back", "150 min", seconds_in_words(self.to_restore)),
            ("From then to full service", "60 min", self._finish_in_words()),
            ("Public pages meanwhile", "none, for everybody", self._pages_meanwhile()),
        ]

    def _pages_meanwhile(self) -> str:
        counts = self.incident.counts
        return (
            f"all that were kept ({counts.get('pages_stale', 0)} shown)"
            if counts
            else "not counted yet"
        )

    # --- Story -------------------------------------------------------------------------------
    @property
    def timeline(self) -> list[tuple[str, str, str]]:
        """(time of day in UTC, what happened, the kind of event), in order."""
        began = self.incident.began
        told = [
            (self._moment(event), words, event["event"])
            for event in self.incident.events
            if not self._is_said_by_another(event) and (words := _in_words(event))
        ]
        if self.first.get("last_good"):
            before = min(datetime.fromisoformat(self.first["last_good"]), began)
            told.append((before, "Last good answer before.", "last_good"))
        told.sort(key=lambda line: line[0])
        left_out = told[MOST_LINES:]
        lines = [(f"{at:%H:%M:%S}", words, kind) for at, words, kind in told[:MOST_LINES]]
        if left_out:
            lines.append(("", f"… and {len(left_out)} more lines in the record.", "note"))
        return lines

    def _is_said_by_another(self, event: dict) -> bool:
        """The last good verdict is the end; figures are final once."""
        if event["event"] == "verdict":
            return self.incident.is_over and event is self.incident.last("verdict")
        if event["event"] == "counts" and not event.get("still_held"):
            return event is not self.incident.last("counts")
        return False

    def _moment(self, event: dict) -> datetime:
        if event["event"] == "rule_change" and (changed_at := _changed_at(event)):
            return max(changed_at, self.incident.began - timedelta(hours=1))
        return self.incident.began + timedelta(seconds=seconds_between(self.first, event))

    @property
    def cause_and_resolution(self) -> list[str]:
        rules = self.incident.all("rule_change")
        words = [f"As the probe saw it, {self.root_cause}."]
        words += [f"Firewall rules changed: {rule_change_in_words(event)}." for event in rules]
        if not self.incident.is_over:
            return [*words, "It goes on."]
        words.append(
            f"The database answered again at {self.incident.ended:%H:%M:%S} UTC{self._after()}."
        )
        if not self.notes:
            command = f"manage.py postmortem {self.incident.id} --note TEXT"
            words.append(f"What was done is not written down yet: {command}")
        return words

    def _after(self) -> str:
        """How long after the last change of rules, if there was one in between."""
        began, ended = self.incident.began, self.incident.ended
        changes = [_changed_at(event) for event in self.incident.all("rule_change")]
        between = [at for at in changes if at and began < at <= ended + timedelta(seconds=1)]
        if not between:
            return ""
        seconds = max(0.0, (ended - max(between)).total_seconds())
        return f", {seconds:.1f} s after the last change of rules"

    @property
    def notes(self) -> list[tuple[str, str]]:
        """What people have written, not the sentinel."""
        notes = [event for event in self.incident.all("note") if event.get("by") != "sentinel"]
        return [(event.get("by", ""), event.get("text", "")) for event in notes]

    @property
    def measures(self) -> tuple[str, ...]:
        failed = {event.get("by") for event in self.incident.all("failed")}
        return (
            *self.advice.measures,
            *[f"Find out why the alert by {way} did not arrive" for way in sorted(failed) if way],
        )


def _changed_at(event: dict) -> datetime | None:
    try:
        changed_at = datetime.fromisoformat(event["changed_at"])
    except (KeyError, TypeError, ValueError):
        return None
    return changed_at if changed_at.tzinfo else None


def seconds_in_words(seconds: float | None) -> str:
    if seconds is None:
        return "not known yet"
    return f"{seconds:.1f} s" if seconds < 60 else in_words(timedelta(seconds=seconds))


def _in_words(event: dict) -> str:
    """One line of the timeline; empty for what is no event of the story."""
    named = event.get("named", "").partition(": ")[0]
    match event["event"]:
        case "began":
            return f"First bad answer, at step {event.get('layer')}: {named}."
        case "verdict" if event.get("cause") == "ok" or event.get("layer") == "ok":
            return "The database answers."
        case "verdict":
            return f"Now at step {event.get('layer')} ({event.get('detail')}): {named}."
        case "alert" | "reminder" | "recovery":
            ways = " and ".join(event.get("by") or ["the log only"])
            if event["event"] == "recovery":
                return f"The end was told by {ways}."
            return f"{event['event'].capitalize()} by {ways}: {advice_for(event.get('cause', '')).title}."
        case "sent" if event.get("tries") == 1:
            return ""
        case "sent":
            return (
                f"The {event.get('of')} went out by {event.get('by')} ({event.get('took_ms')} ms)."
            )
        case "failed":
            return (
                f"The {event.get('of')} did not go out by {event.get('by')}: {event.get('reason')}."
            )
        case "rule_change":
            return f"Firewall rules changed: {rule_change_in_words(event, with_time=False)}."
        case "note":
            return f"{event.get('by', 'Note')}: {event.get('text', '')}"
        case "ended":
            return "First good answer: the incident is over."
        case "counts" if event.get("still_held"):
            return f"{event['still_held']} held requests still wait to be placed."
        case "counts":
            return "Nothing is held any more; figures taken."
    return ""
