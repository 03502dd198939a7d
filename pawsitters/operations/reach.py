"""A TCP connection, and if there is none: who refused it.

A firewall that rejects sends an ICMP message, a stopped server a reset; the application sees the
same "connection refused" for both. Since Linux 5.9 the error queue of the socket tells them apart,
and names the sender (ip(7), IP_RECVERR).
"""

import socket
import struct
import time
from contextlib import closing, suppress
from ipaddress import ip_address
from pathlib import Path

# Not in Python's socket module: linux/in.h, linux/in6.h, linux/errqueue.h.
IP_RECVERR, IPV6_RECVERR = 11, 25
FROM_ICMP = frozenset({2, 3})
EXTENDED_ERROR = struct.Struct("=IBBBBII")  # errno, origin, type, code, pad, info, data
NEIGHBOURS = Path("/proc/net/arp")
OFFENDER_AT = {socket.AF_INET: slice(20, 24), socket.AF_INET6: slice(24, 40)}


class Unreached(OSError):
    """No connection to `address`. `rejected_by` is the address whose ICMP message said no, empty if
    none did; `by_ourselves` whether that is this host."""

    def __init__(
        self,
        error: OSError,
        address: str = "",
        rejected_by: str = "",
        by_ourselves: bool = False,
    ):
        super().__init__(error.errno, error.strerror or str(error))
        self.address = address
        self.timed_out = isinstance(error, TimeoutError)
        self.refused = isinstance(error, ConnectionRefusedError)
        self.rejected_by = rejected_by
        self.by_ourselves = by_ourselves


def connect_first(addresses, seconds: float) -> socket.socket:
    """A connection to the first of getaddrinfo's `addresses` that takes one within `seconds` for
    all together; raise Unreached with the last refusal if none does."""
    until = time.monotonic() + seconds
    refusal = Unreached(OSError("no address"))
    for family, kind, protocol, _name, address in addresses:
        left = until - time.monotonic()
        if left <= 0:
            break
        connection = socket.socket(family, kind, protocol)
        try:
            connection.settimeout(left)
            _hear_icmp(connection, 1)
            connection.connect(address)
        except OSError as error:
            rejected_by = _rejected_by(connection)
            connection.close()
            by_ourselves = rejected_by == _own_address(family, address)
            refusal = Unreached(error, address[0], rejected_by, by_ourselves)
        else:
            _hear_icmp(connection, 0)  # one stray message would end an established connection
            return connection
    raise refusal


def _hear_icmp(connection: socket.socket, on: int) -> None:
    with suppress(OSError):
        if connection.family == socket.AF_INET6:
            connection.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, on)
        else:
            connection.setsockopt(socket.IPPROTO_IP, IP_RECVERR, on)


def _rejected_by(connection: socket.socket) -> str:
    with suppress(OSError, struct.error, ValueError):
        connection.settimeout(0)
        _data, messages, _flags, _address = connection.recvmsg(1, 512, socket.MSG_ERRQUEUE)
        for _level, _kind, data in messages:
            if EXTENDED_ERROR.unpack(data[: EXTENDED_ERROR.size])[1] in FROM_ICMP:
                return str(ip_address(data[OFFENDER_AT[connection.family]]))
    return ""


def _own_address(family: int, address) -> str:
    """The address that this host uses towards `address`. Sends nothing."""
    with suppress(OSError), closing(socket.socket(family, socket.SOCK_DGRAM)) as towards:
        towards.connect(address)
        return towards.getsockname()[0]
    return ""


def answers_arp(address: str) -> bool:
    """False if the host is on our own network and the kernel asked in vain for its hardware
    address: no firewall does that. True also where nobody can know, behind a router for instance."""
    with suppress(OSError):
        for line in NEIGHBOURS.read_text().splitlines()[1:]:
            fields = line.split()  # address, type, flags (0x2: it answered), hardware address, …
            if fields[0] == address:
                return int(fields[2], 16) & 0x2 != 0
    return True
