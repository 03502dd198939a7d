"""Starts the real server and the real worker, and asks them over HTTP."""

import http.client
import os
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings

from pawsitters.benchmark.cpu import children, cpu_seconds

READY_SECONDS = 30


class NotReady(RuntimeError):
    """The server did not answer in time."""


@dataclass
class Answer:
    status: int
    body: bytes
    headers: http.client.HTTPMessage


class Server:
    """One gunicorn with one worker process, so that its CPU and memory are those of a worker."""

    def __init__(self, process: subprocess.Popen, port: int):
        self.process, self.port = process, port
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    @property
    def worker_pid(self) -> int:
        return children(self.process.pid)[0]

    def cpu(self) -> float:
        return cpu_seconds(self.process.pid) + cpu_seconds(self.worker_pid)

    def ask(
        self,
        path: str,
        *,
        method: str = "GET",
        body: str | None = None,
        headers: dict | None = None,
    ) -> Answer:
        """One request over a kept connection, opened again where the server has closed it."""
        for attempt in (1, 2):
            try:
                self.connection.request(method, path, body, headers or {})
                response = self.connection.getresponse()
                return Answer(response.status, response.read(), response.headers)
            except (http.client.RemoteDisconnected, ConnectionError, http.client.CannotSendRequest):
                self.connection.close()
                if attempt == 2:
                    raise
        raise AssertionError("unreachable")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def serving(page_cache_seconds: int = 0):
    """A running Server and the seconds it took to become ready; it keeps no pages unless told."""
    port = int(os.environ.get("PORT") or free_port())
    environment = {
        **os.environ,
        "HOST": "127.0.0.1",
        "PORT": str(port),
        "WEB_CONCURRENCY": "1",
        "SITE_URL": f"http://127.0.0.1:{port}",
        "DEBUG": "0",
        "DATABASE_TIMEOUT": "5",
        "PAGE_CACHE_SECONDS": str(page_cache_seconds),
    }
    command = [sys.executable, "-m", "gunicorn", "-c", "pawsitters/gunicorn.py"]
    started = time.monotonic()
    process = subprocess.Popen(
        [*command, "pawsitters.benchmark.wsgi"], env=environment, cwd=settings.BASE_DIR
    )
    try:
        server = Server(process, port)
        _await(server)
        yield server, time.monotonic() - started
    finally:
        stop(process)


def _await(server: Server) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and server.process.poll() is None:
        try:
            if server.ask("/readyz").status == 200:
                return
        except OSError:
            time.sleep(0.05)
    raise NotReady("gunicorn did not become ready; its lines above say why")


@contextmanager
def working():
    """`manage.py worker`, running."""
    environment = {**os.environ, "DATABASE_TIMEOUT": "5"}
    process = subprocess.Popen(
        [sys.executable, "manage.py", "worker"],
        env=environment,
        cwd=settings.BASE_DIR,
        stdout=subprocess.DEVNULL,
    )
    try:
        yield process
    finally:
        stop(process)


def stop(process: subprocess.Popen) -> None:
    process.terminate()
    try:
        process.wait(15)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
