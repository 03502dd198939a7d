"""A strict reader of RFC 5545, written from its grammar and not from the library that we write with.

It refuses what calendar programs forgive: other line ends than CRLF, lines over 75 octets, missing
or doubled properties, UIDs that occur twice, zones that are used and not defined.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

NAME = re.compile(r"[A-Z0-9-]+")
PARAMETER = re.compile(r';([A-Z0-9-]+)=("[^"\x00-\x1f]*"|[^";:,\x00-\x1f]*)')
MOMENT = re.compile(r"\d{8}T\d{6}Z?")
OFFSET = re.compile(r"([+-])(\d\d)(\d\d)")
UNESCAPED = re.compile(r"(?<!\\)(?:\\\\)*[;,]|\\[^\\;,nN]")
TEXTS = ("SUMMARY", "DESCRIPTION", "LOCATION")
ONCE = ("UID", "DTSTAMP", "DTSTART", "SEQUENCE", "LAST-MODIFIED", "STATUS", "SUMMARY")


@dataclass
class Component:
    name: str
    properties: list[tuple[str, dict, str]] = field(default_factory=list)
    parts: list["Component"] = field(default_factory=list)

    def all(self, name: str) -> list[tuple[dict, str]]:
        return [
            (parameters, value) for found, parameters, value in self.properties if found == name
        ]

    def one(self, name: str) -> tuple[dict, str]:
        (found,) = self.all(name)
        return found

    def value(self, name: str) -> str:
        return self.one(name)[1]


@dataclass
class ReadEvent:
    uid: str
    starts_at: datetime
    ends_at: datetime
    status: str
    sequence: int
    summary: str
    location: str
    zone: str


def read_strictly(raw: bytes) -> list[ReadEvent]:
    calendar = _tree(_lines(raw))
    assert calendar.name == "VCALENDAR"
    assert calendar.value("VERSION") == "2.0"
    assert calendar.value("PRODID")
    assert calendar.parts, "a calendar without any component"
    zones = {part.value("TZID"): part for part in calendar.parts if part.name == "VTIMEZONE"}
    events = [_event(part, zones) for part in calendar.parts if part.name == "VEVENT"]
    assert len(zones) + len(events) == len(calendar.parts)
    assert len({event.uid for event in events}) == len(events), "a UID occurs twice"
    return events


def _lines(raw: bytes) -> list[str]:
    assert raw.endswith(b"\r\n")
    physical = raw.removesuffix(b"\r\n").split(b"\r\n")
    for line in physical:
        assert len(line) <= 75, line
        assert not re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line), line
        line.decode()  # folded between characters, not inside one
    assert not physical[0].startswith((b" ", b"\t"))
    return re.sub(rb"\r\n[ \t]", b"", raw).decode().removesuffix("\r\n").split("\r\n")


def _tree(lines: list[str]) -> Component:
    top = Component("")
    stack = [top]
    for line in lines:
        name, parameters, value = _property(line)
        if name == "BEGIN":
            stack.append(Component(value))
        elif name == "END":
            done = stack.pop()
            assert done.name == value
            stack[-1].parts.append(done)
        else:
            stack[-1].properties.append((name, parameters, value))
    assert stack == [top]
    (calendar,) = top.parts
    return calendar


def _property(line: str) -> tuple[str, dict, str]:
    name = NAME.match(line)
    assert name, line
    position, parameters = name.end(), {}
    while match := PARAMETER.match(line, position):
        assert match[1] not in parameters
        parameters[match[1]] = match[2].strip('"')
        position = match.end()
    assert line[position] == ":", line
    return name[0], parameters, line[position + 1 :]


def _event(part: Component, zones: dict[str, Component]) -> ReadEvent:
    for name in ONCE:
        assert len(part.all(name)) == 1, name
    assert not part.all("DURATION")
    for name in TEXTS:
        for _parameters, value in part.all(name):
            assert not UNESCAPED.search(value), value
    for name in ("DTSTAMP", "LAST-MODIFIED"):
        parameters, value = part.one(name)
        assert not parameters
        assert value.endswith("Z")
    assert part.value("STATUS") in ("CONFIRMED", "CANCELLED")
    starts_at, ends_at = (_moment(*part.one(name), zones) for name in ("DTSTART", "DTEND"))
    assert starts_at < ends_at
    places = part.all("LOCATION")
    return ReadEvent(
        uid=part.value("UID"),
        starts_at=starts_at,
        ends_at=ends_at,
        status=part.value("STATUS"),
        sequence=int(part.value("SEQUENCE")),
        summary=part.value("SUMMARY"),
        location=places[0][1] if places else "",
        zone=part.one("DTSTART")[0].get("TZID", "UTC"),
    )


def _moment(parameters: dict, value: str, zones: dict[str, Component]) -> datetime:
    """The moment in UTC, by the VTIMEZONE in the same file and nothing else."""
    assert MOMENT.fullmatch(value), value
    moment = datetime.strptime(value.rstrip("Z"), "%Y%m%dT%H%M%S")
    if value.endswith("Z"):
        assert "TZID" not in parameters
        return moment.replace(tzinfo=UTC)
    return (moment - _offset_at(moment, zones[parameters["TZID"]])).replace(tzinfo=UTC)


def _offset_at(moment: datetime, zone: Component) -> timedelta:
    """That of the last part whose onset, on the clock before it, is not later."""
    onsets = []
    for part in zone.parts:
        assert part.name in ("STANDARD", "DAYLIGHT")
        onset = datetime.strptime(part.value("DTSTART"), "%Y%m%dT%H%M%S")
        _offset(part.value("TZOFFSETFROM"))
        onsets.append((onset, _offset(part.value("TZOFFSETTO"))))
    return max(pair for pair in onsets if pair[0] <= moment)[1]


def _offset(text: str) -> timedelta:
    sign, hours, minutes = OFFSET.fullmatch(text).groups()
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return -offset if sign == "-" else offset
