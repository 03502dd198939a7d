"""Django's backend for MySQL and MariaDB, with the gate in front of every new connection."""

import os
import socket
from contextlib import closing

from django.db.backends.mysql import base

from pawsitters.operations.gate import gate_of

# A peer that vanished is noticed after about two seconds, whether or not data is on its way
# (tcp(7)). Idle, interval and count are in seconds and tries, the last in milliseconds.
SOCKET_OPTIONS = (
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 2000),
)


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params):
        connection = gate_of(self.alias).connect(
            lambda: super(DatabaseWrapper, self).get_new_connection(conn_params)
        )
        _notice_a_vanished_peer(connection.fileno())
        return connection


def _notice_a_vanished_peer(descriptor: int) -> None:
    # A copy of the descriptor: closing the object must not close the driver's connection.
    with closing(socket.socket(fileno=os.dup(descriptor))) as connection:
        if connection.family != socket.AF_UNIX:
            for level, name, value in SOCKET_OPTIONS:
                connection.setsockopt(level, name, value)
