"""For staff, read-only: the records of the firewall's changes, from the folder CHANGES_DIR.

It is a copy of STATE/changes of the database host, brought here by git for instance. Nothing is kept of
it, so a copy that cannot be read costs nothing but the page.
"""

import os
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext as _

from pawsitters.operations.firewall import records
from pawsitters.operations.firewall.errors import Refusal
from pawsitters.operations.firewall.records import Record

# What somebody still has to do about a change, by its status.
WAITING = ("planned", "approved", "applied")


@dataclass(frozen=True)
class Board:
    """`records`, the newest first. `problems` are signs of tampering. `reason`: why there is nothing."""

    records: tuple[Record, ...] = ()
    problems: tuple[str, ...] = ()
    reason: str = ""

    @property
    def waiting(self) -> int:
        """Changes that wait for a person: planned, approved, being tested, or not reviewed since."""
        return sum(record.status in WAITING or record.needs_review for record in self.records)


def board() -> Board:
    """All records and whether their chain is whole. Never raises."""
    if not settings.CHANGES_DIR:
        return Board(reason=_("No folder with records is shared with this site (CHANGES_DIR)."))
    folder = Path(settings.CHANGES_DIR)
    try:
        with os.scandir(folder) as entries:
            facts = [(entry.name, entry.stat()) for entry in entries]
    except OSError as error:
        return Board(
            reason=_("%(folder)s cannot be read: %(why)s.")
            % {"folder": folder, "why": error.strerror}
        )
    # Nobody can set a file's time of change, as they can its time of writing.
    state = tuple(sorted((name, fact.st_size, fact.st_ctime_ns) for name, fact in facts))
    return _read(folder, state)


@lru_cache(maxsize=2)
def _read(folder: Path, state: tuple) -> Board:
    found, problems = [], []
    for name, _size, _changed in state:
        stem, ending = os.path.splitext(name)
        if ending == ".json" and records.ID.fullmatch(stem):
            try:
                found.append(_complete(records.read_one(folder, stem)))
            except Refusal as refusal:
                problems.append(str(refusal))
            except (LookupError, TypeError, AttributeError):
                problems.append(_("%(id)s lacks what every record has.") % {"id": stem})
    problems += records.problems(folder, found)
    newest = sorted(found, key=lambda record: record.events[0]["seq"], reverse=True)
    return Board(tuple(newest), tuple(problems))


def _complete(record: Record) -> Record:
    """The record, if a page can show it; whoever altered it may have taken anything away."""
    for fact in ("by", "reason", "approved_by", "needs_review"):
        getattr(record, fact)
    record.plan["check"].get("ok")
    records.problems(Path("/"), [record])  # it goes through everything else
    return record


def find(change: str) -> Record | None:
    return next((record for record in board().records if record.id == change), None)


def moment(text) -> datetime | None:
    """The time in a record or in what the witness said."""
    try:
        return datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None


def last_seen(rule_change: dict | None) -> dict | None:
    """What the watch saw last (verdict.rule_change), ready to be shown."""
    if not rule_change:
        return None
    by = str(rule_change.get("by") or "outside")
    return {
        "at": moment(rule_change.get("changed_at")),
        "process": rule_change.get("process") or _("an unknown process"),
        "pid": rule_change.get("pid"),
        "summary": rule_change.get("summary") or "",
        "by": by,
        "outside": by == "outside",
    }
