"""Whether this host's own nft rules drop packets to the database, as far as they may be read.

Only root may list rules, and nothing depends on it: without, the firewall is named but not its
place. A rule is followed as a new connection would meet it; what cannot be judged is skipped.
"""

import json
import subprocess
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
    chains = {_key(o["chain"], "name"): o["chain"] for o in objects if "chain" in o}
    rules: dict[tuple, list] = {}
    for entry in objects:
        if "rule" in entry:
            rules.setdefault(_key(entry["rule"], "chain"), []).append(entry["rule"])
    # Outgoing first packets and the answers to them.
    for hook, facts in (
        ("output", {"daddr": address, "dport": port, "state": "new"}),
        ("input", {"saddr": address, "sport": port, "state": "established"}),
    ):
        bases = [key for key, chain in chains.items() if chain.get("hook") == hook]
        for base in sorted(bases, key=lambda key: chains[key].get("prio", 0)):
            verdict, words = _walk(base, rules, facts, DEEP)
            if verdict == "drop" or (not verdict and chains[base].get("policy") == "drop"):
                return words or f"policy drop of {' '.join(base)}"
    return ""


def _key(entry: dict, name: str) -> tuple:
    return entry["family"], entry["table"], entry[name]


def _walk(chain: tuple, rules: dict, facts: dict, deep: int) -> tuple[str, str]:
    """("accept", "drop" or "" for falling through, the rule that decided)."""
    for rule in rules.get(chain, []) if deep else []:
        verdict = _verdict(rule["expr"], facts)
        if isinstance(verdict, dict):
            target = (*chain[:2], next(iter(verdict.values()))["target"])
            decided, words = _walk(target, rules, facts, deep - 1)
            if decided:
                return decided, words
            if "goto" in verdict:
                return "", ""
        elif verdict == "return":
            return "", ""
        elif verdict:
            return verdict, f"{' '.join(chain)}: {_words(rule['expr'])}"
    return "", ""


def _verdict(expressions: list[dict], facts: dict):
    """What a rule does with such a packet: "accept", "drop", "return", a jump, or None."""
    for expression in expressions:
        kind = next(iter(expression))
        if kind == "match":
            if not _matches(expression["match"], facts):
                return None
        elif kind in ("jump", "goto"):
            return expression
        elif kind in ("accept", "return"):
            return kind
        elif kind in ("drop", "reject"):
            return "drop"
        elif kind not in ("counter", "log"):
            return None  # limits, sets, maps: no opinion
    return None


def _matches(match: dict, facts: dict) -> bool:
    left, right = match["left"], match["right"]
    if "payload" in left:
        field = left["payload"].get("field")
        protocol = left["payload"].get("protocol")
        if (
            protocol == "tcp"
            and field in ("dport", "sport")
            or protocol in ("ip", "ip6")
            and field in ("daddr", "saddr")
        ):
            hit = field in facts and _within(facts[field], right)
        elif field in ("protocol", "nexthdr"):
            hit = right in ("tcp", 6)
        else:
            return False
    elif left.get("meta", {}).get("key") == "l4proto":
        hit = right in ("tcp", 6)
    elif left.get("ct", {}).get("key") == "state":
        states = right if isinstance(right, list) else [right]
        hit = facts["state"] in states
    else:
        return False
    return hit != (match["op"] == "!=")


def _within(value, right) -> bool:
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
