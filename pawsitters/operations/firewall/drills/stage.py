"""A database host and a web host in network namespaces: real packets, real nft, nothing outside.

On the database host something listens on 3306; on the web host a writer reaches it through a fresh
connection each time and, as the witness does, notes each success as a heartbeat. The namespaces
vanish with this process.
"""

import hashlib
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

from pawsitters.operations.firewall import state
from pawsitters.operations.firewall.namespaces import Space

DB, WEB, PORT = "10.77.0.1", "10.77.0.2", 3306
FLOWS = f"""
flows = ["web -> db:{PORT} must pass", "office -> db:22 must pass", "office -> db:{PORT} must not"]

[host]
name = "db"
interfaces = {{ eth0 = ["{DB}/24"] }}

[zones.web]
addresses = ["{WEB}"]

[zones.office]
addresses = ["10.77.0.9"]
"""
RULES = """
table inet site
delete table inet site
table inet site {{
    set seen {{
        type ipv4_addr
        flags dynamic,timeout
        timeout 1h
    }}
    chain input {{
        type filter hook input priority filter; policy drop;
        ct state established,related accept
        iif lo accept
        {rules}
        tcp dport 22 ip saddr 10.77.0.9 accept
        update @seen {{ ip saddr }}
    }}
}}
"""
GOOD = RULES.format(rules=f"tcp dport {PORT} ip saddr {WEB} accept")
# The same for all flows, written otherwise.
BETTER = RULES.format(rules=f"ip saddr . tcp dport {{ {WEB} . {PORT} }} counter accept")
# Something to see it by: one more port.
OPENED = RULES.format(rules=f"ip saddr {WEB} tcp dport {{ {PORT}, {PORT + 1} }} accept")
# 12 August 2024: a rule above the one that lets the web hosts in.
FOUNDING = RULES.format(
    rules=f"tcp dport {PORT} drop\n        tcp dport {PORT} ip saddr {WEB} accept"
)
# Somebody else's, with a name that sorts before and one that sorts after ours.
FOREIGN = """
table ip docker {
    chain forward {
        type filter hook forward priority filter; policy drop;
        counter accept
    }
}
table inet zfail2ban {
    set banned {
        type ipv4_addr
        elements = { 203.0.113.7 }
    }
    chain input {
        type filter hook input priority filter - 1;
        ip saddr @banned counter reject
    }
}
"""


class Host:
    """A namespace with a thread that lives in it; what it is given to do, it does there."""

    def __init__(self):
        self._thread = ThreadPoolExecutor(1)
        self.space = self._thread.submit(Space).result()

    def do(self, function: Callable, *arguments):
        return self._thread.submit(function, *arguments).result()

    def run(self, *command: str, text: str = "") -> str:
        done = self.do(
            lambda: subprocess.run(command, input=text, capture_output=True, text=True, check=False)
        )
        if done.returncode:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr}")
        return done.stdout

    def start(self, *command: str, **more) -> subprocess.Popen:
        return self.do(lambda: subprocess.Popen(command, text=True, **more))

    def close(self):
        self._thread.shutdown()
        os.close(self.space.fd)


class Stage:
    """`with Stage(folder) as stage:` both hosts, joined, with GOOD and FOREIGN loaded."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.state = folder / "state"
        self.written: list[float] = []  # time.monotonic() at the end of each write that worked

    def __enter__(self):
        self.state.mkdir(parents=True, exist_ok=True)
        (self.folder / "flows.toml").write_text(FLOWS)
        self.db, self.web = Host(), Host()
        self.db.run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "web0")
        self.db.run("ip", "link", "set", "web0", "netns", self.web.space.path)
        for host, link, address in ((self.db, "eth0", DB), (self.web, "web0", WEB)):
            host.run("ip", "address", "add", f"{address}/24", "dev", link)
            host.run("ip", "link", "set", "lo", "up")
            host.run("ip", "link", "set", link, "up")
        self.load(FOREIGN + GOOD)
        self._listeners = [self._listen(port) for port in (PORT, PORT + 1)]
        self._ended = threading.Event()
        self._threads = [threading.Thread(target=self._write)]
        self._threads += [
            threading.Thread(target=self._serve, args=(listener,)) for listener in self._listeners
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._ended.set()
        for thread in self._threads:
            thread.join()
        for listener in self._listeners:
            listener.close()
        self.db.close()
        self.web.close()

    # --- The rules ---
    def load(self, rules: str):
        self.db.run("nft", "-f", "-", text=rules)

    def rules(self) -> str:
        """All live rules of the database host, as `nft -s` tells them, without what packets put in sets."""
        listing = self.db.run("nft", "-s", "list", "ruleset")
        return "".join(
            line for line in listing.splitlines(True) if f"elements = {{ {WEB}" not in line
        )

    # --- The commands ---
    def firewall(self, *arguments: str, state=None, prefix=()) -> subprocess.CompletedProcess:
        """The command on the database host."""
        command = [*prefix, sys.executable, "-m", "pawsitters.operations.firewall", *arguments]
        command += ["--state", str(state or self.state)]
        return self.db.do(
            lambda: subprocess.run(command, capture_output=True, text=True, check=False)
        )

    def start_python(self, *arguments: str) -> subprocess.Popen:
        return self.db.start(sys.executable, *arguments, stdout=subprocess.PIPE)

    def plan(self, rules: str) -> str:
        """ID of a new change with these rules."""
        candidate = self.folder / "site.nft"
        candidate.write_text(rules)
        flows = str(self.folder / "flows.toml")
        who = ("--by", "Lena", "--reason", "drill")
        done = self.firewall("plan", str(candidate), "--flows", flows, *who)
        if done.returncode > 1:
            raise RuntimeError(done.stderr)
        return self.changes()[-1]

    def changes(self) -> list[str]:
        paths = (self.state / "changes").glob("*.json")
        return sorted((path.stem for path in paths), key=lambda name: int(name.split("-")[-1]))

    # --- The traffic ---
    def _listen(self, port: int) -> socket.socket:
        listener = self.db.do(socket.create_server, (DB, port))
        listener.listen(1024)
        listener.settimeout(0.2)
        return listener

    def _serve(self, listener: socket.socket):
        while not self._ended.is_set():
            with suppress(OSError):
                connection, _ = listener.accept()
                with connection:  # speak first, as MySQL does: a client that is late loses nothing
                    connection.sendall(b"w")

    def _write(self):
        number = 0
        with self.web.space:
            while not self._ended.wait(0.05):
                started, number = time.monotonic(), number + 1
                if not reach():
                    continue
                ended = time.monotonic()
                self.written.append(ended)
                noted = {"received": ended, "host": "web1", "n": number}
                noted["took_ms"] = (ended - started) * 1000
                state.write(self.state / "heartbeat.json", noted)

    def reaches(self, port: int, seconds: float = 0.1) -> bool:
        return self.web.do(reach, port, seconds)

    def await_write(self, seconds: float = 5) -> float:
        """Seconds until the next write works."""
        since, many = time.monotonic(), len(self.written)
        while len(self.written) == many:
            if time.monotonic() - since > seconds:
                raise RuntimeError(f"no write within {seconds} s")
            time.sleep(0.005)
        return time.monotonic() - since

    def longest_gap(self, since: float) -> float:
        """Seconds between two good writes, at most, from the last one before `since` on."""
        first = max((at for at in self.written if at <= since), default=since)
        times = [at for at in self.written if at >= first]
        return max((later - at for at, later in zip(times, times[1:], strict=False)), default=0)


def reach(port: int = PORT, seconds: float = 0.25) -> bool:
    """Whether a byte comes back from the database host; called in a thread on the web host."""
    with suppress(OSError), socket.create_connection((DB, port), seconds) as connection:
        # A reset instead of TIME_WAIT, or a long load would run out of ports.
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return connection.recv(1) == b"w"
    return False


def fingerprint_of_this_machine() -> str:
    """Of its own rules and links, which no drill may change."""
    seen = [
        subprocess.run(command, capture_output=True, check=False).stdout
        for command in (
            ["nft", "-s", "list", "ruleset"],
            ["ip", "-o", "link"],
            ["ip", "-o", "address"],
            ["ip", "route"],
        )
    ]
    return hashlib.sha256(b"\0".join(seen)).hexdigest()
