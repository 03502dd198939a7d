"""Entries put through `check`, and what that says about `check`."""

import multiprocessing
import os
import statistics
import tempfile
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from pawsitters.operations.firewall import rulesets
from pawsitters.operations.firewall.check import Result, check
from pawsitters.operations.firewall.corpus.entries import FLOWS, Entry
from pawsitters.operations.firewall.errors import CANNOT_HERE, Refusal
from pawsitters.operations.firewall.flows import read_flows
from pawsitters.operations.firewall.zones import Flows


@dataclass(frozen=True)
class Answer:
    """What `check` said of one entry."""

    family: str
    name: str
    sort: str
    refused: bool
    expected: tuple[str, ...]  # sentences that had to be found wrong, or words of the warning
    found: tuple[str, ...]  # sentences, and "others …" lines, that were; or the warnings
    took_ms: float
    error: str = ""  # it did not come to a test: the rules do not load

    @property
    def right(self) -> bool:
        if self.error:
            return False
        if self.sort == "harmful":
            return self.refused and set(self.expected) <= set(self.found)
        return not self.refused and all(
            any(words in said for said in self.found) for words in self.expected
        )

    @property
    def fault(self) -> str:
        """In words, why this answer is not right."""
        if self.error:
            return f"does not load: {self.error}"
        if self.refused and self.sort != "harmful":
            return f"is {self.sort}, but refused for: {'; '.join(self.found)}"
        missing = [each for each in self.expected if each not in self.found]
        return f"misses {'; '.join(missing)}; found was {'; '.join(self.found) or 'nothing'}"


def answers(entries: Iterable[Entry], jobs: int) -> Iterator[Answer]:
    """In the order of the entries, `jobs` at a time."""
    if jobs < 2:
        yield from map(answer, entries)
        return
    # Not a Pool: it ends by killing its workers, and one that waits for a lock stays behind.
    pool = ProcessPoolExecutor(jobs, mp_context=multiprocessing.get_context("fork"))
    try:
        yield from pool.map(answer, entries)
    finally:
        pool.shutdown(cancel_futures=True)


def answer(entry: Entry) -> Answer:
    head = (entry.family, entry.name, entry.sort)
    expected = (entry.warns,) if entry.warns else entry.names
    try:
        result = check(flows(), merged(entry))
    except (Refusal, RuntimeError) as refusal:
        if getattr(refusal, "code", 0) == CANNOT_HERE:
            raise  # the same for every entry
        return Answer(*head, True, expected, (), 0, str(refusal))
    found = result.warnings if entry.warns and result.ok else tuple(_wrong(result))
    return Answer(*head, not result.ok, expected, found, result.took_ms)


def merged(entry: Entry) -> str:
    """The entry as a candidate, put into the rules of the host, as `check` does with a file."""
    handle, path = tempfile.mkstemp(suffix=f".{entry.kind}")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(entry.text)
        return rulesets.replaced(entry.live, rulesets.read_candidate(path))
    finally:
        Path(path).unlink()


@cache
def flows() -> Flows:
    handle, path = tempfile.mkstemp(suffix=".toml")
    try:
        with os.fdopen(handle, "w") as file:
            file.write(FLOWS.read_text())
        return read_flows(path)
    finally:
        Path(path).unlink()


def _wrong(result: Result) -> Iterator[str]:
    """As the flows file writes them; what it does not write (others) as the table does."""
    sentences = {
        (f"{each.source} -> {each.target}:{each.port}/{each.protocol}", each.expected): each.text
        for each in flows().flows
    }
    for row in result.wrong:
        yield sentences.get((row.flow, row.expected), f"{row.flow} {row.expected}")


def short(entries: list[Entry], count: int) -> list[Entry]:
    """A fixed spread over all families."""
    return [entries[number * len(entries) // count] for number in range(min(count, len(entries)))]


def table(found: list[Answer]) -> str:
    heads = ("family", "entries", "refused", "rightly answered", "median ms")
    rows = [
        _row(name, [each for each in found if each.family == name]) for name in _families(found)
    ]
    sorts = dict.fromkeys(each.sort for each in found)
    totals = [_row(sort, [each for each in found if each.sort == sort]) for sort in sorts]
    widths = [max(len(row[at]) for row in (heads, *rows, *totals)) for at in range(len(heads))]
    line = "-" * (sum(widths) + 2 * len(widths) - 2)
    return "\n".join(
        [_line(heads, widths), *(_line(row, widths) for row in rows), line]
        + [_line(row, widths) for row in totals]
    )


def _families(found: list[Answer]) -> list[str]:
    return list(dict.fromkeys(each.family for each in found))


def _row(name: str, group: list[Answer]) -> tuple[str, ...]:
    times = [each.took_ms for each in group if not each.error]
    return (
        name,
        str(len(group)),
        str(sum(each.refused for each in group)),
        f"{sum(each.right for each in group)}/{len(group)}",
        f"{statistics.median(times):.0f}" if times else "",
    )


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    first, *rest = [cell.ljust(width) if at == 0 else cell.rjust(width)
                    for at, (cell, width) in enumerate(zip(cells, widths, strict=True))]  # fmt: skip
    return "  ".join([first, *rest])


def as_dicts(found: list[Answer]) -> list[dict]:
    return [{**asdict(each), "right": each.right} for each in found]
