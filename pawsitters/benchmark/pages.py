"""The pages that are measured, each with its budget: an endless stream of requests."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from itertools import cycle, repeat
from random import Random
from urllib.parse import urlencode
from uuid import uuid4

from bookings.models import Booking
from pawsitters import clock
from pawsitters.benchmark.people import People, session_cookie
from pawsitters.benchmark.queries import wishes
from pawsitters.benchmark.urls import EMPTY
from profiles.kinds import Kind
from profiles.models import Pet, SitterProfile, Town
from profiles.services.search import Sort, find_sitters
from profiles.services.search.query import PAGE_SIZE

CSRF = "b" * 32
SEARCHES = 150
SITTERS = 40  # pages looked at in turn, so that each worker has seen them before


@dataclass
class Request:
    path: str
    method: str = "GET"
    body: str | None = None
    headers: dict[str, str] = field(default_factory=dict)


@dataclass
class Page:
    """`budget` is in F (None: none is set), `statements` the most the database may be asked.

    An answer counts only with this status and at least `least_bytes`: redirects and refusals are
    quick. `is_counted` says whether statements are looked at.
    """

    name: str
    requests: Iterator[Request]
    budget: float | None = None
    statements: int | None = None
    status: int = 200
    least_bytes: int = 3_000
    is_counted: bool = True


def empty() -> Page:
    return Page("F: empty view", repeat(Request(EMPTY)), least_bytes=1)


def pages(people: People, places: dict[str, list[Town]]) -> list[Page]:
    full, short = _searches(places)
    owner, sitter = session_cookie(people.owner), session_cookie(people.sitter.user)
    compressed = {"Accept-Encoding": "gzip"}
    return [
        Page("home", repeat(Request("/"))),
        Page("search, varied, 20 cards", _get(full), 8, 3, least_bytes=20_000),
        Page("the same, sent compressed", _get(full, **compressed), None, 3),
        Page("search, the same each time", _get(full[:1]), None, 3, least_bytes=20_000),
        Page("search in villages", _get(short), 8, 4),
        Page("sitter page with a choice", _get(_sitter_paths()), 6, 4),
        Page("sign-in GET", repeat(Request("/sign/login/")), 2.5),
        Page("owner’s dashboard, 20 rows", _get(["/overview/"], Cookie=owner), 7, 6),
        Page("sitter’s dashboard, 20 rows", _get(["/sitting/"], Cookie=sitter), 7, 6),
        Page("list of bookings, 15 rows", _get(["/bookings/"], Cookie=owner), 7, 6),
        Page("booking page", _get(_booking_paths(people), Cookie=owner), None, 8),
        # Six tables are written to, and session, user, seats and the lock are looked at.
        Page("booking POST", _posts(people), 7, 13, status=302, least_bytes=0),
    ]


def kept_pages(places: dict[str, list[Town]]) -> list[Page]:
    """Public pages with the page cache on, as the site runs: kept from the visitor before."""
    full, _short = _searches(places)
    return [
        Page("home, page cache on", repeat(Request("/")), 1.3, is_counted=False),
        Page(
            "search repeated, page cache on",
            _get(full[:1]),
            1.3,
            least_bytes=20_000,
            is_counted=False,
        ),
    ]


def _searches(places: dict[str, list[Town]]) -> tuple[list[str], list[str]]:
    """Addresses of searches that fill a page, half of them in the dense place, and of others."""
    full, short = [], []
    for name, towns in places.items():
        for wish in _some(wishes(Random(3), towns, Sort.RECOMMENDED), SEARCHES):
            total = find_sitters(wish.query, lambda terms: None).total
            if total >= PAGE_SIZE:
                full.append(f"/search/?{wish.parameters}")
            elif name == "rural":
                short.append(f"/search/?{wish.parameters}")
    Random(4).shuffle(full)
    return full, short


def _some(stream: Iterator, count: int) -> list:
    return [next(stream) for _ in range(count)]


def _get(paths: list[str], **headers: str) -> Iterator[Request]:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return cycle([Request(path, headers=names) for path in paths])


def _sitter_paths() -> list[str]:
    """Pages of different sitters, with two nights and a dog chosen."""
    sitters = SitterProfile.objects.published().order_by("pk").exclude(snapshot={})
    found = []
    for slug, snapshot in sitters.values_list("slug", "snapshot")[: 4 * SITTERS]:
        kinds = {service["kind"] for service in snapshot["services"]}
        if Kind.BOARDING in kinds and len(found) < SITTERS:
            found.append(f"/sitters/{slug}/?{_choice(20 + len(found))}")
    return found


def _choice(days_ahead: int, nights: int = 2) -> str:
    starts_on = clock.now().date() + timedelta(days=days_ahead)
    return urlencode(
        {
            "kind": Kind.BOARDING.value,
            "from": starts_on.isoformat(),
            "to": (starts_on + timedelta(days=nights)).isoformat(),
            "at": "10:00",
            "until": "10:00",
            "dogs": 1,
        }
    )


def _booking_paths(people: People) -> list[str]:
    bookings = Booking.objects.filter(owner=people.owner, status=Booking.Status.CONFIRMED)
    return [booking.get_absolute_url() for booking in bookings.order_by("pk")]


def _posts(people: People) -> Iterator[Request]:
    """Requests for different dates, each with a form key of its own, so each makes a booking."""
    pet = Pet.objects.filter(owner=people.guest).first()
    cookie = f"{session_cookie(people.guest)}; csrftoken={CSRF}"
    headers = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
    days = cycle(range(10, 100))
    while True:
        body = {
            "csrfmiddlewaretoken": CSRF,
            "key": uuid4().hex,
            "pets": pet.pk,
            "message": "Would you have room?",
            "shown_total_cents": 10_000_000,
        }
        path = f"/bookings/new/{people.host.slug}/?{_choice(next(days))}"
        yield Request(path, "POST", urlencode(body), headers)
