"""The leak test: nobody's private words on another's page, nor among the pages kept for an outage.

People whose names, addresses, animals and messages carry a word of their own send mixed requests,
signed in and not, before, during and after an outage, to a real gunicorn with a real MariaDB. Every
answer and then every file is searched for words of others. Needs no root; sends nothing outside
this machine.

    SECRET_KEY=x DEBUG=1 python -m pawsitters.operations.drill.leaks

Ends with 1 if anything was found.
"""

import gzip
import http.client
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from urllib.parse import urlencode

from pawsitters.operations.drill.leaks_people import KINDS
from pawsitters.operations.tests.servers import own_server

PROJECT = Path(__file__).resolve().parents[3]
CANARY = re.compile(rb"zq(%s)(\d{4})qz" % "|".join(KINDS).encode())
FIELD = re.compile(r'name="(csrfmiddlewaretoken|key|slip|shown_total_cents)" value="([^"]*)"')
AT_ONCE = 8
START_SECONDS, PLACED_SECONDS = 60, 30


@dataclass
class Found:
    """`leaks` are sentences; `answers` counts them by phase and kind, to show what was tried.

    `own` counts words seen by whose they are: without any the search would prove nothing.
    """

    leaks: list[str] = field(default_factory=list)
    answers: Counter = field(default_factory=Counter)
    own: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        lines = [
            f"{count:6}  {phase}: {what}" for (phase, what), count in sorted(self.answers.items())
        ]
        lines += self.leaks or ["No private word on another's page, in a kept page, or in a log."]
        return "\n".join([*lines, f"Own words seen: {self.own}. {self.seconds:.0f} s"])


class Browser:
    """Of one person (`number`), or of a stranger (None). One request at a time."""

    def __init__(self, port: int, number: int | None, facts: dict, public: list[str]):
        self.port, self.number, self.facts, self.public = port, number, facts, public
        self.cookies, self.form = {}, {}
        if facts:
            self.cookies.update([facts["session"].split("=")])
        self.lock = threading.Lock()

    def ask(self, rng: random.Random) -> tuple[int, http.client.HTTPMessage, bytes, str]:
        with self.lock:
            dice = rng.random()
            if not self.facts or dice < 0.3:
                return self._send("GET", rng.choice(self.public))
            if dice < 0.7 or not self.form:
                path = rng.choice([*self.facts["private"], self.facts["form"]])
                return self._send("GET", path)
            if dice < 0.85:
                said = {"text": f"zqchat{self.number:04d}qz", "key": f"{rng.getrandbits(128):032x}"}
                return self._send("POST", self.facts["private"][-1], said)
            asked = {"pets": self.facts["pet"], "message": f"zqask{self.number:04d}qz"}
            return self._send("POST", self.facts["form"], asked)

    def _send(self, method: str, path: str, typed: dict | None = None):
        headers = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())}
        if not self.cookies:
            headers = {}
        body = None
        if typed is not None:
            body = urlencode({**self.form, **typed})
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        self._remember(response, content)
        return response.status, response.headers, content, f"{method} {path}"

    def _remember(self, response, content: bytes) -> None:
        for line in response.headers.get_all("Set-Cookie") or ():
            for name, morsel in SimpleCookie(line).items():
                if morsel.value:
                    self.cookies[name] = morsel.value
                else:
                    self.cookies.pop(name, None)
        if self.facts and response.status == 200:
            fields = dict(FIELD.findall(content.decode(errors="replace")))
            if "slip" in fields:
                self.form = {name: unescape(value) for name, value in fields.items()}


class Test:
    def __init__(self, port: int, facts: dict):
        self.found = Found()
        self.lock = threading.Lock()
        people = facts["people"]
        self.browsers = [
            Browser(port, number, one, facts["public"]) for number, one in enumerate(people)
        ]
        self.strangers = [Browser(port, None, {}, facts["public"]) for _ in range(AT_ONCE)]

    def send(self, phase: str, count: int, seed: int) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            list(pool.map(lambda n: self._one(phase, random.Random(f"{seed}:{n}")), range(count)))

    def _one(self, phase: str, rng: random.Random) -> None:
        browser = rng.choice(self.strangers if rng.random() < 0.25 else self.browsers)
        try:
            status, headers, content, what = browser.ask(rng)
        except OSError as error:
            with self.lock:
                self.found.answers[phase, f"no answer ({type(error).__name__})"] += 1
            return
        kept = " kept" if headers.get("X-Kept-At") else ""
        cookies = " ".join(headers.get_all("Set-Cookie") or ()).encode()
        with self.lock:
            self.found.answers[phase, f"{status}{kept}"] += 1
            for kind, number in CANARY.findall(content + cookies):
                if browser.number == int(number):
                    self.found.own += 1
                else:
                    who = "a stranger" if browser.number is None else f"person {browser.number}"
                    words = f"LEAK: {kind.decode()} of {int(number)} to {who}: {what} ({phase})"
                    self.found.leaks.append(words)

    def search(self, files: Iterable[Path], what: str) -> None:
        for file in files:
            content = file.read_bytes()
            if content.startswith(b"\x1f\x8b"):
                content = gzip.decompress(content)
            if canary := CANARY.search(content):
                self.found.leaks.append(f"LEAK: {canary[0].decode()} in {what}: {file.name}")


def run(
    people: int = 200, requests: int = 10_000, report: Callable[[str], object] = print
) -> Found:
    """Do it all in a folder that is removed afterwards; return what was found."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="pawsitters-leaks-") as folder:
        var = Path(folder)
        var.chmod(0o755)  # the database server runs as somebody else
        with own_server(var) as server:
            environment = _environment(var, server.url)
            report(f"An empty database, then {people} people")
            facts = _prepare(environment, var / "people.json", people)
            with _site(environment, var) as port:
                test = Test(port, facts)
                _phases(test, server, requests, report)
                report("The files are searched")
                _wait_until_placed(environment)
                test.search((var / "stale").glob("??/*"), "a kept page")
                test.search((var / "soon").glob("*/*"), "the next bookings")
                test.search((var / "outbox").glob("*"), "the outbox after all was placed")
                test.search([var / "gunicorn.log"], "the log")
    test.found.seconds = time.monotonic() - began
    return test.found


def _phases(test: Test, server, requests: int, report) -> None:
    report(f"{requests} requests: before")
    test.send("1 before", requests * 4 // 10, 1)
    with server.frozen():
        report("during an outage")
        test.send("2 during", requests * 3 // 10, 2)
    report("after it")
    test.send("3 after", requests * 3 // 10, 3)


def _environment(var: Path, url: str) -> dict[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(var),
        "LANG": "C.UTF-8",
        "DATABASE_URL": url,
        "SECRET_KEY": "signs-nothing-outside-this-test",
        "FIELD_KEYS": "b25seS1mb3ItdGhlLWRyaWxsLW9ubHktZm9yLWl0LTA=",
        "DJANGO_SETTINGS_MODULE": "pawsitters.settings",
        "SITE_URL": "http://127.0.0.1",
        "VAR_DIR": str(var),
        "STATIC_ROOT": str(var / "static"),
        "WEB_CONCURRENCY": "2",
        "PAGE_CACHE_SECONDS": "0.2",  # used, and soon over: then kept pages show
    }


def _prepare(environment: dict, file: Path, people: int) -> dict:
    """Static files meanwhile, on the other core."""
    collect = [sys.executable, "manage.py", "collectstatic", "--noinput", "--verbosity", "0"]
    make = [sys.executable, "-m", "pawsitters.operations.drill.leaks_people", file, str(people)]
    with subprocess.Popen(collect, env=environment, cwd=PROJECT) as collecting:
        subprocess.run(make, env={**environment, "DATABASE_TIMEOUT": "60"}, cwd=PROJECT, check=True)
    if collecting.returncode:
        raise RuntimeError("collectstatic failed")
    return json.loads(file.read_text())


@contextmanager
def _site(environment: dict, var: Path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "gunicorn", "-c", "pawsitters/gunicorn.py", "pawsitters.wsgi"]
    with (var / "gunicorn.log").open("w") as log:
        site = subprocess.Popen(
            command, env={**environment, "PORT": str(port)}, cwd=PROJECT, stdout=log, stderr=log
        )
    try:
        _wait_for(port)
        yield port
    finally:
        site.terminate()
        site.wait()


def _wait_for(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


def _wait_until_placed(environment: dict) -> None:
    until = time.monotonic() + PLACED_SECONDS
    command = [sys.executable, "manage.py", "outbox", "depth"]
    while time.monotonic() < until:
        depth = subprocess.run(command, env=environment, cwd=PROJECT, capture_output=True)
        if depth.stdout.strip() == b"0":
            return
        time.sleep(0.5)


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pawsitters.settings")
    outcome = run()
    print(outcome)
    sys.exit(bool(outcome.leaks))
