"""Side ways to a port, beside the plain ones of the plan: source ports that rules speak of, ports
that rules rewrite to it, another of the host's addresses, and a neighbour's link-local address."""

import re
import socket
from collections.abc import Iterable, Iterator
from contextlib import suppress
from ipaddress import IPv6Address
from typing import NamedTuple

from pawsitters.operations.firewall.lab import HOST_LINK_LOCAL, PEER_LINK_LOCAL
from pawsitters.operations.firewall.zones import Address, Flow, Host

CLIENT_PORTS = range(32768, 61000)  # those that Linux gives to clients
MOST_PORTS = 6
MOST_ENDS = 4  # of a flow that are tried with each port
SOURCE_PORTS = re.compile(r"\b(?:sport|--sports?|--source-ports?)\s+(\{[^}]*\}|[\w:,-]+)")
REWRITING = re.compile(r"^.*\b(?:redirect|dnat|tproxy|REDIRECT|DNAT|TPROXY)\b.*$", re.MULTILINE)
REWRITTEN = re.compile(r"(?<![\w.:])\d+(?![\w.:])|\b(?:dport|--dports?)\s+([\w:,-]+)")

Ends = tuple[Address | None, Address]


class Trick(NamedTuple):
    flow: Flow
    ends: Ends
    from_port: int = 0  # asks from this port
    door: int = 0  # asks for this port instead of the flow's


class Tricks:
    def __init__(self, host: Host, ruleset: str):
        self.host = host
        self.source_ports = source_ports(ruleset)
        self.doors = _ports(_rewritten(ruleset))

    def for_all(self, planned: list[tuple[Flow, list[Ends]]]) -> Iterator[Trick]:
        inwards = [each for each in planned if each[0].target == self.host.name != each[0].source]
        for flow, pairs in inwards:
            some = spread(pairs, MOST_ENDS)
            for port in self.source_ports:
                if not flow.must_pass or (port in CLIENT_PORTS and flow.protocol == "tcp"):
                    yield from (Trick(flow, ends, from_port=port) for ends in some)
            if not flow.must_pass:
                yield from self._doors(flow, some)
                yield from self._other_addresses(flow, pairs)
        last = {(flow.port, flow.protocol): flow for flow, _ in inwards if not flow.must_pass}
        for flow in last.values():
            yield from self._neighbours(flow)

    def _doors(self, flow: Flow, some: list[Ends]) -> Iterator[Trick]:
        for port in self.doors:
            if port != flow.port and flow.protocol == "tcp":
                yield from (Trick(flow, ends, door=port) for ends in some)

    def _other_addresses(self, flow: Flow, pairs: list[Ends]) -> Iterator[Trick]:
        """A host answers for all its addresses on each of its interfaces."""
        firsts: dict[tuple, Ends] = {}
        for source, target in pairs:
            side = (self.host.route_to(source).interface, source.version)
            firsts.setdefault(side, (source, target))
        for (side, version), (source, _) in firsts.items():
            near = {each.ip for each in self.host.interfaces[side]}
            for own in self.host.addresses:
                if own.version == version and own not in near:
                    yield Trick(flow, (source, own))

    def _neighbours(self, flow: Flow) -> Iterator[Trick]:
        """Nobody has to route them: any machine on the wire has one, and no zone names it."""
        for name, own in self.host.interfaces.items():
            if any(each.version == 6 for each in own):
                source, target = (
                    IPv6Address(f"{text}%{name}") for text in (PEER_LINK_LOCAL, HOST_LINK_LOCAL)
                )
                yield Trick(flow, (source, target))


def source_ports(ruleset: str) -> list[int]:
    """Ports that rules let in, or keep out, by where packets come from."""
    return _ports(SOURCE_PORTS.findall(ruleset))


def _rewritten(ruleset: str) -> Iterator[str]:
    """Whatever looks like a port in a rule that rewrites destinations."""
    for line in REWRITING.findall(ruleset):
        yield from (match[1] or match[0] for match in REWRITTEN.finditer(line))


def _ports(texts: Iterable[str]) -> list[int]:
    """The numbers, and the services by name, that texts speak of; not all of very many."""
    ports = []
    for word in (word for text in texts for word in re.findall(r"\w+", text)):
        with suppress(OSError, OverflowError):
            ports.append(int(word) if word.isdigit() else socket.getservbyname(word))
    return [each for each in dict.fromkeys(ports) if 0 < each < 65536][-MOST_PORTS:]


def spread(items: list, most: int) -> list:
    """At most so many, evenly chosen, the first and the last among them."""
    if len(items) <= most:
        return items
    return [items[round(number * (len(items) - 1) / (most - 1))] for number in range(most)]
