"""Which addresses speak to which, so that each flow is tried from all sides that matter."""

from collections import defaultdict
from collections.abc import Iterator
from itertools import chain, count

from pawsitters.operations.firewall.errors import Refusal
from pawsitters.operations.firewall.lab import Lab
from pawsitters.operations.firewall.probes import Probe
from pawsitters.operations.firewall.samples import Samples
from pawsitters.operations.firewall.tricks import Ends, spread
from pawsitters.operations.firewall.zones import CONNECTIONS, Address, Flow, Flows

OTHERS = "others"
MOST_PROBES = 3000  # in all; a flow keeps at least two
MOST_TRICKS = 400  # in all, evenly chosen
FORGED_PORTS = 20_000  # below those that the kernel gives to others


class Plan:
    """The flows of the file, those that follow from it, and for each the ends to try: from, to.

    From None is from the host, as whichever address it likes.
    """

    def __init__(self, flows: Flows, samples: Samples):
        self.flows = flows
        self.host = flows.host
        self.samples = samples
        self.own = set(flows.host.addresses)
        self._near: dict[Address, list[Address]] = {}
        self.zones = {name: samples.of(zone) for name, zone in flows.zones.items()}
        ends = [(flow, self._ends(flow)) for flow in flows.flows]
        if flows.others:
            ends += self._others()
        for flow, pairs in ends:
            if not pairs:
                raise Refusal(
                    f'"{flow.text}" cannot be tried: {flow.source} and {flow.target} have no '
                    "addresses of the same family that a route joins."
                )
        self.most = max(2, MOST_PROBES // len(ends))
        self.ends = [(flow, spread(pairs, self.most)) for flow, pairs in ends]

    def addresses(self) -> set[Address]:
        """Those that peers have to answer for."""
        everybody = {each for _, pairs in self.ends for pair in pairs for each in pair}
        return everybody - self.own - {None}

    def _ends(self, flow: Flow) -> list[Ends]:
        if flow.source == flow.target:
            return [(None, address) for address in self.host.addresses]
        if flow.source == self.host.name:
            return [(None, each) for each in self.zones[flow.target] if self._own_near(each)]
        return self._inwards(self.zones[flow.source])

    def _inwards(self, sources) -> list[Ends]:
        return [(source, own) for source in sources for own in self._own_near(source)]

    def _own_near(self, peer: Address) -> list[Address]:
        """The host's addresses that a peer would speak to: those of the interface it is behind."""
        if peer not in self._near:
            fits = self._on(self.host.route_to(peer).interface, peer.version)
            every = [each for each in self.host.addresses if each.version == peer.version]
            self._near[peer] = fits or every
        return self._near[peer]

    def _others(self) -> Iterator[tuple[Flow, list[Ends]]]:
        """For each port that somebody may reach: everybody about whom nothing is said."""
        named: dict[tuple, dict[str, bool]] = defaultdict(dict)
        for flow in self.flows.flows:
            if flow.target == self.host.name != flow.source:
                named[flow.port, flow.protocol][flow.source] = flow.must_pass
        strangers = self._inwards(self.samples.strangers())
        known = {name: self._inwards(sources) for name, sources in self.zones.items()}
        for (port, protocol), sources in named.items():
            if any(sources.values()):
                silent = [known[name] for name in self.zones if name not in sources]
                yield from self._must_not(port, protocol, [strangers, *silent], sources.keys())
        # A port that the rules open and no flow mentions may be meant for a zone, not for the world.
        world = [known[name] for name in self._wide()]
        for port, protocol in self.samples.ports:
            if (port, protocol) not in named:
                yield from self._must_not(port, protocol, [strangers, *world], set())

    def _must_not(self, port: int, protocol: str, groups: list[list[Ends]], named) -> Iterator:
        """From these ends; not from an address that is in a named zone as well."""
        pairs = [
            ends for ends in chain.from_iterable(groups) if not self.flows.owners(ends[0]) & named
        ]
        if pairs:
            text = f"{OTHERS} -> {self.host.name}:{port}/{protocol} must not"
            yield Flow(text, OTHERS, self.host.name, port, protocol, False), pairs

    def _wide(self) -> list[str]:
        """The zones that are everybody: 0.0.0.0/0 or ::/0."""
        zones = self.flows.zones.values()
        return [zone.name for zone in zones if any(not each.prefixlen for each in zone.networks)]

    def probes(self, lab: Lab) -> list[Probe]:
        found = []
        for flow, pairs in self.ends:
            found += [self._probe(flow, pair, lab) for pair in pairs]
            if flow.must_pass and flow.protocol == "tcp":
                more = flow.connections
                if more == CONNECTIONS:
                    more = min(more, self.most)
                found += [self._probe(flow, pairs[0], lab, payload=False) for _ in range(more - 1)]
        for trick in spread(list(self.samples.tricks.for_all(self.ends)), MOST_TRICKS):
            more = {"from_port": trick.from_port, "door": trick.door, "payload": False}
            found.append(self._probe(trick.flow, trick.ends, lab, **more))
        return found + list(self._forged(lab))

    def _probe(self, flow: Flow, pair: Ends, lab: Lab, **more) -> Probe:
        source, target = pair
        source_space = lab.host if source is None else lab.peer_of(source)
        is_here = target in self.own or (target.version == 6 and target.scope_id)
        target_space = lab.host if is_here else lab.peer_of(target)
        return Probe(flow, source_space, source, target_space, target, **more)

    # --- Forged addresses ---------------------------------------------------------------------
    def _forged(self, lab: Lab) -> Iterator[Probe]:
        """For each port: somebody who may reach it, but coming in from where the internet is."""
        if not self.flows.forged:
            return
        outside = {route.interface for route in self.host.routes if route.network.prefixlen == 0}
        refused = self._refused_from(outside)
        ports = count(FORGED_PORTS)
        for flow, pairs in self.ends:
            broken = refused.get((flow.target, flow.port, flow.protocol))
            if not flow.must_pass or flow.source == self.host.name or not broken:
                continue
            firsts = {source.version: source for source, _ in reversed(pairs)}
            for source in firsts.values():
                home = self.host.route_to(source).interface
                for interface in outside - {home}:
                    for target in self._on(interface, source.version):
                        yield Probe(
                            broken, lab.peers[interface], source, lab.host, target,
                            from_port=next(ports), heard_in=lab.peers[home],
                        )  # fmt: skip

    def _refused_from(self, outside: set[str]) -> dict[tuple, Flow]:
        """For each target, port and protocol a sentence that refuses somebody from outside."""
        found: dict[tuple, Flow] = {}
        for flow, pairs in self.ends:
            if flow.must_pass or flow.source == self.host.name:
                continue
            if any(self.host.route_to(source).interface in outside for source, _ in pairs):
                found.setdefault((flow.target, flow.port, flow.protocol), flow)
        return found

    def _on(self, interface: str, version: int) -> list[Address]:
        return [each.ip for each in self.host.interfaces[interface] if each.version == version]
