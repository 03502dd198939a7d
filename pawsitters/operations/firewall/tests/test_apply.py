"""A change on its way from plan to confirmation or back, between two hosts in namespaces."""

import json
import os
import shutil
import time
from contextlib import contextmanager

import pytest

from pawsitters.operations.firewall import records
from pawsitters.operations.firewall.drills.guarded_apply import (
    GAP_SECONDS,
    KILLS,
    Load,
    kill_everywhere,
    why_not,
)
from pawsitters.operations.firewall.drills.stage import (
    BETTER,
    FOUNDING,
    GOOD,
    OPENED,
    PORT,
    Stage,
    fingerprint_of_this_machine,
)
from pawsitters.operations.firewall.errors import BAD_INPUT, CANNOT_HERE, DIFFERS, DONE, REVERTED

pytestmark = [
    pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can"),
    pytest.mark.skipif(
        os.environ["DATABASE_URL"].startswith("mysql"), reason="no database in it: runs with SQLite"
    ),
]


@pytest.fixture(scope="module", autouse=True)
def _machine_stays_as_it_was():
    before = fingerprint_of_this_machine()
    yield
    assert fingerprint_of_this_machine() == before


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    with Stage(tmp_path_factory.mktemp("stage")) as stage:
        stage.await_write()
        yield stage


def status(stage, change):
    return records.read_one(stage.state / "changes", change).status


def approved(stage, rules):
    change = stage.plan(rules)
    assert stage.firewall("approve", change, "--by", "Mara").returncode == DONE
    return change


@contextmanager
def watching(stage):
    """What a real watch tells meanwhile."""
    command = ("-m", "pawsitters.operations.firewall", "watch", "--state", str(stage.state))
    watch = stage.start_python(*command)
    for line in watch.stdout:
        if line.startswith("watching"):
            break
    try:
        yield lambda: [json.loads(line) for line in (stage.state / "events.jsonl").open()]
    finally:
        watch.terminate()
        watch.wait()


def test_a_good_change_is_confirmed_by_heartbeats_and_kept_for_the_next_boot(stage):
    foreign = stage.rules().partition("table inet site")[0]
    # The first line would take other programs' tables away.
    change, boot = approved(stage, f"flush ruleset\n{BETTER}"), stage.folder / "boot.nft"

    with watching(stage) as seen, Load(stage) as load:
        done = stage.firewall("apply", change, "--persist", str(boot))
        time.sleep(1)

    assert done.returncode == DONE, done.stderr
    assert load.failed == 0
    assert {each["by"] for each in seen()} == {f"apply {change}"}
    assert "heartbeat 3 from web1" in done.stdout
    assert status(stage, change) == "confirmed"
    rules = stage.rules()
    assert f"{{ 10.77.0.2 . {PORT} }} counter accept" in rules
    assert rules.startswith(foreign)
    assert "pawsitters" not in rules
    stage.load(boot.read_text())  # as at the next boot
    assert stage.rules() == rules
    assert not any((stage.state / "pending").iterdir())


def test_the_founding_rule_fails_its_check_and_forced_past_it_reverts(stage):
    change, before = stage.plan(FOUNDING), stage.rules()

    record = records.read_one(stage.state / "changes", change)
    assert [row["flow"] for row in record.plan["check"]["wrong"]] == [f"web -> db:{PORT}/tcp"]
    assert [row["flow"] for row in record.plan["impact"]] == [f"web -> db:{PORT}/tcp"]
    assert "+ \t\ttcp dport 3306 drop".replace(" ", "") in record.plan["diff"].replace(" ", "")
    assert stage.firewall("approve", change, "--by", "Mara").returncode == DIFFERS
    assert "fails its check (web" in stage.firewall("apply", change).stderr
    assert stage.rules() == before

    since = time.monotonic()
    forced = ("--emergency", "--by", "Lena", "--reason", "the office burns")
    done = stage.firewall("apply", change, *forced)

    assert done.returncode == REVERTED, done.stderr
    assert "EMERGENCY: Lena" in done.stdout
    stage.await_write()
    assert 2 < stage.longest_gap(since) <= GAP_SECONDS
    assert stage.rules() == before
    record = records.read_one(stage.state / "changes", change)
    assert (record.status, record.needs_review) == ("reverted", True)
    assert [event["event"] for event in record.events][1:] == ["refused", "applied", "reverted"]
    assert "NEEDS REVIEW" in stage.firewall("changes").stdout
    assert stage.firewall("approve", change, "--by", "Mara").returncode == DONE
    assert "NEEDS REVIEW" not in stage.firewall("changes").stdout


def test_the_check_is_of_what_would_be_loaded(stage):
    """`nft -f` would keep the live chain with its policy; `apply` makes tables anew, here without a hook."""
    lines = [
        "flush table inet site",
        "add chain inet site input",
        f"add rule inet site input ip saddr 10.77.0.2 tcp dport {PORT} accept",
    ]
    change = stage.plan("\n".join(lines))

    plan = records.read_one(stage.state / "changes", change).plan
    assert f"office -> db:{PORT}/tcp" in [row["flow"] for row in plan["check"]["wrong"]]


def test_nothing_new_hides_from_who_approves_it(stage):
    """What the watch passes over, because it comes and goes by itself."""
    hidden = [
        'ip saddr 198.51.100.1 accept comment "@pawsitters_armed accept"',
        "ip saddr @late accept",
    ]
    more = "set late { type ipv4_addr; flags timeout; elements = { 198.51.100.2 timeout 9d } }"
    chain = "chain f2b-x { ip saddr 198.51.100.3 accept; }"
    rules = GOOD.replace("table inet site {", f"table inet site {{ {more}\n{chain}\n")
    change = stage.plan(rules.replace("iif lo accept", "\n".join(["iif lo accept", *hidden])))

    diff = records.read_one(stage.state / "changes", change).plan["diff"]
    assert all(f"198.51.100.{number}" in diff for number in (1, 2, 3))


def test_it_is_refused_without_approval_or_when_something_changed_since(stage):
    rules, candidate = stage.rules(), stage.folder / "site.nft"
    change = stage.plan(OPENED)
    refused = [stage.firewall("apply", change).stderr]
    stage.firewall("approve", change, "--by", "Mara")

    candidate.write_text(GOOD)
    refused += [stage.firewall("apply", change).stderr]
    candidate.write_text(OPENED)

    stage.db.run("nft", "insert", "rule", "inet", "site", "input", "tcp", "dport", "9", "drop")
    refused += [stage.firewall("apply", change).stderr]
    stage.load(BETTER if "counter accept" in rules else GOOD)

    # Another program's table now drops what the candidate lets in.
    chain = "type filter hook input priority 1; tcp dport 3306 drop;"
    stage.load(f"table ip other {{ chain input {{ {chain} }}; }}\n")
    refused += [stage.firewall("apply", change).stderr]
    stage.load("delete table ip other\n")
    refused += [stage.firewall("apply", change, "--persist", "/nowhere/site.nft").stderr]

    assert "is not approved" in refused[0]
    assert f"{candidate} has changed since" in refused[1]
    assert "no longer those" in refused[2]
    assert f"web -> db:{PORT}/tcp must pass, but" in refused[3]
    assert refused[4] == "/nowhere/site.nft cannot be written: No such file or directory.\n"
    assert stage.rules() == rules
    record = records.read_one(stage.state / "changes", change)
    assert [e["event"] for e in record.events[:3]] == ["planned", "refused", "approved"]
    assert [e["event"] for e in record.events[3:]] == ["refused"] * 4


def test_one_change_at_a_time_also_from_another_state_folder(stage):
    change, elsewhere = approved(stage, OPENED), stage.folder / "elsewhere"
    shutil.copytree(stage.state, elsewhere)  # nobody beats there, so it is tested for long enough
    command = ("-m", "pawsitters.operations.firewall", "apply", change, "--seconds", "30")
    applier = stage.start_python(*command, "--state", str(elsewhere))
    while not stage.reaches(PORT + 1) and applier.poll() is None:
        time.sleep(0.01)

    refused = [stage.firewall("apply", change, state=f).stderr for f in (elsewhere, stage.state)]
    applier.terminate()  # taken back at once, not after 30 s

    assert applier.wait(10) == REVERTED
    assert f"{change} is being applied" in refused[0]
    assert "is being tested from another state folder" in refused[1]
    assert not stage.reaches(PORT + 1)
    record = records.read_one(elsewhere / "changes", change)
    assert record.head["text"] == "interrupted (SIGTERM)"


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (["apply", "2024-08-12-1"], BAD_INPUT, "There is no change '2024-08-12-1'"),
        (["apply", "x", "--seconds", "0"], BAD_INPUT, "--seconds is from 1 to 60"),
        (["apply", "x", "--emergency", "--by", "Lena"], BAD_INPUT, "--reason is empty"),
        (["apply", "x", "--emergency", "--reason", "fire"], BAD_INPUT, "--by is empty"),
        (["apply", "x", "--reason", "fire"], BAD_INPUT, "belongs to --emergency"),
        (["plan", "none.nft", "--by", "L", "--reason", "r"], BAD_INPUT, "flows.toml"),
        (["changes", "2024-08-12-1"], BAD_INPUT, "There is no change"),
        (["approve", "../x", "--by", "Tom"], BAD_INPUT, "There is no change '../x'"),
    ],
)
def test_bad_input_is_one_sentence(stage, arguments, code, sentence):
    done = stage.firewall(*arguments)

    assert (done.returncode, len(done.stderr.splitlines())) == (code, 1)
    assert sentence in done.stderr


def test_rules_of_iptables_are_checked_but_not_applied(stage):
    path = stage.folder / "rules.v4"
    path.write_text("*filter\n:INPUT DROP [0:0]\nCOMMIT\n")
    flows = ("--flows", str(stage.folder / "flows.toml"), "--by", "Lena", "--reason", "old habits")

    done = stage.firewall("plan", str(path), *flows)

    assert (done.returncode, len(done.stderr.splitlines())) == (BAD_INPUT, 1)
    assert "iptables-restore-translate" in done.stderr


def test_without_root_it_is_one_sentence(stage):
    change = approved(stage, OPENED)
    as_nobody = ("setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups")
    done = stage.firewall("apply", change, prefix=as_nobody)
    assert (done.returncode, done.stderr) == (
        CANNOT_HERE,
        "Rules may only be changed as root. Use sudo.\n",
    )


def test_an_altered_record_stops_everything(stage):
    change, before = approved(stage, OPENED), stage.rules()
    path = stage.state / "changes" / f"{change}.json"
    original = path.read_text()
    content = json.loads(original)
    content["plan"]["check"]["ok"] = "surely"
    path.write_text(json.dumps(content))

    commands = (["apply", change], ["changes"], ["approve", change, "--by", "Tom"])
    codes = {stage.firewall(*command).returncode for command in commands}
    path.write_text(original)

    assert codes <= {BAD_INPUT, DIFFERS}
    assert stage.rules() == before
    assert stage.firewall("changes").returncode == DONE


# --- The drills in their short form -----------------------------------------------------------


def test_killed_at_any_step_it_ends_on_the_old_rules_or_on_the_confirmed_ones(tmp_path):
    cases = [*KILLS[:-1], ("persisted", True)]  # the last one is at a random moment
    kills = kill_everywhere(tmp_path, cases, rounds=1, at_once=12, say=lambda _: None)

    assert [(kill.step, kill.wrong) for kill in kills if kill.wrong] == []
