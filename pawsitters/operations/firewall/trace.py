"""Which rule decided: the wrong flows once more, with nft's own trace switched on for them."""

import os
import re
import select
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable
from contextlib import contextmanager, suppress
from pathlib import Path

from pawsitters.operations.firewall import rulesets
from pawsitters.operations.firewall.errors import Refusal
from pawsitters.operations.firewall.lab import Lab
from pawsitters.operations.firewall.namespaces import end_with_parent
from pawsitters.operations.firewall.probes import Probe
from pawsitters.operations.firewall.zones import Flow

TABLE = "pawsitters_trace"
MOST_PROBES = 40  # of one flow, so that limits on numbers and rates show again
READY_SECONDS = 5.0
QUIET_SECONDS = 0.06
NFTRACE_GROUP = 1 << 8  # NFNLGRP_NFTRACE of linux/netfilter/nfnetlink.h, as a mask
NETLINK_NETFILTER = "12"
Groups = dict[Flow, list[Probe]]
LINE = re.compile(
    r"trace id (?P<id>\w+) (?P<table>\w+ \S+) (?P<chain>\S+) (?P<kind>packet:|rule|policy|verdict)"
    r" ?(?P<text>.*)"
)
VERDICT = re.compile(r"(.*?) ?\(verdict (\w+).*\)")
COUNTED = re.compile(r"counter packets \d+ bytes \d+ ?")
PORTS = re.compile(r"(?:tcp|udp) sport (\d+) (?:tcp|udp) dport (\d+)")
NEIGHBOURS = re.compile(r"icmpv6 type nd-neighbor-|icmpv6 type (?:135|136)")
CHANGES = re.compile(r"\b(dnat|snat|redirect|masquerade)\b|-j (DNAT|SNAT|REDIRECT|MASQUERADE)")


@contextmanager
def traced(lab: Lab, groups: Groups):
    """Yield a Trail; what is tried meanwhile is written down in it."""
    trail = Trail()
    with lab.host:
        try:
            rulesets.load(_table([each for group in groups.values() for each in _shown(group)]))
        except Refusal:
            yield trail  # this nft is too old, or the ruleset forbids it: flows are named anyway
            return
        monitor = subprocess.Popen(
            ["nft", "monitor", "trace"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            preexec_fn=end_with_parent,
        )  # fmt: skip
        _await_ready()
    try:
        yield trail
        trail.packets = _packets(_said(monitor))
    finally:
        monitor.kill()
        monitor.wait()
        monitor.stdout.close()
        with lab.host, suppress(Refusal):
            rulesets.run(["nft", "delete", "table", "inet", TABLE])


class Trail:
    """What chains said to each packet."""

    def __init__(self):
        self.packets: list[dict] = []

    def deciders(self, groups: Groups) -> dict[Flow, str]:
        """For each flow the rule that decided; flows without one are left out."""
        found = {
            flow: _decider(flow, _shown(group), self.packets) for flow, group in groups.items()
        }
        return {flow: rule for flow, rule in found.items() if rule}


def _shown(probes: list[Probe]) -> list[Probe]:
    """Those to trace: from one source, so many that limits on numbers and rates show again."""
    first = next((probe for probe in probes if probe.is_wrong), probes[0])
    same = [each for each in probes if each.ends == first.ends]
    return same[:MOST_PROBES]


def _table(probes: Iterable[Probe]) -> str:
    """Marks the packets of these probes, both ways, before any other chain sees them."""
    ports = ", ".join(sorted({str(probe.door or probe.flow.port) for probe in probes}))
    peers: dict[int, set[str]] = defaultdict(set)
    for probe in probes:
        is_local = probe.source is None and probe.source_space is probe.target_space
        peer = probe.target if probe.source is None else probe.source
        if not is_local:
            peers[peer.version].add(str(peer).split("%")[0])
    chains = []
    for hook, side, loop in (("prerouting", "saddr", "iif"), ("output", "daddr", "oif")):
        rules = [f"{loop} lo th {end}port {{ {ports} }} meta nftrace set 1" for end in "sd"]
        for version, addresses in peers.items():
            family = "ip" if version == 4 else "ip6"
            whose = f"{family} {side} {{ {', '.join(sorted(addresses))} }}"
            rules += [f"{whose} th {end}port {{ {ports} }} meta nftrace set 1" for end in "sd"]
        if 6 in peers:
            rules.append("icmpv6 type { 135, 136 } meta nftrace set 1")
        lines = "\n".join(rules)
        chains.append(f"chain {hook} {{\ntype filter hook {hook} priority -500\n{lines}\n}}")
    return f"table inet {TABLE} {{\n{chr(10).join(chains)}\n}}\n"


def _said(monitor: subprocess.Popen) -> str:
    """What nft has to say until it falls silent."""
    parts = []
    while select.select([monitor.stdout], [], [], QUIET_SECONDS)[0]:
        part = os.read(monitor.stdout.fileno(), 1 << 20)
        if not part:
            break
        parts.append(part)
    return b"".join(parts).decode(errors="replace")


def _await_ready() -> None:
    """Until nft listens: its socket is then a member of the group of traces."""
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until:
        for line in Path("/proc/net/netlink").read_text().splitlines()[1:]:
            _, protocol, _, groups, *_ = line.split()
            if protocol == NETLINK_NETFILTER and int(groups, 16) & NFTRACE_GROUP:
                return
        time.sleep(0.002)


def _packets(text: str) -> list[dict]:
    """Each traced packet: its head as first seen, and what each chain said, in order."""
    packets: list[dict] = []
    by_id: dict[str, dict] = {}
    for line in text.splitlines():
        match = LINE.match(line)
        if not match:
            continue
        is_own = match["table"] == f"inet {TABLE}"
        # Our chain sees each packet first; numbers come again, as the kernel makes them of addresses.
        if match["kind"] == "packet:" and (is_own or match["id"] not in by_id):
            by_id[match["id"]] = {"head": match["text"], "steps": []}
            packets.append(by_id[match["id"]])
        elif not is_own and match["id"] in by_id:
            place = f"{match['table']} {match['chain']}"
            steps = by_id[match["id"]]["steps"]
            if match["kind"] == "policy":
                verdict = match["text"].split()[0]
                steps.append((place, f"policy {verdict}", verdict))
            elif said := VERDICT.match(match["text"]):
                steps.append((place, COUNTED.sub("", said[1]), said[2]))
    return packets


def _decider(flow: Flow, probes: list[Probe], packets: list[dict]) -> str:
    wrong = [probe for probe in probes if probe.is_wrong]
    own = {probe.port for probe in wrong or probes}
    asked = {probe.door or flow.port for probe in probes}
    ends = [(packet, PORTS.search(packet["head"])) for packet in packets]
    there = [packet for packet, at in ends if at and int(at[1]) in own and int(at[2]) in asked]
    back = [packet for packet, at in ends if at and int(at[2]) in own and int(at[1]) in asked]
    if not flow.must_pass:
        return _who_let_in(there)
    found = _step(there + back, lambda _, verdict: verdict == "drop")
    if not found:
        found = _step(there, lambda rule, _: CHANGES.search(rule))
    if not found and any(probe.target.version == 6 for probe in wrong):
        nearby = [packet for packet in packets if NEIGHBOURS.search(packet["head"])]
        if found := _step(nearby, lambda _, verdict: verdict == "drop"):
            found = f"neighbour discovery: {found}"
    return found


def _step(packets: list[dict], fits) -> str:
    for packet in packets:
        for place, rule, verdict in packet["steps"]:
            if fits(rule, verdict):
                return f"{place}: {rule}"
    return ""


def _who_let_in(there: list[dict]) -> str:
    """The last rule that said accept to the first packet, else the last policy."""
    steps = there[0]["steps"] if there else []
    accepted = [(place, rule) for place, rule, verdict in steps if verdict == "accept"]
    rules = [step for step in accepted if not step[1].startswith("policy ")]
    if not there:
        return ""
    if not accepted:
        return "no chain looks at it"
    place, rule = (rules or accepted)[-1]
    return f"{place}: {rule}"
