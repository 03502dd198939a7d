"""Counts of several processes, some of which fork, end or are killed."""

import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest
from django.conf import settings as project
from django.test import Client

from pawsitters.operations import counters
from pawsitters.operations.counters import count, totals
from profiles.tests.factories import make_sitter


def _in_child(work):
    """Run `work` in a fork that ends without Python's farewell, as a killed worker does."""
    pid = os.fork()
    if pid == 0:
        try:
            work()
        finally:
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(pid, 0)


def test_what_ended_processes_counted_stays_counted():
    count("pages_fresh", 2)
    for _ in range(3):
        _in_child(lambda: (count("pages_fresh"), counters.flush()))

    assert totals()["pages_fresh"] == 5
    assert totals()["pages_stale"] == 0


def test_a_fork_does_not_count_again_what_its_parent_has_in_hand():
    count("gate_shut")
    _in_child(counters.flush)

    assert totals()["gate_shut"] == 1


def test_counts_reach_the_file_by_themselves_and_only_then_a_thread_runs(settings):
    count("pages_stale")
    file = settings.VAR_DIR / "counters" / "counters.sqlite3"
    until = time.monotonic() + 5
    while counters._flush_is_due and time.monotonic() < until:
        time.sleep(0.05)

    assert file.exists()
    assert not counters._pending


def test_a_process_that_ends_writes_what_it_has(tmp_path):
    code = "from pawsitters.operations.counters import count; count('gate_shut', 3)"
    environment = {
        **os.environ,
        "VAR_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "pawsitters.settings",
    }
    subprocess.run([sys.executable, "-c", code], env=environment, cwd=project.BASE_DIR, check=True)

    assert totals()["gate_shut"] == 3


def test_several_processes_that_write_at_once_lose_nothing():
    children = []
    for _ in range(4):
        pid = os.fork()
        if pid == 0:
            for _ in range(25):
                count("requests_held")
                counters.flush()
            os._exit(bool(counters._pending))
        children.append(pid)
    codes = [os.waitpid(pid, 0)[1] for pid in children]

    assert codes == [0] * 4
    assert totals()["requests_held"] == 100


def test_counts_wait_for_a_disk_that_takes_nothing(settings, tmp_path, monkeypatch):
    settings.VAR_DIR = tmp_path / "file"
    (tmp_path / "file").write_text("no folder can be made here")
    count("requests_dead")
    counters.flush()
    (tmp_path / "file").unlink()

    assert totals()["requests_dead"] == 1


def test_a_damaged_file_is_begun_anew(settings):
    folder = settings.VAR_DIR / "counters"
    folder.mkdir()
    (folder / "counters.sqlite3").write_bytes(b"nonsense" * 1000)
    count("pages_away")

    assert totals()["pages_away"] == 1
    with sqlite3.connect(folder / "counters.sqlite3") as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.django_db
def test_only_public_pages_for_visitors_are_counted_as_fresh():
    path = make_sitter().get_absolute_url()
    before = totals()["pages_fresh"]
    for address in (path, "/search/", "/livez", "/status/", "/sign/login/", "/nowhere/"):
        Client().get(address)

    assert totals()["pages_fresh"] - before == 2
