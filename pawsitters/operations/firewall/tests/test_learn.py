"""Entries proposed for the flows file are its own form, and only what it does not have."""

from pathlib import Path

from pawsitters.operations.firewall import cli, learn
from pawsitters.operations.firewall.flows import read_flows

FLOWS = Path(__file__).parents[4] / "docs" / "examples" / "flows.toml"
CONNTRACK = """\
ipv4 2 tcp 6 431999 ESTABLISHED src=10.0.0.11 dst=10.0.0.10 sport=40000 dport=3306 src=10.0.0.10 dst=10.0.0.11 sport=3306 dport=40000 [ASSURED] mark=0
ipv4 2 tcp 6 431999 ESTABLISHED src=10.0.0.70 dst=10.0.0.10 sport=40000 dport=9100 src=10.0.0.10 dst=10.0.0.70 sport=9100 dport=40000 [ASSURED] mark=0
ipv4 2 tcp 6 9 SYN_SENT src=10.0.0.10 dst=203.0.113.5 sport=40000 dport=443 [UNREPLIED] src=203.0.113.5 dst=10.0.0.10 sport=443 dport=40000 mark=0
ipv6 10 tcp 6 99 ESTABLISHED src=fd00:10::a:1 dst=fd00:10::10 sport=40000 dport=3306 src=fd00:10::10 dst=fd00:10::a:1 sport=3306 dport=40000 [ASSURED]
udp 17 9 src=10.0.0.10 dst=10.0.0.123 sport=40000 dport=123 src=10.0.0.123 dst=10.0.0.10 sport=123 dport=40000 mark=0
udp 17 9 src=10.0.0.10 dst=198.51.100.4 sport=40000 dport=123 src=198.51.100.4 dst=10.0.0.10 sport=123 dport=40000 mark=0
udp 17 9 src=127.0.0.1 dst=127.0.0.53 sport=40000 dport=53 src=127.0.0.53 dst=127.0.0.1 sport=53 dport=40000 mark=0
"""  # fmt: skip
LISTENING = "tcp LISTEN 0 600 [::]:9100 [::]:*\n"
ESTABLISHED = """\
tcp ESTAB 0 0 [::ffff:10.0.0.10]:9100 [::ffff:10.0.0.70]:40000
tcp ESTAB 0 0 10.0.0.10:40002 10.0.0.200:873
"""


def test_what_is_seen_and_not_declared_is_proposed(tmp_path, capsys):
    (tmp_path / "saved").write_text(CONNTRACK)

    code = cli.main(["flows", "learn", "--flows", str(FLOWS), "--from", str(tmp_path / "saved")])

    line = next(each.line for each in read_flows(FLOWS).flows if "admin -> db:3306" in each.text)
    head, *lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert head.startswith(f"# From {tmp_path / 'saved'}, ")
    assert lines == [
        f'  # seen although line {line} says "admin -> db:3306 must not": fd00:10::a:1',
        '  "admin -> db:9100 must pass",  # seen: 10.0.0.70',
        '  "db -> internet:123/udp must pass",  # seen: 198.51.100.4',
    ]


def test_open_sockets_tell_who_asked_whom():
    seen = learn.from_sockets(ESTABLISHED, LISTENING)

    assert [(str(each.source), str(each.target), each.port) for each in seen] == [
        ("10.0.0.70", "10.0.0.10", 9100),
        ("10.0.0.10", "10.0.0.200", 873),
    ]


def test_an_address_in_no_zone_gets_one_that_can_be_read_again(tmp_path):
    path = tmp_path / "flows.toml"
    few = 'flows = [\n  "db -> ntp:123/udp must pass",\n]\n[host]\nname = "db"\nroutes = ["default via 10.0.0.1"]\n'
    few += '[host.interfaces]\neth0 = ["10.0.0.10/24"]\n[zones.ntp]\naddresses = ["10.0.0.123"]\n'
    path.write_text(few)
    seen = list(learn.from_conntrack(CONNTRACK.splitlines()[5]))

    sentence, zone = learn.proposals(seen, read_flows(path)).split("\n\n")
    path.write_text(few.replace("flows = [", f"flows = [\n{sentence}") + zone)

    assert '"db -> new-198-51-100-4:123/udp must pass"' in sentence
    assert learn.proposals(seen, read_flows(path)) == ""


def test_this_machine_becomes_a_host_that_can_be_read(tmp_path):
    addresses = [
        {"ifname": "lo", "addr_info": [{"local": "127.0.0.1", "prefixlen": 8, "scope": "host"}]},
        {"ifname": "eth0", "mtu": 1400, "addr_info": [
            {"local": "10.0.0.10", "prefixlen": 24, "scope": "global"},
            {"local": "fe80::1", "prefixlen": 64, "scope": "link"}]},
    ]  # fmt: skip
    routes = [
        {"dst": "default", "gateway": "10.0.0.1", "dev": "eth0"},
        {"dst": "10.0.0.0/24", "dev": "eth0", "protocol": "kernel"},
    ]
    path = tmp_path / "flows.toml"
    path.write_text(
        'flows = ["db -> web:53 must pass"]\n'
        + learn.host_section("db", addresses, routes)
        + '\n[zones.web]\naddresses = ["192.0.2.1"]\n'
    )

    host = read_flows(path).host

    assert [str(each) for each in host.addresses] == ["10.0.0.10"]
    assert host.mtu == {"eth0": 1400}
    assert str(host.routes[0].gateway) == "10.0.0.1"
