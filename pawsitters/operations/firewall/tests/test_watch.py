"""Changes of the rules are told at once with who made them; churn and counters are not."""

import json
import os
import shutil
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from unittest.mock import Mock

import pytest

from pawsitters.operations.firewall import cli, difference, events, seen, state, telling, watch
from pawsitters.operations.firewall.drills.stage import FOUNDING, GOOD, OPENED, Stage

DRIVER = Path(__file__).with_name("watched.py")
# The drills ask for 20.
CHANGES = os.environ.get("WATCH_CHANGES", "2")

RULES = """\
table inet own {
	set friends {
		type ipv4_addr
		elements = { 10.0.0.1, 10.0.0.2 }
	}

	set seen {
		type ipv4_addr
		flags dynamic,timeout
		timeout 1h
		elements = { 192.0.2.1, 192.0.2.2,\n\t\t\t     192.0.2.3 timeout 5m }
	}

	chain input {
		type filter hook input priority filter; policy accept;
		ip saddr @friends accept
		tcp dport 3306 drop
	}
}
table ip filter {
	chain f2b-sshd {
		ip saddr 192.0.2.9 counter reject
	}
}
"""


@pytest.fixture
def rules(monkeypatch):
    """The kernel's rules, which a test may replace."""
    now = [RULES]
    monkeypatch.setattr(seen, "live", lambda: now[0])
    monkeypatch.setattr(seen, "_routes", lambda: "")
    return now


def begun(folder, **options) -> watch.Watch:
    watching = watch.Watch(folder, **options)
    watching.begin()
    return watching


def by(name="nft", pid=812, **more):
    return events.Event(7, pid, name, **more)


# --- In a namespace, with the real kernel ------------------------------------------------------
def in_namespace(folder, number, kind):
    if (
        not shutil.which("nft")
        or subprocess.run(["unshare", "-rn", "nft", "list", "ruleset"]).returncode
    ):
        pytest.skip("no nft, or no user namespaces here")
    return json.loads(
        subprocess.run(
            ["unshare", "-rn", sys.executable, DRIVER, folder, str(number), kind],
            stdout=subprocess.PIPE,
            check=True,
            timeout=120,
        ).stdout
    )


def test_a_change_outside_is_told_within_a_second_with_its_process(tmp_path):
    told = in_namespace(tmp_path, CHANGES, "changes")

    for number, each in enumerate(told, start=1):
        assert each["seconds"] < 1
        assert each["change"]["by"] == "outside"
        assert each["change"]["process"] == ("nft" if number % 2 else "iptables-nft")
        assert f"tcp dport {3306 + number}" in each["change"]["summary"]
    assert len(told) == int(CHANGES)


def test_churn_raises_no_alarm(tmp_path):
    assert in_namespace(tmp_path, 20, "churn") == []


def test_the_flows_that_a_change_breaks_are_named(tmp_path):
    first, then = in_namespace(tmp_path, 1, "broken")

    assert (first["event"], first["breaks"]) == ("change", None)
    assert then["event"] == "flows"
    assert any(line.startswith("web -> db:3306/tcp must pass, but") for line in then["breaks"])
    assert state.read(tmp_path / "watch.json")["breaks"] == then["breaks"]


@pytest.mark.parametrize(
    ("command", "told"),
    [
        ("ip link set lo up && ip route add blackhole 10.9.0.0/16", "blackhole 10.9.0.0/16"),
        ("iptables-legacy -A INPUT -p tcp --dport 3306 -j DROP", "--dport 3306 -j DROP"),
        ("iptables-nft -A INPUT -m string --string abc --algo bm -j DROP", '--string "abc"'),
    ],
)
def test_what_the_kernel_does_not_announce_or_nft_not_translate_is_found(tmp_path, command, told):
    look = f"{sys.executable} -m pawsitters.operations.firewall watch --once --state {tmp_path}"
    script = f"{look} && {{ {command} || exit 77; }} && {look}"
    done = subprocess.run(
        ["unshare", "-rn", "sh", "-c", script], capture_output=True, text=True, timeout=60
    )
    if done.returncode == 77 or "Operation not permitted" in done.stderr:
        pytest.skip("not possible in a namespace here")

    assert done.returncode == 1, done.stderr
    assert told in done.stdout


# --- Beside apply ------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """Two hosts, of which the one with the database is watched."""
    if os.geteuid():
        pytest.skip("rules are changed as root")
    with Stage(tmp_path_factory.mktemp("stage")) as stage:
        stage.await_write()
        module = [sys.executable, "-m", "pawsitters.operations.firewall", "watch"]
        process = stage.db.start(*module, "--state", str(stage.state), stdout=subprocess.PIPE)
        while "watching" not in process.stdout.readline():
            assert process.poll() is None
        yield stage
        process.terminate()
        process.communicate()


@pytest.fixture
def told(stage):
    """What the watch has told since the test began."""

    def lines():
        return log.read_text().splitlines() if log.exists() else []

    def since():
        time.sleep(0.8)
        return [json.loads(line) for line in lines()[before:]]

    log = stage.state / "events.jsonl"
    before = len(lines())
    return since


def test_apply_is_named_and_raises_no_alarm(stage, told):
    change = stage.plan(OPENED)
    stage.firewall("approve", change, "--by", "Mara")

    assert stage.firewall("apply", change).returncode == 0

    changes = told()
    assert {each["by"] for each in changes} == {f"apply {change}"}
    assert "- tcp dport 3306" in changes[-1]["summary"]
    assert "{ 3306, 3307 } accept" in changes[-1]["summary"]


def test_a_change_that_reverts_itself_is_told_as_a_test(stage, told):
    change = stage.plan(FOUNDING)
    forced = ("--emergency", "--by", "Lena", "--reason", "test", "--seconds", "1")

    assert stage.firewall("apply", change, *forced).returncode == 4

    by = f"apply {change}"
    assert [(each["by"], each["summary"]) for each in told()] == [
        (by, "the test began"),
        (by, "the test ended"),
    ]


def test_somebody_else_in_the_middle_of_a_test_is_not_taken_for_apply(stage, told):
    change = stage.plan(GOOD)
    stage.firewall("approve", change, "--by", "Mara")
    intrude = ("iptables-nft", "-I", "INPUT", "-p", "tcp", "--dport", "99", "-j", "DROP")

    def intruder():
        while not state.pending(stage.state):
            time.sleep(0.01)
        stage.db.run(*intrude)

    thread = threading.Thread(target=intruder)
    thread.start()
    stage.firewall("apply", change)
    thread.join()

    alert = next(each for each in told() if each["by"] == "outside")
    assert "iptables-nft" in alert["process"]
    assert "tcp dport 99" in str(alert["diff"])


# --- What counts as a change -------------------------------------------------------------------
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("192.0.2.1, 192.0.2.2,", "192.0.2.1, 198.51.100.7,"),
        ("192.0.2.1, 192.0.2.2,\n\t\t\t     192.0.2.3 timeout 5m }", "192.0.2.1 }"),
        ("\t\tip saddr 192.0.2.9 counter reject\n", ""),
    ],
)
def test_what_programs_come_and_go_with_is_no_change(rules, tmp_path, old, new):
    watching = begun(tmp_path)
    rules[0] = RULES.replace(old, new)

    assert rules[0] != RULES
    assert watching.look([by()]) is None


@pytest.mark.parametrize(
    ("old", "new", "summary"),
    [
        (
            "tcp dport 3306 drop",
            "tcp dport 3306 accept",
            "inet own input: - tcp dport 3306 drop; inet own input: + tcp dport 3306 accept",
        ),
        (
            "10.0.0.1, 10.0.0.2",
            "10.0.0.1",
            "inet own friends: - elements = { 10.0.0.1, 10.0.0.2 }; inet own friends: + elements = { 10.0.0.1 }",
        ),
        ("policy accept", "policy drop", None),
        ("flags dynamic,timeout", "flags timeout", None),
    ],
)
def test_rules_and_elements_of_plain_sets_are_a_change(rules, tmp_path, old, new, summary):
    watching = begun(tmp_path)
    rules[0] = RULES.replace(old, new)

    change = watching.look([by()])

    assert (change["process"], change["pid"], change["by"]) == ("nft", 812, "outside")
    assert summary in (None, change["summary"])
    assert watching.look([by()]) is None


def test_more_can_be_left_out(rules, tmp_path):
    watching = begun(tmp_path, ignored=["inet own fr*"])
    rules[0] = RULES.replace("10.0.0.1, 10.0.0.2", "10.0.0.1")

    assert watching.look([by()]) is None


def test_a_change_while_nobody_watched_is_found_at_the_start(rules, tmp_path, capsys):
    begun(tmp_path)
    rules[0] = RULES.replace("drop", "accept")

    change = watch.Watch(tmp_path).begin()

    assert (change["process"], change["by"]) == ("", "outside")
    assert "an unknown process" in capsys.readouterr().out
    assert state.last_change(tmp_path)["summary"] == change["summary"]


def test_a_full_disk_keeps_no_alert_back(rules, tmp_path, capsys, monkeypatch):
    told = []
    watching = begun(tmp_path, tell=told.append)
    monkeypatch.setattr(
        watch.state, "write", Mock(side_effect=OSError(28, "No space left on device"))
    )
    rules[0] = RULES.replace("drop", "accept")

    watching.look([by()])

    assert told
    assert "No space left on device" in capsys.readouterr().out


def test_nothing_changed_while_nobody_watched(rules, tmp_path):
    begun(tmp_path)

    assert watch.Watch(tmp_path).begin() is None


def test_once_says_by_its_exit_code_whether_the_rules_changed(rules, tmp_path):
    command = ["watch", "--once", "--state", str(tmp_path)]

    assert cli.main(command) == 0
    rules[0] = RULES.replace("drop", "accept")
    assert cli.main(command) == 1
    assert cli.main(command) == 0


# --- How it is told ----------------------------------------------------------------------------
def test_an_alert_names_process_user_command_parents_and_diff(rules, tmp_path, capsys):
    watching = begun(tmp_path)
    rules[0] = RULES.replace("tcp dport 3306 drop", "tcp dport 3306 accept")

    watching.look([by(user="anna", command="nft -f new.nft", parents=("bash", "sudo"))])

    alert, *diff = capsys.readouterr().out.splitlines()[1:]
    assert "ALERT rules changed outside apply, by nft" in alert
    assert "(pid 812; anna; nft -f new.nft; under bash, sudo)" in alert
    assert "    -\t\ttcp dport 3306 drop" in diff
    assert "    +\t\ttcp dport 3306 accept" in diff
    logged = json.loads((tmp_path / "events.jsonl").read_text())
    assert logged["user"] == "anna"


def test_a_burst_is_one_look(monkeypatch):
    looks = []
    mine, kernel = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    monkeypatch.setattr(events, "read", lambda kernel: [by(pid=int(kernel.recv(9)))])
    following = threading.Thread(target=watch.follow, args=(kernel, looks.append, 60), daemon=True)
    following.start()
    for number in range(10):
        mine.send(str(number).encode())
        time.sleep(0.01)
    time.sleep(0.4)

    assert [len(noticed) for noticed in looks] == [10]


def test_churn_without_an_end_does_not_hold_a_change_up(monkeypatch):
    looks = []
    mine, kernel = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
    monkeypatch.setattr(events, "read", lambda kernel: [by(pid=int(kernel.recv(9)))])
    look = lambda noticed: looks.append(time.monotonic())  # noqa: E731
    threading.Thread(target=watch.follow, args=(kernel, look, 60), daemon=True).start()
    for number in range(45):
        mine.send(str(number).encode())
        time.sleep(0.04)

    gaps = [later - at for at, later in zip(looks, looks[1:], strict=False)]
    assert len(looks) >= 2
    assert max(gaps) < 1


def test_the_command_gets_the_change(rules, tmp_path):
    watching = begun(tmp_path, tell=telling.teller(f"cat > {tmp_path}/got", None))
    rules[0] = RULES.replace("drop", "accept")

    watching.look([by()])

    until = time.monotonic() + 3
    while not (state.read(tmp_path / "got") or time.monotonic() > until):
        time.sleep(0.01)
    assert state.read(tmp_path / "got")["process"] == "nft"


def test_the_webhook_gets_the_change(rules, tmp_path):
    got = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            got.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    watching = begun(tmp_path, tell=telling.teller(None, f"http://127.0.0.1:{server.server_port}/"))
    rules[0] = RULES.replace("drop", "accept")
    server.timeout = 3

    watching.look([by()])
    server.handle_request()
    server.server_close()

    assert got[0]["by"] == "outside"


def test_bad_arguments_are_one_sentence(rules, tmp_path, capsys):
    assert cli.main(["watch", "--state", str(tmp_path / "none")]) == 2
    assert cli.main(["watch", "--state", str(tmp_path), "--webhook", "ftp://x"]) == 2
    (tmp_path / "watch.seen").mkdir()
    assert cli.main(["watch", "--state", str(tmp_path)]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 3


# --- The difference ----------------------------------------------------------------------------
def many(number):
    rules = "".join(f"\t\ttcp dport {port} accept\n" for port in range(number))
    return f"table inet own {{\n\tchain input {{\n{rules}\t}}\n}}\n"


def test_one_rule_among_50000_is_found_quickly():
    before = many(50_000)
    started = time.process_time()
    found = difference.changed(
        difference.lines(before, before.replace("dport 777 accept", "dport 777 drop"))
    )

    assert found == [
        "inet own input: - tcp dport 777 accept",
        "inet own input: + tcp dport 777 drop",
    ]
    assert time.process_time() - started < 1


def test_another_ruleset_of_50000_rules_is_cut_short():
    started = time.process_time()
    found = difference.lines(many(50_000), many(50_000).replace("accept", "drop"))

    assert len(found) == difference.MOST_SHOWN + 1
    assert time.process_time() - started < 1
