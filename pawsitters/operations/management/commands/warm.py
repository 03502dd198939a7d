import signal
import threading

from django.core.management.base import BaseCommand
from django.db import Error, close_old_connections
from tqdm import tqdm

from pawsitters.operations.warmer import Warmer


class Command(BaseCommand):
    help = (
        "Keep all public pages on this machine's disk, for the time when the database is away. "
        "One such process on each machine that serves the site."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--every", type=float, default=0, metavar="SECONDS", help="again and again (300)"
        )
        parser.add_argument("--quiet", action="store_true", help="no progress line")

    def handle(self, *, every, quiet, **options):
        stop = threading.Event()
        if every:
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: stop.set())
        warmer = Warmer()
        while True:
            self._once(warmer, quiet)
            close_old_connections()
            if not every or stop.wait(every):
                return

    def _once(self, warmer: Warmer, quiet: bool) -> None:
        def report(steps):
            return tqdm(steps, desc="Keeping public pages", unit="page", disable=quiet or None)

        try:
            kept = warmer.run(report)
        except Error as error:
            self.stderr.write(
                f"The database does not answer; the pages kept before stay ({error})."
            )
        else:
            self.stdout.write(f"{kept} public pages are kept for an outage.")
