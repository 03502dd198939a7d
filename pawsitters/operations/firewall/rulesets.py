"""Rulesets as text: a candidate from a file, the host's live rules, and the one put into the other.

A text may have parts for several tools. Each begins with a line "# for nft", "# for
iptables-restore" or "# for ip6tables-restore"; what stands before the first one is for nft.
"""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pawsitters.operations.firewall.errors import BAD_INPUT, CANNOT_HERE, Refusal

MOST_BYTES = 20_000_000
MOST_RULES = 50_000
LOAD_SECONDS = 60
NFT, IPTABLES, IP6TABLES = "nft", "iptables-restore", "ip6tables-restore"
PART = re.compile(rf"^# for ({NFT}|{IPTABLES}|{IP6TABLES})$", re.MULTILINE)
FAMILY = r"(?:(ip|ip6|inet|arp|bridge|netdev)\s+)?"
NAME = r"([A-Za-z_][\w/.-]*)"
# Statements at the top level of an nft file that say which table they are about.
ABOUT = re.compile(
    r"^(?:(add|create|insert|replace|delete|destroy|flush|reset)\s+)?"
    rf"(table|chain|rule|set|map|element|flowtable|counter|quota|limit)\s+{FAMILY}{NAME}"
)
FLUSH = re.compile(r"^[ \t]*flush[ \t]+ruleset\b[ \t]*;?", re.MULTILINE)
MANAGED = re.compile(r"^# Warning: table (\w+) (\w+) is managed by iptables-nft.*\n", re.MULTILINE)
CHANCE = re.compile(r"\bnumgen\s+random\b|--mode\s+random\b|--probability\b")
INTERFACES = re.compile(
    r"\b(?:iif|oif|iifname|oifname|ibrname|obrname|device|devices)\b\s*(?:==|!=|=)?\s*"
    r"(\{[^}]*\}|\"[^\"]+\"|[\w.@-]+)"
    r"|\s(?:-i|-o|--in-interface|--out-interface)\s+(\S+)"
)
SIX = re.compile(
    r"icmpv6|ipv6-icmp|icmp6-|\s(?:-s|-d)\s+(?:! )?[0-9a-fA-F]*:[0-9a-fA-F:]*"
)  # in a part of an iptables-save file that does not say its family
NOT_NAMES = {
    "iif",
    "oif",
    "iifname",
    "oifname",
    "type",
    "exists",
    "missing",
    "vmap",
    "map",
}  # after `fib … `


@dataclass(frozen=True)
class Candidate:
    """A file with new rules. `text` loads beside the live rules of other tables, in any state."""

    path: str
    raw: str  # as the file is
    text: str  # without `flush ruleset`, which would take other people's tables away
    kind: str  # "nft" or "iptables"
    tables: tuple[tuple[str, str], ...]  # (family, name) that it replaces as a whole
    warnings: tuple[str, ...] = ()


def read_candidate(path: str | Path) -> Candidate:
    """Raise Refusal for what cannot be a ruleset. Whether nft accepts it is seen when it loads."""
    raw = _read(path)
    code = without_comments(raw)
    if not FLUSH.sub("", code).strip():
        raise Refusal(f"{path} has no rules: with it everything would be open to everybody.")
    if re.search(r"^\*\w+\s*$", code, re.MULTILINE):
        return _iptables(str(path), raw)
    for number, line in enumerate(re.sub(r'"[^"\n]*"', '""', code).splitlines(), 1):
        if re.search(r"(?:^|[;{}])\s*include\b", line):
            say = "includes another file; put all into one, so that what is tested is what loads."
            raise Refusal(f"{path}, line {number}: {say}")
    return _nft(str(path), raw, code)


def _read(path: str | Path) -> str:
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None
    if len(data) > MOST_BYTES:
        raise Refusal(f"{path} is larger than {MOST_BYTES // 1_000_000} MB.")
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = "\0"
    if "\0" in text:
        raise Refusal(f"{path} is not a text file.")
    if text.count("\n") > MOST_RULES * 2:
        raise Refusal(f"{path} has more than {MOST_RULES * 2} lines; use sets instead of rules.")
    return text


def without_comments(text: str) -> str:
    """The same lines without what follows a # outside quotes."""
    return re.sub(r'("[^"\n]*")|#[^\n]*', lambda match: match[1] or "", text)


def _nft(path: str, raw: str, code: str) -> Candidate:
    replaced, emptied = [], []
    for statement in _statements(code):
        if match := ABOUT.match(statement):
            verb, what, family, name = match.groups()
            table = (family or "ip", name)
            if what == "table" and verb in (None, "add", "create"):
                replaced.append(table)
            if verb in ("flush", "delete"):
                emptied.append(table)
    warnings = []
    text = FLUSH.sub("", raw)
    if text != raw:
        warnings.append(
            "`flush ruleset` in the file would take away the tables of other programs too (docker, "
            "fail2ban): it is left out here."
        )
    # A table that is not there cannot be flushed; the live one may already have been taken out.
    # On the same line as what follows, so that nft's line numbers are those of the file.
    first = "".join(f"table {family} {name}; " for family, name in dict.fromkeys(emptied))
    return Candidate(
        path, raw, first + text, "nft", tuple(dict.fromkeys(replaced)), tuple(warnings)
    )


def _iptables(path: str, raw: str) -> Candidate:
    parts, tables = [], []
    for tool, text in _iptables_parts(raw):
        parts.append(f"# for {tool}\n{text}")
        family = "ip6" if tool == IP6TABLES else "ip"
        tables += [(family, name) for name in re.findall(r"^\*(\w+)\s*$", text, re.MULTILINE)]
    return Candidate(path, raw, "".join(parts), "iptables", tuple(dict.fromkeys(tables)))


def _iptables_parts(raw: str) -> list[tuple[str, str]]:
    """Each `*table … COMMIT`; the comment of ip6tables-save or an IPv6 address tells the family."""
    parts: list[tuple[str, str]] = []
    for block in re.split(r"(?<=^COMMIT\n)", raw if raw.endswith("\n") else raw + "\n", flags=re.M):
        if not without_comments(block).strip():
            continue
        named = re.findall(r"^# Generated by (ip6?)tables-\S*save", block, re.MULTILINE)
        six = named[-1] == "ip6" if named else SIX.search(block)
        tool = IP6TABLES if six else IPTABLES
        if parts and parts[-1][0] == tool:
            parts[-1] = (tool, parts[-1][1] + block)
        else:
            parts.append((tool, block))
    return parts


def _statements(code: str) -> list[str]:
    """Statements at the top level of an nft file; blocks are left out."""
    found, depth, start = [], 0, 0
    for match in re.finditer(r'"[^"\n]*"|[{};\n]', code):
        sign = match[0]
        if sign in ";\n{" and depth == 0:
            found.append(code[start : match.start()].strip())
        depth += (sign == "{") - (sign == "}")
        if depth == 0:
            start = match.end()
    found.append(code[start:].strip())
    return [each for each in found if each]


# --- The live rules -----------------------------------------------------------------------------
def live() -> str:
    """The rules of this machine, in parts for the tools that can restore them.

    Raise Refusal without the right to read them, and for tables that nft cannot see.
    """
    for name in ("ip_tables_names", "ip6_tables_names"):
        file = Path("/proc/net", name)
        try:
            if file.exists() and (legacy := file.read_text().split()):
                raise Refusal(
                    f"This machine has rules of iptables-legacy ({', '.join(legacy)}), which nft "
                    "does not see. Move them with iptables-legacy-save and iptables-nft-restore.",
                    CANNOT_HERE,
                )
        except PermissionError:
            continue  # nft says it better
    rules = run([NFT, "-s", "list", "ruleset"])
    managed = _managed(rules)
    rules = without_tables(MANAGED.sub("", rules), managed)
    for tool, family in ((IPTABLES, "ip"), (IP6TABLES, "ip6")):
        own = {name for kind, name in managed if kind == family}
        if own:
            saved = run([_variant(tool.replace("restore", "save"))])
            foreign = set(re.findall(r"^\*(\w+)$", saved, re.MULTILINE)) - own
            rules += f"# for {tool}\n{_without_iptables(saved, foreign)}"
    return rules


def _managed(rules: str) -> list[tuple[str, str]]:
    """Tables that only iptables-restore can load again: nft 1.0.6 prints their matches as `xt`."""
    tables = re.findall(r"^table (ip6?) (\w+) \{(.*?)^\}", rules, re.MULTILINE | re.DOTALL)
    foreign = [
        (family, name) for family, name, body in tables if re.search(r"\bxt (match|target)", body)
    ]
    return [*MANAGED.findall(rules), *foreign]


def run(command: list[str], text: str = "") -> str:
    """What the tool prints. Raise Refusal with its own words if it fails."""
    try:
        done = subprocess.run(
            command, input=text, capture_output=True, text=True, timeout=LOAD_SECONDS
        )
    except FileNotFoundError:
        package = "nftables" if command[0] == NFT else "iptables"
        raise Refusal(f"{command[0]} is missing: install {package}.", CANNOT_HERE) from None
    except subprocess.TimeoutExpired:
        raise Refusal(f"{command[0]} took longer than {LOAD_SECONDS} s.", CANNOT_HERE) from None
    if done.returncode:
        if "Operation not permitted" in done.stderr:
            raise Refusal(f"{command[0]} needs root here.", CANNOT_HERE)
        raise Refusal(_complaint(command[0], done.stderr), BAD_INPUT)
    return done.stdout


def _complaint(tool: str, errors: str) -> str:
    """nft's three lines (place, source, carets) or another tool's first one as a sentence."""
    lines = [line.strip() for line in errors.splitlines() if line.strip()] or ["no reason given"]
    place = re.match(r"/dev/stdin:(\d+):(\d+)-\d+: Error: (.*)", lines[0])
    if not place:
        return f"{tool} does not accept it: {lines[0]}"
    shown = f" in `{lines[1][:80]}`" if len(lines) > 1 else ""
    return f"{tool} does not accept line {place[1]}, column {place[2]}{shown}: {place[3]}."


def _variant(tool: str) -> str:
    """The tool that speaks to nftables: rules of iptables-legacy are seen by nobody else."""
    modern = tool.replace("tables-", "tables-nft-")
    if shutil.which(modern):
        return modern
    if shutil.which(tool) and "legacy" in run([tool, "--version"]):
        raise Refusal(
            f"{tool} here is iptables-legacy, which nft does not see; use iptables-nft.",
            CANNOT_HERE,
        )
    return tool


def without_tables(rules: str, tables) -> str:
    """`nft list ruleset` without some tables: (family, name)."""
    for family, name in tables:
        pattern = rf"^table {family} {re.escape(name)} \{{.*?^\}}\n"
        rules = re.sub(pattern, "", rules, flags=re.MULTILINE | re.DOTALL)
    return rules


def replaced(live: str, candidate: Candidate) -> str:
    """The live rules with the candidate's tables in the place of their old ones."""
    parts = []
    for tool, text in parts_of(live):
        if tool == NFT:
            parts.append(without_tables(text, candidate.tables))
        else:
            family = "ip6" if tool == IP6TABLES else "ip"
            own = {name for kind, name in candidate.tables if kind == family}
            parts.append(f"# for {tool}\n{_without_iptables(text, own)}")
    head = f"# for {NFT}\n" if candidate.kind == "nft" else ""
    return "".join(parts) + head + candidate.text


def _without_iptables(text: str, names: set[str]) -> str:
    for name in names:
        text = re.sub(rf"^\*{name}\n.*?^COMMIT\n", "", text, flags=re.MULTILINE | re.DOTALL)
    return text


def parts_of(text: str) -> list[tuple[str, str]]:
    """(tool, text) for each part that has any rules."""
    pieces = PART.split(text)
    pairs = [(NFT, pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]
    return [(tool, part.lstrip("\n")) for tool, part in pairs if without_comments(part).strip()]


def load(text: str) -> None:
    """Load all parts into the network namespace that this process is in."""
    for tool, part in parts_of(text):
        try:
            if tool == NFT:
                run([NFT, "-f", "-"], part)
            else:
                run([_variant(tool)], part)
        except Refusal as refusal:
            if "Message too long" in str(refusal):
                say = "A ruleset of this size loads only as root: run this with sudo."
                raise Refusal(say, CANNOT_HERE) from None
            raise


# --- What rules speak of --------------------------------------------------------------------
def interfaces_in(text: str) -> list[str]:
    """Names of interfaces that rules speak of; patterns such as "veth*" are left out."""
    names = []
    for group, plain in INTERFACES.findall(without_comments(text)):
        names += re.findall(r"[\w.@-]+\*?", group or plain.replace("+", "*"))
    return list(
        dict.fromkeys(
            each
            for each in names
            if re.fullmatch(r"[A-Za-z].*[^*]", each) and each not in NOT_NAMES
        )
    )
