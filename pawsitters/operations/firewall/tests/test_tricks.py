"""Side ways to a port. That they are seen in the lab, the corpus shows (16-evasions)."""

from pawsitters.operations.firewall.corpus import running
from pawsitters.operations.firewall.plan import Plan
from pawsitters.operations.firewall.samples import Samples
from pawsitters.operations.firewall.tricks import Tricks, spread

HOST = running.flows().host


def tricks_for(rules: str) -> list:
    plan = Plan(running.flows(), Samples(running.flows(), rules))
    return list(plan.samples.tricks.for_all(plan.ends))


def test_ports_that_lead_to_another_are_asked_for():
    assert Tricks(HOST, "tcp dport 8443 redirect to :3306").doors == [8443]
    assert Tricks(HOST, "dnat ip to tcp dport map { 2222 : 10.20.0.10 . 22 }").doors == [2222, 22]
    assert Tricks(HOST, "-A PREROUTING -p tcp --dport 81 -j REDIRECT --to-ports 22").doors == [
        81,
        22,
    ]
    assert Tricks(HOST, "tcp dport 8443 accept").doors == []


def test_clients_ports_are_tried_only_where_clients_have_them():
    found = tricks_for("tcp sport { 53, 45678 } drop")
    assert {each.from_port for each in found if each.flow.must_pass} == {45678}
    assert {53, 45678} <= {each.from_port for each in found if not each.flow.must_pass}


def test_a_neighbours_link_local_address_is_tried_on_each_port_that_is_closed_to_somebody():
    sources = {(each.flow.port, str(each.ends[0])) for each in tricks_for("")}
    assert (3306, "fe80::b%eth0") in sources
    assert not any("docker0" in source for _, source in sources)  # it has no IPv6


def test_the_hosts_other_addresses_are_tried_from_each_side():
    ends = {each.ends for each in tricks_for("") if each.flow.text == "admin -> db:3306 must not"}
    assert {str(target) for source, target in ends} >= {"10.20.0.10", "203.0.113.10", "fd20::10"}


def test_a_spread_keeps_the_first_and_the_last():
    assert spread(list(range(100)), 3) == [0, 50, 99]
