"""The host rebuilt in a throw-away namespace: its interface names, addresses and routes, and behind
each interface a peer namespace that answers for everybody who is reached that way."""

import fcntl
import socket
import struct
import subprocess
import time
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

from pawsitters.operations.firewall.errors import CANNOT_HERE, Refusal
from pawsitters.operations.firewall.namespaces import Space
from pawsitters.operations.firewall.zones import MTU, Address, Host

# No waiting for duplicate addresses, no talk that the test did not start, and answers to every
# refused packet: these limits would blur what the rules do.
SETTINGS = {
    "ipv6/conf/default/accept_dad": "0",
    "ipv6/conf/default/accept_ra": "0",
    "ipv6/conf/default/router_solicitations": "0",
    "ipv6/conf/default/disable_ipv6": "0",
    "ipv6/conf/all/disable_ipv6": "0",
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    "ipv4/icmp_ratelimit": "0",
    "ipv6/icmp/ratelimit": "0",
    "ipv4/ip_forward": "0",
    "core/somaxconn": "4096",
}
# As on a wire: otherwise rules see packets of 64 kB.
ONE_BY_ONE = "gso_max_segs 1"
LINK_SECONDS = 5
# On each interface that has IPv6, beside those that the kernel makes up.
HOST_LINK_LOCAL, PEER_LINK_LOCAL = "fe80::a", "fe80::b"
SIOCGIFFLAGS, IFF_RUNNING = 0x8913, 0x40  # linux/sockios.h, linux/if.h


class Lab:
    """`host` is the space of the machine itself, `peers` those behind each interface."""

    def __init__(
        self, host: Host, addresses: Iterable[Address], extra_interfaces: Iterable[str] = ()
    ):
        """Build it inside `run_apart`. `addresses` are those that peers are to answer for; of
        `extra_interfaces` only the names exist, for rules that speak of them."""
        self.facts = host
        self.host = Space(fresh=False)
        self._settings()
        self.peers: dict[str, Space] = {}
        for name in host.interfaces:
            self.peers[name] = Space()
            self._settings()
        self._run(self.host, self._host_links(extra_interfaces))
        behind = defaultdict(set)
        for address in addresses:
            if route := host.route_to(address):
                behind[route.interface].add(address)
        for name, space in self.peers.items():
            self._run(space, self._peer_links(name, behind[name]))
        self._run(self.host, self._host_routes())
        for space in (self.host, *self.peers.values()):
            self._await_links(space)

    def peer_of(self, address: Address) -> Space:
        if address.version == 6 and address.scope_id:
            return self.peers[address.scope_id]
        return self.peers[self.facts.route_to(address).interface]

    def forget_neighbours(self) -> None:
        """So that a second try has to find everybody anew."""
        for space in (self.host, *self.peers.values()):
            self._run(space, ["neigh flush all"])

    @staticmethod
    def _settings() -> None:
        for name, value in SETTINGS.items():
            file = Path("/proc/sys/net", name)
            if file.exists():  # an older kernel, or one without IPv6, has fewer
                try:
                    file.write_text(value)
                except OSError:
                    continue  # a container may have /proc/sys read-only; the test is only slower

    def _host_links(self, extra: Iterable[str]) -> Iterable[str]:
        yield "link set lo up"
        for name, space in self.peers.items():
            mtu = self.facts.mtu.get(name, MTU)
            yield f"link add name {name} mtu {mtu} type veth peer name {name} mtu {mtu} netns {space.path}"
            yield f"link set dev {name} {ONE_BY_ONE}"
        for number, name in enumerate(extra):
            yield f"link add name {name} type veth peer name other{number}"
            yield f"link set dev {name} up"
        for name, own in self.facts.interfaces.items():
            for address in own:
                yield f"addr add {address} dev {name} nodad"
            if _has_ipv6(own):
                yield f"addr add {HOST_LINK_LOCAL}/64 dev {name} nodad"
            yield f"link set dev {name} up"

    def _peer_links(self, name: str, addresses: set[Address]) -> Iterable[str]:
        yield "link set lo up"
        yield f"link set dev {name} {ONE_BY_ONE}"
        yield f"link set dev {name} up"
        if _has_ipv6(self.facts.interfaces[name]):
            yield f"addr add {PEER_LINK_LOCAL}/64 dev {name} nodad"
        gateways = {
            route.gateway
            for route in self.facts.routes
            if route.interface == name and route.gateway
        }
        for address in addresses | gateways:
            yield f"addr add {address}/{address.max_prefixlen} dev {name} nodad"
        for own in self.facts.addresses:
            yield f"route add {own}/{own.max_prefixlen} dev {name}"

    def _host_routes(self) -> Iterable[str]:
        for route in self.facts.routes:
            way = f"via {route.gateway} " if route.gateway else ""
            yield f"route replace {route.network} {way}dev {route.interface}"

    def _await_links(self, space: Space) -> None:
        """A link that was up before its other end carries packets a moment later (linkwatch)."""
        until = time.monotonic() + LINK_SECONDS
        with space, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
            names = [name for _, name in socket.if_nameindex() if name in self.peers]
            while not all(_is_running(asking, name) for name in names):
                if time.monotonic() > until:
                    raise Refusal("The links of the test network do not come up.", CANNOT_HERE)
                time.sleep(0.001)

    def _run(self, space: Space, lines: Iterable[str]) -> None:
        with space:
            done = subprocess.run(
                ["ip", "-batch", "-"], input="\n".join(lines), capture_output=True, text=True
            )
        if done.returncode:
            say = done.stderr.strip().splitlines()[0] if done.stderr.strip() else "no reason given"
            raise Refusal(f"The test network cannot be built: {say}", CANNOT_HERE)


def _has_ipv6(addresses) -> bool:
    return any(each.version == 6 for each in addresses)


def _is_running(asking: socket.socket, name: str) -> bool:
    answer = fcntl.ioctl(asking, SIOCGIFFLAGS, struct.pack("16sH14x", name.encode(), 0))
    return bool(struct.unpack("16sH14x", answer)[1] & IFF_RUNNING)
