"""An address that somebody typed leads to the public internet and nowhere else, within bounds."""

import socket
import ssl
import threading
import time
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from bookings.services.ics import fetching
from bookings.services.ics.fetching import CalendarRefused, Network, fetch, is_public, target_of

HOST = "calendar.example.org"
URL = f"https://{HOST}/mine.ics"
CALENDAR = b"BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"


# --- what may be asked at all -----------------------------------------------------------------
@pytest.mark.parametrize(
    "url",
    [
        "http://calendar.example.org/a.ics",
        "ftp://calendar.example.org/a.ics",
        "file:///etc/passwd",
        "gopher://calendar.example.org/",
        "//calendar.example.org/a.ics",
        "https:///a.ics",
        "https://",
        "",
        "https://user:secret@calendar.example.org/a.ics",
        "https://calendar.example.org@127.0.0.1/a.ics",
        "https://@calendar.example.org/",
        "https://calendar.example.org:8443/a.ics",
        "https://calendar.example.org:22/",
        "https://calendar.example.org:99999/",
        "https://localhost/a.ics",
        "https://intranet/a.ics",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://0x7f.0.0.1/",
        "https://0177.0.0.1/",
        "https://１２７.0.0.1/",
        "https://127.0.0.1./",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://[fe80::1%25eth0]/",
        "https://8.8.8.8/a.ics",
        "https://calendar.example.org\\@127.0.0.1/",
        "https://calendar.example.org/\r\nHost: other",
        "https://calendar.example.org/a b",
        "https://calendar.example.org/" + "a" * 1000,
        "https://" + "a" * 64 + ".example.org/",
        "https://[calendar.example.org/",
    ],
)
def test_only_https_to_a_name_on_the_usual_port(url):
    def resolve(host, port):
        raise AssertionError("nothing is looked up for this")

    with pytest.raises(CalendarRefused):
        fetch(url, Network(resolve=resolve))


def test_an_address_is_taken_as_people_paste_it():
    assert target_of(" webcal://Calendar.Example.org/a.ics?key=1 ").host == HOST
    assert target_of("https://bücher.example/ä?ö").host == "xn--bcher-kva.example"
    assert target_of("https://bücher.example/ä?ö").path == "/%C3%A4?%C3%B6"
    assert target_of(f"https://{HOST}:443").path == "/"


PRIVATE = [
    "127.0.0.1",
    "127.9.9.9",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "240.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "fe80::1",
    "fe80::1%eth0",
    "fc00::1",
    "fd12::1",
    "ff02::1",
    "2001:db8::1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "2002:7f00:1::",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "nonsense",
]


@pytest.mark.parametrize("ip", PRIVATE)
def test_a_name_that_stands_for_a_private_address_is_refused(ip):
    assert not is_public(ip)
    for found in ([ip], ["93.184.216.34", ip]):  # one of several is enough
        with pytest.raises(CalendarRefused, match="public internet"):
            fetch(URL, Network(resolve=lambda host, port, found=found: found))


def test_public_addresses_are_taken():
    assert is_public("93.184.216.34")
    assert is_public("2606:2800:220:1:248:1893:25c8:1946")


def test_a_name_nobody_knows_is_said():
    def resolve(host, port):
        raise socket.gaierror

    with pytest.raises(CalendarRefused, match="no site of this name"):
        fetch(URL, Network(resolve=resolve))


# --- a real server on this machine --------------------------------------------------------------
@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """A certificate for HOST, signed by itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "host.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def serving(certificate, answer):
    """`answer(connection, path)` for each request; gives a Network that leads here, and the paths."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    paths: list[str] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve():
            while True:
                try:
                    plain, _address = server.accept()
                except OSError:
                    return
                threading.Thread(target=handle, args=(plain,), daemon=True).start()

        def handle(plain):
            try:
                with context.wrap_socket(plain, server_side=True) as connection:
                    head = b""
                    while b"\r\n\r\n" not in head:
                        head += connection.recv(4096)
                    assert f"Host: {HOST}\r\n".encode() in head
                    paths.append(head.split()[1].decode())
                    answer(connection, paths[-1])
            except OSError:
                pass  # the other side has had enough

        threading.Thread(target=serve, daemon=True).start()
        network = Network(
            resolve=lambda host, port: ["127.0.0.1"],
            context=lambda: ssl.create_default_context(cafile=certificate),
            connect_port=server.getsockname()[1],
            may_ask=lambda ip: True,
        )
        yield network, paths
        server.shutdown(socket.SHUT_RDWR)


def reply(status="200 OK", body=CALENDAR, **headers):
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    if "Content_Length" not in headers:
        lines.append(f"Content-Length: {len(body)}")
    head = "\r\n".join([f"HTTP/1.1 {status}", *lines]).encode()
    return lambda connection, path: connection.sendall(head + b"\r\n\r\n" + body)


def ask(certificate, answer, url=URL) -> bytes:
    with serving(certificate, answer) as (network, _paths):
        return fetch(url, network)


def test_a_calendar_is_fetched_from_the_address_that_was_looked_at(certificate):
    asked = []

    def resolve(host, port):
        # A name that answers differently the second time (DNS rebinding) is not asked again.
        asked.append(host)
        return ["127.0.0.1"] if len(asked) == 1 else ["192.0.2.1"]

    with serving(certificate, reply(body=b"\xef\xbb\xbf\n" + CALENDAR)) as (network, paths):
        here = Network(resolve, network.context, network.connect_port, network.may_ask)
        assert fetch(f"{URL}?key=1", here) == CALENDAR
    assert (asked, paths) == ([HOST], ["/mine.ics?key=1"])


def test_the_certificate_must_be_that_of_the_name(certificate):
    with pytest.raises(CalendarRefused, match="certificate"):
        ask(certificate, reply(), "https://other.example.org/")


def test_three_redirects_are_followed_and_no_more(certificate):
    def hop(connection, path):
        number = int(path.strip("/"))
        if number == 3:
            return reply()(connection, path)
        return reply("302 Found", b"", Location=f"/{number + 1}")(connection, path)

    with serving(certificate, hop) as (network, paths):
        assert fetch(f"https://{HOST}/0", network) == CALENDAR
        assert paths == ["/0", "/1", "/2", "/3"]
    for_ever = reply("301 Moved", b"", Location="/again")
    with serving(certificate, for_ever) as (network, paths):
        with pytest.raises(CalendarRefused, match="without end"):
            fetch(URL, network)
        assert len(paths) == 4


@pytest.mark.parametrize(
    "location",
    ["http://calendar.example.org/", "https://127.0.0.1/", "https://[::1]/", "file:///etc/passwd"],
)
def test_a_redirect_is_looked_at_like_the_address_itself(certificate, location):
    with serving(certificate, reply("302 Found", b"", Location=location)) as (network, paths):
        with pytest.raises(CalendarRefused):
            fetch(URL, network)
        assert len(paths) == 1


def test_a_redirect_to_a_name_with_a_private_address_is_refused(certificate):
    answer = reply("302 Found", b"", Location="https://inside.example.org/")
    with serving(certificate, answer) as (network, paths):
        names = {HOST: "127.0.0.1", "inside.example.org": "10.0.0.1"}
        here = Network(
            lambda host, port: [names[host]],
            network.context,
            network.connect_port,
            lambda ip: ip == "127.0.0.1",
        )
        with pytest.raises(CalendarRefused, match="public internet"):
            fetch(URL, here)
        assert len(paths) == 1


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (reply(body=b"<!doctype html><title>Log in"), "not a calendar"),
        (reply(body=b""), "not a calendar"),
        (reply("404 Not Found"), r"does not exist or is not shared \(404\)"),
        (reply("500 Oh No"), r"an error \(500\)"),
        (reply("204 No Content", b""), r"an error \(204\)"),
        (reply(Content_Encoding="gzip"), "cannot read"),
        (reply(Content_Length=1_000_000_000), "larger than 2 MB"),
        (reply(body=CALENDAR[:17], Content_Length=5_000), "broke off"),
        (lambda connection, path: connection.sendall(b"SSH-2.0-x\r\n"), "does not answer"),
        (lambda connection, path: None, "does not answer"),
    ],
)
def test_what_went_wrong_is_said_plainly(certificate, answer, sentence):
    with pytest.raises(CalendarRefused, match=sentence):
        ask(certificate, answer)


def test_a_body_without_end_is_cut_at_two_megabytes(certificate):
    sent = []

    def flood(connection, path):
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n" + CALENDAR)
        for _n in range(1_000):  # a gigabyte
            connection.sendall(b"x" * 1_000_000)
            sent.append(1)

    with pytest.raises(CalendarRefused, match="larger than 2 MB"):
        ask(certificate, flood)
    assert len(sent) < 50


def drip_body(connection, path):
    connection.sendall(b"HTTP/1.1 200 OK\r\n\r\nBEGIN:VCALENDAR\r\n")
    while True:
        connection.sendall(b"x")
        time.sleep(0.05)


def drip_headers(connection, path):
    connection.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        connection.sendall(b"X: y\r\n"[:1])
        time.sleep(0.05)


@pytest.mark.parametrize("drip", [drip_body, drip_headers, lambda c, path: time.sleep(3)])
def test_a_slow_drip_is_cut_off_in_all(certificate, monkeypatch, drip):
    monkeypatch.setattr(fetching, "MOST_SECONDS", 0.6)
    begun = time.monotonic()
    with pytest.raises(CalendarRefused, match="within 10 seconds"):
        ask(certificate, drip)
    assert time.monotonic() - begun < 2


def test_a_resolver_that_takes_its_time_is_left_behind(monkeypatch):
    monkeypatch.setattr(fetching, "MOST_SECONDS", 0.2)
    begun = time.monotonic()
    with pytest.raises(CalendarRefused, match="within 10 seconds"):
        fetch(URL, Network(resolve=lambda host, port: time.sleep(3) or ["93.184.216.34"]))
    assert time.monotonic() - begun < 1
