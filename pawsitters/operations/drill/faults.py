"""The ways in which a database goes away, each with the causes that are right to name.

A fault is a context manager: what it does is undone when it ends. `manage.py drill list` prints it.
"""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pymysql

from pawsitters.operations.drill.harness import BACK_LOG, DATABASE_PORT, World, connections
from pawsitters.operations.drill.namespaces import DATABASE, WEB, Host, run

NEW = f"ip saddr {WEB} tcp dport {DATABASE_PORT} ct state new"
ALL = f"ip saddr {WEB} tcp dport {DATABASE_PORT}"


@dataclass(frozen=True)
class Fault:
    """`causes` are right names for it; `pages` says what visitors see: fresh or kept pages."""

    name: str
    words: str
    causes: frozenset[str]
    inject: Callable[[World], AbstractContextManager]
    pages: str = "kept"


FAULTS: dict[str, Fault] = {}


def _fault(name: str, words: str, *causes: str, pages: str = "kept"):
    def register(inject):
        FAULTS[name] = Fault(name, words, frozenset(causes), contextmanager(inject), pages)
        return inject

    return register


@contextmanager
def rule(host: Host, words: str, hook: str = "input") -> Iterator[None]:
    """One more nftables rule, before those that the host has already."""
    base = f"type filter hook {hook} priority -10"
    host.rules(f"table inet fault {{\nchain one {{\n{base}\n{words}\n}}\n}}")
    try:
        yield
    finally:
        host.rules("delete table inet fault")


# --- firewall ------------------------------------------------------------------------------
@_fault("drop", "the firewall drops new connections to the database", "firewall")
def _drop(world: World):
    with rule(world.db, f"{NEW} drop"):
        yield


@_fault("drop-established", "… and those that stand already", "firewall")
def _drop_established(world: World):
    with rule(world.db, f"{ALL} drop"):
        yield


@_fault("reject", "the firewall rejects with ICMP, as nftables does unless told", "firewall")
def _reject(world: World):
    with rule(world.db, f"{ALL} reject"):
        yield


@_fault("reset", "the firewall rejects with a TCP reset", "firewall")
def _reset(world: World):
    with rule(world.db, f"{ALL} reject with tcp reset"):
        yield


@_fault("web-drop", "the web host's own firewall drops what it sends to the database", "firewall")
def _web_drop(world: World):
    with rule(world.web, f"ip daddr {DATABASE} tcp dport {DATABASE_PORT} drop", "output"):
        yield


# --- network -------------------------------------------------------------------------------
@_fault("link", "the database host's cable is out", "network")
def _link(world: World):
    world.db.run("ip", "link", "set", "eth0", "down")
    try:
        yield
    finally:
        world.db.run("ip", "link", "set", "eth0", "up")


@_fault("blackhole", "the web host has a blackhole route to the database host", "local")
def _blackhole(world: World):
    run("ip", "route", "add", "blackhole", f"{DATABASE}/32")
    try:
        yield
    finally:
        run("ip", "route", "delete", "blackhole", f"{DATABASE}/32")


@_fault("dns", "the database host's name is not found", "dns")
def _dns(world: World):
    world.names.without_db()
    try:
        yield
    finally:
        world.names.right()


# --- server --------------------------------------------------------------------------------
@_fault("frozen", "the server stands still with its port open", "server-frozen")
def _frozen(world: World):
    with _stopped(world):
        yield


@_fault("queue", "the server stands still and its queue is full", "server-frozen")
def _queue(world: World):
    with _stopped(world), connections(BACK_LOG + 20, (DATABASE, DATABASE_PORT)):
        yield


@contextmanager
def _stopped(world: World) -> Iterator[None]:
    os.kill(world.database_pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(world.database_pid, signal.SIGCONT)


@_fault("stopped", "the server is stopped, and started again", "server-stopped")
def _server_stopped(world: World):
    world.stop_database()
    try:
        yield
    finally:
        world.start_database()


@_fault("slow", "the server takes 0.4 s to answer a first question", "slow", pages="fresh")
def _slow(world: World):
    # Heavy statements or a busy disk would do it less evenly, and slow this whole machine.
    world.ask("SET GLOBAL init_connect = 'DO SLEEP(0.4)'")
    try:
        yield
    finally:
        world.ask("SET GLOBAL init_connect = ''")


# --- what the server allows ----------------------------------------------------------------
@_fault("password", "the web hosts' password is no longer right", "sign-in")
def _password(world: World):
    world.ask("ALTER USER pawsitters@'%%' IDENTIFIED BY %s", [world.admin_password])
    try:
        yield
    finally:
        world.ask("ALTER USER pawsitters@'%%' IDENTIFIED BY %s", [world.password])


@_fault("rights", "the web hosts' user may no longer use the database", "sign-in")
def _rights(world: World):
    world.ask("REVOKE ALL ON pawsitters.* FROM pawsitters@'%'")
    try:
        yield
    finally:
        world.ask("GRANT ALL ON pawsitters.* TO pawsitters@'%'")


@_fault("connections", "all of the server's connections are taken", "overload")
def _connections(world: World):
    crowd = []
    ((_name, before),) = world.ask("SHOW VARIABLES LIKE 'max_connections'")
    world.ask("SET GLOBAL max_connections = 20")
    try:
        while len(crowd) < 40:
            crowd.append(
                pymysql.connect(
                    host=DATABASE, user="pawsitters", password=world.password, connect_timeout=2
                )
            )
    except pymysql.err.OperationalError as error:
        if error.args[0] != 1040:
            raise
    try:
        yield
    finally:
        world.ask("SET GLOBAL max_connections = %s", [int(before)])
        for one in crowd:
            one.close()


@_fault("read-only", "the server takes no writes", "read-only", pages="fresh")
def _read_only(world: World):
    world.ask("SET GLOBAL read_only = 1")
    try:
        yield
    finally:
        world.ask("SET GLOBAL read_only = 0")


@_fault("lock", "somebody holds a lock on the row that is written", "locked", pages="fresh")
def _lock(world: World):
    holder = world.connect()
    try:
        with holder.cursor() as cursor:
            cursor.execute("SET autocommit = 0, max_statement_time = 0")
            cursor.execute("SELECT * FROM pawsitters.operations_heartbeat FOR UPDATE")
        yield
    finally:
        holder.close()


@_fault("schema", "the tables are older than the code", "schema", pages="fresh")
def _schema(world: World):
    table = "pawsitters.django_migrations"
    ((last, app, name),) = world.ask(f"SELECT id, app, name FROM {table} ORDER BY id DESC LIMIT 1")
    world.ask(f"DELETE FROM {table} WHERE id = %s", [last])
    try:
        yield
    finally:
        values = [last, app, name]
        world.ask(
            f"INSERT INTO {table} (id, app, name, applied) VALUES (%s, %s, %s, NOW())", values
        )
