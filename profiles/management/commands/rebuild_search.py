from django.core.management.base import BaseCommand
from tqdm import tqdm

from profiles.services.search import rebuild_search


class Command(BaseCommand):
    help = "Write the search table anew from sitters, calendars and seats."

    def handle(self, **options):
        count = rebuild_search(lambda batches: tqdm(batches, desc="Search", unit="k", leave=False))
        self.stdout.write(f"{count:,} sitters can be found.")
