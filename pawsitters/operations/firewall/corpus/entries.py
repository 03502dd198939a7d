"""The entries: rulesets that somebody could write, harmful or not, with what `check` must say of them.

Each family is a TOML file in harmful/, harmless/ or warned/ (which a test cannot decide). An entry changes the known-good rules of its kind
(base/base.nft, …) or brings a `text` of its own:

    name      unique, in words
    kind      "nft" (usual), "iptables" (IPv4) or "ip6tables"
    why       the mistake, or why nothing changes
    names     the flows that `check` must find wrong, as flows.toml writes them (harmful only)
    warns     words of the warning that `check` must give (warned only)
    change    pairs [old, new]; each `old` stands exactly once in the base
    above     [line, new lines]: put in front of the line that contains `line`; `below`: after it
    without   a part of the line to leave out, or a list of them
    append    text after the base; `text` instead of it

A template is the same with `each`: a list of tables whose values replace $key in every text.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

HERE = files("pawsitters.operations.firewall.corpus")
FLOWS = HERE / "flows.toml"
EDITS = {"change", "above", "below", "without", "append", "text"}
KEYS = {"name", "kind", "why", "names", "warns"} | EDITS
SAYS = {"harmful": {"names"}, "harmless": set(), "warned": {"warns"}}


class CorpusError(Exception):
    """An entry that cannot be what it says; names family and entry."""


@dataclass(frozen=True)
class Entry:
    family: str
    name: str
    kind: str
    why: str
    sort: str  # "harmful", "harmless" or "warned"
    names: tuple[str, ...]  # sentences of flows.toml that must be found wrong
    warns: str
    text: str

    @property
    def live(self) -> str:
        """What is loaded on the host already (nft); the candidate replaces its own tables in it."""
        others = {
            "nft": ("base.nft",),
            "iptables": ("live-ip6.nft",),
            "ip6tables": ("live-ip4.nft",),
        }
        return "".join(base(name) for name in ("live.nft", *others[self.kind]))


@cache
def base(name: str) -> str:
    return (HERE / "base" / name).read_text()


@cache
def all_entries() -> tuple[Entry, ...]:
    """Harmful ones first, by family. Raise CorpusError for an entry that does not fit its base."""
    found = [
        entry
        for sort in SAYS
        for path in sorted((HERE / sort).iterdir(), key=lambda path: path.name)
        for entry in _family(path.name.removesuffix(".toml"), path.read_text(), sort)
    ]
    names = [entry.name for entry in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise CorpusError(f"Twice in the corpus: {', '.join(sorted(twice))}.")
    return tuple(found)


def _family(family: str, text: str, sort: str) -> Iterator[Entry]:
    content = tomllib.loads(text)
    rows = content.get("entry", []) + [
        row for t in content.get("template", []) for row in _filled(t)
    ]
    for row in rows:
        if unknown := set(row) - KEYS:
            raise CorpusError(f"{family}: {row.get('name')}: unknown {', '.join(unknown)}.")
        if SAYS[sort] != {"names", "warns"} & set(row):
            say = " and ".join(SAYS[sort]) or "neither names nor warns"
            raise CorpusError(f"{family}: {row['name']}: a {sort} entry has {say}.")
        kind = row.get("kind", "nft")
        try:
            text = _edited(base(f"base.{kind}"), row)
        except ValueError as error:
            raise CorpusError(f"{family}: {row['name']}: {error}") from None
        names, warns = tuple(row.get("names", ())), row.get("warns", "")
        yield Entry(family, row["name"], kind, row["why"], sort, names, warns, text)


def _filled(template: dict) -> Iterator[dict]:
    for values in template["each"]:
        yield {key: _fill(value, values) for key, value in template.items() if key != "each"}


def _fill(value, values: dict):
    if isinstance(value, list):
        # A list may be a value as a whole: names = "$names".
        return [_fill(item, values) for item in value]
    if isinstance(value, str) and value.startswith("$") and isinstance(values.get(value[1:]), list):
        return values[value[1:]]
    return Template(value).safe_substitute(values)


def _edited(text: str, row: dict) -> str:
    if "text" in row:
        return row["text"]
    for old, new in row.get("change", ()):
        if text.count(old) != 1:
            raise ValueError(f"{old!r} stands {text.count(old)} times in the base, not once.")
        text = text.replace(old, new)
    without = row.get("without", ())
    for part in [without] if isinstance(without, str) else without:
        lines, at = _line_with(part, text)
        text = "".join(lines[:at] + lines[at + 1 :])
    for place, offset in (("above", 0), ("below", 1)):
        if place in row:
            part, new = row[place]
            lines, at = _line_with(part, text)
            text = "".join(
                lines[: at + offset] + [_indented(new, lines[at])] + lines[at + offset :]
            )
    return text + row.get("append", "")


def _line_with(part: str, text: str) -> tuple[list[str], int]:
    lines = text.splitlines(keepends=True)
    found = [number for number, line in enumerate(lines) if part in line]
    if len(found) != 1:
        raise ValueError(f"{part!r} is in {len(found)} lines of the base, not in one.")
    return lines, found[0]


def _indented(new: str, like: str) -> str:
    indent = like[: len(like) - len(like.lstrip())]
    return "".join(f"{indent}{line}\n" for line in new.strip("\n").splitlines())
