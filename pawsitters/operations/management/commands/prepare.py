import io
import time
from datetime import timedelta

from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command, get_commands
from django.core.management.base import BaseCommand
from django.db import connection, transaction

from pawsitters import clock
from pawsitters.operations.models import Heartbeat
from pawsitters.operations.probe import probe


class Command(BaseCommand):
    help = (
        "Bring the database up to date: tables, towns and, with DEMO=1, demo data. Safe to repeat."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "--wait", type=float, default=0, help="seconds to wait for the database (default: 0)"
        )

    def handle(self, *, wait, **options):
        self.wait_for_database(wait)
        self.stdout.write("Preparing the database")
        call_command("migrate", interactive=False, verbosity=0)
        call_command("staff_group", verbosity=0, stdout=io.StringIO())
        # Containers have a new name each time; those of long ago beat no more.
        Heartbeat.objects.filter(beat_at__lt=clock.now() - timedelta(days=30)).delete()
        self.load_once("profiles.Town", "load_towns")
        if settings.DEMO:
            self.load_once("accounts.User", "seed_demo")

    def wait_for_database(self, seconds):
        if connection.vendor == "sqlite":  # the first migration creates the file
            return
        until = time.monotonic() + seconds
        while not (verdict := probe()).ok:
            if time.monotonic() >= until:
                raise CommandError(f"{verdict.sentence} ({verdict.detail})")
            time.sleep(0.5)

    def load_once(self, model, command):
        """Run `command` if there is no `model` yet; all of it or nothing, should it be cut off."""
        if command not in get_commands() or apps.get_model(model).objects.exists():
            return
        self.stdout.write(f"Loading: {command}")
        with transaction.atomic():
            call_command(command)
