"""The rules as text that stays the same while nobody changes them.

Not part of it: counters, and what programs add and remove by themselves: elements of sets with
`dynamic` or `timeout`, and of the sets and chains of fail2ban and the like (IGNORED). Nor the tables
and the switch of a change that is being tested: `tested` tells of it.

The text form and not nft's JSON, which leaves the arguments of iptables' own matches out, so that
a port changed by iptables-nft would go unseen (nft 1.0.6).
"""

import re
from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

from pawsitters.operations.firewall import rulesets, switch
from pawsitters.operations.firewall.errors import Refusal

# "family table name", of sets whose elements and chains whose rules come and go.
IGNORED = ("* f2b-* *", "* * f2b-*", "* sshguard *")
TABLE = re.compile(r"table (\S+) (\S+) \{")
TESTED = re.compile(rf"^table \S+ {switch.TESTED}([^_\s]+)_", re.MULTILINE)
BLOCK = re.compile(r"\t(chain|set|map) (\S+) \{")
CHURNS = re.compile(r"\t\tflags .*\b(dynamic|timeout)\b")
LEGACY = (
    ("ip_tables_names", "iptables-legacy-save"),
    ("ip6_tables_names", "ip6tables-legacy-save"),
)
# The switch in an old chain, see switch.armed; a comment alone is none.
SWITCH = re.compile(
    rf"\t\tmeta mark & 0x0+ [!=]= @{switch.SET} accept comment \"change \S+ is being tested\""
)
ROUTE_ORIGIN = re.compile(r" proto (\S+)")
ROUTE_STATE = re.compile(r" (linkdown|dead|expires \S+|error -?\d+)\b")


def live() -> str:
    """The rules in the kernel as nft lists them, without counters. Raise Refusal without root."""
    return rulesets.MANAGED.sub("", rulesets.run([rulesets.NFT, "-s", "list", "ruleset"]))


def everything(rules: str, ignored: Iterable[str] = IGNORED) -> str:
    """`rules` (from `live`) as text that can be compared, and what nft does not tell."""
    parts = [steady(rules, ignored)]
    if "xt match" in rules or "xt target" in rules:
        parts += [_saved("iptables-nft-save", ignored), _saved("ip6tables-nft-save", ignored)]
    for names, command in LEGACY:
        if _has_content(Path("/proc/net", names)):
            parts.append(_saved(command, ignored))
    return "\n".join(part for part in [*parts, _routes()] if part)


def steady(rules: str, ignored: Iterable[str] = IGNORED) -> str:
    kept, table, block, is_test = [], "", [], False
    for line in rules.splitlines():
        if opened := TABLE.match(line):
            table = f"{opened[1]} {opened[2]}"
            is_test = opened[2].startswith((switch.TESTED, switch.DONE))
        if is_test or not line:
            continue
        if block or BLOCK.match(line):
            block.append(line)
            if line == "\t}":
                kept += _steady_block(table, block, ignored)
                block = []
        else:
            kept.append(line)
    return "\n".join(kept)


def tested(rules: str) -> frozenset[str]:
    """The changes that are being tested now, by their tables."""
    return frozenset(TESTED.findall(rules))


def _steady_block(table: str, block: list[str], ignored: Iterable[str]) -> list[str]:
    kind, name = BLOCK.match(block[0]).groups()
    if kind == "set" and name == switch.SET:
        return []
    block = [line for line in block if not SWITCH.fullmatch(line)]
    left_out = any(fnmatch(f"{table} {name}", pattern) for pattern in ignored)
    if kind == "chain":
        return [line for line in block if not left_out or not line.startswith("\t\t")]
    if not left_out and not any(CHURNS.match(line) for line in block):
        return block
    # Elements run over several lines, which are indented further.
    return [line for line in block if not line.startswith(("\t\telements", "\t\t\t"))]


def _saved(command: str, ignored: Iterable[str]) -> str:
    """iptables' own form: without comments, counters and the rules of ignored chains."""
    try:
        lines = rulesets.run([command]).splitlines()
    except Refusal:
        return ""
    family = "ip6" if command.startswith("ip6") else "ip"
    kept, table = [f"# {command}"], ""
    for line in lines:
        if line.startswith("*"):
            table = line[1:]
        chain = line.split()[1] if line.startswith("-A ") else ""
        if chain and any(fnmatch(f"{family} {table} {chain}", pattern) for pattern in ignored):
            continue
        if line and not line.startswith("#"):
            kept.append(re.sub(r" ?\[\d+:\d+\]", "", line))
    return "\n".join(kept)


def _has_content(path: Path) -> bool:
    try:
        return bool(path.read_text().strip())
    except OSError:
        return False


def _routes() -> str:
    """Routes that somebody set, blackholes among them; not those of DHCP, daemons or the kernel."""
    found = []
    for family in ("-4", "-6"):
        try:
            lines = rulesets.run(["ip", family, "route", "show", "table", "all"]).splitlines()
        except Refusal:
            continue
        found += [
            f"{family[1]}: {' '.join(ROUTE_STATE.sub('', line).split())}"
            for line in lines
            if _is_set(line)
        ]
    return "\n".join(["# routes (IPv4, IPv6)", *found]) if found else ""


def _is_set(route: str) -> bool:
    origin = ROUTE_ORIGIN.search(route)  # a route typed by hand has none
    return origin is None or origin[1] == "static"
