from django.core.management.base import BaseCommand, CommandError
from django.db import Error

from pawsitters.operations import outbox, replay


class Command(BaseCommand):
    help = (
        "Booking requests that this machine holds from an outage of the database. They are placed by "
        "themselves; this looks at them, or places them now. What people typed is not shown. "
        "Exit codes: 0 done; 1 replay left some waiting, or the database does not answer."
    )

    def add_arguments(self, parser):
        parser.add_argument(
            "what",
            nargs="?",
            choices=("list", "depth", "replay"),
            default="list",
            help="list: one line each (default); depth: how many wait; replay: place them now",
        )

    def handle(self, *, what, **options):
        {"list": self._list, "depth": self._depth, "replay": self._replay}[what]()

    def _depth(self):
        self.stdout.write(str(outbox.depth()))

    def _list(self):
        items = outbox.items()
        for item in items:
            at = item.received_at.strftime("%Y-%m-%d %H:%M:%SZ")
            words = "" if item.state == outbox.PLACED else item.outcome
            line = f"{item.reference}  {item.state:8}  {at}  account {item.held.person}  tries {item.tries}  {words}"
            self.stdout.write(line.rstrip())
        if not items:
            self.stdout.write("Nothing is held.")

    def _replay(self):
        try:
            done = replay.replay(wait_seconds=10)
        except Error as error:
            raise CommandError(f"The database does not answer: {error}") from error
        words = ", ".join(f"{count} {what}" for what, count in done.items()) or "nothing to do"
        self.stdout.write(f"{words}.")
        if left := outbox.depth():
            raise CommandError(f"{left} still wait; the log says why.")
