"""Reads flows.toml: what must pass and what must not (example: docs/examples/flows.toml).

Each mistake is a Refusal that names file, line and column.
"""

import difflib
import re
import tomllib
from ipaddress import ip_address, ip_interface, ip_network
from pathlib import Path

from pawsitters.operations.firewall.errors import Refusal
from pawsitters.operations.firewall.zones import CONNECTIONS, Flow, Flows, Host, Route, Zone

MOST_FLOWS = 2000
MOST_CONNECTIONS = 500
FORM = '"web -> db:3306 must pass" or "internet -> db:3306 must not"'
KEYS = {"flows", "host", "zones", "others", "forged"}
HOST_KEYS = {"name", "interfaces", "routes", "mtu"}
ZONE_KEYS = {"addresses", "interface"}
INTERFACE = re.compile(r"[A-Za-z0-9_.@:-]{1,15}")
NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


def read_flows(path: str | Path) -> Flows:
    """Raise Refusal with line and column for each mistake that a person can make in it."""
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise Refusal(f"{path} cannot be read: {error.strerror}.") from None
    try:
        text = raw.decode()
    except UnicodeDecodeError:
        raise Refusal(f"{path} is not a text file.") from None
    return _Reader(str(path), text).read()


class _Reader:
    def __init__(self, path: str, text: str):
        self.path = path
        self.lines = text.splitlines()
        try:
            self.values = tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            raise Refusal(self._syntax(str(error))) from None

    def _syntax(self, error: str) -> str:
        place = re.search(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)", error)
        if place is None:
            return f"{self.path}: {error}."
        line, column = place.groups()
        line, column = line or len(self.lines), column or len(self.lines[-1] if self.lines else "")
        return f"{self.path}, line {line}, column {column}: {error[: place.start()]}."

    # --- Where a mistake is -----------------------------------------------------------------
    def wrong(self, say: str, needle: str, table: str = "", offset: int = 0, nth: int = 0):
        """A Refusal at the nth `needle` inside [table] (or its parts); `offset` goes on from there."""
        line, column = self.place(needle, table, nth)
        return Refusal(f"{self.path}, line {line}, column {column + offset}: {say}")

    def place(self, needle: str, table: str = "", nth: int = 0) -> tuple[int, int]:
        current, seen = "", 0
        for number, line in enumerate(self.lines, 1):
            code = _without_comment(line)
            header = re.match(r"\s*\[+\s*([^]]+?)\s*\]", code)
            if header and not line.lstrip().startswith("[["):
                current = header[1].replace('"', "").replace(" ", "")
            if not (current == table or current.startswith(f"{table}.") or header):
                continue
            for match in re.finditer(_whole(needle), code):
                if seen == nth:
                    return number, match.start() + 1
                seen += 1
        return (1, 1) if not table else self.place(table.split(".")[-1])

    # --- The parts --------------------------------------------------------------------------
    def read(self) -> Flows:
        self._known(self.values, KEYS, "")
        host = self._host()
        zones = {name: self._zone(name, value, host) for name, value in self._zones().items()}
        flows = self._flows(zones, host)
        others, forged = (self._must_not(key) for key in ("others", "forged"))
        return Flows(host, zones, flows, others, forged, self.path)

    def _must_not(self, key: str) -> bool:
        value = self.values.get(key, "must not")
        if value not in ("must not", "may pass"):
            raise self.wrong(f'{key} is "must not" or "may pass".', key)
        return value == "must not"

    def _known(self, values: dict, keys: set[str], table: str) -> None:
        for key in values:
            if key not in keys:
                where = f"in [{table}]" if table else "at the top"
                hint = _near(key, keys)
                if key == "flows":
                    hint = ' "flows" belongs at the top of the file, above the first [table].'
                raise self.wrong(f'"{key}" is not known {where}.{hint}', key, table)

    def _typed(self, values: dict, key: str, kind: type, table: str, default=None):
        value = values.get(key, default)
        if not isinstance(value, kind):
            name = {str: "text in quotes", list: "a list in [ ]", dict: "a table"}[kind]
            where = f"[{table}]" if table else "this file"
            if key not in values:
                raise self.wrong(f'{where} needs "{key}" ({name}).', table or key, table)
            raise self.wrong(f'"{key}" has to be {name}.', key, table)
        return value

    def _texts(self, values: dict, key: str, table: str) -> list[str]:
        items = self._typed(values, key, list, table, default=[])
        for item in items:
            if not isinstance(item, str):
                raise self.wrong(f'"{key}" is a list of texts in quotes.', key, table)
        return items

    def _host(self) -> Host:
        values = self._typed(self.values, "host", dict, "")
        self._known(values, HOST_KEYS, "host")
        name = self._typed(values, "name", str, "host")
        if not NAME.fullmatch(name):
            raise self.wrong("a name has letters, digits, - and _.", name, "host")
        own = self._typed(values, "interfaces", dict, "host")
        interfaces = {}
        for each in own:
            if not INTERFACE.fullmatch(each) or each == "lo":
                raise self.wrong(
                    f'"{each}" cannot be an interface here (lo is always there).', each, "host"
                )
            texts = self._texts(own, each, "host.interfaces")
            interfaces[each] = tuple(self._address(text, "host", ip_interface) for text in texts)
        if not any(interfaces.values()):
            raise self.wrong("the host needs at least one address.", "interfaces", "host")
        host = Host(name, interfaces, (), self._mtu(values, interfaces))
        routes = tuple(self._route(text, host) for text in self._texts(values, "routes", "host"))
        return Host(name, interfaces, routes, host.mtu)

    def _mtu(self, values: dict, interfaces: dict) -> dict[str, int]:
        sizes = self._typed(values, "mtu", dict, "host", default={})
        self._known(sizes, set(interfaces), "host.mtu")
        for name, size in sizes.items():
            if not isinstance(size, int) or not 1280 <= size <= 65535:
                raise self.wrong("an MTU is a number from 1280 to 65535.", name, "host.mtu")
        return sizes

    def _address(self, text: str, table: str, kind=ip_address):
        try:
            return kind(text)
        except ValueError as error:
            raise self.wrong(f"{error}.", text, table) from None

    def _route(self, text: str, host: Host) -> Route:
        form = re.fullmatch(r"(\S+)(?: via (\S+))?(?: dev (\S+))?", text.strip())
        if not form or not (form[2] or form[3]):
            say = 'a route reads "default via 10.0.0.1" or "10.9.0.0/16 via 10.0.0.7 dev eth1".'
            raise self.wrong(say, text, "host")
        gateway = self._address(form[2], "host") if form[2] else None
        everything = "::/0" if gateway and gateway.version == 6 else "0.0.0.0/0"
        target = everything if form[1] == "default" else form[1]
        network = self._address(target, "host", ip_network)
        interface = form[3]
        if interface is None:
            near = host.route_to(gateway)
            if near is None:
                raise self.wrong(
                    f"{gateway} is in no network of the host; add its dev.", text, "host"
                )
            interface = near.interface
        if interface not in host.interfaces:
            say = f'the host has no interface "{interface}".{_near(interface, host.interfaces)}'
            raise self.wrong(say, interface, "host")
        return Route(network, interface, gateway)

    def _zones(self) -> dict:
        zones = self._typed(self.values, "zones", dict, "", default={})
        for name, value in zones.items():
            if not NAME.fullmatch(name):
                raise self.wrong("a zone's name has letters, digits, - and _.", name, "zones")
            if not isinstance(value, dict):
                say = f'zone "{name}" is a table: [zones.{name}] and below it addresses = […].'
                raise self.wrong(say, name, "zones")
        return zones

    def _zone(self, name: str, values: dict, host: Host) -> Zone:
        table = f"zones.{name}"
        if name == host.name:
            raise self.wrong(f'"{name}" is the host itself; give the zone another name.', name)
        self._known(values, ZONE_KEYS, table)
        texts = self._texts(values, "addresses", table)
        if not texts:
            raise self.wrong(f'zone "{name}" has no addresses.', name)
        networks = tuple(self._address(text, table, ip_network) for text in texts)
        interface = self._typed(values, "interface", str, table) if "interface" in values else None
        if interface is not None and interface not in host.interfaces:
            say = f'the host has no interface "{interface}".{_near(interface, host.interfaces)}'
            raise self.wrong(say, interface, table)
        for text, network in zip(texts, networks, strict=True):
            self._routed(text, network, interface, host, table)
        return Zone(name, networks, interface)

    def _routed(self, text, network, interface, host, table) -> None:
        """Answers must find their way, or everything would seem to be blocked."""
        if network.prefixlen == 0:
            return  # the host may well have no way to the internet in one of the families
        route = host.route_to(network.network_address)
        if route is None:
            raise self.wrong(f"no route of the host leads to {text}.", text, table)
        if interface and route.interface != interface:
            say = f"the host's routes lead to {text} by {route.interface}, not by {interface}."
            raise self.wrong(say, text, table)

    def _flows(self, zones: dict[str, Zone], host: Host) -> tuple[Flow, ...]:
        texts = self._texts(self.values, "flows", "")
        if not texts:
            raise self.wrong(f"there are no flows; write flows = [ {FORM} ].", "flows")
        if len(texts) > MOST_FLOWS:
            raise self.wrong(f"at most {MOST_FLOWS} flows can be tested at once.", "flows")
        known = {*zones, host.name}
        flows: dict[tuple, Flow] = {}
        for number, text in enumerate(texts):
            nth = texts[:number].count(text)
            flow = self._sentence(text, known, nth)
            if flow.source != host.name and flow.target != host.name:
                say = f'one side of a flow is the host itself, "{host.name}".'
                raise self.wrong(say, text, nth=nth)
            key = (flow.source, flow.target, flow.port, flow.protocol)
            if other := flows.get(key):
                word = "says the same" if other.must_pass == flow.must_pass else "says the opposite"
                raise self.wrong(f"line {other.line} {word}.", text, nth=nth)
            flows[key] = flow
        return tuple(flows.values())

    def _sentence(self, text: str, known: set[str], nth: int) -> Flow:
        words = _Words(text, lambda say, at: self.wrong(say, text, offset=at, nth=nth))
        source = words.zone(known)
        words.take("->", f'"->" is expected here: {FORM}.')
        target = words.zone(known)
        words.take(":", 'a port follows the name, as in "db:3306".')
        port = words.port()
        protocol = words.protocol()
        must = words.take(
            r"must (pass|not)(?: pass)?(?=\s*(,|$))", 'say "must pass" or "must not" here.'
        )
        must_pass = must[1] == "pass"
        connections = words.connections(may_be_there=must_pass and protocol == "tcp")
        line, _ = self.place(text, nth=nth)
        return Flow(text, source, target, port, protocol, must_pass, connections, line)


class _Words:
    """Takes one part after the other off a sentence; `wrong(say, at)` makes the Refusal."""

    def __init__(self, text: str, wrong):
        self.text, self.wrong, self.at = text, wrong, 0

    def take(self, pattern: str, say: str) -> re.Match:
        self.at += len(self.text[self.at :]) - len(self.text[self.at :].lstrip())
        match = re.compile(pattern).match(self.text, self.at)
        if match is None:
            raise self.wrong(say, self.at)
        self.at = match.end()
        return match

    def zone(self, known: set[str]) -> str:
        name = self.take(r"[^\s:>]*[^\s:>-]", f"a sentence reads {FORM}.")
        if name[0] not in known:
            say = f'there is no zone "{name[0]}".{_near(name[0], known)}'
            raise self.wrong(say, name.start())
        return name[0]

    def port(self) -> int:
        say = "a port is a number from 1 to 65535."
        port = self.take(r"(\d{1,5})(?![^\s/])", say)
        if not 1 <= int(port[1]) <= 65535:
            raise self.wrong(say, port.start())
        return int(port[1])

    def protocol(self) -> str:
        if not self.text.startswith("/", self.at):
            return "tcp"
        return self.take(r"/(tcp|udp)(?!\S)", 'after "/" comes tcp or udp.')[1]

    def connections(self, may_be_there: bool) -> int:
        if not self.text[self.at :].strip():
            return CONNECTIONS
        more = self.take(r",\s*(\d+) connections?\s*$", 'after the comma: "20 connections".')
        if not may_be_there or not 1 <= int(more[1]) <= MOST_CONNECTIONS:
            say = f'1 to {MOST_CONNECTIONS} connections, and only with tcp "must pass".'
            raise self.wrong(say, more.start())
        return int(more[1])


def _without_comment(line: str) -> str:
    match = re.match(r"""(?:[^#"']|"(?:\\.|[^"\\])*"|'[^']*')*""", line)
    return match[0] if match else line


def _whole(needle: str) -> str:
    return rf"(?<![\w.:-]){re.escape(needle)}(?![\w.-])"


def _near(word: str, known) -> str:
    found = difflib.get_close_matches(word, list(known), 1, 0.5)
    return f' Did you mean "{found[0]}"?' if found else ""
