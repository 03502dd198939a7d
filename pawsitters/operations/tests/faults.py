"""Ways to take the database away from a test: nothing listens, only reads, cut between COMMIT and OK."""

import select
import socket
import threading
from contextlib import contextmanager

from django.db import connection

from pawsitters.operations import gate as gate_module

COMMIT = b"\x03COMMIT"  # COM_QUERY and its text, as the driver sends it


@contextmanager
def cut_off(monkeypatch):
    """Nothing listens where the database was; afterwards the gates are open again, as if by probe."""
    with socket.socket() as free, monkeypatch.context() as patch:
        free.bind(("127.0.0.1", 0))
        patch.setattr(gate_module, "_gates", {})
        patch.setattr(gate_module, "_after", [])
        # Its own probe would go on asking for ever: it reads the settings of the test.
        patch.setattr(gate_module.Gate, "_reopen", lambda gate: None)
        connection.close()
        patch.setitem(connection.settings_dict, "PORT", str(free.getsockname()[1]))
        yield
        connection.close()


@contextmanager
def read_only():
    """Every write of this test's connection is refused (1792), as on a server that only reads."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("SET SESSION TRANSACTION READ WRITE")


class Cutter:
    """A proxy before the database that, once armed, lets one COMMIT through and swallows its OK."""

    def __init__(self, host: str, port: int):
        self.target = (host, port)
        self.is_armed = False
        self.cuts = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def port(self) -> str:
        return str(self.listener.getsockname()[1])

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.target)
            threading.Thread(target=self._pass_on, args=(client, server), daemon=True).start()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        with client, server:
            while True:
                for source in select.select([client, server], [], [])[0]:
                    data = source.recv(65536)
                    if not data:
                        return
                    (server if source is client else client).sendall(data)
                    if source is client and self.is_armed and COMMIT in data:
                        self.is_armed, self.cuts = False, self.cuts + 1
                        server.recv(65536)  # the OK: it is committed, and nobody hears of it
                        return


@contextmanager
def cutter(monkeypatch):
    values = connection.settings_dict
    proxy = Cutter(values["HOST"], int(values["PORT"]))
    connection.close()
    with monkeypatch.context() as patch:
        patch.setitem(values, "PORT", proxy.port)
        yield proxy
        connection.close()
    proxy.listener.close()
