import os
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pawsitters.operations.drill.namespaces import NotAllowed, enter


class Command(BaseCommand):
    help = "Replay an outage of the database in network namespaces."
    requires_system_checks = ()

    def add_arguments(self, parser):
        parser.add_argument("scene")
        parser.add_argument("--json", action="store_true")

    def handle(self, *, scene, json, **options):
        if os.geteuid() != 0:
            raise CommandError("A drill makes network namespaces, which only root may.")
        folder = Path(settings.VAR_DIR) / "drill"
        command = [sys.executable, "-m", "pawsitters.operations.drill", scene]
        command += ["--folder", str(folder), *(["--json"] if json else [])]
        os.chdir(settings.BASE_DIR)
        try:
            sys.exit(enter(command, dict(os.environ)))
        except NotAllowed as error:
            raise CommandError(str(error)) from error
