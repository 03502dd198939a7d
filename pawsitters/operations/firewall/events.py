"""The kernel's own notices: each change of the nftables rules, with the process that made it.

Changes by iptables-nft are among them, those by iptables-legacy are not.
"""

import errno
import socket
import struct
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pawsitters.operations.firewall.sockets import HEADER, messages

NETFILTER = 12  # linux/netlink.h: NETLINK_NETFILTER
SOL_NETLINK, ADD_MEMBERSHIP = 270, 1
GROUP = 7  # linux/netfilter/nfnetlink.h: NFNLGRP_NFTABLES
NEW_GENERATION = 10 << 8 | 15  # NFNL_SUBSYS_NFTABLES, NFT_MSG_NEWGEN: a transaction has ended
GET_GENERATION = 10 << 8 | 16
FAMILY_HEADER = 4  # struct nfgenmsg
GENERATION, PROCESS_ID, PROCESS_NAME = 1, 2, 3  # NFTA_GEN_…
ROOM_BYTES = 8 << 20  # a reload of 10,000 elements is announced element by element
SO_RCVBUFFORCE = 33
MOST_PARENTS = 8
MOST_COMMAND = 200  # characters


@dataclass(frozen=True)
class Event:
    """One transaction. `process` is "" if the kernel had more to say than we had room for."""

    generation: int
    pid: int
    process: str
    user: str = ""  # who logged in, before any sudo; else whose process it is
    command: str = ""
    parents: tuple[str, ...] = ()
    at: float = field(default_factory=time.monotonic)


def listen() -> socket.socket:
    """A socket that becomes readable on each change in this network namespace. Raise OSError without
    root, or without nftables in the kernel."""
    kernel = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW | socket.SOCK_CLOEXEC, NETFILTER)
    try:
        kernel.bind((0, 0))
        with suppress(PermissionError):
            kernel.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, ROOM_BYTES)
        kernel.setsockopt(SOL_NETLINK, ADD_MEMBERSHIP, GROUP)
        kernel.setblocking(False)
    except OSError:
        kernel.close()
        raise
    return kernel


def generation() -> int:
    """The number of the last transaction in this network namespace; 0 if the kernel does not say."""
    family = b"\0" * FAMILY_HEADER
    request = HEADER.pack(HEADER.size + len(family), GET_GENERATION, 1, 1, 0) + family
    with suppress(OSError), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, NETFILTER) as kernel:
        kernel.settimeout(0.2)
        kernel.send(request)
        for kind, body in messages(kernel.recv(65536)):
            if kind == NEW_GENERATION:
                return _event(body[FAMILY_HEADER:]).generation
    return 0


def read(kernel: socket.socket) -> list[Event]:
    """All that has been announced so far."""
    found = []
    while True:
        try:
            datagram = kernel.recv(1 << 17)
        except BlockingIOError:
            return found
        except OSError as error:
            if error.errno != errno.ENOBUFS:
                raise
            found.append(Event(0, 0, ""))
            continue
        found += [
            _event(body[FAMILY_HEADER:])
            for kind, body in messages(datagram)
            if kind == NEW_GENERATION
        ]


def _event(attributes: bytes) -> Event:
    values = {}
    while len(attributes) >= 4:
        length, kind = struct.unpack_from("=HH", attributes)
        if length < 4:
            break
        values[kind & 0x3FFF] = attributes[4:length]
        attributes = attributes[(length + 3) & ~3 :]
    pid = int.from_bytes(values.get(PROCESS_ID, b""), "big")
    name = values.get(PROCESS_NAME, b"").rstrip(b"\0").decode(errors="replace")
    generation = int.from_bytes(values.get(GENERATION, b""), "big")
    return Event(generation, pid, name, **_about(pid, name))


def _about(pid: int, name: str) -> dict:
    """User, command and parents while the process is still there; most end within milliseconds."""
    process = Path("/proc", str(pid))
    try:
        # Seen from a container the number may be another process's.
        if (process / "comm").read_text().rstrip("\n") != name:
            return {}
        words = (process / "cmdline").read_bytes().split(b"\0")
        command = b" ".join(words).decode(errors="replace").strip()
        user = _user(process)
        parents = tuple(_parents(process))
    except (OSError, ValueError, KeyError):
        return {}
    return {"user": user, "command": command[:MOST_COMMAND], "parents": parents}


def _status(process: Path) -> dict[str, str]:
    lines = (process / "status").read_text().splitlines()
    return {key: value.strip() for key, _, value in (line.partition(":") for line in lines)}


def _user(process: Path) -> str:
    number = int(_status(process)["Uid"].split()[0])
    with suppress(OSError, ValueError):
        login = int((process / "loginuid").read_text())
        number = number if login == 0xFFFFFFFF else login
    with suppress(ImportError, KeyError):
        import pwd

        return pwd.getpwuid(number).pw_name
    return str(number)


def _parents(process: Path):
    for _ in range(MOST_PARENTS):
        number = int(_status(process)["PPid"])
        if number < 1:
            return
        process = Path("/proc", str(number))
        yield (process / "comm").read_text().rstrip("\n")
