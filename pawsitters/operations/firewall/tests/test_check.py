"""check on the example host: what must be seen is seen, and the machine stays as it was."""

import ctypes
import hashlib
import json
import os
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from pawsitters.operations.firewall import cli, namespaces, rulesets
from pawsitters.operations.firewall.check import check
from pawsitters.operations.firewall.errors import BAD_INPUT, CANNOT_HERE, DIFFERS, Refusal
from pawsitters.operations.firewall.flows import read_flows
from pawsitters.operations.firewall.rulesets import read_candidate

ROOT = Path(__file__).parents[4]
EXAMPLES = ROOT / "docs" / "examples"
PR_SET_DUMPABLE = 4
FLOWS = read_flows(EXAMPLES / "flows.toml")
GOOD = (EXAMPLES / "db.nft").read_text()


def may_have_namespaces() -> bool:
    try:
        return namespaces.run_apart(lambda: True)
    except Refusal:
        return False


pytestmark = pytest.mark.skipif(not may_have_namespaces(), reason="no network namespaces here")


def changed(old: str, new: str) -> str:
    assert old in GOOD
    return GOOD.replace(old, new)


def wrong(ruleset: str) -> dict[str, str]:
    """Flow: what was seen, for those that differ."""
    return {row.flow: row.seen for row in check(FLOWS, ruleset).wrong}


@pytest.mark.parametrize("name", ["db.nft", "db.iptables"])
def test_the_example_rules_do_what_the_example_flows_say(name):
    result = check(FLOWS, read_candidate(EXAMPLES / name).text)

    assert result.wrong == ()
    assert result.warnings == ()
    assert len(result.rows) > len(FLOWS.flows)  # strangers are tried as well


def test_the_founding_incident_is_named_with_its_rule():
    (row,) = check(FLOWS, read_candidate(EXAMPLES / "aug12.nft").text).wrong

    assert (row.flow, row.expected, row.seen) == ("web -> db:3306/tcp", "must pass", "no answer")
    assert row.rule == 'inet pawsitters input: tcp dport 3306-3307 drop comment "old replication"'
    assert row.example == "10.0.0.11 -> 10.0.0.10"


def test_no_rules_are_open_to_everybody():
    result = check(FLOWS, "")

    assert {row.flow for row in result.wrong} >= {
        "internet -> db:3306/tcp", "internet -> db:22/tcp", "admin -> db:3306/tcp",
        "db -> internet:443/tcp", "others -> db:3308/tcp",
    }  # fmt: skip
    assert {row.rule for row in result.wrong} == {"no chain looks at it"}


@pytest.mark.parametrize(
    ("old", "new", "flow", "seen"),
    [
        # One of two web hosts; and one address too many, which only stands in the rule.
        ("define web = { 10.0.0.11, 10.0.0.12 }", "define web = { 10.0.0.11 }", "web -> db:3306/tcp", "refused"),
        ("define web = { 10.0.0.11, 10.0.0.12 }", "define web = { 10.0.0.11-10.0.0.13 }", "internet -> db:3306/tcp", "passes"),
        # A web host's address that comes in from the internet.
        ('iifname "eth1" ip saddr $web tcp', "ip saddr $web tcp", "internet -> db:3306/tcp", "passes"),
        # The handshake works, a full packet does not get through.
        ("ct state established,related accept", "meta length > 1000 drop\nct state established,related accept", "web -> db:3306/tcp", "stops after"),
        ("iifname \"lo\" accept", "tcp dport 3306 ct count over 20 drop\niifname \"lo\" accept", "web -> db:3306/tcp", "no answer"),
        ("nd-neighbor-solicit, ", "", "web -> db:3306/tcp", "no answer"),
        ("ip daddr 10.0.0.123 udp dport 123 accept", "", "db -> ntp:123/udp", "forbidden"),
        ("tcp dport 22 accept", "tcp dport { 22, 33060 } accept", "others -> db:22/tcp", None),
        ("iifname \"lo\" accept", "iifname \"lo\" accept\ntcp dport 33060 accept", "others -> db:33060/tcp", "passes"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_seen(old, new, flow, seen):
    found = wrong(changed(old, new))

    if seen is None:
        assert found == {}
    else:
        assert seen in found[flow]


def test_another_service_behind_the_port_does_not_pass():
    turned = "table ip nat { \nchain pre { \ntype nat hook prerouting priority dstnat\n tcp dport 3306 redirect to :22\n}\n}\n"
    opened = changed(
        "tcp dport 22 accept",
        'tcp dport 22 accept\niifname "eth1" ip saddr $web tcp dport 22 accept',
    )

    (row,) = [
        row for row in check(FLOWS, opened + turned).wrong if row.flow == "web -> db:3306/tcp"
    ]

    assert row.seen.startswith("reaches another service")
    assert row.rule == "ip nat pre: tcp dport 3306 redirect to :22"


def test_rules_that_end_with_a_timeout():
    timed = (
        changed("define web6", "define nothing = 0\ndefine web6")
        .replace("ip saddr $web tcp", "ip saddr @soon tcp")
        .replace(
            "chain input",
            "set soon {\ntype ipv4_addr\nflags timeout\ntimeout 1h\nelements = { 10.0.0.11, 10.0.0.12 }\n}\nchain input",
            1,
        )
    )

    assert wrong(timed)["web -> db:3306/tcp"].endswith("once elements have timed out")


def test_nft_complains_with_a_line_and_nothing_is_tried():
    with pytest.raises(
        Refusal, match="line 12, column 22 in `udpp dport 1 accept`: syntax error"
    ) as refused:
        check(FLOWS, changed("ct state established,related accept", "udpp dport 1 accept"))

    assert refused.value.code == BAD_INPUT


def test_an_interface_that_the_host_does_not_have():
    result = check(FLOWS, changed('iifname "lo" accept', 'iifname "lo" accept\niif "wg0" accept'))

    assert result.ok
    assert 'interface "wg0"' in result.warnings[0]


@pytest.mark.skipif(os.geteuid() != 0, reason="so many rules load only as root")
def test_fifty_thousand_rules_are_tried_in_bounded_time():
    many = "".join(
        f"ip saddr 172.16.{n // 250}.{n % 250} tcp dport 9 drop\n" for n in range(50_000)
    )
    result = check(FLOWS, changed("ct state invalid drop", many + "ct state invalid drop"))

    assert result.ok
    assert result.took_ms < 30_000


# --- The command ---------------------------------------------------------------------------------
def test_results_for_machines(tmp_path, capsys):
    arguments = [
        "check",
        str(EXAMPLES / "aug12.nft"),
        "--flows",
        str(EXAMPLES / "flows.toml"),
        "--alone",
    ]
    code = cli.main([*arguments, "--json", "--junit", str(tmp_path / "junit.xml")])

    said = json.loads(capsys.readouterr().out)
    suite = ElementTree.parse(tmp_path / "junit.xml").getroot()
    assert code == DIFFERS
    assert (said["ok"], said["rows"][0]["flow"]) == (False, "web -> db:3306/tcp")
    assert (suite.get("failures"), suite[0][0].get("message")) == ("1", "no answer")
    assert len(suite) == len(said["rows"])


def test_the_live_rules_of_others_count(tmp_path, capsys):
    live = tmp_path / "live.nft"
    live.write_text(
        "table ip bans {\nchain in {\ntype filter hook input priority -5\nip saddr 10.0.0.12 drop\n}\n}\n"
    )
    code = cli.main(
        [
            "check",
            str(EXAMPLES / "db.nft"),
            "--flows",
            str(EXAMPLES / "flows.toml"),
            "--live",
            str(live),
        ]
    )

    assert code == DIFFERS
    assert "ip bans in: ip saddr 10.0.0.12 drop [10.0.0.12 -> 10.0.0.10]" in capsys.readouterr().out


def as_nobody(function) -> int:
    """Exit code of a process that has given up root, if it had it."""
    child = os.fork()
    if child == 0:
        code = 99
        try:
            if os.geteuid() == 0:
                os.setgroups([])
                os.setgid(65534)
                os.setuid(65534)
                ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1)  # as after an exec
            code = function()
        finally:
            os._exit(code)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def state_of_the_machine() -> str:
    shown = [
        ["ip", "-d", "-o", "link"],
        ["ip", "-o", "addr"],
        ["ip", "route", "show", "table", "all"],
    ]
    if os.geteuid() == 0:
        shown.append(["nft", "-s", "list", "ruleset"])
    text = "".join(subprocess.run(each, capture_output=True, text=True).stdout for each in shown)
    return hashlib.sha256(text.encode()).hexdigest()


def test_an_ordinary_user_can_run_it_and_the_machine_stays_as_it_was():
    before = state_of_the_machine()

    assert as_nobody(lambda: check(FLOWS, GOOD).ok) == 1
    assert state_of_the_machine() == before


def test_without_namespaces_it_says_what_to_do(monkeypatch):
    monkeypatch.setattr(
        namespaces, "_unshare", lambda flags: PermissionError(1, "Operation not permitted")
    )

    with pytest.raises(Refusal, match="Run this with sudo, or allow it") as refused:
        check(FLOWS, GOOD)

    assert refused.value.code == CANNOT_HERE


def test_without_nft_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(rulesets, "NFT", "nft-that-is-not-there")

    with pytest.raises(Refusal, match="nft-that-is-not-there is missing: install") as refused:
        check(FLOWS, GOOD)

    assert refused.value.code == CANNOT_HERE
