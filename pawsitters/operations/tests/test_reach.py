"""Who refuses a connection, seen in a network of its own with a firewall in it."""

import json
import shutil
import subprocess
import sys

import pytest

from pawsitters.operations import reach

# Two hosts, 10.9.0.1 (we) and 10.9.0.2, where something listens on 3306 and rules come and go.
LAB = """
set -e
mount -t tmpfs none /run; mkdir /run/netns
ip link set lo up; ip netns add far; ip link add near type veth peer name away netns far
ip addr add 10.9.0.1/24 dev near; ip link set near up
ip -n far addr add 10.9.0.2/24 dev away; ip -n far link set away up
ip netns exec far "$0" -c 'import socket, time; s = socket.create_server(("10.9.0.2", 3306)); time.sleep(20)' &
LISTENER=$!
trap 'kill $LISTENER' EXIT
until ip netns exec far ss -ltn | grep -q 3306; do sleep 0.02; done
for rule in "$@"; do
    case "$rule" in
        own:*) on="" hook=output ;;
        *) on="ip netns exec far" hook=input ;;
    esac
    printf 'table inet t { chain c { type filter hook %s priority 0; %s\\n}\\n}\\n' $hook "${rule#own:}" | $on nft -f -
    "$0" -c "$ASK"
    $on nft delete table inet t
done
"""
ASK = """
import json, socket
from pawsitters.operations.own_rules import own_rule
from pawsitters.operations.reach import Unreached, connect_first
try:
    connect_first(socket.getaddrinfo("10.9.0.2", 3306, type=socket.SOCK_STREAM), 0.3).close()
    found = {}
except Unreached as error:
    found = {name: getattr(error, name) for name in ("timed_out", "refused", "rejected_by", "by_ourselves")}
print(json.dumps({**found, "own_rule": own_rule("10.9.0.2", 3306)}))
"""


def seen_behind(*rules) -> list[dict]:
    if not (shutil.which("unshare") and shutil.which("nft") and shutil.which("ip")):
        pytest.skip("needs unshare, nft and ip")
    lab = subprocess.run(
        ["unshare", "-Urnm", "sh", "-c", LAB, sys.executable, *rules],
        env={"ASK": ASK, "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "PYTHONPATH": "."},
        capture_output=True,
        text=True,
    )
    if "unshare failed" in lab.stderr:
        pytest.skip("needs user namespaces")
    assert lab.returncode == 0, lab.stderr
    return [json.loads(line) for line in lab.stdout.splitlines()]


def test_drop_reset_and_icmp_are_told_apart_and_so_is_our_own_firewall():
    rules = [
        "tcp dport 3306 accept",
        "tcp dport 3306 drop",
        "tcp dport 3306 reject with tcp reset",
        "tcp dport 3306 reject",
        "own:tcp dport 3306 reject",
        "own:ip daddr 10.9.0.0/24 tcp dport { 3306, 3307 } drop",
        "own:tcp dport 22 drop",
    ]

    through, dropped, reset, rejected, rejected_here, dropped_here, other = seen_behind(*rules)

    assert through == other == {"own_rule": ""}
    assert dropped["timed_out"]
    assert reset["refused"]
    assert not reset["rejected_by"]
    assert (rejected["refused"], rejected["rejected_by"]) == (True, "10.9.0.2")
    assert not rejected["by_ourselves"]
    assert rejected_here["by_ourselves"]
    assert dropped_here["timed_out"]
    assert dropped_here["own_rule"].startswith("inet t c: ip daddr 10.9.0.0/24")
    assert not any(case["own_rule"] for case in (dropped, reset, rejected))


def test_a_host_that_did_not_answer_arp(tmp_path, monkeypatch):
    table = tmp_path / "arp"
    table.write_text(
        "IP address  HW type  Flags  HW address         Mask  Device\n"
        "10.9.0.2    0x1      0x0    00:00:00:00:00:00  *     eth0\n"
        "10.9.0.3    0x1      0x2    52:54:00:00:00:01  *     eth0\n"
    )
    monkeypatch.setattr(reach, "NEIGHBOURS", table)

    assert not reach.answers_arp("10.9.0.2")
    assert reach.answers_arp("10.9.0.3")
    assert reach.answers_arp("192.0.2.1")
