import fcntl
import os
import signal
import threading
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pawsitters.operations.probe import full_probe
from pawsitters.operations.sentinel import Sentinel

ANOTHER_RUNS = 3


class Command(BaseCommand):
    help = (
        "Watch the database: probe it each second, keep the record of incidents, alert by mail and webhook "
        "(ALERT_EMAILS, ALERT_WEBHOOK), write post-mortems. One for each VAR_DIR. Ends with 0 after TERM or "
        "Ctrl-C, with 3 if another one works here."
    )
    # Models are not needed, and some checks would ask the database that may be away.
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "--every",
            type=float,
            default=1.0,
            metavar="SECONDS",
            help="between probes (default: 1)",
        )
        parser.add_argument(
            "--once",
            action="store_true",
            help="probe once, print the verdict, write nothing, alert nobody; ends with 1 if it is bad",
        )

    def handle(self, *, every, once, **options):
        if not 0.1 <= every <= 2:  # web processes believe a verdict for three seconds
            raise CommandError("--every takes 0.1 to 2 seconds.", returncode=2)
        if once:
            return self._once()
        lock = self._lock()
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sentinel = Sentinel(every, self._report)
        ways = " and ".join(sentinel.messenger.ways)
        self._report(
            f"The sentinel works; it alerts by {ways}."
            if ways
            else "The sentinel works. Nobody is told: set ALERT_EMAILS or ALERT_WEBHOOK."
        )
        sentinel.run(stop)
        lock.close()

    def _once(self):
        verdict = full_probe()
        for layer in verdict.layers:
            took = "not reached" if layer.took_ms is None else f"{layer.took_ms:8.1f} ms"
            self.stdout.write(
                f"{layer.name:<10} {took}{'' if layer.ok or layer.ok is None else '  failed'}"
            )
        self.stdout.write(f"{verdict.cause}: {verdict.named}")
        if not verdict.ok:
            raise SystemExit(1)

    def _lock(self):
        """Held as long as this process lives; the kernel lets go of it however it ends."""
        path = Path(settings.VAR_DIR) / "sentinel.lock"
        try:
            file = path.open("a+")
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pid = path.read_text().strip()
            raise CommandError(
                f"Another sentinel works for {settings.VAR_DIR} (process {pid}).",
                returncode=ANOTHER_RUNS,
            ) from None
        except OSError as error:
            raise CommandError(f"{path} cannot be opened: {error.strerror}.") from error
        try:
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
        except OSError:
            pass  # a full disk: the lock itself needs no room
        return file

    def _report(self, words):
        self.stderr.write(words)
        self.stderr.flush()
