"""The result of a check, for people and for machines."""

import json
import statistics
from pathlib import Path
from xml.etree import ElementTree

from pawsitters.operations.firewall.errors import Refusal
from pawsitters.operations.firewall.telling import shown


def as_table(candidate: str, result, warnings=()) -> str:
    rows = [(row.flow, row.expected, row.seen, _why(row)) for row in result.rows]
    heads = ("flow", "expected", "seen", "decided by")
    if result.ok:
        rows, heads = [row[:3] for row in rows], heads[:3]
    widths = [max(len(row[at]) for row in (heads, *rows)) for at in range(len(heads) - 1)]
    lines = [_line("  ", heads, widths)]
    for row, each in zip(result.rows, rows, strict=True):
        lines.append(_line("  " if row.ok else "! ", each, widths))
    lines += ["", *(f"Note: {warning}" for warning in warnings)]
    count = len(result.rows)
    if result.ok:
        say = f"{candidate}: all {count} flows are as declared"
    else:
        say = f"{candidate}: {len(result.wrong)} of {count} flows differ, marked !"
    lines.append(f"{say} ({result.took_ms:.0f} ms).")
    return shown("\n".join(lines))


def _line(mark: str, cells, widths) -> str:
    padded = [cell.ljust(width) for cell, width in zip(cells[:-1], widths, strict=True)]
    return (mark + "  ".join([*padded, cells[-1]])).rstrip()


def _why(row) -> str:
    if row.ok:
        return ""
    return f"{row.rule or 'not seen'} [{row.example}]"


def as_json(candidate: str, result, warnings=()) -> str:
    value = {
        "candidate": candidate,
        "ok": result.ok,
        "took_ms": result.took_ms,
        "warnings": list(warnings),
        "rows": [rows_as_dict(row) for row in result.rows],
    }
    return json.dumps(value, indent=1, ensure_ascii=False)


def rows_as_dict(row) -> dict:
    keys = ("flow", "expected", "seen", "ok", "rule", "example")
    return {key: getattr(row, key) for key in keys}


def write_junit(path: str, candidate: str, result) -> None:
    suite = ElementTree.Element(
        "testsuite",
        name=f"firewall check {candidate}",
        tests=str(len(result.rows)),
        failures=str(len(result.wrong)),
        time=f"{result.took_ms / 1000:.3f}",
    )
    for row in result.rows:
        name = f"{row.flow} {row.expected}"
        case = ElementTree.SubElement(suite, "testcase", classname=candidate, name=name)
        if not row.ok:
            failure = ElementTree.SubElement(case, "failure", message=row.seen)
            failure.text = _why(row)
    try:
        Path(path).write_bytes(ElementTree.tostring(suite, encoding="utf-8", xml_declaration=True))
    except OSError as error:
        raise Refusal(f"{path} cannot be written: {error.strerror}.") from None


def timing(times: list[float]) -> str:
    ordered = sorted(times)
    late = ordered[min(len(ordered) - 1, int(len(ordered) * 0.95))]
    return (
        f"{len(ordered)} runs: median {statistics.median(ordered):.0f} ms, 95 % within {late:.0f} ms, "
        f"longest {ordered[-1]:.0f} ms."
    )
