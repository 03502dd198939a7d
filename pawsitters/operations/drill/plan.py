"""What the visitors of a drill will do: written before it begins, the same for the same seed."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from urllib.parse import urlencode

EACH_SECOND = 40
# Shares of a hundred requests.
STATIC, PUBLIC, BOOKING = 20, 50, 20  # the rest: pages of people who are signed in
TWICE = 0.1  # of the booking requests: an impatient second click
CSRF = "d" * 32
PRIVATE = ("/overview/", "/bookings/", "/pets/")
MOST_CENTS = 10_000_000  # agrees to any price; the drill is not about prices


def assets(folder: Path) -> list[str]:
    """What pages refer to: style sheets, scripts, fonts, by their names with a hash."""
    names = json.loads((folder / "staticfiles.json").read_text())["paths"]
    wanted = [new for new in names.values() if new.startswith(("css/", "js/")) or ".woff" in new]
    return sorted(f"/static/{name}" for name in wanted)


def arrivals(facts: dict, seconds: float) -> list[dict]:
    """Each person opens their own page and a form, which give them what a browser has then."""
    people = range(len(facts["people"]))
    step = seconds / len(people)
    made = []
    for n in people:
        made.append(_get("private", round(n * step, 4), "/overview/", n))
        made.append(_get("private", round((n + 0.5) * step, 4), form_of(facts, n), n))
    return made


def form_of(facts: dict, guest: int) -> str:
    """Where this person asks, again and again: the form that they opened when they came."""
    host = facts["hosts"][guest % len(facts["hosts"])]
    return f"/bookings/new/{host}/?{_choice(20 + guest)}"


def requests(
    facts: dict,
    static: list[str],
    seconds: float,
    *,
    begin: float = 0,
    each_second: int = EACH_SECOND,
    seed: int = 1,
) -> list[dict]:
    """Each `at` seconds after the start, from `begin` on; `facts` as market.py writes them."""
    rng, made, guest = Random(seed), [], 0
    people = facts["people"]
    for number in range(int(seconds * each_second)):
        at = round(begin + number / each_second, 4)
        dice = rng.uniform(0, 100)
        if dice < STATIC:
            made.append(_get("static", at, rng.choice(static)))
        elif dice < STATIC + PUBLIC:
            # A third of them are signed in, and get the same page as everybody.
            person = rng.randrange(len(people)) if rng.random() < 0.33 else None
            made.append(_get("public", at, rng.choice(facts["public"]), person))
        elif dice < STATIC + PUBLIC + BOOKING:
            guest = (guest + 1) % len(people)  # in turn: nobody may ask too often
            one = _booking(facts, at, guest, rng)
            made.append(one)
            if rng.random() < TWICE:
                made.append({**one, "at": round(at + rng.uniform(0.02, 0.4), 4)})
        else:
            made.append(_get("private", at, rng.choice(PRIVATE), rng.randrange(len(people))))
    return sorted(made, key=lambda request: request["at"])


def _get(kind: str, at: float, path: str, person: int | None = None) -> dict:
    return {"kind": kind, "at": at, "method": "GET", "path": path, "person": person}


def _booking(facts: dict, at: float, guest: int, rng: Random) -> dict:
    # Letters only: the message says the key, and digits look like a telephone number.
    key = "".join(rng.choices("abcdef", k=32))
    return {
        "kind": "booking",
        "at": at,
        "method": "POST",
        "path": form_of(facts, guest),
        "person": guest,
        "key": f"{facts['people'][guest]['user']}:{key}",
        "fields": {
            "key": key,
            "pets": facts["people"][guest]["pet"],
            "message": f"Would you have room? {key}",
            "shown_total_cents": MOST_CENTS,
        },
    }


def _choice(days_ahead: int) -> str:
    starts_on = datetime.now(UTC).date() + timedelta(days=days_ahead)
    return urlencode(
        {
            "kind": "boarding",
            "from": starts_on.isoformat(),
            "to": (starts_on + timedelta(days=2)).isoformat(),
            "at": "10:00",
            "until": "10:00",
            "dogs": 1,
        }
    )


def cookies(facts: dict) -> list[dict[str, str]]:
    """What each person's browser holds before the first request."""
    people = [one["cookie"].partition("=") for one in facts["people"]]
    return [{name: value, "csrftoken": CSRF, "signed_in": "1"} for name, _equals, value in people]
