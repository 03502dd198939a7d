"""Which addresses stand for a zone: its edges, its middle, and those that the rules speak of."""

import ipaddress
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import chain

from pawsitters.operations.firewall.tricks import Tricks
from pawsitters.operations.firewall.zones import Address, Flows, Network, Zone

# Strangers for zones as wide as the internet: documentation ranges, private ranges (a rule that
# lets in 10.0.0.0/8 is not seen from outside it), and some in the middle of nowhere.
WORLD = [
    ipaddress.ip_address(text)
    for text in (
        "203.0.113.77", "198.51.100.23", "8.8.8.9", "45.83.12.4", "100.64.9.9", "10.222.7.9",
        "172.29.8.6", "192.168.177.3", "129.6.15.28", "2001:db8:ffff::77", "2a01:4f8:10::7",
        "fd77:1:2::3", "2606:4700::1234",
    )
]  # fmt: skip
MOST_FROM_RULES = 60
LITERAL = re.compile(
    r"(?<![\w.:])((?:\d{1,3}\.){3}\d{1,3}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})"
    r"(?:/((?:\d{1,3}\.){3}\d{1,3}|\d{1,3}))?(?![\w:])"
)
ACCEPTED = re.compile(r"\b(?:accept|ACCEPT|jump|goto|-j|-g)\b|\s-[jg]\s")
TO_PORTS = re.compile(
    r"\b(tcp|udp|th)\s+dport\s+(\{[^}]*\}|[\w-]+)|-p (tcp|udp)\b.*?--(?:dports?|destination-port)\s+(\S+)"
)
MOST_PORTS = 12


def edges(network: Network) -> list[Address]:
    """First, last and middle address that a machine can have; all of a small network."""
    size = network.num_addresses
    if size <= 4:
        return list(network)
    return [network[1], network[size // 2], network[-2]]


def beside(network: Network) -> list[Address]:
    """The addresses just before and just after; of a single one, also what a wrong mask would add."""
    if network.prefixlen == network.max_prefixlen:
        return [type(network[0])(int(network[0]) ^ number) for number in (1, 2, 3, 4, 8)]
    first, last = int(network[0]), int(network[-1])
    kind = type(network[0])
    around = [first - 1] * (first > 0) + [last + 1] * (last < 2**network.max_prefixlen - 1)
    return [kind(number) for number in around]


def spoken_of(ruleset: str) -> Iterator[Address]:
    """Addresses at and beside the edges of each network in the rules, so that none goes untried.

    From the end: there stands the candidate, after what may be thousands of banned addresses.
    """
    seen = set()
    for text, prefix in reversed(LITERAL.findall(ruleset)):
        if (text, prefix) in seen or len(seen) >= MOST_FROM_RULES:
            continue
        seen.add((text, prefix))
        try:
            network = ipaddress.ip_network(f"{text}/{prefix}" if prefix else text, strict=False)
        except ValueError:
            yield from _masked(text, prefix)
            continue
        yield from edges(network)
        yield from beside(network)


def _masked(text: str, mask: str) -> Iterator[Address]:
    """Addresses that fit a mask which is no prefix: each bit that it leaves open, turned."""
    try:
        first, bits = ipaddress.ip_address(text), int(ipaddress.ip_address(mask))
    except ValueError:
        return
    for bit in range(first.max_prefixlen):
        if not bits >> bit & 1:
            yield type(first)(int(first) ^ 1 << bit)


def ports_let_in(ruleset: str) -> list[tuple[int, str]]:
    """(port, protocol) that rules with an accept or a jump speak of; the ends of a range."""
    found = {}
    for line in filter(ACCEPTED.search, ruleset.splitlines()):
        for protocol, ports, its, theirs in TO_PORTS.findall(line):
            for word in re.findall(r"\d+", ports or theirs):
                if 0 < int(word) < 65536:
                    both = ("tcp", "udp") if protocol == "th" else (protocol or its,)
                    found |= dict.fromkeys((int(word), each) for each in both)
    return list(found)[-MOST_PORTS:]


class Samples:
    """Addresses for each zone, and for strangers, that the host can be tried from."""

    def __init__(self, flows: Flows, ruleset: str = ""):
        self.flows = flows
        self.own = set(flows.host.addresses)
        self.unusable = set(self._unusable())
        self.tricks = Tricks(flows.host, ruleset)
        self.ports = ports_let_in(ruleset)
        networks = [network for zone in flows.zones.values() for network in zone.networks]
        own = [route.network for route in flows.host.all_routes() if not route.gateway]
        near = chain(map(beside, networks), map(edges, own), [spoken_of(ruleset)])
        self.by_owner = self._sorted(chain(chain.from_iterable(near), WORLD))

    def _sorted(self, addresses: Iterable[Address]) -> dict[str | None, list[Address]]:
        """By the zone that owns them; under None those that nobody owns."""
        found: dict[str | None, list[Address]] = defaultdict(list)
        for address in filter(self.usable, dict.fromkeys(addresses)):
            for owner in self.flows.owners(address) or [None]:
                found[owner].append(address)
        return found

    def _unusable(self) -> Iterator[Address]:
        """Network and broadcast addresses of the host's own networks."""
        for route in self.flows.host.all_routes():
            network = route.network
            if not route.gateway and network.version == 4 and network.prefixlen < 31:
                yield network.network_address
                yield network.broadcast_address

    def usable(self, address: Address) -> bool:
        return not (
            address in self.own
            or address in self.unusable
            or address.is_multicast
            or address.is_loopback
            or address.is_unspecified
            or address.is_link_local
            or (address.version == 4 and (int(address) >= 0xF0000000 or int(address) < 0x01000000))
            or self.flows.host.route_to(address) is None
        )

    def of(self, zone: Zone) -> list[Address]:
        """What stands for a zone; each belongs to it and to no zone that is more exact."""
        networks = [network for network in zone.networks if network.prefixlen]
        edge = [each for each in chain.from_iterable(map(edges, networks)) if self.usable(each)]
        mine = [each for each in edge if zone.name in self.flows.owners(each)]
        return list(dict.fromkeys([*mine, *self.by_owner[zone.name]]))

    def strangers(self) -> list[Address]:
        """Addresses in no zone: beside each zone, in the host's own networks, in the wide world."""
        return self.by_owner[None]
