"""Tells people: what, since when, why, what to do first. By mail and by webhook, never through MySQL.

Each message goes out in threads of its own, so that the sentinel probes on while a mail server hangs.
"""

import json
import threading
import time
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import InvalidURL

from django.conf import settings
from django.core.mail import EmailMessage

from pawsitters.operations.advice import advice_for, commands_for, section_of
from pawsitters.operations.incidents import Incident, seconds_between, stamp

WEBHOOK_SECONDS = 2
# Before each try: a mail server that is restarted, a network that comes back.
PAUSES_SECONDS = (0, 3, 15)
REMIND_SECONDS = 15 * 60
REMIND_LATER_SECONDS = 3600
LATER_SECONDS = 3600  # into an incident; from then on reminders are rarer
WORDS = {"alert": "ALERT", "reminder": "STILL", "recovery": "BACK"}


@dataclass(frozen=True)
class Message:
    kind: str  # "alert", "reminder" or "recovery"
    subject: str
    text: str
    facts: dict  # for machines

    @property
    def body(self) -> bytes:
        """`text` is what Slack and Mattermost show."""
        text = f"{self.subject}\n{self.text}"
        return json.dumps({"text": text, **self.facts}).encode()


def compose(kind: str, incident: Incident, host: str, trouble: str = "") -> Message:
    """`trouble` is why the record of it is not on the disk."""
    back = kind == "recovery"
    title = "the database answers" if back else advice_for(incident.cause).title
    lasted = in_words(incident.duration)
    rows = [
        ("What", f"{title}, seen from {host}"),
        ("Since", f"{incident.began:%a %d %b %Y, %H:%M:%S} UTC ({lasted})"),
        ("Cause", incident.named or "not known yet"),
        *[("Rules", rule_change_in_words(event)) for event in incident.all("rule_change")[-3:]],
        *([("Disk", f"the record cannot be written: {trouble}")] if trouble else []),
        ("Status", f"{settings.SITE_URL}/status/"),
        ("Runbook", section_of(incident.cause)),
        ("Incident", incident.id),
    ]
    if back:
        rows[1] = ("Lasted", f"{lasted}, since {incident.began:%H:%M:%S} UTC")
        rows[-2] = ("Report", f"{settings.SITE_URL}/status/incidents/{incident.id}/")
    text = "\n".join(f"{name + ':':<10}{value}" for name, value in rows)
    if not back:
        steps = [f"  {n}. {line}" for n, line in enumerate(commands_for(incident.cause), 1)]
        text += "\n\nFirst:\n" + "\n".join(steps) + f"\n\n{MEANWHILE}"
    facts = {
        "event": kind,
        "incident": incident.id,
        "host": host,
        "cause": incident.cause,
        "named": incident.named,
        "began": incident.began.isoformat(),
        "seconds": round(incident.duration.total_seconds(), 1),
        "status": f"{settings.SITE_URL}/status/",
        "runbook": section_of(incident.cause),
    }
    return Message(kind, f"[PawSitters] {WORDS[kind]}: {title} ({lasted})", text, facts)


MEANWHILE = (
    "Meanwhile public pages stay up, from disk where need be; booking requests are kept; nobody is\n"
    "signed out. Do not restart web processes: that brings no database back."
)


def in_words(duration: timedelta) -> str:
    """150 minutes are "2 h 30 min"."""
    seconds = round(duration.total_seconds())
    hours, minutes = seconds // 3600, seconds // 60 % 60
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"


def rule_change_in_words(event: dict, *, with_time: bool = True) -> str:
    by = event.get("by") or "outside"
    recorded = "outside of a recorded change" if by == "outside" else f"by {by}"
    process = f"{event.get('process', '?')} (pid {event.get('pid', '?')})"
    words = f"{process}, {recorded}: {event.get('summary') or 'changed'}"
    return f"{_at(event)}, {words}" if with_time else words


def _at(event: dict) -> str:
    try:
        return f"{datetime.fromisoformat(event['changed_at']).astimezone(UTC):%H:%M:%S} UTC"
    except (KeyError, TypeError, ValueError):
        return "at a time that is not known"


def reminder_is_due(incident: Incident) -> bool:
    """Every 15 minutes in the first hour, then every hour; counted from the last word."""
    last = incident.last("alert", "reminder")
    if last is None:
        return False
    now = stamp()
    into = incident.duration.total_seconds()
    pause = REMIND_SECONDS if into < LATER_SECONDS else REMIND_LATER_SECONDS
    return seconds_between(last, now) >= pause


# --- Sending ---------------------------------------------------------------------------------
class Messenger:
    """Sends messages in the background. `heard(name, **facts)` is told how each went."""

    def __init__(self):
        self._threads: list[threading.Thread] = []

    @property
    def ways(self) -> list[str]:
        return [
            *(["mail"] if settings.ALERT_EMAILS else []),
            *(["webhook"] if settings.ALERT_WEBHOOK else []),
        ]

    def send(self, message: Message, heard: Callable) -> None:
        for way in self.ways:
            send = _mail if way == "mail" else _call_webhook
            self._start(_try, send, message, way, heard)

    def ping(self) -> None:
        """Tell the dead man's switch that this sentinel works."""
        if settings.DEAD_MANS_URL:
            self._start(_ping)

    def _start(self, work, *arguments) -> None:
        thread = threading.Thread(target=work, args=arguments, daemon=True)
        self._threads = [other for other in self._threads if other.is_alive()] + [thread]
        thread.start()

    def wait(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))


def _try(send: Callable, message: Message, way: str, heard: Callable) -> None:
    started = time.monotonic()
    for tries, pause in enumerate(PAUSES_SECONDS, 1):
        time.sleep(pause)
        try:
            send(message)
        except Exception as error:  # whatever a mail backend may raise
            reason = f"{type(error).__name__}: {error}"[:200]
        else:
            took_ms = round((time.monotonic() - started) * 1000)
            heard("sent", of=message.kind, by=way, tries=tries, took_ms=took_ms)
            return
    heard("failed", of=message.kind, by=way, tries=len(PAUSES_SECONDS), reason=reason)


def _mail(message: Message) -> None:
    EmailMessage(message.subject, message.text, to=settings.ALERT_EMAILS).send()


def _call_webhook(message: Message) -> None:
    headers = {"Content-Type": "application/json", "User-Agent": "PawSitters sentinel"}
    try:
        request = urllib.request.Request(settings.ALERT_WEBHOOK, message.body, headers)
        with urllib.request.urlopen(request, timeout=WEBHOOK_SECONDS):
            pass
    except (
        ValueError,
        InvalidURL,
    ):  # these repeat the address, which is a secret, and go to records
        raise ValueError("ALERT_WEBHOOK is no address that can be called") from None


def _ping() -> None:
    try:
        with urllib.request.urlopen(settings.DEAD_MANS_URL, timeout=WEBHOOK_SECONDS):
            pass
    except (OSError, ValueError):
        pass  # whoever waits for the ping will say so
