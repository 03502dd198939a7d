import sys

from django.core.management.base import BaseCommand
from tqdm import tqdm

from bookings.services.seat_check import differences


class Command(BaseCommand):
    help = (
        "Compare seats with bookings and search; print each difference and exit 1 if there is one."
    )

    def handle(self, **options):
        def progress(batches):
            return tqdm(batches, unit=" batches of bookings", disable=not sys.stderr.isatty())

        found = 0
        for difference in differences(progress):
            self.stderr.write(difference)
            found += 1
        if found:
            raise SystemExit(1)
        self.stdout.write("Every seat is held by the booking that needs it, and search agrees.")
