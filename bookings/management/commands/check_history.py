import sys

from django.core.management.base import BaseCommand
from tqdm import tqdm

from bookings.models import Booking
from bookings.services.history import faults


class Command(BaseCommand):
    help = "Check that no entry of any booking's record was changed; exit 1 if one was."

    def handle(self, **options):
        bookings = Booking.objects.order_by("pk").prefetch_related("events")
        found = 0
        progress = tqdm(
            bookings.iterator(chunk_size=500),
            total=bookings.count(),
            disable=not sys.stderr.isatty(),
        )
        for booking in progress:
            for fault in faults(booking):
                self.stderr.write(fault)
                found += 1
        if found:
            raise SystemExit(1)
        self.stdout.write("Every record is as it was written.")
