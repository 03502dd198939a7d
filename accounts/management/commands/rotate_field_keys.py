from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts.encryption import Unreadable, rotate


class Command(BaseCommand):
    help = "Encrypt every encrypted column anew with the first of FIELD_KEYS. Safe to repeat."

    def handle(self, **options):
        try:
            counts = rotate(lambda rows, label: tqdm(rows, desc=label, unit=" rows", leave=False))
        except Unreadable as error:
            raise CommandError(
                f"{error} was encrypted with a key that is not among FIELD_KEYS. Put it back at the "
                "end of the list, and run this again."
            ) from error
        for column, count in counts.items():
            self.stdout.write(f"{count:>10,}  {column}")
