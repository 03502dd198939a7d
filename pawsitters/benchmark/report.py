"""The result as plain text for the terminal and as Markdown for docs/benchmarks."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass
class Table:
    title: str
    head: Sequence[str]
    rows: list[Sequence[str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, *cells) -> None:
        self.rows.append([str(cell) for cell in cells])

    def as_text(self) -> str:
        widths = [max(map(len, column)) for column in zip(self.head, *self.rows, strict=True)]
        lines = ["", self.title, _line(self.head, widths), "  ".join("-" * w for w in widths)]
        lines += [_line(row, widths) for row in self.rows]
        return "\n".join(lines + self.notes)

    def as_markdown(self) -> str:
        lines = [f"## {self.title}", "", "| " + " | ".join(self.head) + " |"]
        lines.append("|---" + "|--:" * (len(self.head) - 1) + "|")
        lines += ["| " + " | ".join(row) + " |" for row in self.rows]
        if self.notes:
            lines += ["", *self.notes]
        return "\n".join(lines) + "\n"


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    first, *rest = (
        cell.ljust(width) if number == 0 else cell.rjust(width)
        for number, (cell, width) in enumerate(zip(cells, widths, strict=True))
    )
    return "  ".join([first, *rest])


def verdict(value: float, limit: float | None) -> str:
    """ "ok", "over" with how far, or nothing where there is no budget."""
    if limit is None:
        return ""
    return "ok" if value <= limit else f"over by {value / limit - 1:.0%}"
