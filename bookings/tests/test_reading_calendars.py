"""What an outside calendar says is busy; a calendar that means harm is bounded."""

from datetime import UTC, date, datetime, timedelta

import pytest

from bookings.services.ics import reading
from bookings.services.ics.reading import Unreadable, read_busy, read_in_child

WHERE = {"zone": "Europe/Berlin", "host": "ours.example.org"}
SPAN = {"first": date(2027, 3, 1), "last": date(2028, 4, 4)}


def calendar(*events: str, head: str = "") -> bytes:
    parts = "".join(f"BEGIN:VEVENT\n{event}\nEND:VEVENT\n" for event in events)
    return f"BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:x\n{head}{parts}END:VCALENDAR\n".encode()


def event(start: str, end: str = "", more: str = "", uid: str = "a@elsewhere") -> str:
    lines = [f"UID:{uid}", "DTSTAMP:20270101T000000Z", f"DTSTART{start}"]
    return "\n".join([*lines, *([f"DTEND{end}"] if end else []), *([more] if more else [])])


def busy(*events: str, head: str = ""):
    return read_busy(calendar(*events, head=head), **WHERE, **SPAN)


def hours(found) -> list[str]:
    """The busy quarters as ranges of time in UTC."""
    ranges: list[list[int]] = []
    for slot in found.quarters:
        if ranges and ranges[-1][1] == slot:
            ranges[-1][1] = slot + 1
        else:
            ranges.append([slot, slot + 1])
    return [
        "-".join(f"{datetime.fromtimestamp(slot * 900, UTC):%d.%m. %H:%M}" for slot in pair)
        for pair in ranges
    ]


def test_an_entry_of_whole_days_closes_them():
    found = busy(
        event(";VALUE=DATE:20270310", ";VALUE=DATE:20270313"),
        event(";VALUE=DATE:20270320", uid="b"),  # no end: that one day
        event(";VALUE=DATE:20270313", ";VALUE=DATE:20270314", uid="c"),
    )
    assert found.days == [["2027-03-10", "2027-03-14"], ["2027-03-20", "2027-03-21"]]
    assert found.quarters == []
    assert found.entries == 3


def test_a_short_entry_takes_its_hours_only():
    found = busy(
        event(";TZID=Europe/Berlin:20270310T100500", ";TZID=Europe/Berlin:20270310T111000"),
        event(":20270311T090000Z", ":20270311T093000Z", uid="b"),
        event(":20270312T090000", ":20270312T093000", uid="c"),  # no zone: the sitter's
        event(":20270313T090000Z", ":20270313T090000Z", uid="d"),  # takes no time
    )
    assert found.days == []
    assert hours(found) == [
        "10.03. 09:00-10.03. 10:15",
        "11.03. 09:00-11.03. 09:30",
        "12.03. 08:00-12.03. 08:30",
    ]


def test_eight_hours_between_six_and_six_close_the_day():
    at = ";TZID=Europe/Berlin:202703"
    found = busy(
        event(f"{at}10T090000", f"{at}10T170000"),  # a day at work
        event(f"{at}11T220000", f"{at}12T060000", uid="b"),  # a night at work
        event(f"{at}13T090000", f"{at}13T130000", uid="c"),  # two halves that overlap
        event(f"{at}13T120000", f"{at}13T170000", uid="d"),
        event(f"{at}14T090000", f"{at}14T165900", uid="e"),  # a minute less
        event(f"{at}16T200000", f"{at}18T120000", uid="f"),  # a journey
    )
    assert found.days == [
        ["2027-03-10", "2027-03-12"],
        ["2027-03-13", "2027-03-14"],
        ["2027-03-16", "2027-03-18"],
    ]


def test_a_weekly_entry_keeps_its_hour_over_a_clock_change_and_knows_its_exceptions():
    at = ";TZID=Europe/Berlin:2027"
    more = "RRULE:FREQ=WEEKLY;COUNT=4\nEXDATE;TZID=Europe/Berlin:20270408T100000"
    moved = event(
        f"{at}0402T150000", f"{at}0402T160000", "RECURRENCE-ID;TZID=Europe/Berlin:20270401T100000"
    )
    found = busy(event(f"{at}0318T100000", f"{at}0318T110000", more), moved)
    assert hours(found) == [
        "18.03. 09:00-18.03. 10:00",
        "25.03. 09:00-25.03. 10:00",
        "02.04. 13:00-02.04. 14:00",  # summer time since the 28th
    ]


def test_zones_of_outlook_and_of_the_file_itself_are_understood():
    zone = (
        "BEGIN:VTIMEZONE\nTZID:Here\nBEGIN:STANDARD\nDTSTART:16010101T000000\n"
        "TZOFFSETFROM:+0500\nTZOFFSETTO:+0500\nEND:STANDARD\nEND:VTIMEZONE\n"
    )
    windows = ";TZID=W. Europe Standard Time:20270310T"
    found = busy(
        event(f"{windows}100000", f"{windows}110000"),
        event(";TZID=Here:20270311T100000", ";TZID=Here:20270311T110000", uid="b"),
        head=zone,
    )
    assert hours(found) == ["10.03. 09:00-10.03. 10:00", "11.03. 05:00-11.03. 06:00"]


def test_free_and_cancelled_entries_and_single_cancelled_dates_do_not_count():
    day = (";VALUE=DATE:20270310", ";VALUE=DATE:20270311")
    daily = event(*day, "RRULE:FREQ=DAILY;COUNT=3", uid="d")
    found = busy(
        event(*day, "TRANSP:TRANSPARENT"),
        event(*day, "STATUS:CANCELLED", uid="b"),
        event(*day, "X-MICROSOFT-CDO-BUSYSTATUS:FREE", uid="c"),
        daily,
        event(
            ";VALUE=DATE:20270311",
            more="RECURRENCE-ID;VALUE=DATE:20270311\nSTATUS:CANCELLED",
            uid="d",
        ),
    )
    assert found.days == [["2027-03-10", "2027-03-11"], ["2027-03-12", "2027-03-13"]]


def test_our_own_feed_imported_again_blocks_nothing():
    day = (";VALUE=DATE:20270310", ";VALUE=DATE:20270312")
    ours = event(*day, uid="booking-4K7H2PWXC3DB@ours.example.org")
    visit = event(":20270312T090000Z", ":20270312T093000Z", uid="booking-X-2@ours.example.org")
    assert busy(ours, visit) == reading.Busy([], [], 0, 0)
    assert busy(event(*day, uid="booking-1@another.example.org")).days


def test_only_the_time_that_can_be_booked_is_read():
    found = busy(
        event(";VALUE=DATE:20260101", ";VALUE=DATE:20270303"),
        event(";VALUE=DATE:20280401", ";VALUE=DATE:20990101", uid="b"),
        event(";VALUE=DATE:20200101", more="RRULE:FREQ=YEARLY", uid="c"),
    )
    assert found.days == [
        ["2027-03-01", "2027-03-03"],
        ["2028-01-01", "2028-01-02"],
        ["2028-04-01", "2028-04-04"],
    ]


def test_alarms_tasks_and_text_of_others_are_left_alone():
    alarm = "DESCRIPTION:BEGIN:VEVENT\\n\n END:VEVENT\nBEGIN:VALARM\nTRIGGER:-PT5M\nDTSTART:x\nEND:VALARM"
    raw = calendar(event(";VALUE=DATE:20270310", more=alarm)).replace(
        b"END:VCALENDAR\n", b"BEGIN:VTODO\nDTSTART:20270401\nUID:t\nEND:VTODO\nEND:VCALENDAR\n"
    )
    found = read_busy(raw, **WHERE, **SPAN)
    assert found.days == [["2027-03-10", "2027-03-11"]]
    assert found.entries == 1


@pytest.mark.parametrize(
    "rule",
    ["FREQ=SECONDLY", "FREQ=MINUTELY;INTERVAL=5", "FREQ=HOURLY", "FREQ=DAILY;BYSECOND=1,2,3"],
)
def test_what_repeats_within_a_day_is_left_out_and_counted(rule):
    bomb = event(":20270310T090000Z", ":20270310T090001Z", f"RRULE:{rule}")
    found = busy(bomb, event(";VALUE=DATE:20270311", uid="b"))
    assert (found.days, found.skipped) == ([["2027-03-11", "2027-03-12"]], 1)


@pytest.mark.parametrize(
    "raw",
    [
        b"BEGIN:VCALENDAR\nEND:VEVENT",
        b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:yesterday\nEND:VEVENT\nEND:VCALENDAR\n",
        calendar(event(";VALUE=DATE:20270310", more="RRULE:FREQ=SOMETIMES")),
        calendar(event(";TZID=Nowhere/At-All:20270310T100000", ":20270310T110000Z")),
        calendar(event(":99991231T235959Z", more="DURATION:P9999999D")),
        b"BEGIN:VCALENDAR\n" + b"BEGIN:VEVENT\n" * 3000 + b"END:VCALENDAR\n",
        b"BEGIN:VCALENDAR\x00\xff\xfe\nEND:VCALENDAR\n",
    ],
)
def test_a_broken_calendar_never_stops_us(raw):
    try:
        read_busy(raw, **WHERE, **SPAN)
    except Unreadable as problem:
        assert str(problem) in ("broken", "many")  # noqa: PT017


def test_too_many_entries_are_refused(monkeypatch):
    monkeypatch.setattr(reading, "MOST_ENTRIES", 2)
    with pytest.raises(Unreadable, match="many"):
        busy(*(event(";VALUE=DATE:20270310", uid=str(n)) for n in range(3)))
    monkeypatch.setattr(reading, "MOST_OCCURRENCES", 20)
    with pytest.raises(Unreadable, match="many"):
        busy(event(";VALUE=DATE:20270310", more="RRULE:FREQ=DAILY"))


def test_a_recurrence_bomb_is_ended_by_the_child_s_limits(monkeypatch):
    never = "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30"
    raw = calendar(
        *(event(":20270310T090000Z", ":20270310T100000Z", never, uid=str(n)) for n in range(50))
    )
    monkeypatch.setattr(reading, "SECONDS_OF_WORK", 1)
    begun = datetime.now(UTC)
    with pytest.raises(Unreadable, match="slow"):
        read_in_child(raw, **WHERE, **SPAN)
    assert datetime.now(UTC) - begun < timedelta(seconds=5)


def test_the_child_answers_like_the_function_and_knows_none_of_our_secrets(monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "not for you")
    raw = calendar(event(";VALUE=DATE:20270310"), event(":20270312T090000Z", uid="b"))
    assert read_in_child(raw, **WHERE, **SPAN) == read_busy(raw, **WHERE, **SPAN)
    with pytest.raises(Unreadable, match="broken"):
        read_in_child(b"END:VCALENDAR\n", **WHERE, **SPAN)
