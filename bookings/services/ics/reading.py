"""What an outside calendar says is busy (pure; no Django, so that a child process starts quickly).

A calendar is somebody else's text: it may repeat every second for ever, or hold a rule that never
comes true. `read_in_child` therefore reads it in a process that may take six seconds of work and half
a gigabyte, and is then ended, whatever the libraries do with the text.
"""

import json
import os
import re
import resource
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import recurring_ical_events
from icalendar import Calendar

from bookings.services.ics.uids import is_ours

QUARTER = 900
# A day is looked at from six in the morning to six: the night belongs to the day it begins on.
DAY_BEGINS = time(6)
AWAY_FROM = timedelta(hours=8)
ONE_DAY = timedelta(days=1)
MOST_ENTRIES = 5_000
MOST_OCCURRENCES = 20_000
SECONDS_OF_WORK = 6
MOST_MEMORY = 512 * 1024 * 1024
TOO_OFTEN = re.compile(r"FREQ=(SECOND|MINUTE|HOUR)LY|BY(SECOND|MINUTE|HOUR)=", re.IGNORECASE)
# Descriptions, guests and attachments are most of a calendar; nothing below needs them.
NEEDED = re.compile(
    r"(BEGIN|END|UID|DTSTART|DTEND|DURATION|RRULE|RDATE|EXDATE|RECURRENCE-ID|SEQUENCE|STATUS|TRANSP|"
    r"TZID|TZOFFSETFROM|TZOFFSETTO|TZNAME|PRODID|VERSION|X-WR-TIMEZONE|"
    r"X-MICROSOFT-CDO-BUSYSTATUS)[;:]",
    re.IGNORECASE,
)


class Unreadable(Exception):
    """`str(error)` is "broken", "many" or "slow"."""


@dataclass(frozen=True)
class Busy:
    """`days` are half-open ranges of ISO dates; `quarters` slot numbers of hours on other days."""

    days: list[list[str]]
    quarters: list[int]
    entries: int
    skipped: int


def read_busy(raw: bytes, *, zone: str, first: date, last: date, host: str) -> Busy:
    """From the date `first` up to `last`, at a place in `zone`; `host` is ours. Raise Unreadable."""
    there = ZoneInfo(zone)
    calendar, skipped = _calendar(raw, host)
    begins = datetime.combine(first, time(), there)
    ends = datetime.combine(last, DAY_BEGINS, there)
    whole: set[date] = set()
    hours: list[tuple[datetime, datetime]] = []
    entries = 0
    for event in _occurrences(calendar, begins, ends):
        if not _counts(event):
            continue
        entries += 1
        start, end = event.start, event.end
        if isinstance(start, datetime):
            hours.append((_moment(start, there), _moment(end, there)))
        else:
            end = end.date() if isinstance(end, datetime) else end
            whole.update(_dates(max(start, first), min(max(end, start + ONE_DAY), last)))
    merged = _merged(_within(hours, begins, ends))
    whole |= _long_days(merged, there)
    whole = {on for on in whole if first <= on < last}
    return Busy(_ranges(whole), _quarters(merged, whole, there), entries, skipped)


def _calendar(raw: bytes, host: str) -> tuple[Calendar, int]:
    """Only what is needed, without our own entries and those that repeat within a day."""
    text = raw.decode("utf-8", "replace")
    lines = re.sub(r"\r?\n[ \t]", "", text).splitlines()
    if sum(line.upper() == "BEGIN:VEVENT" for line in lines) > MOST_ENTRIES:
        raise Unreadable("many")
    try:
        calendar = Calendar.from_ical("\r\n".join(_needed(lines)) + "\r\n")
    except (ValueError, IndexError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable("broken") from error
    events = [part for part in calendar.subcomponents if part.name == "VEVENT"]
    too_often = [event for event in events if _repeats_too_often(event)]
    calendar.subcomponents = [
        part
        for part in calendar.subcomponents
        if part not in too_often and not is_ours(str(part.get("uid", "")), host)
    ]
    return calendar, len(too_often)


def _needed(lines: Iterable[str]) -> Iterator[str]:
    """Lines of the calendar, its zones and its events; alarms, tasks and journals are left out."""
    inside = 0  # levels below something that is left out
    for line in lines:
        begin, _colon, name = line.partition(":")
        word, name = begin.upper(), name.strip().upper()
        if word == "BEGIN" and (inside or name not in KEPT):
            inside += 1
        elif word == "END" and inside:
            inside -= 1
        elif not inside and NEEDED.match(line):
            yield line


KEPT = ("VCALENDAR", "VTIMEZONE", "STANDARD", "DAYLIGHT", "VEVENT")


def _repeats_too_often(event) -> bool:
    rules = event.get("rrule", [])
    rules = rules if isinstance(rules, list) else [rules]
    return any(TOO_OFTEN.search(rule.to_ical().decode()) for rule in rules)


def _occurrences(calendar: Calendar, begins: datetime, ends: datetime) -> list:
    try:
        found = recurring_ical_events.of(calendar, skip_bad_series=True).between(begins, ends)
    except (ValueError, IndexError, KeyError, TypeError, AttributeError, OverflowError) as error:
        raise Unreadable("broken") from error
    if len(found) > MOST_OCCURRENCES:
        raise Unreadable("many")
    return found


def _counts(event) -> bool:
    """Neither cancelled nor marked as free."""
    free = str(event.get("X-MICROSOFT-CDO-BUSYSTATUS", "")).upper() == "FREE"
    return not (
        free
        or str(event.get("STATUS", "")).upper() == "CANCELLED"
        or str(event.get("TRANSP", "")).upper() == "TRANSPARENT"
    )


def _moment(value, there: ZoneInfo) -> datetime:
    """A time without a zone is on the clock at the sitter's."""
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    return (value if value.tzinfo else value.replace(tzinfo=there)).astimezone(UTC)


def _within(hours, begins: datetime, ends: datetime) -> Iterator[tuple[datetime, datetime]]:
    for start, end in hours:
        start, end = max(start, begins.astimezone(UTC)), min(end, ends.astimezone(UTC))
        if start < end:
            yield start, end


def _merged(hours: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    merged: list[tuple[datetime, datetime]] = []
    for start, end in sorted(hours):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _long_days(merged, there: ZoneInfo) -> set[date]:
    """Dates of which eight hours or more are busy, from six in the morning to six."""
    busy: dict[date, timedelta] = {}
    for start, end in merged:
        on = start.astimezone(there).date() - ONE_DAY
        while _day_begins(on, there) < end:
            inside = min(end, _day_begins(on + ONE_DAY, there)) - max(start, _day_begins(on, there))
            busy[on] = busy.get(on, timedelta()) + max(inside, timedelta())
            on += ONE_DAY
    return {on for on, length in busy.items() if length >= AWAY_FROM}


def _day_begins(on: date, there: ZoneInfo) -> datetime:
    return datetime.combine(on, DAY_BEGINS, there).astimezone(UTC)


def _quarters(merged, whole: set[date], there: ZoneInfo) -> list[int]:
    """Every quarter of an hour that something touches, but for the days that are closed anyway."""
    found = set()
    for start, end in merged:
        first, last = int(start.timestamp()) // QUARTER, -(-int(end.timestamp()) // QUARTER)
        found.update(range(first, last))
    return sorted(
        slot for slot in found if datetime.fromtimestamp(slot * QUARTER, there).date() not in whole
    )


def _dates(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days):
        yield first + timedelta(days=number)


def _ranges(dates: set[date]) -> list[list[str]]:
    found: list[list[date]] = []
    for on in sorted(dates):
        if found and found[-1][1] == on:
            found[-1][1] = on + ONE_DAY
        else:
            found.append([on, on + ONE_DAY])
    return [[start.isoformat(), end.isoformat()] for start, end in found]


# --- the child process ------------------------------------------------------------------------
def read_in_child(raw: bytes, *, zone: str, first: date, last: date, host: str) -> Busy:
    """`read_busy` within bounds on time and memory. Raise Unreadable."""
    root = Path(__file__).resolve().parents[3]
    command = [sys.executable, "-m", __name__, zone, first.isoformat(), last.isoformat(), host]
    try:
        done = subprocess.run(
            command,
            input=raw,
            capture_output=True,
            cwd=root,
            env={"PATH": os.defpath},  # our secrets are none of its business
            timeout=3 * SECONDS_OF_WORK,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable("slow") from error
    if done.returncode:
        raise Unreadable("slow" if done.returncode < 0 else "broken")
    answer = json.loads(done.stdout)
    if "problem" in answer:
        raise Unreadable(answer["problem"])
    return Busy(**answer)


def main(zone: str, first: str, last: str, host: str) -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS_OF_WORK, SECONDS_OF_WORK))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    days = {"first": date.fromisoformat(first), "last": date.fromisoformat(last)}
    try:
        answer = asdict(read_busy(sys.stdin.buffer.read(), zone=zone, host=host, **days))
    except Unreadable as problem:
        answer = {"problem": str(problem)}
    except (MemoryError, RecursionError):
        answer = {"problem": "many"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main(*sys.argv[1:])
