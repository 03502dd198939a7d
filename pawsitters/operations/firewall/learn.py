"""flows: propose sentences for flows.toml from the connections that this host has, and its [host]."""

import argparse
import ipaddress
import json
import re
import shutil
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pawsitters.operations.firewall.errors import CANNOT_HERE, DONE, Refusal
from pawsitters.operations.firewall.flows import read_flows
from pawsitters.operations.firewall.rulesets import run as output_of
from pawsitters.operations.firewall.zones import Address, Flows

# Closed connections stay in conntrack for two minutes, answered datagrams for half a minute.
EVERY_SECONDS = 10
CONNTRACK = Path("/proc/net/nf_conntrack")
TUPLE = re.compile(r"\bsrc=(\S+) dst=(\S+) sport=(\d+) dport=(\d+)")


@dataclass(frozen=True)
class Seen:
    """A connection that was answered: who opened it, and to where."""

    protocol: str
    source: Address
    target: Address
    port: int


# --- Where connections are listed -----------------------------------------------------------------
def from_conntrack(text: str) -> Iterator[Seen]:
    """Lines of /proc/net/nf_conntrack or `conntrack -L`. The first addresses are the opener's view."""
    for line in text.splitlines():
        protocol = re.search(r"\b(tcp|udp)\b", line)
        ends = TUPLE.search(line)
        if protocol and ends and "[UNREPLIED]" not in line:
            yield Seen(protocol[1], _address(ends[1]), _address(ends[2]), int(ends[4]))


def from_sockets(established: str, listening: str) -> Iterator[Seen]:
    """`ss -tunH` and `ss -tulnH`: whoever asked a port that listens has opened the connection."""
    open_ports = {(each[0], _end(each[4])[1]) for each in map(str.split, listening.splitlines())}
    for line in established.splitlines():
        protocol, _, _, _, local, peer, *_ = line.split()
        (own, own_port), (other, other_port) = _end(local), _end(peer)
        if (protocol, own_port) in open_ports:
            yield Seen(protocol, other, own, own_port)
        else:
            yield Seen(protocol, own, other, other_port)


def _end(text: str) -> tuple[Address | None, int]:
    host, _, port = text.rpartition(":")
    host = host.strip("[]").split("%")[0]
    return None if host == "*" else _address(host), int(port) if port.isdigit() else 0


def _address(text: str) -> Address:
    address = ipaddress.ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def now() -> tuple[str, set[Seen]]:
    """What this machine has now, and where that was read. Raise Refusal if nothing tells."""
    found = {"connection tracking": _tracked(), "open sockets": _open_sockets()}
    told = [where for where, seen in found.items() if seen is not None]
    if not told:
        raise Refusal(
            "Neither conntrack nor ss is here: install conntrack or iproute2.", CANNOT_HERE
        )
    return " and ".join(told), set().union(*(found[where] for where in told))


def _tracked() -> set[Seen] | None:
    try:
        return set(from_conntrack(CONNTRACK.read_text()))
    except OSError:
        pass
    try:
        return set(from_conntrack(output_of(["conntrack", "-L"])))
    except Refusal:
        return None  # not installed, or without root


def _open_sockets() -> set[Seen] | None:
    if not shutil.which("ss"):
        return None
    established = output_of(["ss", "-tunH", "state", "established"])
    # With a state chosen, ss leaves its column out.
    lines = re.sub(r"^(tcp|udp)\s", r"\1 ESTAB ", established, flags=re.MULTILINE)
    return set(from_sockets(lines, output_of(["ss", "-tulnH"])))


# --- What to propose ------------------------------------------------------------------------------
def proposals(seen: Iterable[Seen], flows: Flows) -> str:
    """Lines in the form of flows.toml for what is not declared yet; empty if all is."""
    name, own = flows.host.name, set(flows.host.addresses)
    declared = {(each.source, each.target, each.port, each.protocol): each for each in flows.flows}
    fresh: dict[Address, str] = {}
    found: dict[tuple, set[Address]] = defaultdict(set)
    for each in sorted(seen, key=lambda each: (each.port, each.protocol, str(each.source))):
        inwards = each.target in own
        peer = each.source if inwards else each.target
        if not _counts(each, peer, own):
            continue
        zones = sorted(flows.owners(peer)) or [fresh.setdefault(peer, _new_name(peer))]
        ends = [(zone, name) if inwards else (name, zone) for zone in zones]
        keys = [(*end, each.port, each.protocol) for end in ends]
        if not any(key in declared and declared[key].must_pass for key in keys):
            found[keys[0]].add(peer)
    lines = [_sentence(key, peers, declared.get(key)) for key, peers in sorted(found.items())]
    used = {zone for key in found for zone in key[:2]}
    for peer, zone in fresh.items():
        if zone in used:
            lines.append(f'\n[zones.{zone}]\naddresses = ["{peer}"]')
    return "\n".join(lines)


def _counts(each: Seen, peer: Address, own: set[Address]) -> bool:
    at_home = each.source in own or each.target in own
    return at_home and peer not in own and not (peer.is_loopback or peer.is_multicast)


def _new_name(peer: Address) -> str:
    return "new-" + re.sub(r"\W+", "-", str(peer)).strip("-")


def _sentence(key: tuple, peers: set[Address], declared) -> str:
    source, target, port, protocol = key
    suffix = "" if protocol == "tcp" else f"/{protocol}"
    some = ", ".join(sorted(map(str, peers))[:3]) + (" …" if len(peers) > 3 else "")
    if declared:
        return f'  # seen although line {declared.line} says "{declared.text}": {some}'
    return f'  "{source} -> {target}:{port}{suffix} must pass",  # seen: {some}'


# --- This machine as [host] -----------------------------------------------------------------------
def host_section(name: str, addresses: list[dict], routes: list[dict]) -> str:
    """`ip -j addr` and `ip -j route` (both families) in the form of flows.toml."""
    interfaces = {}
    for link in addresses:
        own = [
            f"{each['local']}/{each['prefixlen']}"
            for each in link.get("addr_info", [])
            if each.get("scope") == "global" and not each.get("temporary")
        ]
        if link["ifname"] != "lo":
            interfaces[link["ifname"].split("@")[0]] = (own, link.get("mtu", 1500))
    ways = [
        f"{each['dst']}{' via ' + each['gateway'] if 'gateway' in each else ''} dev {each['dev']}"
        for each in routes
        if each.get("protocol") != "kernel" and each.get("dev") in interfaces
    ]
    lines = ["[host]", f'name = "{name}"', f"routes = {json.dumps(ways)}", "", "[host.interfaces]"]
    lines += [f"{json.dumps(each)} = {json.dumps(own)}" for each, (own, _) in interfaces.items()]
    sizes = {each: mtu for each, (_, mtu) in interfaces.items() if mtu != 1500}
    if sizes:
        lines += ["", "[host.mtu]", *(f"{json.dumps(each)} = {mtu}" for each, mtu in sizes.items())]
    return "\n".join(lines)


# --- The commands ---------------------------------------------------------------------------------
def add_to(subparsers) -> None:
    parser = subparsers.add_parser("flows", help="propose entries for the flows file")
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    learn = actions.add_parser(
        "learn",
        help="sentences for connections that are not declared yet",
        description="Print, in the form of the flows file, what this host talks to and the file "
        "does not declare: from conntrack (needs root), else from open sockets. Nothing is written.",
    )
    learn.add_argument("--flows", default="flows.toml", help="default: flows.toml")
    learn.add_argument("--from", dest="saved", metavar="FILE", help="a saved `conntrack -L`")
    learn.add_argument(
        "--for", dest="seconds", type=float, default=0, metavar="SECONDS",
        help="go on looking for so long; a day (86400) sees what runs at night",
    )  # fmt: skip
    learn.set_defaults(run=run_learn)
    host = actions.add_parser("host", help="this machine as the [host] of a flows file")
    host.add_argument("--name", default="db", help="default: db")
    host.set_defaults(run=run_host)


def run_learn(args: argparse.Namespace) -> int:
    flows = read_flows(args.flows)
    if args.saved:
        try:
            where, seen = args.saved, set(from_conntrack(Path(args.saved).read_text()))
        except OSError as error:
            raise Refusal(f"{args.saved} cannot be read: {error.strerror}.") from None
        except ValueError:
            raise Refusal(f"{args.saved} is not a list of connections.") from None
    else:
        where, seen = _over_time(args.seconds)
    if text := proposals(seen, flows):
        at = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
        print(f"# From {where}, {at}. Seen is not the same as right: judge each line.")
        print(text)
    else:
        print(f"# From {where}: {len(seen)} connections, all declared in {args.flows}.")
    return DONE


def _over_time(seconds: float) -> tuple[str, set[Seen]]:
    until, found = time.monotonic() + seconds, set()
    while True:
        where, seen = now()
        found |= seen
        left = until - time.monotonic()
        if left <= 0:
            return where, found
        print(f"{len(found)} connections, {left:.0f} s to go", file=sys.stderr)
        try:
            time.sleep(min(EVERY_SECONDS, left))
        except KeyboardInterrupt:
            return where, found


def run_host(args: argparse.Namespace) -> int:
    addresses = json.loads(output_of(["ip", "-j", "addr"]))
    routes = [
        route
        for family in ("-4", "-6")
        for route in json.loads(output_of(["ip", "-j", family, "route"]) or "[]")
    ]
    print(host_section(args.name, addresses, routes))
    return DONE
