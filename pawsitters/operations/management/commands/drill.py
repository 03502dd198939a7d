import os
import shutil
import sys
from pathlib import Path

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from pawsitters.operations.drill.faults import FAULTS
from pawsitters.operations.drill.namespaces import NotAllowed, enter
from pawsitters.operations.drill.rounds import FAULT_SECONDS

WRONG_ARGUMENT, NOT_RUN = 2, 3
LONGEST_SECONDS = 3600
# Command → Debian's package.
TOOLS = {
    "nft": "nftables",
    "ip": "iproute2",
    "mount": "mount",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "mariadbd": "mariadb-server-core",
    "mariadb-install-db": "mariadb-server-core",
}


class Command(BaseCommand):
    help = (
        "Replay an outage of the database: a real MariaDB and the whole site in network namespaces of "
        "their own, with visitors. Nothing is sent out of them, and they end with this command, however "
        "it ends. Needs root. The prepared database and what the last drill left to read are in "
        "VAR_DIR/drill. Ends with 0 if every bound was held, 1 if one was missed, 2 for a wrong "
        "argument, 3 if the drill could not be run."
    )
    requires_system_checks = []

    def add_arguments(self, parser):
        parser.add_argument(
            "scene",
            metavar="WHAT",
            help="aug12 (12 August 2024, under load), change (of the firewall, rehearsed), the name of a "
            "fault, all (each in turn), surprise (one of them, which is not told), or list (names them)",
        )
        parser.add_argument("--json", action="store_true", help="the figures as JSON")
        parser.add_argument(
            "--hold",
            type=float,
            default=FAULT_SECONDS,
            metavar="SECONDS",
            help=f"how long a fault lasts (default: {FAULT_SECONDS:.0f}); longer for people to find it",
        )

    def handle(self, *, scene, json, hold, **options):
        if scene == "list":
            return self._list()
        if not FAULT_SECONDS <= hold <= LONGEST_SECONDS:
            raise CommandError(
                f"--hold takes {FAULT_SECONDS:.0f} to {LONGEST_SECONDS} seconds.",
                returncode=WRONG_ARGUMENT,
            )
        if scene not in ("aug12", "change", "all", "surprise", *FAULTS):
            raise CommandError(
                f"There is no drill “{scene}”. manage.py drill list names all.",
                returncode=WRONG_ARGUMENT,
            )
        self._check_machine()
        folder = Path(settings.VAR_DIR).absolute() / "drill"
        command = [sys.executable, "-m", "pawsitters.operations.drill", scene]
        command += ["--folder", str(folder), "--hold", str(hold), *(["--json"] if json else [])]
        os.chdir(settings.BASE_DIR)
        try:
            code = enter(command, dict(os.environ))
        except NotAllowed as error:
            raise CommandError(str(error), returncode=NOT_RUN) from error
        sys.exit(code)

    def _list(self):
        self.stdout.write("aug12             12 August 2024, under load, with every bound")
        self.stdout.write(
            "change            a change of the firewall, from plan to confirmation or back"
        )
        self.stdout.write(
            "surprise          one of these, which is not told; with --hold 600 for people"
        )
        self.stdout.write("all               each of these in turn:")
        for fault in FAULTS.values():
            self.stdout.write(f"{fault.name:<17} {fault.words}")

    def _check_machine(self):
        if os.geteuid() != 0:
            raise CommandError(
                "A drill makes network namespaces, which only root may. Type:  sudo sh script/drill aug12",
                returncode=NOT_RUN,
            )
        # Debian keeps servers where not every account looks for them.
        os.environ["PATH"] += ":/usr/local/sbin:/usr/sbin:/sbin"
        missing = sorted({package for tool, package in TOOLS.items() if not shutil.which(tool)})
        if missing:
            raise CommandError(
                f"Missing: {', '.join(missing)} (Debian's names). `sh script/drill` installs them.",
                returncode=NOT_RUN,
            )
