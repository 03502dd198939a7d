"""The people of the leak test: everything private of each carries a word that is theirs alone.

    python -m pawsitters.operations.drill.leaks_people FILE COUNT

prepares an empty database and writes each one's session and addresses as JSON.
"""

import json
import sys
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode

import django

HOSTS = 5
KINDS = ("name", "mail", "phone", "street", "pet", "notes", "ask", "chat")


def word(kind: str, number: int) -> str:
    """Found again by CANARY in leaks.py, wherever it turns up."""
    return f"zq{kind}{number:04d}qz"


def main(file: Path, count: int) -> None:
    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0, skip_checks=True)
    file.write_text(json.dumps(_people(count)))


def _people(count: int) -> dict:
    from profiles.kinds import Kind
    from profiles.tests.factories import make_sitter

    nights = {"kinds": (Kind.BOARDING,), "night_places": 10 * count}
    hosts = [make_sitter(**nights, service_fields={"max_pets": 5}) for _ in range(HOSTS)]
    people = [_person(number, hosts[number % HOSTS]) for number in range(count)]
    public = ["/", "/search/", "/search/?where=Berlin", "/help/", "/help/prices/", "/status/"]
    return {"people": people, "public": public + [host.get_absolute_url() for host in hosts]}


def _person(number: int, host) -> dict:
    from bookings.services.messages import find_thread, send_message
    from bookings.tests.factories import make_choice, make_confirmed, make_owner
    from pawsitters import clock
    from pawsitters.benchmark.people import session_cookie
    from profiles.tests.factories import make_home, make_pet

    owner = make_owner(
        name=f"{word('name', number)} Miller",
        email=f"{word('mail', number)}@example.org",
        phone=word("phone", number),
    )
    make_home(owner, street=word("street", number))
    pet = make_pet(owner, name=word("pet", number), must_follow=word("notes", number))
    soon = clock.now().date() + timedelta(days=2)
    booking = make_confirmed(
        sitter=host,
        owner=owner,
        pets=[pet],
        choice=make_choice(starts_on=soon),
        message=word("ask", number),
    )
    thread = find_thread(owner, host)
    send_message(thread=thread, sender=owner, text=word("chat", number), key=f"{number:032x}")
    return {
        "session": session_cookie(owner),
        "private": _private(booking, thread, pet),
        "form": _form(host, number),
        "pet": pet.pk,
    }


def _private(booking, thread, pet) -> list[str]:
    own = ["/overview/", "/bookings/", "/messages/", "/notices/", "/pets/", "/settings/", "/me/"]
    return [*own, booking.get_absolute_url(), thread.get_absolute_url()]


def _form(host, number: int) -> str:
    from pawsitters import clock

    day = clock.now().date() + timedelta(days=20 + number % 30)
    query = {"kind": "boarding", "from": day, "to": day + timedelta(days=2), "dogs": 1}
    return f"/bookings/new/{host.slug}/?{urlencode(query)}"


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
