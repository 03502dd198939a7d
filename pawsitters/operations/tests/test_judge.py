"""What each fault is called, with the witness's word and without it."""

import errno

import pymysql
import pytest

from pawsitters.operations import judge as judge_module
from pawsitters.operations.attempt import BehindTheCode
from pawsitters.operations.judge import Stop, judge
from pawsitters.operations.reach import Unreached
from pawsitters.operations.witness_client import Word

NOBODY = Word()
SILENT, NO_WITNESS_THERE = Word("silent"), Word("refused")
WELL = Word("answered", {"listens": True, "queue": 0, "backlog": 50, "stopped": False})
FULL = Word("answered", {"listens": True, "queue": 51, "backlog": 50, "stopped": None})
STOPPED = Word("answered", {"listens": True, "queue": 1, "backlog": 50, "stopped": True})
WAITING = Word("answered", {"listens": True, "queue": 1, "backlog": 50, "stopped": False})
GONE = Word("answered", {"listens": False, "queue": 0, "backlog": 0, "stopped": None})

DROPPED = Unreached(TimeoutError("timed out"), "10.9.0.2")
REFUSED = Unreached(ConnectionRefusedError(errno.ECONNREFUSED, "refused"), "10.9.0.2")
BY_ICMP = Unreached(ConnectionRefusedError(111, "refused"), "10.9.0.2", "10.9.0.254")


def named(layer, error, witness=NOBODY):
    return judge(Stop(layer, error, "db:3306"), witness)


@pytest.mark.parametrize(
    ("error", "witness", "cause", "word"),
    [
        (DROPPED, WELL, "firewall", "dropped although the server listens"),
        (DROPPED, FULL, "server-frozen", "51 of 50"),
        (DROPPED, STOPPED, "server-frozen", "stands still"),
        (DROPPED, GONE, "server-stopped", "nothing listens"),
        (DROPPED, SILENT, "network", "silent on every port"),
        (DROPPED, NO_WITNESS_THERE, "unreachable", "its host answers"),
        (DROPPED, NOBODY, "unreachable", "a firewall that drops, a frozen server"),
        (REFUSED, WELL, "firewall", "reset although the server listens"),
        (REFUSED, GONE, "server-stopped", "nothing listens"),
        (REFUSED, NOBODY, "refused", "the server is stopped, or a firewall"),
        (BY_ICMP, NOBODY, "firewall", "a firewall at 10.9.0.254"),
        (OSError(errno.EINVAL, "Invalid argument"), NOBODY, "local", "blackhole"),
        (OSError(errno.EADDRNOTAVAIL, "no address"), WELL, "local", "no free port"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), NOBODY, "network", "look at the route"),
    ],
)
def test_no_connection(error, witness, cause, word):
    error = error if isinstance(error, Unreached) else Unreached(error, "10.9.0.2")

    found, words = named("connect", error, witness)

    assert found == cause
    assert word in words
    assert "db" in words or cause == "local"


@pytest.mark.parametrize(
    ("layer", "witness", "cause"),
    [
        ("handshake", STOPPED, "server-frozen"),
        ("handshake", WAITING, "server-frozen"),
        ("handshake", NOBODY, "server-frozen"),
        ("handshake", WELL, "firewall"),  # `established` is dropped, new connections are not
        ("query", WELL, "slow"),
        ("query", STOPPED, "slow"),
        ("write", NOBODY, "slow"),
    ],
)
def test_silence_after_the_connection(layer, witness, cause):
    assert named(layer, None, witness)[0] == cause


@pytest.mark.parametrize(
    ("code", "cause"),
    [(1040, "overload"), (1129, "blocked"), (1045, "sign-in"), (1044, "sign-in"),
     (1049, "sign-in"), (1290, "read-only"), (1146, "schema"), (1205, "locked"),
     (3572, "locked"), (1969, "slow"), (1053, "server-stopped"), (4711, "unknown")],
)  # fmt: skip
def test_what_the_server_says_itself(code, cause):
    found, words = named("write", pymysql.err.OperationalError(code, "secret words"))

    assert found == cause
    assert "secret" not in words


def test_a_name_that_cannot_be_looked_up():
    assert named("name", OSError(-2, "Name or service not known"))[0] == "dns"
    assert named("name", None) == named("name", OSError(-2, "unknown"))


@pytest.mark.parametrize("where", ["10.9.0.2:3306", "[fd00::2]:3306", "fd00::2:3306"])
def test_an_address_is_no_name_that_could_be_unknown(where):
    cause, finding = judge(Stop("name", None, where), NOBODY)
    assert cause == "local"
    assert finding.startswith(f"this host was too busy to ask {where}")


def test_migrations_that_have_not_run_are_told():
    assert named("schema", BehindTheCode("bookings.0042_x and 2 more not run")) == (
        "schema",
        "bookings.0042_x and 2 more not run: run manage.py prepare",
    )


def test_a_server_that_cuts_the_connection_and_one_that_is_no_database():
    cut = pymysql.err.OperationalError(2013, "Lost connection")

    assert named("query", cut)[0] == "server-stopped"
    assert named("handshake", RuntimeError("nonsense"))[0] == "handshake"


def test_a_rule_of_our_own_goes_before_all_else():
    stop = Stop("connect", DROPPED, "db:3306", "inet t c: tcp dport 3306 drop")

    cause, words = judge(stop, WELL)

    assert cause == "firewall"
    assert "this host's own rules" in words
    assert "tcp dport 3306 drop" in words


def test_a_neighbour_that_does_not_answer_arp_is_no_firewall(monkeypatch):
    monkeypatch.setattr(judge_module, "answers_arp", lambda address: False)

    assert named("connect", DROPPED)[0] == "network"


def test_our_own_kernels_no_route_to_a_neighbour_is_no_firewall(monkeypatch):
    no_route = OSError(errno.EHOSTUNREACH, "No route to host")
    by_ourselves = Unreached(no_route, "10.9.0.2", "10.9.0.1", by_ourselves=True)
    assert named("connect", by_ourselves)[0] == "firewall"

    monkeypatch.setattr(judge_module, "answers_arp", lambda address: False)

    assert named("connect", by_ourselves)[0] == "network"
