"""From where a probe stopped, and what the witness saw, to the cause and the next thing to check.

Without a witness some faults look the same from here (docs/operations.md); then both are named.
"""

import errno
from dataclasses import dataclass
from ipaddress import ip_address

import pymysql

from pawsitters.operations.attempt import BehindTheCode, describe, root
from pawsitters.operations.reach import Unreached, answers_arp
from pawsitters.operations.verdicts import NAMED
from pawsitters.operations.witness_client import Word

CAUSE_OF_CODE = {
    **dict.fromkeys((1040, 1203, 1226), "overload"),
    1129: "blocked",
    **dict.fromkeys((1044, 1045, 1049, 1130, 1142, 1143, 1251, 1698), "sign-in"),
    **dict.fromkeys((1290, 1792, 1836), "read-only"),
    **dict.fromkeys((1205, 3572), "locked"),
    **dict.fromkeys((1969, 3024), "slow"),
    **dict.fromkeys((1021, 1114), "disk"),
    **dict.fromkeys((1054, 1146), "schema"),
    1053: "server-stopped",
}
EXACT = {
    1044: "the user may not use this database: look at GRANT for it",
    1045: "the server refuses user or password, or this host for this user: look at DATABASE_URL, "
    "then at SELECT user, host FROM mysql.user",
    1049: "the database of that name does not exist: look at DATABASE_URL, or restore it",
    1130: "the server takes no sign-in from this host: look at SELECT user, host FROM mysql.user",
    1142: "the user may not write: look at SHOW GRANTS",
}
CUT_OFF = frozenset({2006, 2013})
# What connect() says when a packet did not even leave.
OF_OUR_OWN = {
    errno.EINVAL: "a blackhole route on this host: ip route get ADDRESS",
    errno.EACCES: "a prohibiting route on this host: ip route get ADDRESS",
    errno.EPERM: "this host's own firewall forbids it: nft list ruleset",
    errno.ENETUNREACH: "this host has no route there: ip route get ADDRESS",
    errno.EADDRNOTAVAIL: "this host has no free port left: ss -s",
    errno.EMFILE: "this process has no free file left: ulimit -n",
}


@dataclass(frozen=True)
class Stop:
    """Where a probe stopped. `error` is None if it was given up there: no answer in time."""

    layer: str
    error: Exception | None
    where: str  # "db:3306"
    own_rule: str = ""  # of this host, that drops the packets, if one was found

    @property
    def timed_out(self) -> bool:
        if isinstance(self.error, Unreached):
            return self.error.timed_out
        return self.error is None or isinstance(root(self.error), TimeoutError)


# Sentences of one probe: what was seen, and after the colon what to look at next.
WORDS = {
    "busy": "this host was too busy to ask {where}: look at its load (uptime), not at the database",
    "name": "the name {host} cannot be looked up: look at the resolver (/etc/resolv.conf) and DATABASE_URL",
    "own rule": "this host's own rules stop packets to {where}: look at «{rule}» here",
    "own icmp": "this host's own firewall rejects packets to {where}: nft list ruleset here",
    "icmp": "a firewall at {by} rejects packets to {where} (ICMP): look at its rules first",
    "reset": "connections to {where} are reset although the server listens: look at the firewall first",
    "dropped": "packets to {where} are dropped although the server listens: look at the firewall first",
    "dropped later": "{where} lets the first packet through and drops those after it, although the "
    "server listens: look for a rule on established connections",
    "stopped": "nothing listens on {where}: look at the server's log and start it",
    "refused": "{where} refuses: the server is stopped, or a firewall resets connections; ss -ltn on "
    "the database host tells which",
    "queue": "the server at {where} stands still (queue {queue}), it is no firewall: look for a stopped "
    "process (ps: state T) or a disk that hangs (state D)",
    "process": "the server's process at {where} is stopped (state T): kill -CONT, and ask who stopped it",
    "silent": "{where} takes connections and says nothing: look for a stopped process (ps: state T), a "
    "disk that hangs (state D), no memory",
    "silent or dropped": "{where} takes connections and says nothing: a frozen server (ps: state T or "
    "D), or a rule that drops established connections; ss -ltn on the database host shows a queue "
    "if it is the server",
    "host": "{host} is silent on every port: look at cable, route and host, then at a firewall that "
    "drops everything",
    "no arp": "{host} does not even answer ARP: look at cable, switch and host before any firewall",
    "only witness": "no packet comes back from {where}, but its host answers: a firewall that drops, or "
    "a frozen server with a full queue; ss -ltn there tells which (the witness is not running)",
    "nothing": "no packet comes back from {where}: a firewall that drops, a frozen server with a full "
    "queue, or the network; ss -ltn on the database host tells which",
    "route": "no way to {where} ({error}): look at the route and the host",
    "slow": "the server at {where} signed us in but does not finish a {layer}: SHOW PROCESSLIST for "
    "locks and long statements, then its disk",
    "cut": "{where} cut the connection at {layer}: look at whether the server restarts",
    "behind": "{error}: run manage.py prepare",
    "code": "the server answers with error {code} at {layer}: look it up in its manual",
    "other": "{layer} failed ({error}): look at the detail",
}


def _is_address(stop: Stop) -> bool:
    try:
        ip_address(stop.where.rpartition(":")[0].strip("[]"))
    except ValueError:
        return False
    return True


def judge(stop: Stop, witness: Word) -> tuple[str, str]:
    """(cause, finding) of a probe that stopped. The witness's word goes before our guess."""
    if stop.layer == "name":
        # An address is not looked up: who got no further had no time to.
        return ("local", _say("busy", stop)) if _is_address(stop) else ("dns", _say("name", stop))
    if stop.layer == "connect":
        return _no_connection(stop, witness)
    if stop.timed_out:
        return _silence(stop, witness)
    return _refusal(stop)


def _no_connection(stop: Stop, witness: Word) -> tuple[str, str]:
    if stop.own_rule:
        return "firewall", _say("own rule", stop)
    if getattr(stop.error, "rejected_by", ""):
        by = stop.error.rejected_by
        # Our own kernel says "no route" in the same way once it has asked for a neighbour in vain.
        if stop.error.by_ourselves and not answers_arp(stop.error.address):
            return "network", _say("no arp", stop)
        return "firewall", _say("own icmp" if stop.error.by_ourselves else "icmp", stop, by=by)
    if isinstance(stop.error, ConnectionRefusedError) or getattr(stop.error, "refused", False):
        return _refused(stop, witness)
    if stop.timed_out:
        return _no_answer(stop, witness)
    if stop.error.errno in OF_OUR_OWN:
        return "local", OF_OUR_OWN[stop.error.errno]
    return "network", _say("route", stop)


def _refused(stop: Stop, witness: Word) -> tuple[str, str]:
    if not witness.answered:
        return "refused", _say("refused", stop)
    if witness.listens:
        return "firewall", _say("reset", stop)
    return "server-stopped", _say("stopped", stop)


def _no_answer(stop: Stop, witness: Word) -> tuple[str, str]:
    if witness.is_frozen:
        return "server-frozen", _say("queue", stop, queue=witness.queue)
    if witness.answered:
        if witness.listens:
            return "firewall", _say("dropped", stop)
        return "server-stopped", _say("stopped", stop)
    if not answers_arp(getattr(stop.error, "address", "")):
        return "network", _say("no arp", stop)
    if witness.state == "silent":
        return "network", _say("host", stop)
    return "unreachable", _say("only witness" if witness.state == "refused" else "nothing", stop)


def _silence(stop: Stop, witness: Word) -> tuple[str, str]:
    """The connection stands, and then nothing comes."""
    if stop.layer in ("query", "write", "schema"):
        return "slow", _say("slow", stop)  # it has just signed us in, so it does not stand still
    if witness.facts.get("stopped"):
        return "server-frozen", _say("process", stop)
    if not witness.answered:
        return "server-frozen", _say("silent or dropped", stop)
    if witness.listens and not witness.facts.get("queue"):
        return "firewall", _say("dropped later", stop)
    return "server-frozen", _say("silent", stop)


def _refusal(stop: Stop) -> tuple[str, str]:
    """The server answered, and the answer was no."""
    if isinstance(stop.error, BehindTheCode):
        return "schema", _say("behind", stop)
    code = _code(stop.error)
    if code in CAUSE_OF_CODE:
        return CAUSE_OF_CODE[code], EXACT.get(code, NAMED[CAUSE_OF_CODE[code]])
    if stop.layer == "handshake":
        return "handshake", NAMED["handshake"]
    if code in CUT_OFF or isinstance(root(stop.error), ConnectionError):
        return "server-stopped", _say("cut", stop)
    return "unknown", _say("code" if code else "other", stop)


def _say(words: str, stop: Stop, **more) -> str:
    return WORDS[words].format(
        where=stop.where,
        host=stop.where.rpartition(":")[0] or stop.where,
        layer=stop.layer,
        rule=stop.own_rule,
        code=_code(stop.error),
        error=getattr(stop.error, "strerror", None) or describe(stop.error) if stop.error else "",
        **more,
    )


def _code(error: Exception | None) -> int | None:
    if isinstance(error, pymysql.err.Error) and error.args and isinstance(error.args[0], int):
        return error.args[0] or None
    return None
