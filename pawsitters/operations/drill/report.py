"""What a drill prints: the bounds, the founding incident beside today, and a picture of the answers."""

from collections import Counter
from collections.abc import Sequence

from pawsitters.operations.drill.aug12 import Story
from pawsitters.operations.drill.bounds import Line, percentile
from pawsitters.operations.drill.rounds import Round


def amount(value: float | None, unit: str) -> str:
    if value is None:
        return "never"
    digits = {"%": 2, "s": 2, "ms": 1}.get(unit, 0)
    return f"{value:,.{digits}f}{' ' if unit else ''}{unit}"


def bounds(lines: Sequence[Line]) -> str:
    rows = [
        (
            "ok" if line.is_held else "MISS",
            line.name,
            amount(line.seen, line.unit),
            ("≥ " if line.is_at_least else "≤ ") + amount(line.bound, line.unit),
            line.note,
        )
        for line in lines
    ]
    return table(("", "bound", "seen", "allowed", ""), rows, right=(2, 3))


def table(head: Sequence[str], rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Columns as wide as their widest cell; those in `right` are aligned to the right."""
    widths = [max(len(row[n]) for row in (head, *rows)) for n in range(len(head))]

    def line(row: Sequence[str]) -> str:
        cells = [
            cell.rjust(width) if n in right else cell.ljust(width)
            for n, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        return "  ".join(cells).rstrip()

    return "\n".join([line(head), "  ".join("─" * width for width in widths), *map(line, rows)])


def then_and_now(story: Story, lines: Sequence[Line]) -> str:
    seen = {line.name: line for line in lines}

    def said(name: str) -> str:
        return amount(seen[name].seen, seen[name].unit)

    cut = story.back_at - story.cut_at
    pages = [one for one in _during(story) if one["kind"] in ("public", "static")]
    useful = 100 * sum(one.get("is_useful", False) for one in pages) / len(pages)
    return table(
        ("", "12 August 2024", f"now, cut off for {cut:.0f} s"),
        [
            ("visitors who saw pages", "0 %, for 150 minutes", f"{useful:.2f} %"),
            ("the cause was named after", "75 minutes", said("verdict “firewall” after the onset")),
            (
                "full service after the revert",
                "60 minutes",
                said("all held requests placed"),
            ),
            ("booking requests lost", "all", said("received requests lost")),
            (
                "people thrown out",
                "all",
                str(story.people - story.signed_in),
            ),
            ("slowest answer", "none came", said("slowest request of all")),
        ],
    )


def _during(story: Story) -> list[dict]:
    return story.results.sent_between(story.cut_at, story.back_at)


def outcome(one: dict) -> str:
    """What a visitor got: fresh, kept, held, later (an honest 503), or lost."""
    status = one.get("status", 0)
    if status == 202:
        return "held"
    if status == 503 and one["kind"] not in ("public", "static"):
        return "later"
    if one.get("is_kept"):
        return "kept"
    return "fresh" if status in (200, 302) else "lost"


def picture(story: Story) -> str:
    """Answers in each second, one row for each outcome; ▼ is the cut, ▲ the revert."""
    results = story.results
    first = min(one["at"] for one in results.lines)
    seconds = int(max(one["at"] for one in results.lines) - first) + 1
    counts = [Counter() for _ in range(seconds)]
    slowest = [0.0] * seconds
    for one in results.lines:
        n = int(one["at"] - first)
        counts[n][outcome(one)] += 1
        slowest[n] = max(slowest[n], one["took_ms"])
    most = max(sum(count.values()) for count in counts)
    words = {
        "fresh": "fresh from the database",
        "kept": "kept page, with its age",
        "held": "request held (202)",
        "later": "please try again (503)",
        "lost": "lost or wrong",
    }
    rows = [
        f"{words[name]:>24} {''.join(_height(count[name], most) for count in counts)}"
        for name in words
    ]
    rows.append(f"{'slowest, to 1.1 s':>24} {''.join(_height(ms, 1_100) for ms in slowest)}")
    axis = [" "] * seconds
    for moment, mark in ((story.cut_at, "▼"), (story.back_at, "▲")):
        axis[int(moment - results.started - first)] = mark
    rows.append(f"{'one column is a second':>24} {''.join(axis)}")
    return "\n".join(rows)


def _height(value: float, most: float) -> str:
    if value <= 0:
        return "·"
    return "▁▂▃▄▅▆▇█"[min(7, int(8 * value / most))]


def lateness(story: Story) -> str:
    late = [one["late_ms"] for one in story.results.lines]
    return (
        f"{len(late):,} requests; the visitors themselves were late by "
        f"{percentile(late, 99):.1f} ms (p99) and {max(late):.1f} ms (most), which is counted in."
    )


def rounds(played: Sequence[Round]) -> str:
    head = ("", "fault", "verdict", "named after", "restored after", "pages", "held", "slowest", "")
    rows = [
        (
            "MISS" if one.wrong else "ok",
            one.fault.name,
            one.cause,
            amount(one.named_after, "s"),
            amount(one.restored_after, "s"),
            f"{one.useful} of {one.pages}",
            str(one.held),
            amount(one.slowest_ms, "ms"),
            ", ".join([*one.wrong, *(f"also told: {other}" for other in one.others)]),
        )
        for one in played
    ]
    return table(head, rows, right=(3, 4, 5, 6, 7))
