"""Change records: who changed which rules, why, and how it went, as files meant for git.

STATE/changes/ holds for each change ID.json and beside it the candidate, the flows and the rules
that it replaces. ID.json is what was planned, which never changes, and the events since then.
Each event carries the SHA-256 of the one before it, over all records, so that nothing can be altered,
left out or slipped in later without breaking the chain. STATE/head.json, outside of that
folder, remembers its end, so that the newest entries cannot vanish unnoticed on this host.
"""

import fcntl
import getpass
import hashlib
import json
import os
import re
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pawsitters.operations.firewall.errors import CANNOT_HERE, Refusal
from pawsitters.operations.firewall.state import appending, own

ID = re.compile(r"\d{4}-\d\d-\d\d-[1-9]\d*")
# These say something about a change without moving it on.
REMARKS = ("refused", "reviewed")


@dataclass(frozen=True)
class Record:
    plan: dict  # id, by, reason, planned_at, diff, impact, check, rollback, tables, files …
    events: tuple[dict, ...]  # event, at (ISO 8601, UTC), by, text, and what belongs to that event

    @property
    def id(self) -> str:
        return self.plan["id"]

    @property
    def by(self) -> str:
        return self.plan["by"]

    @property
    def reason(self) -> str:
        return self.plan["reason"]

    @property
    def status(self) -> str:
        """planned, approved, applied (loaded, not yet confirmed), confirmed or reverted."""
        return [event["event"] for event in self.events if event["event"] not in REMARKS][-1]

    @property
    def approved_by(self) -> str:
        return next((e["by"] for e in self.events if e["event"] == "approved"), "")

    @property
    def emergency(self) -> bool:
        return any(event.get("emergency") for event in self.events)

    @property
    def needs_review(self) -> bool:
        """Applied as an emergency, and no second person has looked at it since."""
        return self.emergency and not any(e["event"] == "reviewed" for e in self.events)

    @property
    def head(self) -> dict:
        return self.events[-1]


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def digest(value: dict) -> str:
    """SHA-256 of the one way to write this down, apart from its own "hash"."""
    kept = {key: value[key] for key in value if key != "hash"}
    return sha256(json.dumps(kept, sort_keys=True, separators=(",", ":")))


def same_person(one: str, other: str) -> bool:
    return "".join(one.casefold().split()) == "".join(other.casefold().split())


def say_who(name: str, option: str = "--by") -> str:
    """The name on one line, without what cannot be seen; Refusal when there is none."""
    name = "".join(sign for sign in " ".join(name.split()) if sign.isprintable())
    if not name:
        raise Refusal(f"{option} is empty: a record needs it.")
    return name


# --- Reading ---------------------------------------------------------------------------------


def read_all(folder: Path | str) -> list[Record]:
    """All records, oldest first. Refusal when one cannot be read; `problems` says if one was altered."""
    folder = Path(folder)
    paths = [path for path in folder.glob("*.json") if ID.fullmatch(path.stem)]
    return [_read(path) for path in sorted(paths, key=lambda path: _order(path.stem))]


def read_one(folder: Path, change: str) -> Record:
    path = Path(folder) / f"{change}.json"
    if not ID.fullmatch(change) or not path.exists():
        raise Refusal(f"There is no change {change!r} in {folder}.")
    return _read(path)


def _order(change: str) -> tuple[str, int]:
    day, _, number = change.rpartition("-")
    return day, int(number)


def _read(path: Path) -> Record:
    try:
        content = json.loads(_text(path))
        record = Record(content["plan"], tuple(content["events"]))
        if record.id != path.stem:
            raise Refusal(f"{path} holds the record {record.id}: it was renamed or copied.")
        _refuse_what_no_reader_expects(record)
    except PermissionError:
        raise Refusal(f"{path} may not be read by this user.", CANNOT_HERE) from None
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        raise Refusal(f"{path} is not a change record: it is damaged.") from None
    return record


def _text(path: Path) -> str:
    """Raise OSError for what is no file: git brings links too, and one to /dev/zero has no end."""
    if not path.is_file():
        raise FileNotFoundError(path)
    return path.read_text()


def _refuse_what_no_reader_expects(record: Record) -> None:
    """Raise LookupError or TypeError, so that whoever shows a record need not look at every part first."""
    texts = [record.id, record.by, record.reason, record.plan["planned_at"], record.status]
    for event in record.events:
        event["seq"] + 1
        texts += [event[key] for key in ("event", "at", "by", "text", "hash", "previous")]
    rows = [*record.plan.get("impact", []), *record.plan["check"]["wrong"]]
    texts += [row["flow"] for row in rows]
    names = dict(record.plan["files"])
    if not all(isinstance(text, str) for text in [*texts, *names]):
        raise TypeError
    if not all(name.startswith(f"{record.id}.") and "/" not in name for name in names):
        raise LookupError


def problems(folder: Path | str, records: list[Record], head: dict | None = None) -> list[str]:
    """What shows that records or their files were altered or are missing; empty if nothing does."""
    found = []
    for record in records:
        if record.events[0].get("plan") != digest(record.plan):
            found.append(f"{record.id}: what was planned has been altered.")
        for name, wanted in record.plan["files"].items():
            try:
                intact = sha256(_text(Path(folder) / name)) == wanted
            except (OSError, ValueError):
                intact = False
            if not intact:
                found.append(f"{record.id}: {name} is missing or has been altered.")
    chain = sorted(
        ((event, record.id) for record in records for event in record.events),
        key=lambda pair: pair[0]["seq"],
    )
    previous, number = "", 0
    for event, change in chain:
        number += 1
        if event.get("hash") != digest(event):
            found.append(f"{change}: event {event['seq']} ({event['event']}) has been altered.")
        elif event["seq"] != number or event.get("previous") != previous:
            found.append(f"{change}: what came before event {event['seq']} is missing or replaced.")
            number = event["seq"]
        previous = event.get("hash")
    if head and head["hash"] not in [event.get("hash") for event, _ in chain]:
        found.append(f"The last entries, up to event {head['seq']}, are missing.")
    return found


def read_intact(state: Path) -> list[Record]:
    """All records of this host. Refusal if one was altered."""
    records = read_all(state / "changes")
    try:
        head = json.loads((state / "head.json").read_text())
        head["seq"], head["hash"]
    except FileNotFoundError:
        head = None
    except (ValueError, LookupError, TypeError):
        raise Refusal(f"{state / 'head.json'} is damaged.") from None
    found = problems(state / "changes", records, head)
    if found:
        raise Refusal(f"{found[0]} Restore {state / 'changes'} from git, then try again.")
    return records


# --- Writing ---------------------------------------------------------------------------------


def write(path: Path, text: str, mode: int = 0o644):
    """Replace a file in one step that survives a power cut."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
    except OSError:
        new.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def sync_folder(folder: Path):
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def _writing(state: Path):
    """One writer at a time; each sees what the one before it wrote."""
    try:
        own(state / "changes")
        with appending(state / "records.lock") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            yield read_intact(state)
    except OSError as error:
        raise Refusal(f"{state} cannot be written: {error.strerror}.", CANNOT_HERE) from None


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def create(state: Path, plan: dict, texts: dict[str, str]) -> Record:
    """Write a new record. `texts`: by ending (".nft"), what is kept in files of their own beside it."""
    plan["reason"] = say_who(plan["reason"], "--reason")
    plan["by"] = say_who(plan["by"])
    with _writing(state) as records:
        planned_at = now()
        today = [_order(r.id)[1] for r in records if r.id.startswith(planned_at[:10])]
        change = f"{planned_at[:10]}-{max(today, default=0) + 1}"
        files = {change + ending: text for ending, text in texts.items()}
        for name, text in files.items():
            write(state / "changes" / name, text)
        hashes = {name: sha256(text) for name, text in files.items()}
        plan = {"id": change, "planned_at": planned_at, **plan, "files": hashes}
        event = _event(records, "planned", plan["by"], plan["reason"], plan=digest(plan))
        return _save(state, Record(plan, (event,)))


def append(state: Path, change: str, name: str, by: str, text: str = "", **facts) -> Record:
    """Add an event to a record. Refusal if any record has been altered."""
    with _writing(state) as records:
        record = next((record for record in records if record.id == change), None)
        if record is None:
            raise Refusal(f"There is no change {change!r} in {state / 'changes'}.")
        event = _event(records, name, by, text, **facts)
        return _save(state, Record(record.plan, (*record.events, event)))


def _event(records: list[Record], name: str, by: str, text: str, **facts) -> dict:
    last = max((record.head for record in records), key=lambda e: e["seq"], default=None)
    event = {"seq": last["seq"] + 1 if last else 1, "event": name, "at": now(), "by": by}
    event |= {"account": account(), "text": text, **facts}
    event["previous"] = last["hash"] if last else ""
    return event | {"hash": digest(event)}


def account() -> str:
    """Who is signed in on this host, whatever name was given."""
    try:
        return os.environ.get("SUDO_USER") or getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())


def _save(state: Path, record: Record) -> Record:
    content = json.dumps({"plan": record.plan, "events": record.events}, indent=1)
    write(state / "changes" / f"{record.id}.json", content + "\n")
    write(state / "head.json", json.dumps({key: record.head[key] for key in ("seq", "hash")}))
    return record
