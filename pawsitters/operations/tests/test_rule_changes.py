"""Staff see the records of firewall changes; altered ones loudly; nobody else sees any of it."""

import json

import pytest
from django.urls import reverse

from accounts.tests.factories import make_user
from pawsitters.operations import health, rule_changes
from pawsitters.operations.firewall import records

RULE = "tcp dport 3306 drop comment <b>"
OUTSIDE = {
    "changed_at": "2024-08-12T14:00:00+00:00",
    "process": "nft",
    "pid": 812,
    "by": "outside",
    "summary": f"inet own input: + {RULE}",
}


def plan(by="anna", ok=True):
    wrong = {"flow": "web -> db:3306/tcp", "expected": "must pass", "seen": "no answer", "rule": ""}
    return {
        "by": by,
        "reason": "a new web host",
        "diff": f"+{RULE}",
        "impact": [{"flow": "web -> db:3306/tcp", "before": "passes", "after": "no answer"}],
        "check": {"ok": ok, "flows": 12, "wrong": [] if ok else [wrong]},
        "rollback": ["nft -f before.nft"],
    }


@pytest.fixture
def state(tmp_path, settings):
    """A state folder with one approved and one failed change, of which the site has the records."""
    good = records.create(tmp_path, plan(), {".nft": "table inet own {}"})
    records.append(tmp_path, good.id, "approved", "ben")
    records.create(tmp_path, plan(by="carl", ok=False), {})
    settings.CHANGES_DIR = str(tmp_path / "changes")
    return tmp_path


@pytest.fixture
def seen(monkeypatch):
    """The witness has told of a change outside."""
    verdict = health.Verdict("ok", "", 1.0, health.clock.now(), rule_change=OUTSIDE)
    for place in ("pawsitters.operations.staff", "pawsitters.operations.views"):
        monkeypatch.setattr(f"{place}.last_verdict", lambda: verdict)


@pytest.fixture
def staff(client, db):
    client.force_login(make_user(is_staff=True))
    return client


def alter(state, before, after):
    path = next((state / "changes").glob("*-1.json"))
    path.write_text(path.read_text().replace(before, after))


def test_staff_see_the_changes_newest_first(staff, state, seen):
    page = staff.get(reverse("admin:firewall_changes")).text

    assert page.index("carl") < page.index("anna")
    assert "ben" in page
    assert "Changed outside of a recorded change, by nft." in page
    assert "cannot be trusted" not in page
    assert "<b>" not in page.split("tcp dport 3306 drop comment", 1)[1][:20]


def test_one_change_with_its_difference_impact_and_events(staff, state):
    newest, first = rule_changes.board().records

    page = staff.get(reverse("admin:firewall_change", args=[first.id])).text
    failed = staff.get(reverse("admin:firewall_change", args=[newest.id])).text

    assert "+tcp dport 3306 drop comment &lt;b&gt;" in page
    assert all(word in page for word in ("passes", "no answer", "approved", "nft -f before.nft"))
    assert "Flows that would not be as declared" in failed


@pytest.mark.parametrize(
    "alteration",
    [
        ('"by": "ben"', '"by": "eve"'),
        ("a new web host", "nothing"),
        ('"plan"', '"plam"'),
        ('"check": {', '"chequ": {'),
        ("{", ""),
    ],
)
def test_an_altered_record_is_shown_loudly_everywhere(staff, state, seen, alteration):
    alter(state, *alteration)

    assert "cannot be trusted" in staff.get(reverse("admin:firewall_changes")).text
    assert "were altered or are missing" in staff.get(reverse("admin:index")).text
    assert "were altered or are missing" in staff.get("/status/").text


def test_an_alteration_is_noticed_although_the_page_was_read_before(state):
    assert not rule_changes.board().problems
    alter(state, '"by": "ben"', '"by": "eve"')

    assert rule_changes.board().problems


@pytest.mark.parametrize("folder", ["", "/nowhere/at/all", "/etc/hostname"])
def test_without_a_folder_the_pages_say_why(staff, settings, folder):
    settings.CHANGES_DIR = folder

    assert rule_changes.board().reason
    assert staff.get(reverse("admin:firewall_changes")).status_code == 200
    assert staff.get("/status/").status_code == 200


def test_an_empty_folder_is_no_fault(staff, settings, tmp_path):
    settings.CHANGES_DIR = str(tmp_path)

    assert "No change has been recorded yet." in staff.get(reverse("admin:firewall_changes")).text


def test_an_unknown_change_is_not_found(staff, state):
    assert staff.get("/admin/firewall/..%2Fhead/").status_code == 404
    assert staff.get("/admin/firewall/2020-01-01-1/").status_code == 404


def test_status_shows_staff_the_last_changes(staff, state, seen):
    page = staff.get("/status/").text

    assert "by nft, outside of a recorded change" in page
    assert "a new web host" in page


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["nobody", "a member", "staff without a second factor"])
def test_others_see_nothing_of_it(client, state, seen, settings, who):
    if who != "nobody":
        client.force_login(make_user(is_staff=who != "a member"))
    settings.STAFF_SECOND_FACTOR = True

    page = client.get("/status/").text

    assert not any(word in page for word in ("anna", "a new web host", "tcp dport", "nft", "admin"))
    assert client.get(reverse("admin:firewall_changes")).status_code == 302
    assert client.get(reverse("admin:index")).status_code == 302


def test_while_the_database_is_away_nobody_is_staff(staff, state, monkeypatch):
    verdict = health.Verdict("connect", "no answer", 1.0, health.clock.now(), rule_change=OUTSIDE)
    monkeypatch.setattr("pawsitters.operations.views.last_verdict", lambda: verdict)

    page = staff.get("/status/").text

    assert "anna" not in page
    assert json.dumps(OUTSIDE["summary"]) not in page
