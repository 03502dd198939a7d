"""What is written about an incident, and who may read it."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.tests.factories import log_in, make_user
from pawsitters.accessibility import problems_at_all_widths
from pawsitters.operations import incidents, postmortem
from pawsitters.operations.report import Report

AUGUST = datetime(2024, 8, 12, 14, tzinfo=UTC)
COUNTS = {"pages_stale": 412, "pages_away": 3, "requests_held": 17, "requests_replayed": 17}
HEADINGS = (
    "Issue summary",
    "Timeline",
    "Root cause and resolution",
    "Corrective and preventative measures",
)
NAMED = "packets to db:3306 are dropped: look at the firewall first"


def at(seconds, event, **facts):
    return {"at": (AUGUST + timedelta(seconds=seconds)).isoformat(), "event": event, **facts}


@pytest.fixture
def name():
    rule = {
        "changed_at": (AUGUST - timedelta(seconds=1)).isoformat(),
        "process": "nft | <b>",
        "pid": 7,
        "summary": "+ drop",
    }
    lines = [
        at(0, "began", layer="connect", cause="unreachable", named="no packet comes back"),
        at(1, "verdict", layer="connect", cause="firewall", named=NAMED, detail="no answer"),
        at(1.4, "rule_change", **rule),
        at(1.5, "alert", cause="firewall", named=NAMED, by=["mail"]),
        at(2, "failed", of="alert", by="mail", tries=3, reason="SMTPServerDisconnected"),
        at(20, "ended"),
        at(23, "counts", counts=COUNTS, still_held=0),
    ]
    incidents.append("2024-08-12T140000Z", lines)
    return "2024-08-12T140000Z"


def test_both_files_have_the_headings_and_the_facts(name):
    for file in postmortem.write(incidents.read(name)):
        text = file.read_text()
        positions = [text.index(heading) for heading in HEADINGS]
        assert positions == sorted(positions)
        for fact in ("20 s", "1.5 s", "1.0 s", "75 min", "150 min", "60 min", "412", "17"):
            assert fact in text, fact


def test_the_html_needs_nothing_else_and_trusts_nobody(name):
    text = postmortem.html(Report(incidents.read(name)))

    assert "nft | &lt;b&gt;" in text
    assert "<b>" not in text.replace('<b class="num">', "")
    for outside in ("http:", "https:", "src=", "@import", "url("):
        assert outside not in text


def test_the_markdown_has_a_task_list_and_no_broken_table(name):
    text = postmortem.markdown(Report(incidents.read(name)))

    assert "- [ ] Find out why the alert by mail did not arrive" in text
    assert "- [ ] Send every rule change through" in text
    for line in text.splitlines():
        if line.startswith("| ") and "What happened" not in line:
            assert line.endswith(" |")
    assert r"nft \| \<b\>" in text


def test_a_rule_change_stands_at_its_own_time(name):
    timeline = Report(incidents.read(name)).timeline

    assert timeline[0][0] == "13:59:59"
    assert timeline[0][2] == "rule_change"
    assert timeline[1][2] == "began"


def test_times_count_from_the_rule_change_where_it_is_known():
    rule = {"changed_at": (AUGUST - timedelta(seconds=0.6)).isoformat(), "process": "nft"}
    back = {"changed_at": (AUGUST + timedelta(seconds=19.8)).isoformat(), "process": "nft"}
    last_good = (AUGUST - timedelta(seconds=0.9)).isoformat()
    began = at(0, "began", layer="connect", cause="firewall", took_ms=500, last_good=last_good)
    lines = [began, at(1, "rule_change", **rule), at(1.5, "alert", cause="firewall")]
    lines += [at(20, "ended"), at(20.2, "rule_change", **back)]
    incidents.append("2024-08-12T140000Z", lines)

    report = Report(incidents.read("2024-08-12T140000Z"))
    assert [value for _label, value in report.times] == ["2.1 s", "1.1 s", "20.6 s"]
    assert "0.2 s after the last change of rules" in " ".join(report.cause_and_resolution)


def test_the_root_cause_is_what_held_longest(name):
    incidents.append(name, [at(19.9, "verdict", layer="sign-in", cause="overload", named="1040")])

    assert incidents.read(name).cause == "firewall"


class TestCommand:
    def test_a_note_is_in_the_record_and_in_the_files(self, name, capsys):
        call_command("postmortem", "--note", "Removed rule 7 by hand.", "--by", "Ines")

        paths = capsys.readouterr().out.split()
        assert [path.rpartition(".")[2] for path in paths] == ["md", "html"]
        for path in paths:
            with open(path) as file:
                text = file.read()
            assert "Removed rule 7 by hand." in text
            assert "is not written down yet" not in text

    def test_the_list(self, name, capsys):
        call_command("postmortem", "--list")

        assert "2024-08-12T140000Z  20 s" in capsys.readouterr().out

    @pytest.mark.parametrize("unknown", ["2023-01-01T000000Z", "../../etc/passwd"])
    def test_an_unknown_name_is_one_sentence(self, unknown):
        with pytest.raises(CommandError, match="There is no incident"):
            call_command("postmortem", unknown)

    def test_none_yet(self):
        with pytest.raises(CommandError, match="There has been no incident yet"):
            call_command("postmortem")


@pytest.mark.django_db
class TestPage:
    def test_staff_read_it(self, client, name):
        log_in(client, make_user(is_staff=True))
        response = client.get(f"/status/incidents/{name}/")

        assert response.status_code == 200
        assert "private" in response["Cache-Control"]
        for heading in HEADINGS:
            assert heading in response.text

    def test_others_find_nothing(self, client, name):
        assert Client().get(f"/status/incidents/{name}/").status_code == 404
        log_in(client, make_user())
        assert client.get(f"/status/incidents/{name}/").status_code == 404

    def test_a_name_that_is_none(self, client):
        log_in(client, make_user(is_staff=True))
        assert client.get("/status/incidents/../../x/").status_code == 404
        assert client.get("/status/incidents/yesterday/").status_code == 404

    @pytest.mark.browser
    def test_it_is_accessible_at_all_widths(self, open_page, name):
        page = open_page(f"/status/incidents/{name}/", user=make_user(is_staff=True))

        assert page.title().startswith("A firewall cuts the database off")
        assert not problems_at_all_widths(page)
