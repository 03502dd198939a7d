"""A bar chart as SVG, readable on light and dark paper: one bar per page, a tick at its budget."""

from collections.abc import Sequence
from html import escape
from math import ceil

WIDTH, BAR, GAP, LEFT, RIGHT, TOP = 780, 22, 14, 240, 70, 56


def bars(
    title: str, unit: str, rows: Sequence[tuple[str, float, float | None]], note: str = ""
) -> str:
    """`rows`: (label, value, budget or None)."""
    most = max([value for _, value, _ in rows] + [limit or 0 for _, _, limit in rows])
    step = next(step for step in (1, 2, 5, 10, 20, 50, 100, 200, 500) if most / step <= 10)
    end = ceil(most / step) * step
    height = TOP + len(rows) * (BAR + GAP) + 44

    def x(value: float) -> float:
        return LEFT + (WIDTH - LEFT - RIGHT) * value / end

    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" font-family="system-ui, sans-serif" '
        'font-size="13">',
        f"<title>{escape(title)}</title>",
        '<rect width="100%" height="100%" fill="#fff"/>',
        f'<text x="16" y="26" font-size="16" font-weight="700" fill="#222">{escape(title)}</text>',
        f'<text x="16" y="44" fill="#555">{escape(note)}</text>',
    ]
    bottom = height - 40
    for number in range(0, end + 1, step):
        parts.append(
            f'<path d="M{x(number):.1f} {TOP}V{bottom}" stroke="#ddd"/>'
            f'<text x="{x(number):.1f}" y="{bottom + 18}" text-anchor="middle" fill="#555">'
            f"{number}</text>"
        )
    for number, (label, value, limit) in enumerate(rows):
        y = TOP + 8 + number * (BAR + GAP)
        fill = "#b3541e" if limit and value > limit else "#2f6f5e"
        parts.append(
            f'<text x="{LEFT - 10}" y="{y + 16}" text-anchor="end" fill="#222">{escape(label)}</text>'
            f'<rect x="{LEFT}" y="{y}" width="{x(value) - LEFT:.1f}" height="{BAR}" fill="{fill}"/>'
            f'<text x="{x(value) + 6:.1f}" y="{y + 16}" fill="#222">{value:.1f}</text>'
        )
        if limit:
            parts.append(
                f'<path d="M{x(limit):.1f} {y - 4}V{y + BAR + 4}" stroke="#222" stroke-width="2"/>'
            )
    parts.append(
        f'<text x="{WIDTH - 16}" y="{height - 6}" text-anchor="end" fill="#555">'
        f"{escape(unit)}; the black line is the budget</text></svg>"
    )
    return "\n".join(parts) + "\n"
