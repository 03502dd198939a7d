import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from bookings.demo.seed import seed as seed_demo


class Command(BaseCommand):
    help = (
        "Fill an empty site with invented people, animals, calendars and bookings, and create the "
        "demo accounts that README.md names. Works only while DEBUG is on or DEMO=1."
    )

    def add_arguments(self, parser):
        parser.add_argument("--sitters", type=int, default=2_000, help="how many (default: 2000)")
        parser.add_argument(
            "--seed", type=int, default=1, help="the same seed gives the same data (default: 1)"
        )
        parser.add_argument(
            "--past", type=float, default=2.0, help="past bookings per sitter (default: 2)"
        )
        parser.add_argument(
            "--upcoming",
            type=float,
            default=0.4,
            help="confirmed bookings per sitter (default: 0.4)",
        )
        parser.add_argument(
            "--if-empty",
            action="store_true",
            help="do nothing, without an error, if there is demo data",
        )

    def handle(self, *, sitters, seed, past, upcoming, if_empty, **options):
        if not (settings.DEBUG or settings.DEMO):
            raise CommandError(
                "Demo people have a known password. Set DEMO=1 if this site may have them."
            )
        started = time.monotonic()
        try:
            counts = seed_demo(
                sitters=sitters, seed=seed, past=past, upcoming=upcoming, report=self._progress
            )
        except ValueError as error:
            if if_empty:
                return
            raise CommandError(str(error)) from error
        for table, count in counts.items():
            self.stdout.write(f"{count:>10,}  {table}")
        self.stdout.write(f"Demo data written in {time.monotonic() - started:.1f} s.")

    def _progress(self, steps, label: str):
        return tqdm(steps, desc=f"{label:14}", leave=False, mininterval=0.5)
