"""Two rulesets at once, and a switch between them that the kernel throws back by itself.

While a change is being tested its tables stand beside the old ones under other names. Every base chain
of either begins with a rule that looks at a set with one element: the old chains accept (which ends
that chain, not the packet's way) while the element is there, the new ones while it is not. The
element has a timeout, so the old rules return with no process alive; `confirm` puts the new
tables in their place in one transaction. The old tables stay as they are all the time, with counters
and the elements that others added. Nothing is ever loaded by hand-made steps: each move is one file
for nft, and nft loads a file as a whole or not at all.
"""

import json
import os
import re
import subprocess
from collections.abc import Iterable

from pawsitters.operations.firewall.errors import CANNOT_HERE, DIFFERS, Refusal

Table = tuple[str, str]  # family and name

SET = "pawsitters_armed"
TESTED = "pawsitters_test_"  # + change + "_" + name: a table that is being tested
DONE = "pawsitters_done_"  # + change: an empty table that says that the change was confirmed
# A constant in every family. `meta nfproto` would say the same in inet, but exists only there.
KEY = "meta mark and 0x0"
NFT_SECONDS = 30


def nft(*arguments: str, script: str = "", hold: Iterable[int] = ()) -> str:
    """Output of nft, which reads `script` at "-f -". Raise Refusal with its first complaint.

    `hold`: descriptors that it keeps until it ends, such as that of a lock, should we die first.
    """
    try:
        done = subprocess.run(
            ["nft", *arguments],
            capture_output=True,
            text=True,
            timeout=NFT_SECONDS,
            input=script,
            pass_fds=tuple(hold),
            start_new_session=True,  # Ctrl-C is for us to answer
        )
    except FileNotFoundError:
        raise Refusal("nft is missing: install the package nftables.", CANNOT_HERE) from None
    except subprocess.TimeoutExpired:
        raise Refusal(f"nft gave no answer within {NFT_SECONDS} s.", CANNOT_HERE) from None
    if done.returncode:
        complaint = (done.stderr.strip() or "it says nothing").splitlines()[0]
        if "Operation not permitted" in complaint:
            raise Refusal("The rules may only be changed as root. Use sudo.", CANNOT_HERE)
        raise Refusal(f"nft refuses: {re.sub(r'^/[^ ]*/', '', complaint)}", DIFFERS)
    return done.stdout


# --- Looking ---------------------------------------------------------------------------------


def split(listing: str) -> dict[Table, str]:
    """The tables of a listing by `nft list ruleset`."""
    tables, current = {}, None
    for line in listing.splitlines(keepends=True):
        if line.startswith("table "):
            _, family, name, *_ = line.split()
            current = (family, name)
            tables[current] = ""
        if current and not line.startswith("#"):
            tables[current] += line
        if line.rstrip() == "}":
            current = None
    return tables


def live() -> dict[Table, str]:
    return split(nft("-s", "list", "ruleset"))


def base_chains(tables: dict[Table, str]) -> list[tuple[Table, str]]:
    """Where packets enter: chains with a hook, each with its table."""
    hooked = re.compile(r"^\tchain (\S+) \{\n(?:\t\tcomment .*\n)?\t\ttype ", re.MULTILINE)
    return [(table, chain) for table, text in tables.items() for chain in hooked.findall(text)]


def restorable(tables: dict[Table, str], whose: str) -> None:
    """Refusal unless nft could load these tables again from their own listing."""
    for (family, name), text in tables.items():
        if re.search(r"\bxt (match|target)\b", text):
            raise Refusal(
                f"{whose} table {family} {name} uses matches of iptables, which nft cannot load again: "
                "manage it with iptables, or rewrite it for nft first.",
                DIFFERS,
            )
        if re.search(r"^\tflowtable ", text, re.MULTILINE):
            raise Refusal(
                f"{whose} table {family} {name} has a flowtable: its packets pass by all rules, so a "
                "change cannot be taken back in time. Remove it, or change it by hand.",
                DIFFERS,
            )


# --- The files for nft -----------------------------------------------------------------------


def removal(tables) -> str:
    """Remove tables whether they exist or not."""
    return "".join(f"table {f} {n}\ndelete table {f} {n}\n" for f, n in tables)


def plain(own, new: dict[Table, str]) -> str:
    """The tables `own` replaced by `new`."""
    return removal(own) + "".join(new.values())


def tested_name(change: str, name: str) -> str:
    return f"{TESTED}{change}_{name}"


def armed(change: str, old: dict[Table, str], new: dict[Table, str], seconds: float) -> str:
    """Load the new tables beside the old ones, and switch to them for so long."""
    tested = {
        (family, tested_name(change, name)): re.sub(
            r"\Atable \S+ \S+", f"table {family} {tested_name(change, name)}", text
        )
        for (family, name), text in new.items()
    }
    lines = list(tested.values())
    sides = [(table, chain, "==") for table, chain in base_chains(old)]
    sides += [(table, chain, "!=") for table, chain in base_chains(tested)]
    tables = list(dict.fromkeys(table for table, _, _ in sides))
    for family, name in tables:
        lines.append(f"add set {family} {name} {SET} {{ type mark; flags timeout; }}\n")
    for (family, name), chain, when in sides:
        rule = f'{KEY} {when} @{SET} accept comment "change {change} is being tested"'
        lines.append(f"insert rule {family} {name} {chain} {rule}\n")
    # Last, so that loading takes none of the time; the old tables first, so that for the
    # milliseconds between the ends of two elements a packet meets both rulesets, never neither.
    for family, name in tables:
        element = f"{{ 0 timeout {round(seconds * 1000)}ms }}"
        lines.append(f"add element {family} {name} {SET} {element}\n")
    return "".join(lines)


def confirmed(change: str, own, old: dict[Table, str], new: dict[Table, str]) -> str:
    """The new tables in their place, provided that they are still being tested: an element whose time
    is up cannot be deleted, and then nothing of this happens. An empty table tells whoever comes
    after a crash that it did.
    """
    hooked = {table for table, _ in base_chains(old)}
    hooked |= {(family, tested_name(change, name)) for (family, name), _ in base_chains(new)}
    tested = [(family, tested_name(change, name)) for family, name in new]
    return (
        "".join(f"delete element {f} {n} {SET} {{ 0 }}\n" for f, n in sorted(hooked))
        + "".join(f"delete table {f} {n}\n" for f, n in tested)
        + plain(own, new)
        + f"add table inet {DONE}{change}\n"
    )


# --- After a test, or a crash ----------------------------------------------------------------


def traces() -> dict[str, str]:
    """Changes that left something in the kernel: "armed", "over" (its time is up) or "done"."""
    found = {}
    for family, name in _table_names():
        if name.startswith(DONE):
            found[name.removeprefix(DONE)] = "done"
        elif name.startswith(TESTED):
            change = name.removeprefix(TESTED).split("_")[0]
            found[change] = "armed" if _is_armed(family, name) else found.get(change, "over")
    for (family, name), rules in _switched_tables().items():
        for change, _, _ in rules:  # the tested tables may have gone already, or never had a chain
            found.setdefault(change, "armed" if _is_armed(family, name) else "over")
    return found


def _table_names() -> list[Table]:
    return [tuple(line.split()[1:3]) for line in nft("list", "tables").splitlines()]


def _is_armed(family: str, name: str) -> bool:
    """An element whose time is up is not listed."""
    try:
        return "elements" in nft("list", "set", family, name, SET)
    except Refusal:
        return False


def _switched_tables() -> dict[Table, list[tuple[str, str, int]]]:
    """The old tables that hold our set, with (change, chain, handle) of each rule that we put there."""
    sets = re.findall(
        r"^table (\S+) (\S+) \{((?:\n\t.*|\n)*)", nft("-t", "list", "sets"), re.MULTILINE
    )
    found = {}
    for family, name, content in sets:
        if f"\tset {SET} " not in content or name.startswith(TESTED):
            continue
        listing = json.loads(nft("-a", "-t", "-j", "list", "table", family, name))["nftables"]
        found[family, name] = [
            (rule["comment"].split()[1], rule["chain"], rule["handle"])
            for rule in (entry["rule"] for entry in listing if "rule" in entry)
            if re.fullmatch(r"change \S+ is being tested", rule.get("comment", ""))
        ]
    return found


def cleared(change: str) -> str:
    """Take the switch and the tables of this change away: exactly the old rules remain."""
    lines = []
    for (family, name), rules in _switched_tables().items():
        handles = [(chain, handle) for whose, chain, handle in rules if whose == change]
        lines += [f"delete rule {family} {name} {chain} handle {h}\n" for chain, h in handles]
        if len(handles) == len(rules):
            lines += [f"delete set {family} {name} {SET}\n"]
    tables = [
        (family, name)
        for family, name in _table_names()
        if name == DONE + change or name.startswith(tested_name(change, ""))
    ]
    return "".join(lines) + "".join(f"delete table {f} {n}\n" for f, n in tables)


def load(text: str, hold: int | None = None, only_check: bool = False) -> None:
    """Load `text` as one transaction, or see whether nft would.

    It is whole in memory before nft begins to read, so that our death cannot cut it short, nor a full disk.
    """
    with os.fdopen(os.memfd_create("rules"), "w") as file:
        file.write(text)
        file.flush()
        path = f"/proc/self/fd/{file.fileno()}"
        held = [file.fileno(), *([] if hold is None else [hold])]
        nft(*(["-c"] if only_check else []), "-f", path, hold=held)
