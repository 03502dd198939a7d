"""Fetches a calendar from an address that somebody typed, and from nowhere else.

Whoever can name an address could have us ask our own machines. So: only https to a name on port 443;
every address that the name stands for must be public; we connect to exactly the address that was
looked at (a name that answers differently the second time gains nothing); each redirect is looked
at the same way; and size and time are limited as a whole, whatever the other side does.
"""

import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urljoin, urlsplit

from django.utils.translation import gettext as _

MOST_BYTES = 2_000_000
MOST_SECONDS = 10.0
MOST_REDIRECTS = 3
LONGEST_URL = 1_000
PORT = 443
PIECE = 65_536
MOST_IPS = 3
REDIRECTS = (301, 302, 303, 307, 308)
HEADERS = {
    "User-Agent": "PawSitters calendar import",
    "Accept": "text/calendar, text/plain;q=0.5, */*;q=0.1",
    "Accept-Encoding": "identity",
    "Connection": "close",
}
NAME = re.compile(
    r"(?=.{4,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{1,62}"
)
# Addresses of IPv6 that stand for one of IPv4: translated on the way, past any look at them here.
TRANSLATED = [ipaddress.ip_network(net) for net in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16")]


class CalendarRefused(Exception):
    """The calendar cannot be had; `str(error)` is a sentence for the sitter."""


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    path: str


def resolve(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True)
class Network:
    """How the world is reached. Tests give another one; the site always uses this."""

    resolve: Callable[[str, int], Sequence[str]] = resolve
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context
    connect_port: int | None = None
    may_ask: Callable[[str], bool] | None = None


THE_INTERNET = Network()


# --- what may be asked ----------------------------------------------------------------------
def target_of(url: str) -> Target:
    """The parts of an address that may be asked for at all; looks nothing up."""
    url = url.strip()
    if url.lower().startswith("webcal://"):  # what many programs show for https
        url = "https://" + url[len("webcal://") :]
    if len(url) > LONGEST_URL or re.search(r"[\x00-\x20\x7f\\]", url):
        raise CalendarRefused(_("This is not an address of a calendar."))
    try:
        parts = urlsplit(url)
        port, host = parts.port, (parts.hostname or "").rstrip(".")
    except ValueError as error:
        raise CalendarRefused(_("This is not an address of a calendar.")) from error
    if parts.scheme.lower() != "https":
        raise CalendarRefused(_("The address must begin with https://"))
    if "@" in parts.netloc:
        raise CalendarRefused(_("An address with a user name or password in it is not taken."))
    if port not in (None, PORT):
        raise CalendarRefused(_("The address must not name a port."))
    try:
        name = host.encode("idna").decode("ascii").lower()
    except UnicodeError as error:
        raise CalendarRefused(_("This is not an address of a calendar.")) from error
    # Numbers in all their spellings (2130706433, 0x7f.1, [::1]) have no name at the end.
    if not NAME.fullmatch(name):
        raise CalendarRefused(_("The address must contain the name of a site on the internet."))
    return Target(name, PORT, _path(parts))


def _path(parts) -> str:
    path = parts.path or "/"
    text = f"{path}?{parts.query}" if parts.query else path
    return "".join(c if c.isascii() else _percent(c) for c in text)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode())


def is_public(text: str) -> bool:
    """Whether an IP address is one of the internet and of nothing else."""
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    if address.version == 6 and (
        address.ipv4_mapped or address.teredo or any(address in net for net in TRANSLATED)
    ):
        return False
    return address.is_global and not (
        address.is_private
        or address.is_loopback
        or address.is_link_local
        or address.is_multicast
        or address.is_reserved
        or address.is_unspecified
    )


def _addresses(target: Target, network: Network, until: float) -> Sequence[str]:
    """What the name stands for now; all of it must be public."""
    found: list[Sequence[str]] = []

    def look_up() -> None:
        try:
            found.append(network.resolve(target.host, target.port))
        except OSError:
            found.append([])

    # A resolver has its own idea of patience, so it is asked beside and left behind.
    thread = threading.Thread(target=look_up, daemon=True)
    thread.start()
    thread.join(_left(until))
    if not found:
        raise CalendarRefused(_too_slow())
    if not found[0]:
        raise CalendarRefused(_("There is no site of this name on the internet."))
    if not all(map(network.may_ask or is_public, found[0])):
        raise CalendarRefused(_("The address does not lead to the public internet."))
    return found[0]


# --- asking ---------------------------------------------------------------------------------
def fetch(url: str, network: Network = THE_INTERNET) -> bytes:
    """The text of a calendar, within MOST_BYTES and MOST_SECONDS in all. Raise CalendarRefused."""
    until = time.monotonic() + MOST_SECONDS
    for _hop in range(MOST_REDIRECTS + 1):
        target = target_of(url)
        answer = _ask(target, _addresses(target, network, until), network, until)
        if isinstance(answer, bytes):
            return _calendar(answer)
        url = urljoin(f"https://{target.host}{target.path}", answer)
    raise CalendarRefused(_("The address leads from one place to the next without end."))


def _calendar(body: bytes) -> bytes:
    start = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:15].upper() != b"BEGIN:VCALENDAR":
        raise CalendarRefused(
            _(
                "There is something else at this address, not a calendar. Copy the one that ends in .ics."
            )
        )
    if not start.rstrip().upper().endswith(b"END:VCALENDAR"):
        raise CalendarRefused(_("The calendar broke off in the middle."))
    return start


class _Pinned(HTTPSConnection):
    """Speaks to these IP addresses only, and checks that the certificate is that of the name."""

    def __init__(self, target: Target, ips: Sequence[str], network: Network, until: float):
        super().__init__(target.host, target.port, timeout=_left(until), context=network.context())
        self.ips, self.connect_port = ips, network.connect_port or target.port
        self.until, self.line, self.is_late = until, None, False

    def connect(self):
        plain = self._reach()
        # The handshake comes second, so that the watchdog can end it too.
        self.sock = self.line = self._context.wrap_socket(
            plain, server_hostname=self.host, do_handshake_on_connect=False
        )
        self.sock.do_handshake()

    def _reach(self) -> socket.socket:
        """The first address that answers: not every machine has a way to IPv6."""
        *others, last = self.ips[:MOST_IPS]
        for ip in others:
            try:
                return socket.create_connection((ip, self.connect_port), _left(self.until) / 2)
            except OSError:
                continue
        return socket.create_connection((last, self.connect_port), _left(self.until))

    def hang_up(self):
        self.is_late = True
        if self.line:
            # Below TLS: the other thread still reads through that.
            socket.socket.shutdown(self.line, socket.SHUT_RDWR)


def _ask(target: Target, ips: Sequence[str], network: Network, until: float) -> bytes | str:
    """The body, or where the answer says to go instead."""
    connection = _Pinned(target, ips, network, until)
    # One timeout for each read would let a slow drip go on for hours.
    watchdog = threading.Timer(_left(until), _quietly(connection.hang_up))
    watchdog.daemon = True
    watchdog.start()
    try:
        connection.request("GET", target.path, headers=HEADERS)
        answer = _answer(connection.getresponse())
    except ssl.SSLCertVerificationError as error:
        raise CalendarRefused(_("The site’s certificate is not valid.")) from error
    except (OSError, HTTPException, ValueError, AttributeError) as error:
        late = connection.is_late or isinstance(error, TimeoutError)
        raise CalendarRefused(_too_slow() if late else _("The site does not answer.")) from error
    finally:
        watchdog.cancel()
        connection.close()
    if connection.is_late:  # what was cut off looks like an end
        raise CalendarRefused(_too_slow())
    return answer


def _quietly(action: Callable[[], None]) -> Callable[[], None]:
    def run() -> None:
        with suppress(OSError):  # it may have ended by itself
            action()

    return run


def _answer(response: HTTPResponse) -> bytes | str:
    if response.status in REDIRECTS and response.getheader("Location"):
        return response.getheader("Location")
    if response.status in (401, 403, 404, 410):
        raise CalendarRefused(
            _("The site says that this calendar does not exist or is not shared (%(status)d).")
            % {"status": response.status}
        )
    if response.status != 200:
        raise CalendarRefused(
            _("The site answered with an error (%(status)d).") % {"status": response.status}
        )
    if response.getheader("Content-Encoding", "identity").lower() != "identity":
        raise CalendarRefused(_("The site sends the calendar in a form that we cannot read."))
    return _body(response)


def _body(response: HTTPResponse) -> bytes:
    if (response.length or 0) > MOST_BYTES:
        raise CalendarRefused(_too_large())
    body = bytearray()
    while piece := response.read1(PIECE):
        body += piece
        if len(body) > MOST_BYTES:
            raise CalendarRefused(_too_large())
    return bytes(body)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise CalendarRefused(_too_slow())
    return left


def _too_large() -> str:
    return _("The calendar is larger than 2 MB.")


def _too_slow() -> str:
    return _("The calendar did not arrive within 10 seconds.")
