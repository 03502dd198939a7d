"""`check` put to its bounds: python -m pawsitters.operations.firewall.drills.check_bounds [--short]

The corpus, how long a check takes with 10 and with 500 flows, whether the same good rules always pass
(as root and as an ordinary user), and that this machine's own rules and links stay as they are.
Prints what it measured; ends with 1 if a bound is missed. Needs root.
"""

import argparse
import ctypes
import os
import re
import statistics
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from pawsitters.operations.firewall.check import Result, check
from pawsitters.operations.firewall.corpus import running
from pawsitters.operations.firewall.corpus.entries import FLOWS, all_entries, base
from pawsitters.operations.firewall.drills.stage import fingerprint_of_this_machine
from pawsitters.operations.firewall.errors import CANNOT_HERE, Refusal
from pawsitters.operations.firewall.flows import Flows, read_flows

BOUNDS_MS = {10: 500, 500: 1000}  # median of a check, by its number of flows
NOBODY = 65534
PR_SET_DUMPABLE = 4


@dataclass(frozen=True)
class Size:
    entries: int | None  # of the corpus; None is all of it
    timed: int
    repeated: int
    as_nobody: int


SHORT, FULL = Size(26, 7, 20, 3), Size(None, 21, 200, 50)


def main(size: Size) -> int:
    machine = fingerprint_of_this_machine()
    good = _corpus(size.entries)
    for count, bound in BOUNDS_MS.items():
        good &= _timing(count, bound, size.timed)
    good &= _repeated("as root", size.repeated)
    good &= _as_nobody(size.as_nobody)
    good &= _say(
        machine == fingerprint_of_this_machine(), "this machine's rules and links are as before"
    )
    return 0 if good else 1


def _say(good: bool, text: str) -> bool:
    print(f"{'ok  ' if good else 'WRONG'} {text}", flush=True)
    return good


def _corpus(count: int | None) -> bool:
    entries = list(all_entries())
    entries = running.short(entries, count) if count else entries
    found = []
    for answer in running.answers(entries, os.cpu_count() or 1):
        found.append(answer)
        if len(found) % 50 == 0:
            print(f"     {len(found)} of {len(entries)} rulesets", flush=True)
    if not count:
        print(running.table(found))
    wrong = [each for each in found if not each.right]
    for each in wrong:
        print(f"     {each.family}: {each.name}: {each.fault}")
    return _say(
        not wrong, f"corpus: {len(found) - len(wrong)} of {len(found)} rulesets answered rightly"
    )


def _timing(count: int, bound: int, times: int) -> bool:
    flows, rules = flows_and_rules(count)
    results = [check(flows, rules) for _ in range(times)]
    took = sorted(each.took_ms for each in results)
    median, late = statistics.median(took), took[int(len(took) * 0.95)]
    text = f"{count} flows: median {median:.0f} ms (bound {bound} ms), 95 % within {late:.0f} ms, {times} times"
    return _say(median <= bound and all(each.ok for each in results), text)


def _repeated(who: str, times: int) -> bool:
    """The same good rules, again and again: each refusal would be a false one."""
    flows, rules = flows_and_rules(10)
    wrong = [result for result in (check(flows, rules) for _ in range(times)) if not result.ok]
    return _say(
        not wrong, f"{who}: {times} checks of good rules, {len(wrong)} false {_first(wrong)}"
    )


def _first(wrong: list[Result]) -> str:
    return str(wrong[0].wrong[0]) if wrong else ""


def _as_nobody(times: int) -> bool:
    if os.geteuid() != 0:
        return True  # everything above was done as an ordinary user
    return _in_child(lambda: _repeated(f"as user {NOBODY}", times))


def _in_child(work: Callable[[], bool]) -> bool:
    child = os.fork()
    if child == 0:
        code = 1
        try:
            os.setgroups([])
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            # Who changes its user may no longer write its own user map, as a fresh program could.
            ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 1)
            code = 0 if work() else 1
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0


def flows_and_rules(count: int) -> tuple[Flows, str]:
    """So many flows of the corpus' host, and rules that fit them."""
    known = running.flows()
    text, rules = FLOWS.read_text(), base("base.nft")
    if count <= len(known.flows):
        return replace(known, flows=known.flows[:count]), rules
    more = range(count - len(known.flows))
    lines = [
        f'"{"web" if number % 2 else "lan"} -> db:{10_000 + number // 2} must {"pass" if number % 2 else "not"}",'
        for number in more
    ]
    ports = f"10000-{10_000 + len(more) // 2}"
    rules = rules.replace("{ 3306, 3308 } jump web", f"{{ 3306, 3308, {ports} }} jump web")
    text = re.sub(r"^flows = \[", "flows = [\n" + "\n".join(lines), text, flags=re.MULTILINE)
    with TemporaryDirectory() as folder:
        file = Path(folder, "flows.toml")
        file.write_text(text)
        return read_flows(file), rules


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.partition("\n\n")[2])
    parser.add_argument("--short", action="store_true", help="a spread of it, in half a minute")
    chosen = parser.parse_args()
    if os.geteuid() != 0:
        print("This measures as root and as an ordinary user: run it as root.", file=sys.stderr)
        sys.exit(CANNOT_HERE)
    try:
        sys.exit(main(SHORT if chosen.short else FULL))
    except Refusal as refusal:
        print(refusal, file=sys.stderr)
        sys.exit(refusal.code)
