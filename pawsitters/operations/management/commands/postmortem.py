import getpass

from django.core.management.base import BaseCommand, CommandError

from pawsitters.operations import incidents, postmortem
from pawsitters.operations.alerts import in_words


class Command(BaseCommand):
    help = (
        "Write the post-mortem of an incident as Markdown and HTML beside its record. The sentinel does so "
        "by itself after each recovery; run it again after adding a note. Ends with 1 if there is no such "
        "incident or its files cannot be written, with 2 for a wrong option."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument("incident", nargs="?", help="its name; default: the newest")
        parser.add_argument(
            "--list", action="store_true", help="list all incidents, the newest first"
        )
        parser.add_argument("--note", metavar="TEXT", help="add what a person knows, then write")
        parser.add_argument("--by", metavar="NAME", help="who writes the note; default: the user")

    def handle(self, *, incident, note, by, **options):
        if options["list"]:
            return self._list()
        found = self._find(incident)
        try:
            if note:
                by = by or getpass.getuser()
                line = {**incidents.stamp(), "event": "note", "by": by, "text": note.strip()}
                incidents.append(found.id, [line])
                found = incidents.read(found.id)
            for path in postmortem.write(found):
                self.stdout.write(str(path))
        except OSError as error:
            raise CommandError(f"The files cannot be written: {error.strerror}.") from error

    def _list(self):
        for incident in incidents.all_incidents():
            state = in_words(incident.duration) if incident.is_over else "goes on"
            self.stdout.write(f"{incident.id}  {state:<14}  {incident.cause:<14}  {incident.named}")

    def _find(self, name):
        if name is None:
            newest = next(iter(incidents.all_incidents()), None)
            if newest is None:
                raise CommandError("There has been no incident yet.")
            return newest
        incident = incidents.read(name)
        if incident is None:
            raise CommandError(f"There is no incident {name!r}. Names: manage.py postmortem --list")
        return incident
