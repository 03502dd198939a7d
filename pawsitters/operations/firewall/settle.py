"""How the test of a change ends, now or after its applier has died: as the kernel says that it went."""

import fcntl
import os
import shutil
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from pathlib import Path

from pawsitters.operations.firewall import events, records, seen, state, switch
from pawsitters.operations.firewall.errors import CANNOT_HERE, DIFFERS, DONE, REVERTED, Refusal


def nothing(_step: str) -> None:
    """Stands where the kill tests stop us."""


@contextmanager
def alone(folder: Path):
    """The descriptor of a lock that one applier at a time holds; nft keeps it too while it runs."""
    try:
        state.own(folder / "pending")
        file = state.appending(folder / "apply.lock")
    except OSError as error:
        raise Refusal(f"{folder} cannot be written: {error.strerror}.", CANNOT_HERE) from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            busy = state.pending(folder) or "another change"
            raise Refusal(f"{busy} is being applied: wait until it has ended.", DIFFERS) from None
        yield file.fileno()


def settle(folder: Path, change: str, by: str, why: str, lock: int, say, at_step=nothing) -> int:
    """End a test as the kernel says that it went: finish what was confirmed, or clear the rest away.

    After a power cut the kernel knows nothing; what was loaded then is what the boot file says.
    May be repeated at any point. Return DONE or REVERTED.
    """
    pending = folder / "pending" / change
    done = switch.traces().get(change) == "done" or _is_written(pending)
    if done:
        saved = _persist(pending)
        at_step("persisted")
        _record(folder, change, "confirmed", by, saved, say)
        at_step("settled")
        switch.load(switch.cleared(change), lock)
    else:
        _clear(change, lock)
        at_step("cleared")
        if has_changed(pending):
            why += "; but they are not as before the test: somebody else changed them meanwhile"
        _record(folder, change, "reverted", by, why, say)
        _persist(pending, keep=False)
    ended = {"change": change, "at": time.monotonic(), "generation": events.generation()}
    with suppress(OSError):  # a full disk: the watch will call it a change from outside
        state.write(folder / state.ENDED, ended)
    shutil.rmtree(pending, ignore_errors=True)
    return DONE if done else REVERTED


def _clear(change: str, lock: int) -> None:
    try:
        switch.load(switch.cleared(change), lock)
    except Refusal:  # somebody else changed the rules in between: look again
        switch.load(switch.cleared(change), lock)


def fingerprint(tables: dict[switch.Table, str]) -> str:
    """SHA-256 that stays while nobody changes them: without elements that come and go by themselves."""
    return records.digest({" ".join(table): seen.steady(text) for table, text in tables.items()})


def has_changed(pending: Path) -> bool:
    """Whether the live rules are no longer those that were there before the test."""
    before = state.read(pending / "before.json")
    if before is None:
        return False
    own = {tuple(table) for table in before["tables"]}
    live = {table: text for table, text in switch.live().items() if table in own}
    return fingerprint(live) != before["fingerprint"]


def _record(folder: Path, change: str, event: str, by: str, text: str, say) -> None:
    status = records.read_one(folder / "changes", change).status
    if status == "applied":
        records.append(folder, change, event, by, text)
        what = (
            "The new rules are in force" if event == "confirmed" else "The old rules are in force"
        )
        say(f"{change} {event}. {what}{': ' if text else ''}{text}.")


def _persist(pending: Path, keep: bool = True) -> str:
    """Put the file for the next boot in its place, or throw it away. Return what became of it."""
    wanted = state.read(pending / "persist.json")
    if not wanted:
        return "not written to any file, so a reboot takes it back" if keep else ""
    staged, target = Path(wanted["staged"]), Path(wanted["to"])
    try:
        if not keep:
            staged.unlink(missing_ok=True)
            return ""
        if staged.exists():  # else an applier that died had done this
            staged.replace(target)
            records.sync_folder(target.parent)
    except OSError as error:
        return f"but {target} could not be written ({error.strerror}), so a reboot takes it back"
    return f"written to {target}"


def _is_written(pending: Path) -> bool:
    """Whether the boot file has this change, which is put there after the confirming transaction only."""
    wanted = state.read(pending / "persist.json")
    try:
        return bool(wanted) and records.sha256(Path(wanted["to"]).read_text()) == wanted["sha256"]
    except (OSError, ValueError):
        return False


def recover(folder: Path, lock: int, say: Callable[[str], None] = print) -> None:
    """End the tests of appliers that died. The caller holds the lock, so none is alive."""
    for entry in sorted((folder / "pending").iterdir()):
        record = records.read_one(folder / "changes", entry.name)
        say(f"The applier of {record.id} died; ending its test.")
        settle(folder, record.id, records.account(), "its applier died", lock, say)
    # Left by one with another state folder, which is no longer there to clear it: its time is up.
    for change, trace in switch.traces().items():
        if trace == "over":
            switch.load(switch.cleared(change), lock)


def recover_if_idle(folder: Path, say: Callable[[str], None] = print) -> bool:
    """The same, for commands that only look: not while an applier is at work, nor without the right.

    Return whether there was anything to end.
    """
    try:
        if os.geteuid() or not any((folder / "pending").iterdir()):
            return False
        with alone(folder) as lock:
            recover(folder, lock, say)
    except (OSError, Refusal):
        return False  # busy; or altered records, which the command itself will find
    return True
