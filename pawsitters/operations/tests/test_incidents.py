"""The record of an incident survives what happens to files and clocks."""

from datetime import UTC, datetime, timedelta

import pytest

from pawsitters import clock
from pawsitters.operations import incidents

AUGUST = datetime(2024, 8, 12, 14, tzinfo=UTC)


def record(began=AUGUST, ended=None, cause="firewall", **more):
    """Write an incident as the sentinel does; return its name."""
    name = incidents.new_name(began)
    lines = [{"at": began.isoformat(), "event": "began", "cause": cause, **more}]
    if ended:
        lines.append({"at": ended.isoformat(), "event": "ended"})
    incidents.append(name, lines)
    return name


def test_an_incident_is_one_file_named_by_its_beginning():
    name = record(ended=AUGUST + timedelta(minutes=150))
    incident = incidents.read(name)

    assert name == "2024-08-12T140000Z"
    assert incident.duration == timedelta(minutes=150)
    assert incident.cause == "firewall"
    assert incidents.current() is None


def test_two_that_begin_in_the_same_second_have_two_files():
    assert [record(), record()] == ["2024-08-12T140000Z", "2024-08-12T140000Z-2"]


def test_half_a_last_line_harms_neither_reading_nor_writing(settings):
    name = record()
    file = settings.VAR_DIR / "incidents" / f"{name}.jsonl"
    file.write_bytes(file.read_bytes() + b'{"at": "2024-08-12T14:01:00+00:00", "ev')
    incidents.append(name, [{**incidents.stamp(), "event": "ended"}])

    incident = incidents.read(name)
    assert [event["event"] for event in incident.events] == ["began", "ended"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "x", "2024-08-12T140000Z/../a", ""])
def test_a_name_is_never_a_path(name):
    assert incidents.read(name) is None


def test_a_clock_that_is_set_changes_no_duration():
    up = {"boot": "b", "event": "began", "cause": "firewall"}
    incidents.append("2024-08-12T140000Z", [{"at": AUGUST.isoformat(), "up": 100.0, **up}])
    back = AUGUST - timedelta(hours=1)
    ended = {"at": back.isoformat(), "up": 130.0, "boot": "b", "event": "ended"}
    incidents.append("2024-08-12T140000Z", [ended])

    incident = incidents.all_incidents()[0]
    assert incident.duration == timedelta(seconds=30)
    assert incident.ended == AUGUST + timedelta(seconds=30)


def test_a_full_disk_leaves_no_half_line(monkeypatch):
    name = record()
    monkeypatch.setattr(incidents.os, "write", lambda file, text: len(text) - 3)
    with pytest.raises(OSError, match="full"):
        incidents.append(name, [{"at": AUGUST.isoformat(), "event": "ended"}])

    assert len(incidents.read(name).events) == 1


def verdicts(name, *told):
    for seconds, layer, cause in told:
        at = (AUGUST + timedelta(seconds=seconds)).isoformat()
        event = "ended" if cause == "ok" else "verdict"
        incidents.append(name, [{"at": at, "event": event, "layer": layer, "cause": cause}])
    return incidents.read(name).cause


class TestCause:
    def test_what_is_sure_counts_more_than_what_is_not(self):
        name = record(cause="unreachable", layer="connect")

        assert verdicts(name, (3, "connect", "firewall")) == "firewall"
        assert verdicts(name, (4, "connect", "unreachable")) == "firewall"
        assert verdicts(name, (90, "ok", "ok")) == "firewall"

    def test_a_server_that_shuts_down_is_not_a_wrong_password(self):
        name = record(cause="sign-in", layer="sign-in")

        assert verdicts(name, (1, "connect", "refused")) == "refused"
        assert verdicts(name, (90, "ok", "ok")) == "refused"

    def test_what_comes_with_the_recovery_is_not_the_cause(self):
        name = record(cause="firewall", layer="connect")

        verdicts(name, (60, "sign-in", "overload"))
        assert verdicts(name, (62, "ok", "ok")) == "firewall"


class TestOutages:
    def test_those_that_touch_a_time(self):
        record(ended=AUGUST + timedelta(minutes=150))
        end = AUGUST + timedelta(minutes=150)

        assert incidents.outages(AUGUST - timedelta(days=1), AUGUST + timedelta(days=1)) == [
            (AUGUST, end)
        ]
        assert incidents.outages(end, end + timedelta(days=1)) == []

    def test_one_that_goes_on_has_no_end(self):
        now = clock.now()
        record(began=now - timedelta(seconds=5))

        ((_begin, end),) = incidents.outages(now - timedelta(hours=1), now)
        assert end is None

    def test_one_whose_sentinel_died_ends_with_its_last_sign(self):
        record(began=clock.now() - timedelta(days=2))

        ((begin, end),) = incidents.outages(clock.now() - timedelta(days=9), clock.now())
        assert end == begin

    def test_slowness_moves_no_deadline(self):
        record(cause="slow", ended=AUGUST + timedelta(minutes=5))

        assert incidents.outages(AUGUST - timedelta(days=1), clock.now()) == []


def test_history_splits_an_incident_at_midnight_and_by_kind():
    now = datetime(2026, 3, 10, 12, tzinfo=UTC)
    began = datetime(2026, 3, 8, 23, 50, tzinfo=UTC)
    name = record(began=began, cause="firewall")
    later = {"event": "verdict", "cause": "read-only"}
    incidents.append(name, [{"at": (began + timedelta(minutes=15)).isoformat(), **later}])
    end = {"at": (began + timedelta(minutes=25)).isoformat(), "event": "ended"}
    incidents.append(name, [end])

    with clock.at(now):
        days = incidents.history(3)

    assert [(day.on.day, day.away, day.degraded) for day in days] == [
        (8, 600, 0),
        (9, 300, 600),
        (10, 0, 0),
    ]
    assert days[0].incidents == (name,)
