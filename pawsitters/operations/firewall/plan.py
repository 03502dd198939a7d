"""Which addresses speak to which, so that each flow is tried from all sides that matter."""

from collections import defaultdict
from collections.abc import Iterator

from pawsitters.operations.firewall.errors import Refusal
from pawsitters.operations.firewall.flows import CONNECTIONS, Address, Flow, Flows
from pawsitters.operations.firewall.lab import Lab
from pawsitters.operations.firewall.probes import Probe
from pawsitters.operations.firewall.samples import Samples

OTHERS = "others"
MOST_PROBES = 4000  # in all; a flow keeps at least two
Ends = tuple[Address | None, Address]  # from, to; None is the host, as whichever address it likes


class Plan:
    """The flows of the file, those that follow from it, and for each the ends to try."""

    def __init__(self, flows: Flows, samples: Samples):
        self.flows = flows
        self.host = flows.host
        self.own = set(flows.host.addresses)
        self._near: dict[Address, list[Address]] = {}
        self.zones = {name: samples.of(zone) for name, zone in flows.zones.items()}
        ends = [(flow, self._ends(flow)) for flow in flows.flows]
        if flows.others:
            ends += self._others(samples)
        for flow, pairs in ends:
            if not pairs:
                raise Refusal(
                    f'"{flow.text}" cannot be tried: {flow.source} and {flow.target} have no '
                    "addresses of the same family that a route joins."
                )
        self.most = max(2, MOST_PROBES // len(ends))
        self.ends = [(flow, _spread(pairs, self.most)) for flow, pairs in ends]

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
            near = self.host.interfaces[self.host.route_to(peer).interface]
            fits = [each.ip for each in near if each.version == peer.version]
            every = [each for each in self.host.addresses if each.version == peer.version]
            self._near[peer] = fits or every
        return self._near[peer]

    def _others(self, samples: Samples) -> Iterator[tuple[Flow, list[Ends]]]:
        """For each port that somebody may reach: everybody about whom nothing is said."""
        named: dict[tuple, dict[str, bool]] = defaultdict(dict)
        for flow in self.flows.flows:
            if flow.target == self.host.name != flow.source:
                named[flow.port, flow.protocol][flow.source] = flow.must_pass
        strangers = samples.strangers()
        for (port, protocol), sources in named.items():
            if not any(sources.values()):
                continue
            silent = [
                each for name in self.zones if name not in sources for each in self.zones[name]
            ]
            fits = [
                each
                for each in dict.fromkeys(strangers + silent)
                if not self.flows.owners(each) & sources.keys()
            ]
            if pairs := self._inwards(fits):
                text = f"{OTHERS} -> {self.host.name}:{port}/{protocol} must not"
                yield Flow(text, OTHERS, self.host.name, port, protocol, False), pairs

    def probes(self, lab: Lab) -> list[Probe]:
        found = []
        for flow, pairs in self.ends:
            found += [self._probe(flow, pair, lab) for pair in pairs]
            if flow.must_pass and flow.protocol == "tcp":
                more = flow.connections
                if more == CONNECTIONS:
                    more = min(more, self.most)
                found += [self._probe(flow, pairs[0], lab, False) for _ in range(more - 1)]
        return found

    def _probe(self, flow: Flow, pair: Ends, lab: Lab, payload: bool = True) -> Probe:
        source, target = pair
        source_space = lab.host if source is None else lab.peer_of(source)
        target_space = lab.host if target in self.own else lab.peer_of(target)
        return Probe(flow, source_space, source, target_space, target, payload)


def _spread(items: list, most: int) -> list:
    """At most so many, evenly chosen, the first and the last among them."""
    if len(items) <= most:
        return items
    return [items[round(number * (len(items) - 1) / (most - 1))] for number in range(most)]
