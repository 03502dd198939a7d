from django.core.management.base import BaseCommand, CommandError
from tqdm import tqdm

from accounts import second_factor
from accounts.encryption import Unreadable, rotate


def _progress(rows, label):
    return tqdm(rows, desc=label, unit=" rows", leave=False)


class Command(BaseCommand):
    help = "Encrypt every encrypted column anew with the first of FIELD_KEYS. Safe to repeat."

    def handle(self, **options):
        try:
            counts = rotate(_progress) | second_factor.rotate(_progress)
        except Unreadable as error:
            raise CommandError(
                f"{error} was encrypted with a key that is not among FIELD_KEYS. Put it back at the "
                "end of the list, and run this again."
            ) from error
        for column, count in counts.items():
            self.stdout.write(f"{count:>10,}  {column}")
