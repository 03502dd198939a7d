import signal
import threading

from django.core.management.base import BaseCommand, CommandError
from django.db import Error, close_old_connections
from tqdm import tqdm

from pawsitters.operations.warmer import Warmer


class Command(BaseCommand):
    help = (
        "Keep all public pages on this machine's disk, for the time when the database is away. "
        "One such process on each machine that serves the site. Ends with 0, with 2 for a wrong option."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--every",
            type=float,
            default=0,
            metavar="SECONDS",
            help="again and again, with this pause (300); without it, once",
        )
        parser.add_argument("--quiet", action="store_true", help="no progress line")

    def handle(self, *, every, quiet, **options):
        if every and not 1 <= every <= 86_400:  # kept pages are shown for a day
            raise CommandError("--every takes 1 to 86400 seconds.", returncode=2)
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
