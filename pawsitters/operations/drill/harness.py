"""The whole site in two namespaces: a real MariaDB on one host; gunicorn, worker, warmer and sentinel
on the other, started as in production."""

import http.client
import os
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pymysql

from pawsitters.operations.drill.namespaces import FILES, Host, Names, cable, run

PROJECT = Path(__file__).resolve().parents[3]
WEB_PORT, COLD_PORT, DATABASE_PORT, WITNESS_PORT = 8000, 8001, 3306, 3308
SITE_URL = f"http://127.0.0.1:{WEB_PORT}"
BACK_LOG = 80  # as MariaDB chooses for a small server; small enough that a drill can fill it
START_SECONDS = 60
# What the database host lets in before anybody changes a rule.
RULES = f"""
table inet pawsitters {{
  chain input {{
    type filter hook input priority 0; policy drop
    ct state established,related accept
    iif "lo" accept
    meta l4proto {{ icmp, ipv6-icmp }} accept
    ip saddr 10.31.8.1 tcp dport {{ {DATABASE_PORT}, {WITNESS_PORT} }} accept
  }}
}}
"""


class NotStarted(RuntimeError):
    """A part of the site did not start; the sentence says which and where its words are."""


class World:
    """Both hosts and all that runs on them. `static` is where prepared assets are."""

    def __init__(self):
        self.static = FILES / "static"
        self.var, self.logs, self.data = FILES / "var", FILES / "logs", FILES / "data"
        for folder in (self.var, self.logs, FILES / "tmp"):
            folder.mkdir(exist_ok=True)
        self.names = Names()
        self.web, self.db = cable()
        self.db.rules(RULES)
        self.password, self.admin_password = secrets.token_hex(12), secrets.token_hex(12)
        self.witness_key = secrets.token_hex(16)
        self.processes: dict[str, subprocess.Popen] = {}
        self._admin = None

    # --- settings ------------------------------------------------------------------------
    def environment(self, **changes: str) -> dict[str, str]:
        """Nothing is inherited but the way to programs, so that no setting reaches outside."""
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(FILES),
            "TMPDIR": str(FILES / "tmp"),
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "DATABASE_URL": f"mysql://pawsitters:{self.password}@db:{DATABASE_PORT}/pawsitters",
            "SECRET_KEY": "signs-nothing-outside-the-namespaces-of-a-drill-of-this-project",
            "FIELD_KEYS": "b25seS1mb3ItdGhlLWRyaWxsLW9ubHktZm9yLWl0LTA=",
            "DJANGO_SETTINGS_MODULE": "pawsitters.settings",
            "DEBUG": "0",
            "DEMO": "1",
            "EMAIL_URL": "",
            "SITE_URL": SITE_URL,
            "PORT": str(WEB_PORT),
            "VAR_DIR": str(self.var),
            "STATIC_ROOT": str(self.static),
            # Each page asks the database, so that a fresh one cannot be one from memory.
            "PAGE_CACHE_SECONDS": "0",
            "WITNESS": f"db:{WITNESS_PORT}",
            "WITNESS_KEY": self.witness_key,
            **changes,
        }

    # --- database host -------------------------------------------------------------------
    def install_data(self) -> None:
        """An empty data directory; a prepared one is copied to `self.data` instead."""
        self.data.mkdir()
        shutil.chown(self.data, _server_user(), _server_group())
        run(
            *_as_server_user(), "mariadb-install-db", "--no-defaults", f"--datadir={self.data}",
            "--auth-root-authentication-method=normal", "--skip-test-db", "--skip-name-resolve",
            "--innodb-flush-method=nosync", "--innodb-log-file-size=16M", "--cross-bootstrap",
        )  # fmt: skip

    def start_database(self) -> None:
        first = FILES / "first.sql"
        first.write_text(
            f"CREATE OR REPLACE USER pawsitters@'%' IDENTIFIED BY '{self.password}';\n"
            f"CREATE OR REPLACE USER drill@localhost IDENTIFIED BY '{self.admin_password}';\n"
            "CREATE DATABASE IF NOT EXISTS pawsitters CHARACTER SET utf8mb4;\n"
            # Not on *.*, which would be allowed to write to a server that is read-only.
            "GRANT ALL ON pawsitters.* TO pawsitters@'%';\n"
            "GRANT ALL ON *.* TO drill@localhost WITH GRANT OPTION;\n"
        )
        shutil.chown(first, _server_user())
        command = [
            *_as_server_user(), "mariadbd", "--no-defaults", f"--datadir={self.data}",
            "--socket=socket", f"--port={DATABASE_PORT}", "--bind-address=0.0.0.0",
            f"--init-file={first}", "--skip-name-resolve", "--skip-log-bin",
            "--max-connect-errors=4294967295", "--max-connections=200", f"--back-log={BACK_LOG}",
            "--transaction-isolation=READ-COMMITTED", "--character-set-server=utf8mb4",
            "--collation-server=utf8mb4_unicode_ci", "--wait-timeout=300", "--max-statement-time=5",
            "--innodb-buffer-pool-size=128M", "--innodb-log-file-size=16M",
            "--innodb-flush-method=nosync", "--innodb-use-native-aio=0", "--innodb-doublewrite=0",
            "--performance-schema=0",
        ]  # fmt: skip
        self._start("mariadb", self.db, command)
        self._await("mariadb", self._database_answers)

    def start_witness(self) -> None:
        """And the watch, which notices who changes rules."""
        state = FILES / "firewall"
        state.mkdir(exist_ok=True)
        environment = {
            "PATH": os.environ["PATH"],
            "WITNESS_KEY": self.witness_key,
            "PYTHONUNBUFFERED": "1",
        }
        for name in ("watch", "witness"):
            command = [sys.executable, "-m", "pawsitters.operations.firewall", name]
            self._start(name, self.db, [*command, "--state", str(state)], environment)

    def _database_answers(self) -> bool:
        try:
            self.ask("SELECT 1")
        except pymysql.err.OperationalError:
            return False
        return True

    def ask(self, question: str, values=None) -> tuple:
        """Past network and firewall, over the server's own socket, by a connection that is kept."""
        if self._admin is None:
            self._admin = self.connect()
        with self._admin.cursor() as cursor:
            cursor.execute(question, values)
            return cursor.fetchall()

    def connect(self) -> pymysql.Connection:
        return pymysql.connect(
            unix_socket=str(self.data / "socket"),
            user="drill",
            password=self.admin_password,
            autocommit=True,
            connect_timeout=2,
            init_command="SET max_statement_time=30, wait_timeout=600",
        )

    @property
    def database_pid(self) -> int:
        return self.processes["mariadb"].pid

    def stop_database(self) -> None:
        """In good order, so that its files can be copied or it can be started again."""
        if self._admin:
            with suppress(pymysql.err.Error):
                self._admin.close()
        self._admin = None
        self.stop("mariadb", 30)

    # --- web host ------------------------------------------------------------------------
    def start_site(self) -> None:
        """Everything of the web host at once; ready when pages are kept and visitors answered."""
        self.start_gunicorn("gunicorn", WEB_PORT)
        for name, *arguments in (("worker",), ("sentinel",), ("warm", "--every", "300", "--quiet")):
            if (PROJECT / f"pawsitters/operations/management/commands/{name}.py").exists() or (
                name == "worker"
            ):
                self._start(name, self.web, [*manage(), name, *arguments], self.environment())
        self._await("gunicorn", lambda: ask(WEB_PORT, "/readyz").status == 200)
        self._await("warm", lambda: "public pages are kept" in self.said("warm"))

    def start_gunicorn(self, name: str, port: int, **changes: str) -> None:
        command = [sys.executable, "-m", "gunicorn", "-c", "pawsitters/gunicorn.py"]
        environment = self.environment(PORT=str(port), **changes)
        self._start(name, self.web, [*command, "pawsitters.wsgi"], environment)

    def start_sentinel(self) -> None:
        """Alone: its probes and heartbeats need nothing else of the site."""
        self._start("sentinel", self.web, [*manage(), "sentinel"], self.environment())

    def kill_a_worker(self) -> None:
        """The first child of gunicorn, at once, as the kernel does when memory runs out."""
        os.kill(children(self.processes["gunicorn"].pid)[0], signal.SIGKILL)

    # --- processes -----------------------------------------------------------------------
    def _start(self, name: str, host: Host, command, environment=None) -> None:
        log = self.logs / f"{name}.log"
        environment = environment or {"PATH": os.environ["PATH"], "HOME": str(FILES)}
        self.processes[name] = host.start(command, log=log, env=environment, cwd=PROJECT)

    def said(self, name: str) -> str:
        file = self.logs / f"{name}.log"
        return file.read_text(errors="replace") if file.exists() else ""

    def _await(self, name: str, is_ready: Callable[[], bool]) -> None:
        until = time.monotonic() + START_SECONDS
        while not is_ready():
            if self.processes[name].poll() is not None or time.monotonic() > until:
                last = "\n".join(self.said(name).splitlines()[-15:])
                raise NotStarted(f"{name} did not start. Its last words:\n{last}")
            time.sleep(0.02)

    def stop(self, name: str, seconds: float = 10) -> None:
        process = self.processes.pop(name, None)
        if process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGCONT)
            process.terminate()
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


@contextmanager
def connections(count: int, address: tuple[str, int]) -> Iterator[None]:
    """As many connections to a port as it takes, opened and left alone."""
    crowd = []
    try:
        for _ in range(count):
            one = socket.socket()
            one.setblocking(False)
            one.connect_ex(address)
            crowd.append(one)
        yield
    finally:
        for one in crowd:
            one.close()


def manage() -> list[str]:
    return [sys.executable, "manage.py"]


def children(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class NoAnswer:
    status, body = 0, b""


def ask(port: int, path: str, **headers: str):
    """The web host's answer, read to its end; status 0 if there is none."""
    asked = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        asked.request("GET", path, headers=headers)
        answer = asked.getresponse()
        answer.body = answer.read()
        return answer
    except (OSError, http.client.HTTPException):
        return NoAnswer
    finally:
        asked.close()


def _server_user() -> str:
    with suppress(KeyError):
        return pwd.getpwnam("mysql").pw_name
    return "nobody"


def _server_group() -> int:
    return pwd.getpwnam(_server_user()).pw_gid


def _as_server_user() -> list[str]:
    user = _server_user()
    return ["setpriv", f"--reuid={user}", f"--regid={_server_group()}", "--clear-groups"]
