"""Django's backend for MySQL and MariaDB, with the gate in front of every new connection."""

import os
import socket
from contextlib import closing

from django.db.backends.mysql import base
from MySQLdb import connections

from pawsitters.operations.gate import gate_of

# A peer that vanishes while it answers is noticed after two seconds, and one that does not even
# acknowledge what we send within one (tcp(7)): the kernel counts the last, in milliseconds, from its
# second try, 0.2 s on, and a request that is cut off must not take longer than one that cannot connect.
SOCKET_OPTIONS = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 500),
)


class Connection(connections.Connection):
    def set_character_set(self, *arguments):
        # The first question after the handshake. From here on the driver waits for read_timeout,
        # unless the socket notices before that nobody is there any more.
        _notice_a_vanished_peer(self.fileno())
        super().set_character_set(*arguments)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        return gate_of(self.alias).connect(lambda: _open(**conn_params))


def _open(*, init_command: str = "", **options) -> Connection:
    """Signed in and set up. The driver would send `init_command` before we have its socket."""
    connection = Connection(**options)
    if connection.encoders.get(bytes) is bytes:  # as in Django's own
        connection.encoders.pop(bytes)
    if init_command:
        connection.query(init_command)
    return connection


def _notice_a_vanished_peer(descriptor: int) -> None:
    # A copy of the descriptor: closing the object must not close the driver's connection.
    with closing(socket.socket(fileno=os.dup(descriptor))) as connection:
        if connection.family != socket.AF_UNIX:
            for level, name, value in SOCKET_OPTIONS:
                connection.setsockopt(level, name, value)
