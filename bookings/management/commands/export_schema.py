import json
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand

from bookings.services.export.registry import KINDS
from bookings.services.export.schema import schema

MARK = "<!-- written by manage.py export_schema -->"


class Command(BaseCommand):
    help = (
        "Write docs/data.schema.json and the lists in docs/data.md anew, after a change of kinds."
    )

    def handle(self, **options):
        for name, text in documents().items():
            Path(settings.BASE_DIR, "docs", name).write_text(text)


def documents() -> dict[str, str]:
    """What both files should say, by their names."""
    page = Path(settings.BASE_DIR, "docs/data.md").read_text()
    return {
        "data.schema.json": json.dumps(schema(), indent=1) + "\n",
        "data.md": page.partition(MARK)[0] + MARK + "\n" + _lists(),
    }


def _lists() -> str:
    return "".join(
        f"\n### {kind.name}\n\n{kind.about}\n\n`{'` `'.join(kind.header)}`\n" for kind in KINDS
    )
