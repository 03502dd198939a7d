"""`manage.py sentinel` as a process, against a real MariaDB that freezes and stops."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.conf import settings as project

from pawsitters.operations import incidents
from pawsitters.operations.tests.servers import make_probe_tables, own_server
from pawsitters.operations.verdicts import Verdict

pytestmark = pytest.mark.mysql
ALERT_SECONDS = 2.5
SLACK = 1.5  # of a machine that does other things too


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with own_server(tmp_path_factory.mktemp("var")) as server:
        make_probe_tables(server)
        yield server


@pytest.fixture
def hooks():
    """A web server that remembers what it was sent: (path, body, moment)."""
    heard = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            heard.append((self.path, body, time.monotonic()))
            self.send_response(204)
            self.end_headers()

        do_GET = do_POST
        log_message = lambda *_: None  # noqa: E731

    server = HTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", heard
    server.shutdown()
    server.server_close()


@pytest.fixture
def start(server, hooks, settings):
    running = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "manage.py", "sentinel"],
            cwd=project.BASE_DIR,
            env={
                **os.environ,
                "DATABASE_URL": server.url,
                "VAR_DIR": str(settings.VAR_DIR),
                "ALERT_EMAILS": "duty@example.org",
                "ALERT_WEBHOOK": f"{hooks[0]}/alert",
                "DEAD_MANS_URL": f"{hooks[0]}/alive",
            },
            stderr=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        assert "The sentinel works" in process.stderr.readline()
        return process

    yield start
    for process in running:
        process.kill()
        process.wait()
        process.stderr.close()


def wait_for(what, seconds):
    until = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < until:
        time.sleep(0.02)
    return found


def _alerts(heard):
    return [(json.loads(body), at) for path, body, at in heard if path == "/alert"]


def test_from_the_fault_to_the_report(server, hooks, start, settings):
    address, heard = hooks
    process = start()
    verdict_file = settings.VAR_DIR / "sentinel.json"
    assert wait_for(lambda: verdict_file.exists() and _verdict(verdict_file).ok, 5)
    assert wait_for(lambda: [path for path, _body, _at in heard] == ["/alive"], 3)

    with server.frozen():
        began = time.monotonic()
        assert wait_for(lambda: _alerts(heard), ALERT_SECONDS + SLACK)
        alert, at = _alerts(heard)[0]
        assert at - began < ALERT_SECONDS + SLACK
        assert alert["cause"] == "server-frozen"
        assert wait_for(lambda: list((settings.VAR_DIR / "mail").glob("*")), 2)

        # Killed before it has noted that the alert went out, it would send it once more.
        assert wait_for(lambda: len(incidents.current().all("sent")) == 2, 3)
        _kill(process)
        time.sleep(0.2)
        process = start()
        assert wait_for(lambda: incidents.current().last("note"), 3)

    recovered = time.monotonic()
    folder = settings.VAR_DIR / "incidents"
    assert wait_for(lambda: list(folder.glob("*.md")) and list(folder.glob("*.html")), 5 + SLACK)
    assert time.monotonic() - recovered < 5 + SLACK
    assert [alert["event"] for alert, _at in _alerts(heard)] == ["alert", "recovery"]
    assert len(incidents.all_incidents()) == 1
    assert incidents.current() is None

    process.send_signal(signal.SIGTERM)
    assert process.wait(5) == 0


def test_there_is_one_for_each_var_dir(start, settings):
    first = start()
    second = subprocess.run(
        [sys.executable, "manage.py", "sentinel"],
        cwd=project.BASE_DIR,
        env={**os.environ, "VAR_DIR": str(settings.VAR_DIR)},
        capture_output=True,
        text=True,
    )

    assert second.returncode == 3
    assert f"process {first.pid}" in second.stderr


def test_it_starts_and_alerts_while_the_server_is_away(server, hooks, start):
    with server.frozen():
        start()
        assert wait_for(lambda: _alerts(hooks[1]), 5)


def test_a_server_that_stops_is_told_apart_from_one_that_is_silent(server, hooks, start, settings):
    """The last one: the server does not come back."""
    start()
    file = settings.VAR_DIR / "sentinel.json"
    assert wait_for(lambda: file.exists() and _verdict(file).ok, 5)
    os.kill(server.pid, signal.SIGTERM)

    assert wait_for(lambda: _alerts(hooks[1]), 5)
    assert (
        _alerts(hooks[1])[0][0]["cause"] == "refused"
    )  # without a witness; with one "server-stopped"


def _verdict(file) -> Verdict:
    return Verdict.from_json(file.read_text())


def _kill(process):
    process.kill()
    process.wait()
