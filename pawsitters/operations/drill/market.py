"""Tables, demo data and the people of the load; run once, its data directory is kept.

    python -m pawsitters.operations.drill.market FILE

writes what the load needs to know as JSON: pages, people with a session each, whom they may ask.
"""

import io
import json
import sys
from pathlib import Path
from random import Random

import django

GUESTS, HOSTS, SITTERS = 60, 12, 30
TOWNS_OF = 1_500_000  # people, so that few are loaded; Berlin is one of them


def main(file: Path) -> None:
    django.setup()
    from django.core.management import call_command

    _say("tables")
    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    call_command("staff_group", stdout=io.StringIO())
    _say("demo data")
    _seed()
    _say("people of the load")
    file.write_text(json.dumps(_facts()))


def _say(step: str) -> None:
    print(step, flush=True)


def _seed() -> None:
    from bookings.demo.seed import seed
    from profiles.services.load_towns import load_towns

    load_towns(at_least=TOWNS_OF)
    seed(sitters=SITTERS, seed=1, past=1, upcoming=0.2, report=lambda steps, _label: steps)


def _facts() -> dict:
    from accounts.models import User
    from bookings.demo.owners import OwnerMaker
    from bookings.demo.rows import Rows
    from bookings.demo.seed import BERLIN
    from bookings.demo.sitters import SitterMaker
    from pawsitters import clock
    from pawsitters.benchmark.people import full_sitter, household, session_cookie
    from pawsitters.operations import hooks
    from profiles.models import Town
    from profiles.services.search import refresh_search

    rows, rng = Rows(), Random(12)
    now = clock.now().replace(second=0, microsecond=0)
    town = Town.objects.get(pk=BERLIN)
    sitters = SitterMaker(rows, rng, now=now, staff=User.objects.filter(is_staff=True).first())
    hosts = [full_sitter(sitters, rows, town, f"host{n}", now) for n in range(HOSTS)]
    owners = OwnerMaker(rows, rng, now=now)
    guests = [household(owners, rows, town, f"guest{n}", now) for n in range(GUESTS)]
    rows.save()
    for host in hosts:
        refresh_search(host)
    return {
        "hosts": [host.slug for host in hosts],
        "people": [
            {"user": one.user.pk, "pet": one.pets[0].pk, "cookie": session_cookie(one.user)}
            for one in guests
        ],
        "public": list(hooks.public_pages()),
    }


if __name__ == "__main__":
    main(Path(sys.argv[1]))
