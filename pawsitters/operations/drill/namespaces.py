"""Two hosts on one machine: network namespaces joined by a cable, and nothing outside is touched.

Everything a drill makes hangs on one process, the first one of a process namespace: when it ends, in
whatever way, the kernel kills all the others, and with the last of them go links, rules, mounts
and the files, which lie on a file system in memory that only they can see.
"""

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

NEW_MOUNTS, NEW_NETWORK, NEW_PROCESSES = 0x00020000, 0x40000000, 0x20000000  # sched.h
NICE = -15
DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG, prctl.h
# Only inside: /run exists everywhere, all may enter it, and hiding it also hides name services.
FILES = Path("/run/drill")

_libc = ctypes.CDLL(None, use_errno=True)


class NotAllowed(RuntimeError):
    """This machine does not let us make namespaces; the sentence says what is missing."""


def enter(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run `command` as the first process of new namespaces; return its exit code.

    It is killed when this process ends; INT and TERM are handed on, so that it may clean up.
    Raise NotAllowed.
    """
    if _libc.unshare(NEW_MOUNTS | NEW_NETWORK | NEW_PROCESSES):
        why = os.strerror(ctypes.get_errno())
        raise NotAllowed(f"This machine does not allow new namespaces ({why}).")
    inner = subprocess.Popen(command, env=environment, preexec_fn=_die_with_parent)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, _frame: inner.send_signal(signal.SIGTERM))
    code = inner.wait()
    return code if code >= 0 else 128 - code


def _die_with_parent() -> None:
    os.setsid()  # Ctrl-C of a terminal reaches the outer process, which hands it on
    _libc.prctl(DIE_WITH_PARENT, signal.SIGKILL)


def settle_in() -> int:
    """First thing inside: mounts of our own, so that none of them reaches the machine.

    Return the number that this process has outside.
    """
    if os.getpid() != 1:
        raise NotAllowed("This part is started by `manage.py drill` only.")
    outside = int(os.readlink("/proc/self"))  # /proc is still the machine's
    # The first process of a namespace is spared signals it has not asked for.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(130))
    run("mount", "--make-rprivate", "/")
    run("mount", "-t", "proc", "proc", "/proc")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "tmpfs", "/run")
    FILES.mkdir()
    _take_precedence()
    return outside


def _take_precedence() -> None:
    """Before the other work of this machine: what is measured is to be the site, not its neighbours.
    The kernel shares by sessions first, so the nice value of ours counts as well."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, 0, NICE)
        Path("/proc/self/autogroup").write_text(str(NICE))


def run(*command: str, text: str | None = None) -> str:
    """Its standard output; raise CalledProcessError, whose text has what it complained about."""
    done = subprocess.run(command, input=text, capture_output=True, text=True)
    if done.returncode:
        complaint = (done.stderr or done.stdout).strip()
        raise RuntimeError(f"{' '.join(command)}: {complaint}")
    return done.stdout


class Host:
    """A network namespace with one cable. Processes and files are shared with the other host."""

    def __init__(self, name: str, address: str, prefix: Sequence[str] = ()):
        self.name, self.address, self.prefix = name, address, list(prefix)

    def run(self, *command: str, text: str | None = None) -> str:
        return run(*self.prefix, *command, text=text)

    def start(self, command: Sequence[str], *, log: Path, **options) -> subprocess.Popen:
        """A process that goes on; what it says is appended to `log`."""
        with log.open("ab") as output:
            return subprocess.Popen(
                [*self.prefix, *command],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                process_group=0,
                **options,
            )

    def rules(self, text: str) -> None:
        """Load nftables rules, in one transaction."""
        self.run("nft", "-f", "-", text=text)


WEB, DATABASE = "10.31.8.1", "10.31.8.2"


def cable() -> tuple[Host, Host]:
    """The web host, which is where we are, and the database host, joined."""
    web = Host("web", WEB)
    database = Host("db", DATABASE, ["nsenter", "--net=/run/netns/db"])
    run("ip", "netns", "add", "db")
    run("ip", "link", "add", "eth0", "type", "veth", "peer", "name", "eth0", "netns", "db")
    for host in (web, database):
        host.run("ip", "address", "add", f"{host.address}/24", "dev", "eth0")
        for link in ("lo", "eth0"):
            host.run("ip", "link", "set", link, "up")
    return web, database


class Names:
    """/etc/hosts and /etc/resolv.conf as seen inside; `db` is the database host."""

    def __init__(self):
        self.hosts = FILES / "hosts"
        resolver = FILES / "resolv.conf"
        self.right()
        resolver.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
        for file, name in ((self.hosts, "hosts"), (resolver, "resolv.conf")):
            run("mount", "--bind", str(file), f"/etc/{name}")

    def right(self) -> None:
        self.hosts.write_text(f"127.0.0.1 localhost\n{WEB} web\n{DATABASE} db\n")

    def without_db(self) -> None:
        self.hosts.write_text("127.0.0.1 localhost\n")
