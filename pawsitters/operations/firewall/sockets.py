"""Who listens on a TCP port of this host, and how full the queue of new connections is."""

import ipaddress
import os
import socket
import struct
from dataclasses import dataclass
from pathlib import Path

SOCK_DIAG = 4  # linux/netlink.h
BY_FAMILY = 20  # linux/sock_diag.h
DUMP = 0x301  # NLM_F_REQUEST | NLM_F_DUMP
ERROR, DONE = 2, 3
LISTEN = 10  # TCP_LISTEN
HEADER = struct.Struct("=IHHII")
# linux/inet_diag.h: family, protocol, extensions, padding, states, then the socket's own id.
REQUEST = struct.Struct("=BBBxI")
SOCKET_ID = struct.Struct("!HH16s16s")  # ports and addresses; an interface and a cookie follow
AFTER_ID = struct.Struct("=IIIII")  # expires, queue, backlog, user, inode
ID_BYTES = 48
DATABASE_PROCESSES = ("mysqld", "mariadbd")


@dataclass(frozen=True)
class Listener:
    address: str
    queue: int  # connections that wait to be accepted
    backlog: int  # how many may wait; 0 is unknown
    inode: int


def is_local(address: str) -> bool:
    """Can it be reached from this host only?"""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    return (getattr(parsed, "ipv4_mapped", None) or parsed).is_loopback


def listeners(port: int) -> list[Listener]:
    """Listening TCP sockets on `port` in this network namespace, asked from the kernel.

    Raise OSError where even /proc/net is hidden.
    """
    try:
        return [
            found for family in (socket.AF_INET, socket.AF_INET6) for found in _ask(family, port)
        ]
    except OSError:
        # A kernel without tcp_diag, or a sandbox: the same without the backlog.
        return [found for name in ("tcp", "tcp6") for found in _read(Path("/proc/net", name), port)]


def _ask(family: int, port: int) -> list[Listener]:
    wanted = struct.pack("!HH", port, 0).ljust(ID_BYTES, b"\0")
    body = REQUEST.pack(family, socket.IPPROTO_TCP, 0, 1 << LISTEN) + wanted
    request = HEADER.pack(HEADER.size + len(body), BY_FAMILY, DUMP, 1, 0) + body
    found = []
    with socket.socket(
        socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, SOCK_DIAG
    ) as kernel:
        kernel.settimeout(0.2)
        kernel.send(request)
        while True:
            answer = kernel.recv(65536)
            for kind, part in messages(answer):
                if kind == DONE:
                    return found
                if kind == ERROR:
                    code = -struct.unpack_from("=i", part)[0]
                    raise OSError(code, os.strerror(code))
                found.append(_listener(family, part))


def messages(answer: bytes):
    """(kind, body) of each netlink message in a datagram."""
    while len(answer) >= HEADER.size:
        length, kind, *_ = HEADER.unpack_from(answer)
        if length < HEADER.size:
            return
        yield kind, answer[HEADER.size : length]
        answer = answer[(length + 3) & ~3 :]


def _listener(family: int, part: bytes) -> Listener:
    _, _, source, _ = SOCKET_ID.unpack_from(part, 4)
    address = socket.inet_ntop(family, source[:4] if family == socket.AF_INET else source)
    _, queue, backlog, _, inode = AFTER_ID.unpack_from(part, 4 + ID_BYTES)
    return Listener(address, queue, backlog, inode)


def _read(path: Path, port: int) -> list[Listener]:
    found = []
    if not path.exists():  # no IPv6
        return found
    with path.open() as lines:
        next(lines, "")
        for line in lines:
            _, local, _, state, queues, _, _, _, _, inode, *_ = line.split()
            if int(state, 16) != LISTEN:
                break  # the kernel lists these first, and there may be 100,000 others
            address, local_port = local.split(":")
            if int(local_port, 16) == port:
                queue = int(queues.split(":")[1], 16)
                found.append(Listener(_address(address), queue, 0, int(inode)))
    return found


def _address(text: str) -> str:
    """/proc/net/tcp has addresses as words of four bytes, each in the order of this machine."""
    words = [int(text[at : at + 8], 16) for at in range(0, len(text), 8)]
    raw = struct.pack(f"={len(words)}I", *words)
    return socket.inet_ntop(socket.AF_INET if len(words) == 1 else socket.AF_INET6, raw)


# --- The process behind it ---------------------------------------------------------------------
def owner_of(inode: int) -> int | None:
    """The process that has this socket open, as far as we may look; else the only one with the name
    of a database server."""
    names = {
        int(entry.name): _name(entry) for entry in Path("/proc").iterdir() if entry.name.isdigit()
    }
    databases = [pid for pid, name in names.items() if name in DATABASE_PROCESSES]
    for pid in [*databases, *(pid for pid in names if pid not in databases)]:
        if _has_open(pid, inode):
            return pid
    return databases[0] if len(databases) == 1 else None


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text().strip()
    except OSError:
        return ""


def _has_open(pid: int, inode: int) -> bool:
    wanted = f"socket:[{inode}]"
    try:
        with os.scandir(f"/proc/{pid}/fd") as files:
            return any(os.readlink(file.path) == wanted for file in files)
    except OSError:
        return False


def is_stopped(pid: int) -> bool | None:
    """Stopped by a signal or a debugger, or its group frozen (docker pause). None: it is gone."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return None
    return state in "Tt" or _is_frozen(pid)


def _is_frozen(pid: int) -> bool:
    try:
        groups = Path(f"/proc/{pid}/cgroup").read_text().splitlines()
        group = next(line[3:] for line in groups if line.startswith("0::"))
        return "frozen 1" in Path(f"/sys/fs/cgroup{group}/cgroup.events").read_text()
    except (OSError, StopIteration):
        return False
