"""Whether this host's own nft rules drop packets to the database, as far as they may be read.

Only root may list rules, and nothing depends on it: without, the firewall is named but not its
place. Rules are followed as a new connection would meet them, up to the first that cannot be judged.
"""

import json
import subprocess
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

NFT_SECONDS = 0.15
DEEP = 16  # jumps that nft allows


def own_rule(address: str, port: int) -> str:
    """The rule of this host that drops a new connection to `address`, empty if none was found."""
    try:
        listed = subprocess.run(
            ["nft", "-j", "list", "ruleset"],
            capture_output=True,
            timeout=NFT_SECONDS,
            check=True,
        )
        objects = json.loads(listed.stdout)["nftables"]
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return ""
    return deciding_rule(objects, address, port)


def deciding_rule(objects: list[dict], address: str, port: int) -> str:
    """The same for rules as `nft -j` lists them."""
    chains = {_key(o["chain"], "name"): o["chain"] for o in objects if "chain" in o}
    rules: dict[tuple, list] = {}
    for entry in objects:
        if "rule" in entry:
            rules.setdefault(_key(entry["rule"], "chain"), []).append(entry["rule"])
    for hook, packet in (
        ("output", Packet(address, {"daddr": address, "dport": port}, "new")),
        ("input", Packet(address, {"saddr": address, "sport": port}, "established")),  # the answer
    ):
        bases = [key for key, chain in chains.items() if chain.get("hook") == hook]
        for base in sorted(bases, key=lambda key: chains[key].get("prio", 0)):
            verdict, words = _walk(base, rules, packet, DEEP)
            if verdict == "drop" or (not verdict and chains[base].get("policy") == "drop"):
                return words or f"policy drop of {' '.join(base)}"
    return ""


@dataclass(frozen=True)
class Packet:
    """What is known of it; all else a rule may ask for is not."""

    address: str
    fields: dict
    state: str

    @property
    def is_ipv6(self) -> bool:
        return ":" in self.address


def _key(entry: dict, name: str) -> tuple:
    return entry["family"], entry["table"], entry[name]


def _walk(chain: tuple, rules: dict, packet: Packet, deep: int) -> tuple[str, str]:
    """("accept", "drop", "unknown" or "" for falling through, the rule that decided)."""
    for rule in rules.get(chain, []) if deep else []:
        verdict = _verdict(rule["expr"], packet)
        if isinstance(verdict, dict):
            target = (*chain[:2], next(iter(verdict.values()))["target"])
            decided, words = _walk(target, rules, packet, deep - 1)
            if decided:
                return decided, words
            if "goto" in verdict:
                return "", ""
        elif verdict == "return":
            return "", ""
        elif verdict:
            return verdict, f"{' '.join(chain)}: {_words(rule['expr'])}"
    return "", ""


def _verdict(expressions: list[dict], packet: Packet):
    """What a rule does with it: "accept", "drop", "return", a jump, "unknown", or None for nothing."""
    is_sure = True
    for expression in expressions:
        kind = next(iter(expression))
        if kind == "match":
            matches = _matches(expression["match"], packet)
            if matches is False:
                return None
            is_sure = is_sure and matches is True
        elif kind in ("accept", "return", "jump", "goto", "drop", "reject"):
            if not is_sure:
                return "unknown"
            if kind in ("jump", "goto"):
                return expression
            return "drop" if kind == "reject" else kind
        elif kind not in ("counter", "log"):
            is_sure = False  # a limit, a map, an extension of iptables
            if kind in ("vmap", "xt", "queue"):
                return "unknown"
    return None


def _matches(match: dict, packet: Packet) -> bool | None:
    """None where nobody can say."""
    left, right = match["left"], match["right"]
    try:
        hit = _hits(left, right, packet)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None
    return None if hit is None else hit != (match["op"] == "!=")


def _hits(left: dict, right, packet: Packet) -> bool | None:
    payload, meta = left.get("payload", {}), left.get("meta", {}).get("key")
    protocol, field = payload.get("protocol"), payload.get("field")
    if protocol in ("udp", "icmp", "icmpv6", "arp", "sctp"):
        return False
    if protocol in ("ip", "ip6") and (protocol == "ip6") != packet.is_ipv6:
        return False
    if field in ("protocol", "nexthdr") or meta == "l4proto":
        return _within("tcp", right)
    if field in packet.fields and protocol in ("tcp", "ip", "ip6"):
        return _within(packet.fields[field], right)
    if meta == "nfproto":
        return _within("ipv6" if packet.is_ipv6 else "ipv4", right)
    if meta in ("iifname", "oifname", "iif", "oif") and right == "lo":
        return ip_address(packet.address).is_loopback
    if left.get("ct", {}).get("key") == "state":
        return packet.state in (right if isinstance(right, list) else [right])
    return None


def _within(value, right) -> bool | None:
    """None for a named set, whose elements are not looked at."""
    if isinstance(right, str) and right.startswith("@"):
        return None
    if isinstance(right, dict) and "set" in right:
        return any(_within(value, one) for one in right["set"])
    if isinstance(right, dict) and "range" in right:
        low, high = right["range"]
        if isinstance(value, int):
            return low <= value <= high
        return ip_address(low) <= ip_address(value) <= ip_address(high)
    if isinstance(right, dict) and "prefix" in right:
        network = f"{right['prefix']['addr']}/{right['prefix']['len']}"
        return ip_address(value) in ip_network(network, strict=False)
    return str(value) == str(right)


def _words(expressions: list[dict]) -> str:
    """The rule, much as nft writes it."""
    words = []
    for expression in expressions:
        kind, value = next(iter(expression.items()))
        if kind == "match":
            left, right = value["left"], value["right"]
            side = left.get("payload") or left.get("meta") or left.get("ct") or {}
            words += [side.get("protocol", ""), side.get("field") or side.get("key", "")]
            words += [value["op"] if value["op"] == "!=" else "", _short(right)]
        elif kind not in ("counter", "log"):
            words.append(kind)
    return " ".join(word for word in words if word)


def _short(right) -> str:
    if isinstance(right, dict) and "prefix" in right:
        return f"{right['prefix']['addr']}/{right['prefix']['len']}"
    return str(right) if not isinstance(right, dict | list) else "…"
