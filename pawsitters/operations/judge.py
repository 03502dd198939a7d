"""From where a probe stopped, and what the witness saw, to the cause and the next thing to check.

Without a witness some faults look the same from here (docs/operations.md); then both are named.
"""

import errno
from dataclasses import dataclass

import pymysql

from pawsitters.operations.attempt import BehindTheCode
from pawsitters.operations.reach import Unreached
from pawsitters.operations.verdicts import CAUSE_OF_LAYER, NAMED
from pawsitters.operations.witness_client import Testimony

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

    @property
    def timed_out(self) -> bool:
        if isinstance(self.error, Unreached):
            return self.error.timed_out
        cause = getattr(self.error, "original_exception", None) or self.error
        return cause is None or isinstance(cause, TimeoutError)


def judge(stop: Stop, witness: Testimony, own_rule: str = "") -> tuple[str, str]:
    """(cause, finding). `own_rule` is a rule of this host that drops the packets, if one was found."""
    if stop.layer == "name":
        return (
            "dns",
            f"the name {stop.where.rpartition(':')[0]} cannot be looked up: look at the resolver (/etc/resolv.conf) and DATABASE_URL",
        )
    if stop.layer == "connect":
        return _no_connection(stop, witness, own_rule)
    if stop.timed_out:
        return _silence(stop, witness)
    if isinstance(stop.error, BehindTheCode):
        return "schema", f"{stop.error}: run manage.py prepare"
    code = _code(stop.error)
    if cause := CAUSE_OF_CODE.get(code):
        return cause, EXACT.get(code, NAMED[cause])
    if stop.layer == "handshake":
        return "handshake", NAMED["handshake"]
    if code in (2006, 2013) or isinstance(stop.error, ConnectionError):
        return (
            "server-stopped",
            f"{stop.where} cut the connection at {stop.layer}: look at whether the server restarts",
        )
    return (
        CAUSE_OF_LAYER[stop.layer] if code is None else "unknown"
    ), f"{stop.layer}: {code or type(stop.error).__name__}"


def _no_connection(stop: Stop, witness: Testimony, own_rule: str) -> tuple[str, str]:
    where, error = stop.where, stop.error
    if own_rule:
        return (
            "firewall",
            f"this host's own rules drop packets to {where}: look at «{own_rule}» here",
        )
    if getattr(error, "rejected_by", ""):
        whose = (
            "this host's own firewall"
            if error.by_ourselves
            else f"a firewall at {error.rejected_by}"
        )
        return "firewall", f"{whose} rejects packets to {where} (ICMP): look at its rules first"
    if getattr(error, "refused", False) or isinstance(error, ConnectionRefusedError):
        return _refused(where, witness)
    if not stop.timed_out:
        words = OF_OUR_OWN.get(error.errno)
        if words:
            return "local", words
        return "network", f"no way to {where} ({error.strerror}): look at the route and the host"
    return _no_answer(where, witness)


def _refused(where: str, witness: Testimony) -> tuple[str, str]:
    if not witness.answered:
        return "refused", f"{where} refuses: " + NAMED["refused"].partition(": ")[2]
    if witness.facts.get("listens"):
        return (
            "firewall",
            f"connections to {where} are reset although the server listens: look at the firewall first",
        )
    return "server-stopped", f"nothing listens on {where}: look at the server's log and start it"


def _no_answer(where: str, witness: Testimony) -> tuple[str, str]:
    if witness.answered:
        if witness.is_frozen:
            queue = f"{witness.facts.get('queue')} of {witness.facts.get('backlog')}"
            return (
                "server-frozen",
                f"the server at {where} stands still (queue {queue}), it is no firewall: look for a stopped process (ps: state T) or a disk that hangs (state D)",
            )
        if not witness.facts.get("listens"):
            return (
                "server-stopped",
                f"nothing listens on {where}: look at the server's log and start it",
            )
        return (
            "firewall",
            f"packets to {where} are dropped although the server listens: look at the firewall first",
        )
    if witness.state == "silent":
        return "network", NAMED["network"]
    if witness.state == "refused":
        return (
            "unreachable",
            f"no packet comes back from {where}, but its host answers: a firewall that drops, or a frozen server with a full queue; ss -ltn there tells which (the witness is not running)",
        )
    return (
        "unreachable",
        f"no packet comes back from {where}: a firewall that drops, a frozen server with a full queue, or the network; ss -ltn there tells which",
    )


def _silence(stop: Stop, witness: Testimony) -> tuple[str, str]:
    """The connection stands, and then nothing comes."""
    where = stop.where
    if witness.answered and witness.facts.get("stopped"):
        return (
            "server-frozen",
            f"the server's process at {where} is stopped (state T): kill -CONT, and ask who stopped it",
        )
    if stop.layer in ("query", "write", "schema"):
        return (
            "slow",
            f"the server at {where} signed us in but does not finish a {stop.layer}: SHOW PROCESSLIST for locks and long statements, then its disk",
        )
    if witness.answered and witness.facts.get("listens") and not witness.facts.get("queue"):
        return (
            "firewall",
            f"{where} lets the first packet through and drops those after it, although the server listens: look for a rule on established connections",
        )
    return (
        "server-frozen",
        f"{where} takes connections and says nothing: look for a stopped process (ps: state T), a disk that hangs (state D), no memory",
    )


def _code(error: Exception | None) -> int | None:
    if isinstance(error, pymysql.err.Error) and error.args and isinstance(error.args[0], int):
        return error.args[0]
    return None
