"""The flows file: what it says, and where a mistake is."""

from ipaddress import ip_address
from pathlib import Path

import pytest

from pawsitters.operations.firewall.errors import BAD_INPUT, Refusal
from pawsitters.operations.firewall.flows import read_flows
from pawsitters.operations.firewall.samples import Samples, ports_let_in, spoken_of
from pawsitters.operations.firewall.tricks import source_ports
from pawsitters.operations.firewall.zones import CONNECTIONS

EXAMPLE = Path(__file__).parents[4] / "docs" / "examples" / "flows.toml"
TEXT = """\
flows = [
  "web -> db:3306 must pass, 40 connections",
  "internet -> db:3306 must not",
  "db -> web:53/udp must pass",  # "db -> web:54 must pass"
]
[host]
name = "db"
routes = ["default via 10.0.0.1"]
[host.interfaces]
eth0 = ["10.0.0.10/24", "fd00::10/64"]
[zones.web]
addresses = ["10.0.0.0/28"]
interface = "eth0"
[zones.internet]
addresses = ["0.0.0.0/0"]
"""


def written(tmp_path, text=TEXT):
    path = tmp_path / "flows.toml"
    path.write_text(text)
    return path


def test_sentences_are_read(tmp_path):
    web, internet, dns = read_flows(written(tmp_path)).flows

    assert (web.source, web.target, web.port, web.protocol) == ("web", "db", 3306, "tcp")
    assert (web.must_pass, web.connections, web.line) == (True, 40, 2)
    assert (internet.must_pass, internet.connections) == (False, CONNECTIONS)
    assert (dns.protocol, dns.line) == ("udp", 4)


def test_the_most_exact_zone_owns_an_address(tmp_path):
    flows = read_flows(written(tmp_path))

    assert flows.owners(ip_address("10.0.0.3")) == {"web"}
    assert flows.owners(ip_address("10.0.0.16")) == {"internet"}
    assert flows.owners(ip_address("fd00::3")) == set()


@pytest.mark.parametrize(
    ("old", "new", "place", "say"),
    [
        ("3306 must pass", "3306 must pas", (2, 19), 'say "must pass" or "must not"'),
        ('"web -> db:3306', '"wbe -> db:3306', (2, 4), 'no zone "wbe". Did you mean "web"?'),
        ("web:53", "web:65536", (4, 14), "a port is a number from 1 to 65535"),
        ("web:53", "web:5x3", (4, 14), "a port is a number from 1 to 65535"),
        ("53/udp", "53/upd", (4, 16), "tcp or udp"),
        ("40 conn", "0 conn", (2, 28), "1 to 500 connections"),
        ("internet -> db:3306 must not", "web -> db:3306 must not", (3, 4), "line 2 says the opposite"),
        ("db -> web:53", "internet -> web:53", (4, 4), 'one side of a flow is the host itself, "db"'),
        ("db -> web:53", "db <- web:53", (4, 7), '"->" is expected'),
        ("[zones.web]\naddresses", "[zones.web]\nadresses", (12, 1), 'Did you mean "addresses"?'),
        ("10.0.0.0/28", "10.0.0.1/28", (12, 15), "has host bits set"),
        ('interface = "eth0"', 'interface = "eth1"', (13, 14), 'no interface "eth1". Did you mean "eth0"'),
        ("via 10.0.0.1", "via 10.9.0.1", (8, 12), "10.9.0.1 is in no network"),
        ("default via", "default vai", (8, 12), "a route reads"),
        ("10.0.0.10/24", "10.0.0.300/24", (10, 10), "does not appear to be an IPv4"),
        ("[host]", "[hots]", (6, 2), 'Did you mean "host"'),
        ('name = "db"', 'name = "db', (7, 11), "Illegal character"),
        ('name = "db"', "name = 3", (7, 1), '"name" has to be text in quotes'),
        ('["0.0.0.0/0"]', '["0.0.0.0/0"]\nflows = []', (16, 1), "at the top of the file"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_line_and_column(tmp_path, old, new, place, say):
    assert TEXT.count(old) == 1
    path = written(tmp_path, TEXT.replace(old, new))

    with pytest.raises(Refusal) as refused:
        read_flows(path)

    assert refused.value.code == BAD_INPUT
    assert str(refused.value).startswith(f"{path}, line {place[0]}, column {place[1]}: ")
    assert say in str(refused.value)


def test_files_that_are_no_flows_file(tmp_path):
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")

    with pytest.raises(Refusal, match="binary is not a text file"):
        read_flows(tmp_path / "binary")
    with pytest.raises(Refusal, match="none.toml cannot be read: No such file"):
        read_flows(tmp_path / "none.toml")
    with pytest.raises(Refusal, match='this file needs "host"'):
        read_flows(written(tmp_path, ""))


def test_zones_are_tried_at_their_edges_and_just_beyond(tmp_path):
    flows = read_flows(written(tmp_path))
    samples = Samples(flows, "ip saddr 10.0.0.4/30 accept")

    web = {str(each) for each in samples.of(flows.zones["web"])}
    internet = {str(each) for each in samples.of(flows.zones["internet"])}

    assert {"10.0.0.1", "10.0.0.14"} <= web  # the zone's own edges
    assert {"10.0.0.3", "10.0.0.4", "10.0.0.7", "10.0.0.8"} <= web  # those of the rule
    assert {"203.0.113.77", "192.168.177.3"} <= internet
    assert "10.0.0.10" not in web | internet  # the host itself
    assert not any(address.startswith("10.0.0.1.") for address in internet)


def test_rules_tell_what_else_to_try():
    rules = "tcp dport 33060 accept\ntcp dport { 80, 443-444 } jump x\ntcp dport 9 drop\nudp sport 53 accept"

    assert ports_let_in(rules) == [(33060, "tcp"), (80, "tcp"), (443, "tcp"), (444, "tcp")]
    assert ports_let_in("-A INPUT -p udp -m udp --dport 161 -j ACCEPT") == [(161, "udp")]
    assert source_ports(rules + "\n-A X -p tcp --sport 20 -j ACCEPT") == [53, 20]
    banned = "\n".join(f"ip saddr 198.51.{n // 250}.{n % 250} drop" for n in range(500))
    assert ip_address("10.1.2.0") in spoken_of(f"{banned}\nip saddr 10.1.2.1 accept")
    assert ip_address("10.0.0.7") in spoken_of("-s 10.0.0.5/255.255.255.253")


def test_the_example_is_valid():
    assert len(read_flows(EXAMPLE).flows) > 10
