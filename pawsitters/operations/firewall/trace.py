"""Which rule decided: the wrong flows once more, with nft's own trace switched on for them."""

import os
import re
import select
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from pawsitters.operations.firewall import rulesets
from pawsitters.operations.firewall.errors import Refusal
from pawsitters.operations.firewall.flows import Flow
from pawsitters.operations.firewall.lab import Lab
from pawsitters.operations.firewall.probes import Probe, Run

TABLE = "pawsitters_trace"
MOST_FLOWS = 40
MOST_PROBES = 40  # of one flow, so that limits on numbers and rates show again
READY_SECONDS = 5.0
QUIET_SECONDS = 0.1
NFTRACE_GROUP = 1 << 8  # NFNLGRP_NFTRACE of linux/netfilter/nfnetlink.h, as a mask
NETLINK_NETFILTER = "12"
LINE = re.compile(
    r"trace id (?P<id>\w+) (?P<table>\w+ \S+) (?P<chain>\S+) (?P<kind>packet:|rule|policy|verdict)"
    r" ?(?P<text>.*)"
)
VERDICT = re.compile(r"(.*?) ?\(verdict (\w+).*\)")
PORTS = re.compile(r"(?:tcp|udp) sport (\d+) (?:tcp|udp) dport (\d+)")
NEIGHBOURS = re.compile(r"icmpv6 type nd-neighbor-|icmpv6 type (?:135|136)")
CHANGES = re.compile(r"\b(dnat|snat|redirect|masquerade)\b|-j (DNAT|SNAT|REDIRECT|MASQUERADE)")


def deciders(lab: Lab, wrong: dict[Flow, list[Probe]]) -> dict[Flow, str]:
    """For each flow with its wrong probes the rule that decided; flows without one are left out."""
    chosen = {
        flow: _same_source(probes)[:MOST_PROBES]
        for flow, probes in list(wrong.items())[:MOST_FLOWS]
    }
    probes = [probe for group in chosen.values() for probe in group]
    if not probes:
        return {}
    with lab.host:
        try:
            rulesets.load(_table(probes))
        except Refusal:
            return {}  # this nft is too old, or the ruleset forbids it: the flows are named anyway
        monitor = subprocess.Popen(
            ["nft", "monitor", "trace"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
        )
        _await_ready()
    Run(probes).run()
    packets = _packets(_said(monitor))
    found = {flow: _decider(flow, group, packets) for flow, group in chosen.items()}
    return {flow: rule for flow, rule in found.items() if rule}


def _same_source(probes: list[Probe]) -> list[Probe]:
    first = probes[0]
    return [each for each in probes if (each.source, each.target) == (first.source, first.target)]


def _table(probes: Iterable[Probe]) -> str:
    """Marks the packets of these probes, both ways, before any other chain sees them."""
    ports = ", ".join(sorted({str(probe.flow.port) for probe in probes}))
    peers: dict[int, set[str]] = defaultdict(set)
    for probe in probes:
        is_local = probe.source is None and probe.source_space is probe.target_space
        peer = probe.target if probe.source is None else probe.source
        if not is_local:
            peers[peer.version].add(str(peer))
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
    monitor.kill()
    monitor.wait()
    monitor.stdout.close()
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
    packets: dict[str, dict] = {}
    for line in text.splitlines():
        match = LINE.match(line)
        if not match or match["kind"] == "packet:" and match["id"] in packets:
            continue
        packet = packets.setdefault(match["id"], {"head": match["text"], "steps": []})
        if match["kind"] == "packet:" or match["table"] == f"inet {TABLE}":
            continue
        place = f"{match['table']} {match['chain']}"
        if match["kind"] == "policy":
            verdict = match["text"].split()[0]
            packet["steps"].append((place, f"policy {verdict}", verdict))
        elif said := VERDICT.match(match["text"]):
            packet["steps"].append((place, said[1], said[2]))
    return list(packets.values())


def _decider(flow: Flow, probes: list[Probe], packets: list[dict]) -> str:
    wrong = [probe for probe in probes if probe.passes != flow.must_pass]
    own = {probe.port for probe in wrong or probes}
    ends = [(packet, PORTS.search(packet["head"])) for packet in packets]
    there = [packet for packet, at in ends if at and int(at[1]) in own and int(at[2]) == flow.port]
    back = [packet for packet, at in ends if at and int(at[2]) in own and int(at[1]) == flow.port]
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
