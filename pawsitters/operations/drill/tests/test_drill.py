"""What a drill leaves behind (nothing), what it refuses, and how it counts."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from pawsitters.operations.drill import bounds, plan, report
from pawsitters.operations.drill.faults import FAULTS
from pawsitters.operations.verdicts import NAMED

needs_root = pytest.mark.skipif(
    os.geteuid() != 0 or not shutil.which("ip"), reason="only root makes network namespaces"
)
OUTER = """
import os, sys
from pawsitters.operations.drill.namespaces import enter
sys.exit(enter([sys.executable, "-c", sys.argv[1]], dict(os.environ)))
"""
INNER = """
import time
from pathlib import Path
from pawsitters.operations.drill.namespaces import FILES, cable, settle_in
settle_in()
web, db = cable()
db.start(["sleep", "300.25"], log=FILES / "log")
db.rules("table inet mine { }")
print("ready", flush=True)
time.sleep(300)
"""


def links() -> str:
    return subprocess.run(["ip", "-o", "link"], capture_output=True, text=True, check=True).stdout


def sleepers() -> list[str]:
    lines = [file.read_bytes() for file in Path("/proc").glob("[0-9]*/cmdline") if file.exists()]
    return [line.decode() for line in lines if b"300.25" in line and b"sleep\0" in line]


@needs_root
@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_nothing_is_left_however_it_ends(ending):
    before = links()
    outer = subprocess.Popen(
        [sys.executable, "-c", OUTER, INNER],
        cwd=settings.BASE_DIR,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        if outer.stdout.readline() != "ready\n":
            pytest.skip("this machine lets even root make no namespaces")
        assert sleepers()
        assert links() == before
        outer.send_signal(ending)
        outer.wait(5)
    finally:
        outer.kill()
        outer.stdout.close()

    until = time.monotonic() + 3
    while sleepers() and time.monotonic() < until:
        time.sleep(0.02)
    assert not sleepers()
    assert links() == before
    assert not Path("/run/drill").exists()


def test_an_unknown_drill_is_one_sentence():
    with pytest.raises(CommandError, match="There is no drill “flood”") as refused:
        call_command("drill", "flood")

    assert refused.value.returncode == 2


def test_without_root_it_says_so(monkeypatch):
    monkeypatch.setattr(os, "geteuid", lambda: 1000)

    with pytest.raises(CommandError, match="only root") as refused:
        call_command("drill", "aug12")

    assert refused.value.returncode == 3


def test_the_list_names_every_fault(capsys):
    call_command("drill", "list")

    listed = capsys.readouterr().out
    assert all(f"{fault.name} " in listed and fault.words in listed for fault in FAULTS.values())
    assert len(FAULTS) >= 11


def test_each_fault_expects_causes_that_a_probe_can_name():
    assert all(fault.causes <= NAMED.keys() for fault in FAULTS.values())


FACTS = {
    "people": [{"user": n, "pet": n, "cookie": f"sessionid=s{n}"} for n in range(60)],
    "hosts": ["ada", "ben"],
    "public": ["/", "/search/"],
}


def test_nobody_asks_more_often_than_the_site_allows():
    made = plan.requests(FACTS, ["/static/a.css"], 60)
    asked = [one for one in made if one["kind"] == "booking"]

    assert 0.9 * 60 * plan.EACH_SECOND < len(made) < 1.1 * 60 * plan.EACH_SECOND
    assert max(sum(one["person"] == n for one in asked) for n in range(60)) <= 20
    assert len({one["key"] for one in asked}) < len(asked), "some are sent twice"


def story(**changes) -> SimpleNamespace:
    """As aug12 tells it: three requests, one of them held and placed."""
    lines = [
        {"kind": "public", "at": 0, "status": 200, "is_useful": True, "is_kept": False},
        {"kind": "static", "at": 4, "status": 200, "is_useful": True, "is_kept": False},
        {"kind": "booking", "at": 5, "status": 202, "key": "1:a", "is_kept": False},
        {"kind": "public", "at": 10.2, "status": 200, "is_useful": True, "is_kept": False},
    ]
    lines = [{"took_ms": 5.0, "late_ms": 0.1, **line} for line in lines]
    results = SimpleNamespace(
        lines=lines,
        started=0,
        sent_between=lambda a, b: [one for one in lines if a <= one["at"] < b],
        answered_at=lambda one: one["at"],
    )
    facts = {
        "results": results, "cut_at": 1, "back_at": 10, "verdict": (2, "firewall", "…"),
        "first_verdict": None, "placed_at": 11, "postmortem_at": 12, "cold_seconds": 1,
        "signed_in": 60, "people": 60, "bookings": {"1:a": 1}, "record": {"alert": 3.0, "ended": 10.5},
    }  # fmt: skip
    return SimpleNamespace(**{**facts, **changes})


def missed(told) -> list[str]:
    return [line.name for line in bounds.judge(told) if not line.is_held]


def test_a_good_drill_misses_nothing():
    assert missed(story()) == []


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"bookings": {}}, "received requests lost"),
        ({"bookings": {"1:a": 2}}, "received requests doubled"),
        ({"verdict": None}, "verdict “firewall” after the onset"),
        ({"placed_at": None}, "all held requests placed"),
        ({"postmortem_at": 15.1}, "post-mortem written"),
        ({"signed_in": 59}, "people signed in afterwards"),
        ({"record": {"alert": 3.6, "ended": 10.5}}, "alert after the onset"),
        ({"record": {"alert": 3, "ended": 11.3}}, "end in the record, off the truth by"),
        ({"cold_seconds": None}, "first page of a gunicorn started cold"),
    ],
)
def test_each_miss_is_told(changes, name):
    assert missed(story(**changes)) == [name]


def test_a_page_that_failed_or_was_slow_is_told():
    told = story()
    told.results.lines[1].update(status=503, is_useful=False, took_ms=1_200.0)

    assert missed(told) == [
        "useful answers to public GETs",
        "5xx on public pages",
        "slowest request of all",
        "p99 from 2 s after the onset",
        "static, p99 from 2 s after the onset",
    ]


def test_then_and_now_stand_side_by_side():
    told = story()

    text = report.then_and_now(told, bounds.judge(told))

    assert "75 minutes" in text
    assert "1.00 s" in text
    assert "▼" in report.picture(told)
