"""A candidate as nft itself would list it: loaded in a namespace of its own, where it decides nothing."""

import json
import re
import subprocess

from pawsitters.operations.firewall import rulesets, switch
from pawsitters.operations.firewall.errors import BAD_INPUT, DIFFERS, Refusal
from pawsitters.operations.firewall.namespaces import run_apart

SECONDS = 30


def listed(candidate: rulesets.Candidate, tables) -> dict[switch.Table, str]:
    """The tables that result from loading a candidate, which speaks of `tables`.

    Refusal if nft refuses it, or would not read its own listing as the same rules.
    """
    text = candidate.text
    # So that "delete table" finds one, as it will where the old rules are.
    script = "".join(f"table {family} {name}\n" for family, name in tables) + text
    links = _links(text)
    try:
        once, again = run_apart(lambda: _load_twice(links, script), SECONDS)
    except Refusal as refusal:
        if refusal.code != DIFFERS:
            raise
        added = script.count("\n") - candidate.raw.count("\n")
        raise Refusal(_placed(str(refusal), candidate.path, added), BAD_INPUT) from None
    if once != again:
        table = next(table for table in once if once[table] != again.get(table))
        raise Refusal(
            f"nft does not read its own listing of table {' '.join(table)} alike.", DIFFERS
        )
    return once


def _load_twice(links: str, script: str):
    subprocess.run(["ip", "-batch", "-"], input=links, text=True, check=True)
    switch.nft("-f", "-", script=script)
    once = switch.nft("-s", "list", "ruleset")
    switch.nft("-f", "-", script=f"flush ruleset\n{once}")  # in here nobody else's
    return switch.split(once), switch.live()


def _placed(complaint: str, path: str, added: int) -> str:
    """nft's complaint with the line of the candidate's own file, before which we put some."""
    return re.sub(
        r"^nft refuses: stdin:(\d+):(\d+)-\d+: (?:Error: )?",
        lambda match: f"{path}, line {int(match[1]) - added}, column {match[2]}: ",
        complaint,
    )


def _links(text: str) -> str:
    """Links for `ip -batch`: those of this host that the text may mean, by their names and numbers."""
    shown = subprocess.run(["ip", "-j", "link"], capture_output=True, text=True, check=True)
    lines = ["link set lo up\n"]
    for link in json.loads(shown.stdout):
        name, index = link["ifname"], link["ifindex"]
        if name != "lo" and re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text):
            other = f"name peer{index} index {index + 1_000_000}"
            lines.append(f"link add {name} index {index} type veth peer {other}\n")
    return "".join(lines)
