"""What follows from a row of answers. Without a database: the answers are given."""

import json
import time
from datetime import timedelta

import pytest
from django.core import mail

from pawsitters import clock
from pawsitters.operations import alerts, counters, hooks, incidents, sentinel
from pawsitters.operations.sentinel import Sentinel
from pawsitters.operations.verdicts import Verdict

RULE = {
    "changed_at": "2026-01-01T00:00:00+00:00",
    "process": "nft",
    "pid": 4711,
    "by": "outside",
    "summary": "+ tcp dport 3306 drop",
}


@pytest.fixture(autouse=True)
def _surroundings(settings, monkeypatch):
    settings.ALERT_EMAILS = ["duty@example.org"]
    monkeypatch.setattr(hooks, "_outboxes", [])


class Bench:
    """A sentinel that hears given answers; `said` is what it reports."""

    def __init__(self, monkeypatch):
        self.monkeypatch = monkeypatch
        self.said = []
        self.start_again()

    def start_again(self):
        self.sentinel = Sentinel(report=self.said.append)
        self.sentinel.resume()

    def hears(self, *causes, rule_change=None):
        for cause in causes:
            layer = "ok" if cause == "ok" else "connect"
            verdict = Verdict(layer, "", 2.0, clock.now(), (), cause, rule_change)
            self.monkeypatch.setattr(sentinel, "full_probe", lambda verdict=verdict: verdict)
            self.sentinel.step()
        self.sentinel.messenger.wait(5)

    def later(self, seconds):
        """Let the machine's own seconds pass at once."""
        real = time.monotonic
        self.monkeypatch.setattr(time, "monotonic", lambda: real() + seconds)
        offset = sentinel._clock_offset
        self.monkeypatch.setattr(sentinel, "_clock_offset", lambda: offset() + seconds)


@pytest.fixture
def bench(monkeypatch):
    return Bench(monkeypatch)


def events(*names):
    return [e["event"] for e in incidents.all_incidents()[0].events if e["event"] in names]


def test_the_verdict_is_there_for_web_processes(bench, settings):
    bench.hears("ok")

    text = (settings.VAR_DIR / "sentinel.json").read_text()
    assert Verdict.from_json(text).ok
    assert not incidents.all_incidents()


def test_one_lost_packet_alerts_nobody(bench):
    bench.hears("ok", "unreachable", "ok", "unreachable", "ok")

    assert not mail.outbox
    assert not incidents.all_incidents()


def test_the_second_question_is_asked_three_times_and_one_good_answer_is_enough(bench, monkeypatch):
    bench.hears("ok", "unreachable")
    answers = [Verdict("connect", "", 2.0, clock.now(), (), "unreachable") for _ in range(2)]
    answers.insert(1, Verdict("ok", "", 2.0, clock.now()))
    monkeypatch.setattr(sentinel, "full_probe", answers.pop)
    bench.sentinel.step()

    assert not answers
    assert not incidents.all_incidents()


def test_the_second_bad_answer_alerts_with_the_cause(bench):
    bench.hears("ok", "unreachable", "firewall", rule_change={**RULE, "changed_at": _now()})

    (message,) = mail.outbox
    assert message.subject.startswith("[PawSitters] ALERT: a firewall cuts the database off")
    assert message.to == ["duty@example.org"]
    for part in (
        "nft (pid 4711)",
        "outside of a recorded change",
        "/status/",
        "firewall.pyz changes",
        "#alert-firewall",
    ):
        assert part in message.body
    assert incidents.current().cause == "firewall"
    assert events("began", "verdict", "rule_change", "alert", "sent") == [
        "began",
        "verdict",
        "rule_change",
        "alert",
        "sent",
    ]


def _now():
    return clock.now().isoformat()


def test_a_rule_change_of_last_year_is_not_of_this_incident(bench):
    bench.hears("firewall", "firewall", rule_change=RULE)

    assert not events("rule_change")


def test_the_change_that_ended_it_is_written_down(bench):
    bench.hears("firewall", "firewall", rule_change={**RULE, "changed_at": _now()})
    back = {**RULE, "changed_at": _now(), "pid": 4712}
    bench.hears("ok", "ok", "ok", rule_change=back)
    bench.hears("ok", rule_change={**RULE, "changed_at": "2999-01-01T00:00:00+00:00"})

    assert [e["pid"] for e in incidents.all_incidents()[0].all("rule_change")] == [4711, 4712]


def test_it_ends_with_the_first_of_two_good_answers(bench):
    bench.hears("firewall", "firewall", "ok")
    assert incidents.current()
    bench.hears("ok")

    assert incidents.current() is None
    assert [message.subject.split()[1] for message in mail.outbox] == ["ALERT:", "BACK:"]


def test_a_link_that_flaps_stays_one_incident(bench):
    bench.hears("firewall", "firewall", "ok", "firewall", "ok", "firewall", "ok", "ok")

    assert len(incidents.all_incidents()) == 1
    assert len(mail.outbox) == 2


def test_reminders_come_every_15_minutes_and_after_an_hour_every_hour(bench):
    bench.hears("firewall", "firewall")
    came_at = []
    for minute in range(1, 181):
        before = len(mail.outbox)
        bench.later(60)
        bench.hears("firewall")
        came_at += [minute] * (len(mail.outbox) - before)

    assert came_at == [15, 30, 45, 105, 165]


def test_a_cause_that_turns_out_otherwise_is_told(bench):
    bench.hears("unreachable", "unreachable")
    bench.later(70)
    bench.hears("firewall", "firewall", "firewall", "firewall", "firewall", "firewall")

    assert ["firewall" in message.subject for message in mail.outbox] == [False, True]


class TestStartedAgain:
    def test_it_goes_on_with_the_incident_and_does_not_alert_twice(self, bench):
        bench.hears("firewall", "firewall")
        bench.start_again()
        bench.hears("firewall", "firewall", "ok", "ok")

        assert len(incidents.all_incidents()) == 1
        assert [message.subject.split()[1] for message in mail.outbox] == ["ALERT:", "BACK:"]
        assert "note" in events("note")

    def test_days_in_which_nobody_watched_are_no_outage(self, bench):
        began = clock.now() - timedelta(days=2)
        line = {"at": began.isoformat(), "event": "began", "cause": "firewall", "layer": "connect"}
        incidents.append(incidents.new_name(began), [line])
        bench.start_again()
        bench.hears("ok", "ok")

        assert incidents.all_incidents()[0].duration < timedelta(minutes=1)
        assert incidents.current() is None

    def test_an_alert_that_was_not_sent_goes_out(self, bench, settings):
        settings.EMAIL_BACKEND = "nowhere.to.be.found"
        bench.sentinel.messenger.wait = lambda seconds: None
        bench.hears("firewall", "firewall")
        settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
        bench.start_again()
        bench.sentinel.messenger.wait(5)

        assert mail.outbox[0].subject.startswith("[PawSitters] ALERT")

    def test_a_report_that_was_not_written_is(self, bench, settings):
        bench.hears("firewall", "firewall", "ok", "ok")
        bench.start_again()
        bench.later(5)
        bench.hears("ok")

        assert list((settings.VAR_DIR / "incidents").glob("*.md"))


class TestDisk:
    @pytest.fixture
    def full(self, monkeypatch):
        real = incidents.os.write

        def refuse(file, text):
            raise OSError(28, "No space left on device")

        monkeypatch.setattr(incidents.os, "write", refuse)
        return lambda: monkeypatch.setattr(incidents.os, "write", real)

    def test_a_full_one_is_said_once_and_the_alert_goes_out(self, bench, full):
        bench.hears("firewall", "firewall", "firewall", "firewall")

        assert len(mail.outbox) == 1
        assert "the record cannot be written: No space left" in mail.outbox[0].body
        assert len([words for words in bench.said if "No space left" in words]) == 1

    def test_what_it_did_not_take_is_written_later(self, bench, full):
        bench.hears("firewall", "firewall", "firewall")
        full()
        bench.hears("firewall")

        assert events("began", "alert") == ["began", "alert"]
        assert any("on the disk now" in words for words in bench.said)

    def test_the_report_is_written_when_there_is_room_again(self, bench, settings, monkeypatch):
        def refuse(incident):
            raise OSError(28, "No space left on device")

        bench.hears("firewall", "firewall", "ok", "ok")
        bench.later(2)
        with monkeypatch.context() as patch:
            patch.setattr(sentinel.postmortem, "write", refuse)
            bench.hears("ok")
            assert bench.sentinel.closing
        bench.hears("ok", "ok")

        assert list((settings.VAR_DIR / "incidents").glob("*.md"))
        assert events("counts") == ["counts"]
        assert not bench.sentinel.closing

    def test_a_verdict_that_cannot_be_published_ends_nothing(self, bench, monkeypatch):
        monkeypatch.setattr(
            sentinel.os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "full"))
        )
        bench.hears("firewall", "firewall")

        assert mail.outbox


def test_a_clock_that_is_set_is_noted(bench, monkeypatch):
    bench.hears("firewall", "firewall")
    monkeypatch.setattr(time, "time", lambda real=time.time: real() - 3600)
    bench.hears("firewall")

    note = incidents.current().last("note")
    assert "set by -3600 s" in note["text"]


class TestReport:
    def test_it_has_what_all_processes_counted_since_the_last_good_answer(self, bench, settings):
        counters.count("pages_stale", 7)
        bench.hears("ok")
        counters.count("pages_stale", 5)  # before the second bad answer
        bench.hears("firewall", "firewall")
        counters.count("requests_held", 2)
        bench.hears("ok", "ok")
        bench.later(2)
        bench.hears("ok")

        (file,) = (settings.VAR_DIR / "incidents").glob("*.md")
        assert "| public pages served from disk | 5 |" in file.read_text()
        assert "| booking requests received and held | 2 |" in file.read_text()

    def test_it_waits_for_held_requests_and_is_written_again_when_they_are_placed(
        self, bench, settings
    ):
        held = [3]
        hooks.register_outbox(lambda: held[0])
        bench.hears("firewall", "firewall", "ok", "ok")
        bench.later(1.4)
        bench.hears("ok")
        assert not list((settings.VAR_DIR / "incidents").glob("*.md"))

        bench.later(1)
        bench.hears("ok")
        (file,) = (settings.VAR_DIR / "incidents").glob("*.md")
        assert "3 still wait to be placed" in file.read_text()

        held[0] = 0
        bench.hears("ok")
        counters.count("requests_replayed", 3)  # another process writes its counts a second later
        bench.later(1.5)
        bench.hears("ok")
        assert "| held requests placed afterwards | 3 |" in file.read_text()
        assert "still wait" not in file.read_text().partition("## Timeline")[0]
        assert not bench.sentinel.closing


def test_a_mail_server_that_hangs_does_not_hold_up_probing(bench, monkeypatch):
    monkeypatch.setattr(alerts, "_mail", lambda message: time.sleep(3))
    bench.sentinel.messenger.wait = lambda seconds: None
    started = time.perf_counter()
    bench.hears("firewall", "firewall", "firewall")

    assert time.perf_counter() - started < 1


def test_a_mail_that_fails_is_tried_again_and_noted(bench, monkeypatch):
    monkeypatch.setattr(alerts, "PAUSES_SECONDS", (0, 0.01))
    monkeypatch.setattr(alerts, "_mail", lambda message: 1 / 0)
    bench.hears("firewall", "firewall")

    failed = incidents.current().last("failed")
    assert (failed["by"], failed["tries"]) == ("mail", 2)
    assert "ZeroDivisionError" in failed["reason"]


def test_lines_are_json_with_the_clock_of_the_machine(bench, settings):
    bench.hears("firewall", "firewall")

    (file,) = (settings.VAR_DIR / "incidents").glob("*.jsonl")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert all({"at", "event", "up", "boot"} <= set(line) for line in lines)
    assert abs(clock.now() - incidents.moment(lines[0])) < timedelta(seconds=30)


@pytest.mark.parametrize("address", ["hooks.example/T0-secret", "http://hooks.example/T0 secret"])
def test_an_address_that_cannot_be_called_is_not_written_down(
    bench, settings, monkeypatch, address
):
    settings.ALERT_EMAILS, settings.ALERT_WEBHOOK = [], address
    monkeypatch.setattr(alerts, "PAUSES_SECONDS", (0,))
    bench.hears("ok", "refused", "refused")

    reason = incidents.current().last("failed")["reason"]
    assert "ALERT_WEBHOOK is no address" in reason
    assert "secret" not in reason
