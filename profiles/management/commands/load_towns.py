from django.core.management.base import BaseCommand
from tqdm import tqdm

from profiles.services.load_towns import load_towns


class Command(BaseCommand):
    help = "Fill the tables of towns from profiles/data/towns.tsv.xz (GeoNames, CC BY 4.0)."

    def handle(self, **options):
        count = load_towns(lambda steps: tqdm(steps, desc="Towns", unit=" steps", leave=False))
        self.stdout.write(f"{count:,} towns are known.")
