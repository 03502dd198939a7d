"""Real connections, all at once, each of which proves whom it has reached.

Everything runs in one process and one loop: a socket stays in the namespace in which it was made.
A listener sends 128 bytes first: a secret for its place and port, who it thinks is asking, and as
whom it was asked; then it echoes.
"""

import errno
import os
import select
import socket
import struct
import time
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field

from pawsitters.operations.firewall.namespaces import Space
from pawsitters.operations.firewall.zones import Address, Flow

PAYLOAD = bytes(range(256)) * 16  # more than two full packets on a wire
PAYLOAD = PAYLOAD[:4000]
ANSWER = b"." * 1100  # a datagram as long as a DNS answer may be
GREETING = 128
QUIET_SECONDS = 0.2  # without any news, after which nothing will come
MOST_SECONDS = 10
AT_ONCE = 400
SYN_ACK = 0x12
FORGED_STEP = 1000
# Not all named by Python 3.11; linux/in.h and linux/in6.h.
IP_PKTINFO = 8
TRANSPARENT = {4: (socket.IPPROTO_IP, 19), 6: (socket.IPPROTO_IPV6, 75)}

ANY = {4: "0.0.0.0", 6: "::"}
PASSES = "passes"
NO_ANSWER = "no answer"
REFUSED = "refused"


@dataclass(eq=False)
class Probe:
    """One connection, or one datagram, from one address to another."""

    flow: Flow
    source_space: Space
    source: Address | None  # None: whichever the kernel chooses
    target_space: Space
    target: Address
    payload: bool = True  # otherwise only the greeting is waited for
    from_port: int = 0  # 0: any
    door: int = 0  # the port to ask for, if it is not the flow's own
    heard_in: Space | None = None  # where the answer goes if `source` is forged
    outcome: str = ""
    number: int = 0
    port: int = 0  # of the asking side
    got: bytearray = field(default_factory=bytearray)

    @property
    def passes(self) -> bool:
        return self.outcome == PASSES

    @property
    def leaves(self) -> bool:
        """Out of the host, to others."""
        return self.source is None and self.target_space is not self.source_space

    @property
    def is_wrong(self) -> bool:
        return self.passes != self.flow.must_pass

    @property
    def ends(self) -> str:
        """From where to where, for people."""
        port = f" port {self.from_port}" if self.from_port and not self.heard_in else ""
        forged = " (forged)" if self.heard_in else ""
        door = f" port {self.door}" if self.door else ""
        return f"{self.source or 'from the host'}{port}{forged} -> {self.target}{door}"


class Run:
    """All probes once. Afterwards each has its `outcome`."""

    def __init__(self, probes: list[Probe]):
        self.probes = probes
        self.epoll = select.epoll()
        self.handlers: dict[int, tuple] = {}
        self.secrets: dict[tuple, str] = {}
        self.sockets: list[socket.socket] = []
        self.waiting = set()
        self.forged: dict[tuple[int, int], Probe] = {}
        self.ears: set[tuple[int, int]] = set()
        for number, probe in enumerate(probes):
            probe.number, probe.outcome, probe.got = number, "", bytearray()
            if probe.heard_in:  # the host would remember its last connection from the same port
                probe.from_port += FORGED_STEP

    def run(self) -> None:
        # What must come in goes first, so that the rest uses up no limit on numbers or rates. And
        # asking for others, the host would tell everybody behind the same link where it is: nobody
        # would notice any more that it does not answer when it is asked.
        first = [each for each in self.probes if each.flow.must_pass and not each.leaves]
        rest = [each for each in self.probes if not each.flow.must_pass or each.leaves]
        try:
            self._listen()
            self._connect(first)
            self._settle()
            self._connect(sorted(rest, key=lambda probe: probe.heard_in is None))
            self._finish()
        finally:
            for each in self.sockets:
                each.close()
            self.epoll.close()

    # --- Listeners ----------------------------------------------------------------------------
    def _listen(self) -> None:
        for probe in self.probes:
            key = self._key(probe)
            if key not in self.secrets:
                self.secrets[key] = os.urandom(12).hex()
                with probe.target_space:
                    self._listener(probe.flow, probe.target.version, self.secrets[key])

    @staticmethod
    def _key(probe: Probe) -> tuple:
        flow = probe.flow
        return probe.target_space.fd, probe.target.version, flow.port, flow.protocol

    def _listener(self, flow: Flow, version: int, secret: str) -> None:
        listener = self._socket(version, flow.protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if version == 6:
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        elif flow.protocol == "udp":
            listener.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
        if version == 6 and flow.protocol == "udp":
            listener.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
        listener.bind((ANY[version], flow.port))
        if flow.protocol == "tcp":
            listener.listen(4096)
            self._watch(listener, select.EPOLLIN, self._accept, secret)
        else:
            self._watch(listener, select.EPOLLIN, self._answer, secret)

    def _accept(self, listener: socket.socket, secret: str, _events) -> None:
        while True:
            try:
                connection, peer = listener.accept()
            except OSError:
                return
            connection.setblocking(False)
            self.sockets.append(connection)
            local = connection.getsockname()
            connection.send(f"{secret} {peer[0]} {local[0]} ".encode().ljust(GREETING))
            self._watch(connection, select.EPOLLIN, self._echo, None)

    def _echo(self, connection: socket.socket, _data, _events) -> None:
        try:
            if part := connection.recv(65536):
                connection.send(part)
                return
        except OSError:
            pass
        self._forget(connection)

    def _answer(self, listener: socket.socket, secret: str, _events) -> None:
        while True:
            try:
                request, notes, _, peer = listener.recvmsg(2048, 256)
            except OSError:
                return
            number = int(request.split(b" ", 1)[0])
            if number < len(self.probes) and not self.probes[number].flow.must_pass:
                # It has arrived, which is all that a datagram needs to do harm.
                self._decide(self.probes[number], PASSES)
            local = _asked_as(notes)
            greeting = f"{secret} {peer[0]} {local} ".encode().ljust(GREETING)
            # Answered as the address that was asked, as every good server does.
            try:
                listener.sendmsg([greeting, ANSWER], notes_for_answer(notes), 0, peer)
            except OSError:
                continue  # a rule refused it: the client sees no answer

    # --- Clients ------------------------------------------------------------------------------
    def _connect(self, probes: list[Probe]) -> None:
        by_space: dict[tuple, list[Probe]] = {}
        for probe in probes:
            place = (probe.heard_in is None, probe.source is None, probe.source_space.fd)
            by_space.setdefault(place, []).append(probe)
            if probe.heard_in and probe.flow.protocol == "tcp":
                self._overhear(probe)
        for group in by_space.values():
            for begin in range(0, len(group), AT_ONCE):
                with group[0].source_space:
                    for probe in group[begin : begin + AT_ONCE]:
                        self._start(probe)
                self._turn(0)

    def _overhear(self, probe: Probe) -> None:
        """The answer to a forged address goes to its owner; hear it there."""
        self.forged[probe.flow.port, probe.from_port] = probe
        version, place = probe.target.version, probe.heard_in
        if (place.fd, version) not in self.ears:
            self.ears.add((place.fd, version))
            with place:
                raw = self._socket(version, "tcp", socket.SOCK_RAW)
            self._watch(raw, select.EPOLLIN, self._hear, version)

    def _hear(self, raw: socket.socket, version: int, _events) -> None:
        with suppress(OSError):
            while packet := raw.recv(2048):
                tcp = packet[(packet[0] & 15) * 4 :] if version == 4 else packet
                source, target = struct.unpack("!HH", tcp[:4])
                probe = self.forged.get((source, target))
                if probe and tcp[13] & SYN_ACK == SYN_ACK:
                    self._decide(probe, PASSES)

    def _start(self, probe: Probe) -> None:
        self.waiting.add(probe)
        client = self._socket(probe.target.version, probe.flow.protocol)
        try:
            if probe.from_port:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                # The next run asks from the same port and must not find it still waiting.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            if probe.heard_in:
                client.setsockopt(*TRANSPARENT[probe.target.version], 1)
            client.bind(_place(probe.source or ANY[probe.target.version], probe.from_port))
            probe.port = client.getsockname()[1]
            client.connect(_place(probe.target, probe.door or probe.flow.port))
        except BlockingIOError:
            pass
        except OSError as error:
            self._decide(probe, _words(error.errno))
            return
        if probe.flow.protocol == "udp":
            self._watch(client, select.EPOLLIN, self._read, probe)
            try:
                client.send(b"%d " % probe.number + ANSWER)
            except OSError as error:
                self._decide(probe, _words(error.errno))
        else:
            self._watch(client, select.EPOLLOUT, self._connected, probe)

    def _connected(self, client: socket.socket, probe: Probe, _events) -> None:
        if probe not in self.waiting:
            self._forget(client)
            return
        if error := client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self._decide(probe, _words(error))
            self._forget(client)
            return
        # Behind another port may be somebody else: who, its greeting says.
        if not probe.flow.must_pass and not probe.door:
            self._decide(probe, PASSES)
            self._forget(client)
            return
        probe.outcome = "connects, then silence"
        self.epoll.modify(client.fileno(), select.EPOLLIN)
        self.handlers[client.fileno()] = (client, self._read, probe)
        if probe.payload:
            client.send(PAYLOAD)

    def _read(self, client: socket.socket, probe: Probe, _events) -> None:
        if probe not in self.waiting:
            self._forget(client)
            return
        try:
            part = client.recv(65536)
        except OSError as error:
            self._decide(probe, "cut off" if probe.got else _words(error.errno))
            self._forget(client)
            return
        probe.got += part
        if not part:
            self._decide(probe, "cut off")
            self._forget(client)
            return
        tail = ANSWER if probe.flow.protocol == "udp" else PAYLOAD if probe.payload else b""
        if len(probe.got) >= GREETING + len(tail):
            self._decide(probe, self._verdict(probe, client, tail))
        else:
            probe.outcome = f"stops after {len(probe.got)} of {GREETING + len(tail)} bytes"

    def _verdict(self, probe: Probe, client: socket.socket, tail: bytes) -> str:
        secret, asker, asked = probe.got[:GREETING].decode().split()
        if secret != self.secrets[self._key(probe)]:
            return "reaches another service"
        if probe.got[GREETING:] != tail:
            return "bytes are changed on the way"
        # Databases grant rights to addresses; what leaves the host may well be masqueraded.
        if probe.source is not None and asker != str(probe.source):
            return f"arrives as {asker}"
        if probe.source is None and asked != str(probe.target):
            return f"reaches {asked} instead"
        return PASSES

    # --- The loop -----------------------------------------------------------------------------
    def _settle(self) -> None:
        """Until all that must pass has passed, or nothing happens any more: then nothing will."""
        end = time.monotonic() + MOST_SECONDS
        while any(probe.flow.must_pass for probe in self.waiting):
            if not self._turn(QUIET_SECONDS) or time.monotonic() > end:
                for probe in list(self.waiting):
                    self._decide(probe, probe.outcome or NO_ANSWER)

    def _finish(self) -> None:
        end = time.monotonic() + MOST_SECONDS
        while self.waiting and time.monotonic() < end:
            if not self._turn(QUIET_SECONDS):
                break
        for probe in self.waiting:
            probe.outcome = probe.outcome or NO_ANSWER

    def _turn(self, seconds: float) -> int:
        events = self.epoll.poll(seconds)
        for number, event in events:
            if handler := self.handlers.get(number):
                handler[1](handler[0], handler[2], event)
        return len(events)

    def _decide(self, probe: Probe, outcome: str) -> None:
        probe.outcome = outcome
        self.waiting.discard(probe)

    def _socket(self, version: int, protocol: str, kind: int | None = None) -> socket.socket:
        family = socket.AF_INET6 if version == 6 else socket.AF_INET
        if kind is None:
            kind = socket.SOCK_STREAM if protocol == "tcp" else socket.SOCK_DGRAM
        number = socket.IPPROTO_TCP if protocol == "tcp" else socket.IPPROTO_UDP
        made = socket.socket(family, kind | socket.SOCK_NONBLOCK, number)
        self.sockets.append(made)
        return made

    def _watch(self, each: socket.socket, events: int, handler, data) -> None:
        self.handlers[each.fileno()] = (each, handler, data)
        self.epoll.register(each.fileno(), events)

    def _forget(self, each: socket.socket) -> None:
        self.handlers.pop(each.fileno(), None)
        each.close()


def _place(address: Address | str, port: int) -> tuple:
    """For bind and connect: a link-local address goes with the number of its interface."""
    text, _, interface = str(address).partition("%")
    return (text, port, 0, socket.if_nametoindex(interface)) if interface else (text, port)


def _asked_as(notes: Iterable[tuple]) -> str:
    """The address that a datagram was sent to."""
    for level, kind, data in notes:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            return socket.inet_ntop(socket.AF_INET, data[8:12])
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return socket.inet_ntop(socket.AF_INET6, data[:16])
    return "?"


def notes_for_answer(notes: Iterable[tuple]) -> list[tuple]:
    """Send from the address that was asked; the interface is for the kernel's routes to choose."""
    for level, kind, data in notes:
        if (level, kind) == (socket.IPPROTO_IP, IP_PKTINFO):
            return [(level, kind, b"\0" * 4 + data[4:8] + b"\0" * 4)]
        if (level, kind) == (socket.IPPROTO_IPV6, socket.IPV6_PKTINFO):
            return [(level, kind, data[:16] + b"\0" * 4)]
    return []


def _words(number: int) -> str:
    if number in (errno.ECONNREFUSED, errno.ECONNRESET):
        return REFUSED
    if number in (errno.ETIMEDOUT, errno.EAGAIN):
        return NO_ANSWER
    if number in (errno.EPERM, errno.EACCES):
        return "forbidden"
    return os.strerror(number).lower()
