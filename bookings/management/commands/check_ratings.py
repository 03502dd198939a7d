from django.core.management.base import BaseCommand

from bookings.services.ratings import rating_faults


class Command(BaseCommand):
    help = (
        "Compare every sitter's rating with the visible reviews; print each difference and exit 1 "
        "if there is one."
    )

    def handle(self, **options):
        found = 0
        for fault in rating_faults():
            self.stderr.write(fault)
            found += 1
        if found:
            raise SystemExit(1)
        self.stdout.write("Every rating is what the visible reviews say.")
