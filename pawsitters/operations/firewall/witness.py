"""The witness: tells the web tier what only the database host can see, and hears its heartbeats.

A dropped packet and a frozen server look the same from outside. One line of JSON in, one line out,
all within half a second. Heartbeats confirm a change of the rules, so they carry a MAC.
"""

import hashlib
import hmac
import json
import os
import signal
import socket
import threading
import time
from pathlib import Path

from pawsitters.operations.firewall import sockets, state
from pawsitters.operations.firewall.errors import BAD_INPUT, CANNOT_HERE, DONE, Refusal

PORT = 3308
DATABASE_PORT = 3306
AT_ONCE = 6
LIMIT_SECONDS = 0.5
MOST_BYTES = 4096
NOT_UNDERSTOOD = {"error": "Ask with one line of JSON."}


def mac(heartbeat: dict, key: bytes) -> str:
    canonical = json.dumps(heartbeat, sort_keys=True, separators=(",", ":"))
    return hmac.new(key, canonical.encode(), hashlib.sha256).hexdigest()


class Witness:
    """Answers on `listener`; without a `key` no heartbeat is believed."""

    def __init__(self, listener: socket.socket, folder: Path, key: bytes, database_port: int):
        self.listener = listener
        self.folder = folder
        self.key = key
        self.database_port = database_port
        self._inode, self._pid = 0, None  # of the database's socket; looking for it takes a while
        self._lock = threading.Lock()

    def start(self) -> None:
        """A fixed number of threads take turns at the port, so a flood can only queue up."""
        for _ in range(AT_ONCE):
            threading.Thread(target=self._serve, name="witness", daemon=True).start()

    def _serve(self) -> None:
        while self.listener.fileno() >= 0:
            try:
                connection, _ = self.listener.accept()
                with connection:
                    self._talk(connection)
            except TimeoutError:
                pass
            # Who asked is gone; or no file descriptor is left, so not at full speed. Whatever else a
            # line from outside may set off must not end this thread: there are only so many.
            except Exception:
                time.sleep(0.02)

    def _talk(self, connection: socket.socket) -> None:
        until = time.monotonic() + LIMIT_SECONDS
        line = b""
        while not line.endswith(b"\n") and len(line) <= MOST_BYTES:
            connection.settimeout(max(0.001, until - time.monotonic()))
            part = connection.recv(MOST_BYTES + 1 - len(line))
            if not part:
                return
            line += part
        answer = self.answer(line, connection.getsockname()[0])
        connection.settimeout(max(0.001, until - time.monotonic()))
        connection.sendall(json.dumps(answer).encode() + b"\n")

    def answer(self, line: bytes, asked_at: str) -> dict:
        """The answer to one line. `asked_at` is the address of ours on which it came."""
        try:
            question = json.loads(line) if len(line) <= MOST_BYTES else None
        except (ValueError, RecursionError):
            question = None
        if not isinstance(question, dict):
            return NOT_UNDERSTOOD
        if "heartbeat" in question:
            taken = self._hear(question["heartbeat"], question.get("mac"))
            return {**self._seen(asked_at), "heartbeat": "taken" if taken else "refused"}
        return self._seen(asked_at) if question.get("ask") is True else NOT_UNDERSTOOD

    def _hear(self, heartbeat, given) -> bool:
        if not self.key or not isinstance(heartbeat, dict) or not isinstance(given, str):
            return False
        if not hmac.compare_digest(
            mac(heartbeat, self.key).encode(), given.encode(errors="replace")
        ):
            return False
        kept = {name: heartbeat.get(name) for name in ("host", "n", "took_ms")}
        if not isinstance(kept["host"], str) or not isinstance(kept["n"], int):
            return False
        try:
            with self._lock:
                return self._keep(kept)
        except OSError:
            return False

    def _keep(self, heartbeat: dict) -> bool:
        """Write it down, unless it is a repetition: its `n` is not above all that its host sent before."""
        file, host = self.folder / "heartbeat.json", heartbeat["host"]
        before = (state.read(file) or {}).get("last")
        last = before if isinstance(before, dict) else {}
        if heartbeat["n"] <= last.get(host, 0):
            return False
        last = {**last, host: heartbeat["n"]}
        state.write(file, {"received": time.monotonic(), **heartbeat, "last": last})
        return True

    def _seen(self, asked_at: str) -> dict:
        found = self._database(asked_at)
        return {
            "listens": found is not None,
            "queue": found.queue if found else 0,
            "backlog": found.backlog if found else 0,
            "stopped": self._is_stopped(found),
            "rules": state.last_change(self.folder),
            "pending": state.pending(self.folder),
        }

    def _database(self, asked_at: str) -> sockets.Listener | None:
        """The database's socket as others can reach it; a full queue before an empty one."""
        try:
            found = sockets.listeners(self.database_port)
        except OSError:
            return None
        if not sockets.is_local(asked_at):
            found = [listener for listener in found if not sockets.is_local(listener.address)]
        return max(found, key=lambda listener: listener.queue, default=None)

    def _is_stopped(self, listener: sockets.Listener | None) -> bool | None:
        if listener is None:
            return None
        with self._lock:
            if self._inode != listener.inode:
                self._inode, self._pid = listener.inode, sockets.owner_of(listener.inode)
            pid = self._pid
        return None if pid is None else sockets.is_stopped(pid)


# --- The command -------------------------------------------------------------------------------
def add_to(subparsers) -> None:
    parser = subparsers.add_parser(
        "witness",
        help="tell the web tier what this host sees, and hear its heartbeats",
        description="Runs on the database host. Tells the site's probe whether the database listens, "
        "how full its queue is and when the rules changed, so that a firewall can be told from a frozen "
        "server; hears the site's heartbeats, by which `apply` confirms a change. The rules should let "
        "only the web hosts reach its port.",
    )
    parser.add_argument(
        "--listen", default="0.0.0.0", metavar="ADDRESS", help="default: all of IPv4; :: is both"
    )
    parser.add_argument("--port", type=int, default=PORT, help=f"default: {PORT}")
    parser.add_argument(
        "--database-port", type=int, default=DATABASE_PORT, help=f"default: {DATABASE_PORT}"
    )
    parser.add_argument(
        "--key-file",
        type=Path,
        metavar="FILE",
        help="the site's WITNESS_KEY; default: that variable",
    )
    state.add_option(parser)
    parser.set_defaults(run=run)


def run(args) -> int:
    key = read_key(args.key_file)
    listener = _listen(args.listen, args.port)
    if not args.state.is_dir():
        print(f"{args.state} is missing; heartbeats are refused until it is there.", flush=True)
    if not key:
        print("No key, so heartbeats are refused: give --key-file or WITNESS_KEY.", flush=True)
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    Witness(listener, args.state, key, args.database_port).start()
    print(
        f"witness for port {args.database_port} answers on {args.listen}, port {args.port}",
        flush=True,
    )
    ended.wait()
    return DONE


def read_key(path: Path | None) -> bytes:
    if path is None:
        return os.environ.get("WITNESS_KEY", "").strip().encode()
    try:
        return path.read_bytes().strip()
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from error


def _listen(address: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        both = family == socket.AF_INET6 and socket.has_dualstack_ipv6()
        return socket.create_server(
            (address, port), family=family, backlog=32, dualstack_ipv6=both and address == "::"
        )
    except OverflowError as error:
        raise Refusal("A port is a number from 1 to 65535.", BAD_INPUT) from error
    except OSError as error:
        raise Refusal(
            f"Cannot listen on {address}, port {port}: {error.strerror}.", CANNOT_HERE
        ) from error
