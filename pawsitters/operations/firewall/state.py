"""The folder that the commands share on the database host. Whoever reads it sees whole files only."""

import json
import os
import stat
from pathlib import Path
from typing import TextIO

from pawsitters.operations.firewall.errors import CANNOT_HERE, Refusal

FOLDER = Path("/var/lib/pawsitters-firewall")
ENDED = "ended.json"  # the change that `apply` tested last
JUST_ENDED_SECONDS = 10  # in which its last transaction may still be noticed
MOST_BYTES = 100_000
MOST_SUMMARY = 600  # characters of a change that the witness passes on
CHANGE_FIELDS = ("changed_at", "process", "pid", "by", "summary")


def add_option(parser) -> None:
    parser.add_argument(
        "--state", type=Path, default=FOLDER, metavar="FOLDER", help=f"default: {FOLDER}"
    )


def write(path: Path, value: dict) -> None:
    """Replace a file as a whole. Raise OSError if the folder cannot be written."""
    replace(path, json.dumps(value))


def replace(path: Path, text: str, mode: int = 0o644) -> None:
    """The same with any text. The witness, who is not root, may write in this folder: a link that it puts
    in the way leads nobody elsewhere."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w") as file:
        file.write(text)
    fresh.replace(path)


def appending(path: Path) -> TextIO:
    """A file to add to or to lock, which only its owner opens; OSError if it is a link."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
    return os.fdopen(os.open(path, flags, 0o600), "a")


def own(folder: Path) -> None:
    """Make a folder of ours, if there is none. Refusal if it is somebody else's, who could put a change
    or a record into it. Raise OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    found = folder.lstat()
    ours = {0, os.geteuid(), int(os.environ.get("SUDO_UID", 0))}
    if not stat.S_ISDIR(found.st_mode) or found.st_uid not in ours:
        raise Refusal(
            f"{folder} was made by somebody else: look at it, then remove it.", CANNOT_HERE
        )


def read(path: Path) -> dict | None:
    """A file's JSON object, or None if there is none that can be understood."""
    try:
        with path.open("rb") as file:
            value = json.loads(file.read(MOST_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def last_change(folder: Path) -> dict | None:
    """The change of the rules that `watch` saw last, short enough for one line."""
    change = read(folder / "watch.json")
    if change is None:
        return None
    short = {name: change.get(name) for name in CHANGE_FIELDS}
    return {
        name: value[:MOST_SUMMARY] if isinstance(value, str) else value
        for name, value in short.items()
    }


def pending(folder: Path) -> str | None:
    """The change that `apply` has loaded and that is not confirmed yet. One whose applier died is none:
    the kernel takes it back, and nobody else's changes shall pass for it."""
    try:
        entries = sorted((folder / "pending").iterdir())
    except OSError:
        return None
    return next((entry.name for entry in entries if _is_alive(entry / "applier")), None)


def _is_alive(file: Path) -> bool:
    try:
        os.kill(int(file.read_text()), 0)
    except PermissionError:
        return True
    except (OSError, ValueError):
        return False
    return True


def changer(folder: Path, noticed) -> str:
    """Who made these changes (events.Event): "apply ID" while one is pending, or for those up to its
    last; else "outside"."""
    if not noticed:
        return "outside"
    change = pending(folder)
    if not change and (ended := read(folder / ENDED)):
        last = max(noticed, key=lambda event: event.generation)
        is_fresh = abs(last.at - float(ended.get("at") or 0)) < JUST_ENDED_SECONDS
        is_own = 0 < last.generation <= int(ended.get("generation") or 0)
        change = ended.get("change") if is_fresh and is_own else None
    return f"apply {change}" if change else "outside"
