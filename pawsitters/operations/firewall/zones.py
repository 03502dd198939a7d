"""The host, the zones around it, and what flows between them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import (
    IPv4Address,
    IPv4Interface,
    IPv4Network,
    IPv6Address,
    IPv6Interface,
    IPv6Network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

CONNECTIONS = 5  # that a source opens at once, unless the sentence says how many
MTU = 1500


@dataclass(frozen=True)
class Route:
    network: Network
    interface: str
    gateway: Address | None = None


@dataclass(frozen=True)
class Host:
    """The machine whose rules are tested."""

    name: str
    interfaces: dict[str, tuple[IPv4Interface | IPv6Interface, ...]]
    routes: tuple[Route, ...] = ()  # without those that come with an address
    mtu: dict[str, int] = field(default_factory=dict)
    _ways: dict = field(
        default_factory=dict, repr=False, compare=False
    )  # asked for thousands of times

    @property
    def addresses(self) -> list[Address]:
        return [each.ip for own in self.interfaces.values() for each in own]

    def route_to(self, address: Address) -> Route | None:
        """The route that the kernel would take: the longest prefix wins."""
        if address not in self._ways:
            fits = [route for route in self.all_routes() if address in route.network]
            best = max(fits, key=lambda route: route.network.prefixlen, default=None)
            self._ways[address] = best
        return self._ways[address]

    def all_routes(self) -> Iterator[Route]:
        for name, own in self.interfaces.items():
            for address in own:
                yield Route(address.network, name)
        yield from self.routes


@dataclass(frozen=True)
class Zone:
    name: str
    networks: tuple[Network, ...]
    interface: str | None = None  # otherwise where the host's routes lead


@dataclass(frozen=True)
class Flow:
    text: str  # the sentence as it is in the file
    source: str
    target: str
    port: int
    protocol: str  # "tcp" or "udp"
    must_pass: bool
    connections: int = CONNECTIONS
    line: int = 0

    @property
    def expected(self) -> str:
        return "must pass" if self.must_pass else "must not"


@dataclass(frozen=True)
class Flows:
    host: Host
    zones: dict[str, Zone]
    flows: tuple[Flow, ...]
    others: bool = True  # whoever is not named for a port must not reach it
    forged: bool = True  # nor may an address that should come in by another interface
    path: str = ""
    _owners: dict = field(default_factory=dict, repr=False, compare=False)

    def owners(self, address: Address) -> set[str]:
        """The zones that an address belongs to: those with the most exact network."""
        if address not in self._owners:
            self._owners[address] = self._find_owners(address)
        return self._owners[address]

    def _find_owners(self, address: Address) -> set[str]:
        best, names = -1, set()
        for zone in self.zones.values():
            for network in zone.networks:
                if address in network and network.prefixlen >= best:
                    names = names if network.prefixlen == best else set()
                    best = network.prefixlen
                    names.add(zone.name)
        return names
