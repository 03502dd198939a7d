"""The switch between two rulesets, in namespaces: which one packets meet, and what remains afterwards."""

import re
import socket
import threading
import time

import pytest

from pawsitters.operations.firewall import switch
from pawsitters.operations.firewall.drills.guarded_apply import why_not
from pawsitters.operations.firewall.errors import BAD_INPUT, CANNOT_HERE, Refusal
from pawsitters.operations.firewall.listing import listed
from pawsitters.operations.firewall.namespaces import run_apart
from pawsitters.operations.firewall.rulesets import Candidate, read_candidate, run

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "it can")

OLD = """
table inet site {
    counter hits { packets 5 bytes 7 }
    set seen { type ipv4_addr; flags dynamic,timeout; timeout 1h; elements = { 192.0.2.1 } }
    chain other {
        udp dport 1000 counter name hits
        ip protocol tcp reject with tcp reset
    }
    chain input {
        comment "who may come in"
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        tcp dport 1002 accept
        tcp dport 1001 goto other
    }
    chain moved {
        type nat hook output priority -100
        tcp dport 2000 redirect to :1002
    }
}
table ip6 six {
    chain input {
        type filter hook input priority filter; policy drop;
    }
}
table netdev edge {
    chain ingress {
        type filter hook ingress device "lo" priority filter
        udp dport 7 drop
    }
}
table arp neighbours {
    chain input {
        type filter hook input priority filter
    }
}
table bridge ports {
    chain input {
        type filter hook input priority filter
    }
}
table ip others {
    chain input {
        type filter hook input priority filter
        counter
    }
}
"""
NEW = """
table inet site
delete table inet site
table inet site {
    map doors { type inet_service : verdict; elements = { 1001 : jump other, 1003 : accept } }
    chain other {
        accept
    }
    chain input {
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        tcp dport vmap @doors
    }
    chain moved {
        type nat hook output priority -100
        tcp dport 2000 redirect to :1001
    }
}
table ip6 six
delete table ip6 six
table arp neighbours
delete table arp neighbours
table bridge ports {
}
table netdev edge {
    chain ingress {
        type filter hook ingress device "lo" priority filter
    }
}
"""
OWN = [
    ("inet", "site"),
    ("ip6", "six"),
    ("arp", "neighbours"),
    ("bridge", "ports"),
    ("netdev", "edge"),
]
PORTS = (1001, 1002, 1003, 2000)
OLD_ANSWERS = {1001: "refused", 1002: 1002, 1003: "silent", 2000: 1002}
NEW_ANSWERS = {1001: 1001, 1002: "silent", 1003: 1003, 2000: 1001}


def answer_of(port):
    """Which port answers there, if any."""
    try:
        with socket.create_connection(("127.0.0.1", port), 0.05) as connection:
            return int(connection.recv(4))
    except ConnectionRefusedError:
        return "refused"
    except TimeoutError:
        return "silent"


def answers():
    return {port: answer_of(port) for port in PORTS}


def serve(port):
    """Tell whoever connects the number of the port."""
    listener = socket.create_server(("127.0.0.1", port))

    def tell():
        while True:
            connection, _ = listener.accept()
            with connection:
                connection.sendall(str(port).encode())

    threading.Thread(target=tell, daemon=True).start()


def on_a_host(function, old=OLD):
    """Call it in a namespace with these rules and listeners; return what it returns."""

    def inside():
        run(["ip", "link", "set", "lo", "up"])
        switch.nft("-f", "-", script=old)
        for port in (1001, 1002, 1003):
            serve(port)
        return function()

    return run_apart(inside)


def arm(folder, seconds):
    new = listed(Candidate("new.nft", NEW, NEW, "nft", ()), OWN)
    old = {table: rules for table, rules in switch.live().items() if table in OWN}
    switch.load(switch.armed("2026-01-02-3", old, new, seconds))
    return old, new


def test_old_rules_return_by_themselves_as_they_were(tmp_path):
    def scene():
        before = switch.nft("list", "ruleset")
        seen = [answers()]
        arm(tmp_path, 1)
        loaded = time.monotonic()
        seen += [answers(), switch.traces()]
        while answer_of(1003) == 1003:
            pass
        took = time.monotonic() - loaded
        time.sleep(0.05)  # the elements of two tables end some milliseconds apart
        seen += [answers(), switch.traces()]
        switch.load(switch.cleared("2026-01-02-3"))
        return seen, took, before, switch.nft("list", "ruleset"), switch.traces()

    seen, took, before, after, left = on_a_host(scene)

    assert seen[0] == OLD_ANSWERS
    assert seen[1:3] == [NEW_ANSWERS, {"2026-01-02-3": "armed"}]
    assert took < 1.2
    assert seen[3:] == [OLD_ANSWERS, {"2026-01-02-3": "over"}]
    assert steady(after) == steady(before)
    assert left == {}


def steady(listing):
    """With counters, as nothing was reloaded; without the clocks of elements and what our own tries counted."""
    return re.sub(r"expires \w+|(?<=counter )packets \d+ bytes \d+", "", listing)


def test_confirmed_rules_are_the_new_ones_and_nothing_else(tmp_path):
    def scene():
        old, new = arm(tmp_path, 1)
        switch.load(switch.confirmed("2026-01-02-3", OWN, old, new))
        seen = [switch.traces()]
        switch.load(switch.cleared("2026-01-02-3"))
        time.sleep(1.1)
        return [*seen, switch.traces(), answers()], new, switch.live()

    seen, new, live = on_a_host(scene)

    assert seen == [{"2026-01-02-3": "done"}, {}, NEW_ANSWERS]
    assert {table: text for table, text in live.items() if table != ("ip", "others")} == new
    assert ("ip", "others") in live
    assert ("ip6", "six") not in live


def test_what_is_over_can_no_longer_be_confirmed(tmp_path):
    def scene():
        old, new = arm(tmp_path, 0.2)
        time.sleep(0.25)
        with pytest.raises(Refusal):
            switch.load(switch.confirmed("2026-01-02-3", OWN, old, new))
        return answers(), switch.traces()

    assert on_a_host(scene) == (OLD_ANSWERS, {"2026-01-02-3": "over"})


def test_connections_go_on_while_switching(tmp_path):
    def scene():
        with socket.create_server(("127.0.0.1", 1000)) as listener:
            switch.nft("-f", "-", script="insert rule inet site input tcp dport 1000 accept")
            near = socket.create_connection(("127.0.0.1", 1000), 1)
            far, _ = listener.accept()
            heard = []
            arm(tmp_path, 0.5)
            for wait in (0, 0.6):
                time.sleep(wait)
                near.sendall(b"x")
                far.settimeout(1)
                heard.append(far.recv(1))
            return heard

    assert on_a_host(scene) == [b"x", b"x"]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        ("nonsense", r"site.nft, line 6, column \d+: syntax error"),
        ("iif nowhere accept", r"site.nft, line 6, column \d+: Interface does not exist"),
    ],
)
def test_what_nft_does_not_understand_is_refused_with_its_line(tmp_path, rule, sentence):
    path = tmp_path / "site.nft"
    text = f"# Ours\ntable inet site\ndelete table inet site\ntable inet site {{\n chain input {{\n  {rule}\n"
    path.write_text(f"{text} }}\n}}\n")

    with pytest.raises(Refusal, match=sentence) as refused:
        listed(read_candidate(path), [("inet", "site")])
    assert refused.value.code == BAD_INPUT


@pytest.mark.parametrize(
    "text", ['\tchain a {\n\t\txt match "recent"\n\t}\n', "\tflowtable f {\n\t}\n"]
)
def test_what_could_not_be_taken_back_is_refused(text):
    with pytest.raises(Refusal, match=r"ip filter (uses|has)"):
        switch.restorable({("ip", "filter"): f"table ip filter {{\n{text}}}\n"}, "The live")


def test_without_nft_it_says_what_to_install(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")

    with pytest.raises(Refusal, match="nft is missing: install the package nftables") as refused:
        switch.live()
    assert refused.value.code == CANNOT_HERE


def test_matches_of_iptables_are_seen_in_the_kernels_own_list():
    def scene():
        run(["iptables-nft", "-A", "INPUT", "-p", "tcp", "-m", "recent", "--set", "-j", "ACCEPT"])
        switch.restorable(switch.live(), "The live")

    with pytest.raises(Refusal, match="ip filter uses matches of iptables"):
        on_a_host(scene, old="")
