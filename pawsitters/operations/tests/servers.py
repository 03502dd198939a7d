"""A MariaDB that a test may freeze, stop and flood: not the one that all other tests share."""

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from urllib.parse import urlsplit

import pymysql
from django.conf import settings

from pawsitters.operations.attempt import migrations_on_disk


class Server:
    def __init__(self, url: str, pid: int):
        parts = urlsplit(url)
        self.pid = pid
        self.settings = {
            "HOST": "127.0.0.1",
            "PORT": str(parts.port),
            "USER": parts.username,
            "PASSWORD": parts.password,
        }

    @property
    def url(self) -> str:
        user, password = self.settings["USER"], self.settings["PASSWORD"]
        return f"mysql://{user}:{password}@127.0.0.1:{self.settings['PORT']}/pawsitters"

    @property
    def access(self) -> dict:
        """For a connection of PyMySQL."""
        return {
            "host": "127.0.0.1",
            "port": int(self.settings["PORT"]),
            "user": self.settings["USER"],
            "password": self.settings["PASSWORD"],
            "database": "pawsitters",
        }

    @contextmanager
    def frozen(self):
        """It keeps its port open and says nothing."""
        os.kill(self.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.pid, signal.SIGCONT)


@contextmanager
def own_server(var):
    script = [shutil.which("sh"), str(settings.BASE_DIR / "script" / "mariadb")]
    environment = {**os.environ, "VAR_DIR": str(var), "BUFFER_POOL": "32M"}
    started = subprocess.run(
        [*script, "start"],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    try:
        yield Server(started.stdout.strip(), int((var / "mariadb" / "pid").read_text()))
    finally:
        subprocess.run([*script, "stop"], env=environment, check=True)


def make_probe_tables(server: Server) -> None:
    """What `migrate` would make of the parts that a full probe touches, in a tenth of the time."""
    with pymysql.connect(**server.access) as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE django_migrations (app VARCHAR(255), name VARCHAR(255))")
        cursor.executemany(
            "INSERT INTO django_migrations VALUES (%s, %s)", list(migrations_on_disk())
        )
        cursor.execute(
            "CREATE TABLE operations_heartbeat (host VARCHAR(255) PRIMARY KEY, beat_at DATETIME(6))"
        )
        connection.commit()
