"""The prepared database, made once and kept, so that a drill starts in seconds."""

import fcntl
import hashlib
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pawsitters.operations.drill.harness import PROJECT, NotStarted, World
from pawsitters.operations.drill.namespaces import FILES, run

KEEP_SECONDS = 7 * 24 * 3600  # bookings and sessions of invented people grow old
# What decides what is in the tables.
SOURCES = (
    "*/migrations/*.py",
    "*/models/*.py",
    "accounts/*.py",
    "bookings/demo/*.py",
    "bookings/services/ratings.py",
    "profiles/snapshot.py",
    "profiles/services/*.py",
    "pawsitters/benchmark/people.py",
    "pawsitters/operations/*/migrations/*.py",
    "pawsitters/operations/migrations/*.py",
    "pawsitters/operations/drill/market.py",
    "pawsitters/operations/drill/harness.py",
    "pawsitters/settings.py",
    "requirements.txt",
)


class Busy(RuntimeError):
    """Another drill runs; two at once would measure each other."""


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """The lock goes with the process. What a killed drill has left half made is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Busy("Another drill is running. Two at once would measure each other.") from None
        for left in folder.glob("*.part"):
            shutil.rmtree(left)
        yield


def static_files(folder: Path, environment: dict[str, str], say: Callable[[str], None]) -> Path:
    """Hashed and compressed copies of static/, made again when a file there has changed."""
    found = sorted((PROJECT / "static").rglob("*"))
    stamp = [f"{file} {file.stat().st_size} {file.stat().st_mtime_ns}" for file in found]
    stamp.append((PROJECT / "requirements.txt").read_text())
    return _made_once(
        folder, f"static-{_hash(stamp)}", lambda place: _collect(place, environment, say)
    )


def _collect(place: Path, environment: dict[str, str], say: Callable[[str], None]) -> None:
    say("Preparing static files, once")
    command = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    values = {**environment, "STATIC_ROOT": str(place)}
    done = subprocess.run(command, env=values, cwd=PROJECT, capture_output=True, text=True)
    if done.returncode:
        raise NotStarted(f"collectstatic failed:\n{done.stderr[-2000:]}")


def database(folder: Path, world: World, say: Callable[[str], None]) -> dict:
    """Start the database with the prepared data; return what market.py tells of it."""
    place = _made_once(folder, f"data-{_key()}", lambda place: _seed(place, world, say))
    run("cp", "-a", "--reflink=auto", str(place / "data"), str(world.data))
    world.start_database()
    return json.loads((place / "market.json").read_text())


def _made_once(folder: Path, name: str, make: Callable[[Path], None]) -> Path:
    place = folder / name
    if place.exists() and time.time() - place.stat().st_mtime < KEEP_SECONDS:
        return place
    part = folder / f"{name}.part"
    part.mkdir()
    make(part)
    for older in folder.glob(f"{name.partition('-')[0]}-*"):
        if older != part:
            shutil.rmtree(older)
    part.rename(place)
    return place


def _seed(place: Path, world: World, say: Callable[[str], None]) -> None:
    started = time.monotonic()
    say("Preparing a database, once: an empty one")
    world.install_data()
    world.start_database()
    command = [sys.executable, "-m", "pawsitters.operations.drill.market"]
    seeding = subprocess.Popen(
        [*command, str(place / "market.json")],
        env=world.environment(DATABASE_TIMEOUT="120"),
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=(FILES / "logs" / "market.log").open("w"),
        text=True,
    )
    for step in seeding.stdout:
        say(f"Preparing a database, once: {step.strip()}")
    if seeding.wait():
        raise NotStarted(f"The demo data could not be written:\n{world.said('market')[-2000:]}")
    world.stop_database()
    run("cp", "-a", str(world.data), str(place / "data"))
    shutil.rmtree(world.data)
    say(f"The database is prepared, in {time.monotonic() - started:.0f} s; next time it is there")


def keep_last(folder: Path, world: World) -> None:
    """What one wants to read afterwards: logs, answers, the incident and its post-mortem."""
    last = folder / "last"
    shutil.rmtree(last, ignore_errors=True)
    shutil.copytree(world.logs, last / "logs")
    for found in (FILES / "results.jsonl", world.var / "incidents"):
        if found.is_dir():
            shutil.copytree(found, last / found.name)
        elif found.exists():
            shutil.copy(found, last)


def _key() -> str:
    files = sorted({file for pattern in SOURCES for file in PROJECT.glob(pattern)})
    return _hash([*(file.read_text() for file in files), run("mariadbd", "--version")])


def _hash(parts: list[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
