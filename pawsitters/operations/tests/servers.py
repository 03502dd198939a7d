"""A MariaDB that a test may freeze, stop and flood: not the one that all other tests share."""

import os
import shutil
import signal
import subprocess
from contextlib import contextmanager
from urllib.parse import urlsplit

from django.conf import settings


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
