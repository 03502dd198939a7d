"""The post-mortem of an incident as files, with the headings of the one of 12 August 2024.

Two beside the record: Markdown for the repository of whoever runs the site, and one HTML file that needs
nothing else and prints.
"""

import os
import re
from pathlib import Path

from django.template.loader import render_to_string

from pawsitters.operations import incidents
from pawsitters.operations.incidents import Incident
from pawsitters.operations.report import Report


def is_written(incident: Incident) -> bool:
    return (incidents.folder() / f"{incident.id}.html").exists()


def write(incident: Incident) -> list[Path]:
    """Write both files, each at once or not at all; return their paths. Raise OSError."""
    texts = {"md": markdown(Report(incident)), "html": html(Report(incident))}
    return [
        _write(incidents.folder() / f"{incident.id}.{kind}", text) for kind, text in texts.items()
    ]


def _write(file: Path, text: str) -> Path:
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        part.touch(mode=0o640)  # as the record: names of hosts and processes are not for everybody
        part.write_text(text)
        os.replace(part, file)
    except OSError:
        part.unlink(missing_ok=True)
        raise
    return file


def html(report: Report) -> str:
    return render_to_string("operations/postmortem_file.html", {"report": report})


def markdown(report: Report) -> str:
    parts = [
        f"# {report.title}, {report.when} UTC",
        "## Issue summary",
        _table(
            ("", ""),
            [
                ("Duration", report.duration),
                ("Impact", report.impact),
                ("Root cause", report.root_cause),
                *report.times,
            ],
        ),
        _table(("", "12 August 2024", "This time"), report.comparison),
        _table(("Counted", "Number"), report.counts),
        "## Timeline",
        _table(("UTC", "What happened"), [line[:2] for line in report.timeline]),
        "## Root cause and resolution",
        *[_plain(words) for words in report.cause_and_resolution],
        *[f"> {_plain(text)}\n>\n> {_plain(by)}" for by, text in report.notes],
        "## Corrective and preventative measures",
        "\n".join(f"- [ ] {measure}" for measure in report.measures),
        f"Record: `{report.incident.id}.jsonl`",
    ]
    return "\n\n".join(parts) + "\n"


def _table(head: tuple, rows: list[tuple]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join("| " + " | ".join(_plain(cell) for cell in line) + " |" for line in lines)


def _plain(words) -> str:
    """On one line and without Markdown of its own: names of processes come from elsewhere."""
    return re.sub(r"([|<>\[\]`])", r"\\\1", " ".join(str(words).split()))
