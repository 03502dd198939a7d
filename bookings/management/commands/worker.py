import logging
import signal
import threading
import time

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections

from bookings.services.clocks import run_clocks
from bookings.services.export.jobs import make_exports
from bookings.services.notices import send_due
from bookings.services.upkeep import daily_upkeep
from pawsitters.operations.replay import replay

log = logging.getLogger(__name__)
CLOCKS_EVERY = 15  # seconds
SAY_EVERY = 60  # seconds, of an error that lasts


class Command(BaseCommand):
    help = "Run the clocks (expiry, completion, flags) and send notices, until stopped."

    def add_arguments(self, parser):
        parser.add_argument("--once", action="store_true", help="do what is due now, then stop")
        parser.add_argument(
            "--interval", type=float, default=1.0, help="seconds between rounds (default: 1)"
        )

    def handle(self, *, once, interval, **options):
        stop = threading.Event()
        if not once:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        clocks_due = 0.0
        quiet_until = 0.0
        while True:
            try:
                if time.monotonic() >= clocks_due:
                    self._report(run_clocks())
                    daily_upkeep()
                    clocks_due = time.monotonic() + CLOCKS_EVERY
                self._report({"sent": send_due(), "exported": make_exports()})
                # The web processes do this too, as soon as the database answers again.
                self._report(replay())
                quiet_until = 0.0
            except Error as error:
                # The database may go away; the worker stays, looks again, and says so each minute.
                if time.monotonic() >= quiet_until:
                    log.warning("the database does not answer: %s", error)
                    quiet_until = time.monotonic() + SAY_EVERY
            if once:
                return
            close_old_connections()
            if stop.wait(interval):
                return

    def _report(self, counts: dict[str, int]) -> None:
        done = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
        if done:
            self.stdout.write(done)
