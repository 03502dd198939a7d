"""What a probe found, as a value that goes to files and back: no database, no network in here."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from django.utils.translation import gettext_lazy as _

# In the order in which a probe climbs them; "file" is SQLite's only one.
LAYERS = ("name", "connect", "handshake", "sign-in", "query", "write", "schema")
SLOW_MS = 300  # all layers answer, but people notice

# For visitors: never a cause that we cannot be sure of, never a name or an address.
SENTENCES = {
    "ok": _("The database answers."),
    "name": _("The name of the database server cannot be looked up."),
    "connect": _("The database server cannot be reached over the network."),
    "handshake": _("The database server can be reached, but it does not talk to us."),
    "sign-in": _("The database server refuses to sign us in."),
    "query": _("The database server signed us in, but does not answer a question."),
    "write": _("The database can be read, but nothing can be saved."),
    "schema": _("The database is not prepared for this version of the site."),
    "file": _("The database file cannot be read."),
}

# Where nothing more is known than the layer.
CAUSE_OF_LAYER = {
    "ok": "ok",
    "name": "dns",
    "connect": "unreachable",
    "handshake": "server-frozen",
    "sign-in": "sign-in",
    "query": "slow",
    "write": "slow",
    "schema": "schema",
    "file": "file",
}

# Causes for which the last change of firewall rules is worth a look.
OF_THE_NETWORK = frozenset({"firewall", "network", "refused", "unreachable"})

# For operators: what it is, and after the colon what to look at next.
NAMED = {
    "ok": "the database answers",
    "firewall": "a firewall keeps us from the database: look at the last rule change first",
    "network": "the database host is silent on every port: look at cable, route and host, then at a "
    "firewall that drops everything",
    "server-stopped": "nothing listens on the database's port: look at the server's log and start it",
    "server-frozen": "the database server is silent although its port is open: look for a stopped "
    "process (ps: state T), a disk that hangs (state D), no memory",
    "refused": "the port refuses: the server is stopped, or a firewall resets connections; "
    "ss -ltn on the database host tells which",
    "unreachable": "no packet comes back: a firewall that drops, a frozen server with a full queue, "
    "or the network; ss -ltn on the database host tells which",
    "handshake": "something answers on the database's port that is no database: look at what listens",
    "sign-in": "the server refuses our sign-in: look at user, password, database name and rights",
    "overload": "all of the server's connections are taken: SHOW PROCESSLIST through the extra port",
    "blocked": "the server has blocked this host after failed connections: FLUSH HOSTS, then set "
    "max_connect_errors and skip-name-resolve",
    "read-only": "the server takes no writes: look at read_only, and whether this is a replica",
    "locked": "somebody holds a lock that our write waits for: SHOW PROCESSLIST, longest first",
    "disk": "the server has no room left: look at its disk",
    "schema": "tables are missing or older than this version: run manage.py prepare",
    "dns": "the database host's name cannot be looked up: look at the resolver and DATABASE_URL",
    "slow": "the server answers too slowly: SHOW PROCESSLIST, then its disk and the network",
    "local": "this host itself cannot send: look at its routes, ports and open files",
    "file": "the database file cannot be read: look at VAR_DIR",
    "unknown": "the probe failed in a way that has no name yet: look at the detail",
}


@dataclass(frozen=True)
class Layer:
    """One step of a probe. `ok` is None where the probe did not come; `took_ms` then too."""

    name: str
    ok: bool | None
    took_ms: float | None = None


@dataclass(frozen=True)
class Verdict:
    """What one probe found. `layer` is "ok" or the one it stopped at; `took_ms` milliseconds."""

    layer: str
    detail: str  # for operators: "refused", "no answer", "error 1045"; never a secret
    took_ms: float
    checked_at: datetime
    layers: tuple[Layer, ...] = ()
    cause: str = ""  # a key of NAMED; from the layer where nothing more is known
    rule_change: dict | None = None  # as the witness tells it (docs/change-management.md)
    finding: str = ""  # NAMED, made exact by what this probe saw

    def __post_init__(self):
        if not self.cause:
            object.__setattr__(self, "cause", CAUSE_OF_LAYER[self.layer])

    @property
    def ok(self) -> bool:
        return self.layer == "ok"

    @property
    def is_slow(self) -> bool:
        """All is well but the time."""
        return self.ok and self.cause == "slow"

    @property
    def is_embedded(self) -> bool:
        """SQLite: a file of this host, so there is no network, no gate and no outage of it."""
        return any(layer.name == "file" for layer in self.layers)

    @property
    def can_read(self) -> bool:
        return self.ok or self.layer in ("write", "schema")

    @property
    def sentence(self) -> str:
        """For visitors."""
        return str(SENTENCES[self.layer])

    @property
    def named(self) -> str:
        """For operators: the cause in plain words, the next thing to check, the last rule change."""
        words = self.finding or NAMED[self.cause]
        change = self.change if self.cause in OF_THE_NETWORK else ""
        return f"{words}; {change}" if change else words

    @property
    def change(self) -> str:
        """The last change of firewall rules in words, empty where none is known."""
        change = self.rule_change or {}
        try:
            at = datetime.fromisoformat(change["changed_at"]).astimezone(UTC)
        except (KeyError, TypeError, ValueError):
            return ""
        time = f"{at:%H:%M:%S}" if at.date() == self.checked_at.date() else f"{at:%d %B, %H:%M:%S}"
        by = str(change.get("by") or "outside")
        if by == "outside":
            recorded = "outside of a recorded change"
            recorded += f": {summary}" if (summary := change.get("summary")) else ""
        else:
            recorded = f"by {by}"
        who = f"{change.get('process') or 'an unknown process'} (pid {change.get('pid') or '?'})"
        return f"last rule change {time} by {who}, {recorded}"

    def to_json(self) -> str:
        """All fields, and `named` for readers that are no Python."""
        at = self.checked_at.isoformat()
        return json.dumps({**asdict(self), "checked_at": at, "named": self.named})

    @classmethod
    def from_json(cls, text: str) -> "Verdict":
        """Raise ValueError for anything that `to_json` has not written."""
        try:
            values = json.loads(text)
            values.pop("named", None)
            values["checked_at"] = datetime.fromisoformat(values["checked_at"])
            values["layers"] = tuple(Layer(**layer) for layer in values["layers"])
            verdict = cls(**values)
            if verdict.layer not in SENTENCES or verdict.cause not in NAMED:
                raise ValueError("not a verdict: unknown layer or cause")
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(f"not a verdict: {error!r}") from error
        return verdict
