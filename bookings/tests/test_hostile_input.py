"""Every form and every address with parameters, given what nobody in their right mind would type.

Never a mistake of ours: what is refused keeps what was typed, says why, and saves nothing; what is
accepted is shown as text, never as HTML.
"""

from datetime import date, timedelta
from html import escape
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.tests.factories import log_in
from bookings.choice import FIELDS, REPEATED
from bookings.models import Booking
from bookings.tests.test_url_walk import WRITES, everything, sql_of, undone
from bookings.tests.world import OWNER, SITTER, VISITOR, make_world
from pawsitters import clock
from profiles.models import Pet, Service, SitterProfile

pytestmark = pytest.mark.django_db
SCRIPT = "<script>alert(1)</script>\"'>"
HOSTILE = {
    "long": "x" * 10_000,
    "emoji": "🐕‍🦺🐾",
    "right to left": "\u202eשלום",
    "NUL": "a\x00b",
    "HTML": SCRIPT,
    "template": "{{ 7|add:7 }}{% url %}",
    "SQL": "1' OR 1=1; DROP TABLE bookings_booking; --",
    "past": "1999-12-31",
    "year 9999": "9999-12-31",
    "year 1": "0001-01-01",
    "no date": "2027-02-30",
    "negative": "-1",
    "huge": "9" * 30,
    "not a number": "NaN",
    "endless": "1e400",
    "other digits": "１２",
    "time": "25:61",
    "empty": "",
    "lines": "a\r\nb: c",
}
STATUSES = (Booking.Status.REQUESTED, Booking.Status.CONFIRMED)
# A sentence beside the field, one above the form, or the question which town is meant.
SENTENCES = ("invalid-feedback", "error-summary", 'role="alert"', "which-title")
# Of long forms: their further fields are more of the same. SQLite, which stores whatever it is
# given, is asked less; a server refuses what does not fit.
MOST_FIELDS = 7 if connection.vendor == "mysql" else 1
KINDS = ["boarding", "dog_walk"] if connection.vendor == "mysql" else ["dog_walk"]


class Form(HTMLParser):
    """The largest form in a page, as a browser would send it when nothing is typed."""

    def __init__(self, html: str):
        super().__init__()
        self.forms: list[list[tuple[str, str]]] = []
        self.texts: dict[str, str] = {}  # fields that hold what one types, by kind
        self._select = self._textarea = None
        self.feed(html)
        self.fields = max(self.forms, key=len)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        name, value = given.get("name"), given.get("value") or ""
        if tag == "form":
            self.forms.append([])
        elif tag == "select":
            self._select = name
        elif tag == "option" and "selected" in given:
            self._add(self._select, value)
        elif tag == "textarea":
            self._textarea = name
            self._add(name, "")
            self.texts[name] = tag
        elif tag == "input" and name:
            kind = given.get("type", "text")
            if kind in ("checkbox", "radio"):
                if "checked" in given:
                    self._add(name, value if "value" in given else "on")
            elif kind not in ("submit", "file"):
                self._add(name, value)
                if kind != "hidden" and kind != "password":
                    self.texts[name] = kind

    def _add(self, name, value):
        if self.forms and name:
            self.forms[-1].append((name, value))

    def handle_data(self, data):
        if self._textarea:
            self.forms[-1][-1] = (self._textarea, data.removeprefix("\n"))

    def handle_endtag(self, tag):
        if tag == "textarea":
            self._textarea = None

    def data(self, **changes) -> dict[str, list[str]]:
        sent: dict[str, list[str]] = {}
        for name, value in self.fields:
            if name != "csrfmiddlewaretoken":
                sent.setdefault(name, []).append(value)
        return {**sent, **changes}


def in_days(days: int) -> date:
    return clock.now().date() + timedelta(days=days)


# address: who fills it in, and what makes the empty form one that is accepted
FORMS = {
    "/settings/": (OWNER, {}),
    "/home/": (OWNER, {"town_name": "Berlin"}),
    "/pets/add/": (OWNER, {"name": "Moss", "species": "cat"}),
    "/pets/{pet}/about/": (OWNER, {}),
    "/pets/{pet}/behaviour/": (OWNER, {}),
    "/pets/{pet}/care/": (OWNER, {"max_alone_hours": "4"}),
    "/pets/{pet}/health/": (OWNER, {}),
    "/pets/{pet}/vaccinations/": (
        OWNER,
        {"kind": "Rabies", "given_on": "2026-01-01", "expires_on": "2028-01-01"},
    ),
    "/sitting/page/about/": (SITTER, {}),
    "/sitting/page/home/": (SITTER, {"home_type": "flat", "children": "none"}),
    "/sitting/page/place/": (SITTER, {"where": "Berlin", "coordinates": "52.5163, 13.3777"}),
    "/sitting/page/payment/": (SITTER, {"payment_note": "Cash"}),
    "/sitting/page/photos/{photo}/caption/": (SITTER, {}),
    "/sitting/services/boarding/": (SITTER, {}),
    "/sitting/services/dog_walk/": (SITTER, {}),
    "/sitting/services/boarding/prices/": (SITTER, {}),
    "/sitting/services/holidays/": (SITTER, {"on": str(in_days(70)), "name": "Feast"}),
    "/sitting/calendar/": (
        SITTER,
        {
            "first": str(in_days(200)),
            "last": str(in_days(203)),
            "state": "fewer",
            "day_places": "1",
        },
    ),
    "/sitting/calendar/week/": (SITTER, {}),
    "/sitting/calendar/{day}/": (SITTER, {"state": "fewer", "night_places": "19"}),
    "/bookings/new/{slug}/?{choice}": (OWNER, {"message": "Hello"}),
    "/bookings/{walk}/visits/1/report/": (SITTER, {"note": "Twice round the lake"}),
    "/bookings/{requested}/decline/": (SITTER, {"reason": "dates", "text": "Sorry"}),
    "/bookings/{confirmed_id}/cancel/": (SITTER, {"reason": "ill", "text": "Sorry"}),
    "/sign/signup/": (
        VISITOR,
        {"name": "Ada", "email": "ada@example.org", "password1": "a-walk-at-dawn"},
    ),
    "/sign/login/": (VISITOR, {}),
    "/sign/password/reset/": (VISITOR, {"email": "ada@example.org"}),
}


def open_form(path: str, world):
    """A browser that has opened it: (client, address, form, what to type into it)."""
    person, changes = FORMS[path]
    client = Client()
    if world.users[person]:
        log_in(client, world.users[person])
    names = {
        **world.names,
        "requested": public_id(world, Booking.Status.REQUESTED),
        "confirmed_id": public_id(world, Booking.Status.CONFIRMED),
    }
    address = path.format(**names)
    main = client.get(address).text.split("<main", 1)[1]
    return client, address, Form(main), {k: [v] for k, v in changes.items()}


def public_id(world, status) -> str:
    return world.bookings[status].public_id if status in world.bookings else ""


def errors_in(response) -> dict:
    context = response.context
    if "draft" in context:
        return context["draft"].errors or {"price": context["draft"].old_total_cents}
    return context["form"].errors


def submit(client, address, data, before):
    """The answer, the page one ends at, and what a refusal has changed; then all is undone."""
    cache.clear()  # the limits on attempts
    changed = []
    with undone(client), CaptureQueriesContext(connection) as statements:
        response = client.post(address, data)
        shown = response.text
        if response.status_code == 302:
            shown = client.get(response.url).text if SCRIPT in str(data) else ""
        # Reading all tables takes longer than the request, so only where it may be wrong.
        elif any(map(WRITES.match, sql_of(statements))):
            after = everything()
            changed = [label for label in before if before[label] != after[label]]
    return response, shown, changed


@pytest.mark.parametrize("person", [VISITOR, OWNER, SITTER])
def test_a_form_takes_what_is_right_and_refuses_the_rest_in_words(person):
    world = make_world(statuses=STATUSES)
    wrong = []
    for path in [path for path, (filled_by, _changes) in FORMS.items() if filled_by == person]:
        client, address, form, changes = open_form(path, world)
        before = everything()
        if path != "/sign/login/":
            response, _shown, _changed = submit(client, address, form.data(**changes), before)
            assert response.status_code == 302, errors_in(response)
        for what, names, sent in attacks(form, changes):
            response, shown, changed = submit(client, address, sent, before)
            is_kept = what not in ("NUL", "empty", "lines") and form.texts.keys() & set(names)
            problem = trouble(response, shown, changed, HOSTILE[what] if is_kept else "")
            if problem:
                wrong.append(f"{path}: {', '.join(names)}, {what}: {problem}")
    assert not wrong, "\n".join(wrong)


def attacks(form: Form, changes: dict):
    """(what, fields, data): each of HOSTILE in all fields at once, and some in one field alone.

    All at once are quickly done; the valid rest gets one field alone deep into the code.
    """
    fields = list(form.data(**changes))
    for what, value in HOSTILE.items():
        single = [[name] for name in fields[:MOST_FIELDS] if alone(what, form, name)]
        for names in [fields, *single]:
            yield what, names, form.data(**{**changes, **dict.fromkeys(names, [value])})


def alone(what: str, form: Form, name: str) -> bool:
    return what in ("long", "NUL", "HTML", "huge") or form.texts.get(name) in ("date", "time")


def trouble(response, shown: str, changed: list[str], kept: str) -> str:
    """What is wrong with an answer, in a few words."""
    if response.status_code not in (200, 302):
        return f"answered {response.status_code}"
    if SCRIPT in shown:
        return "HTML goes out as it came in"
    if response.status_code == 302:
        return ""
    if changed:
        return f"refused, and yet changed {changed}"
    if not any(errors_in(response).values()):
        return "refused without an error"
    if not any(mark in shown for mark in SENTENCES):
        return "no sentence on the page"
    return "" if escape(kept) in shown else "what was typed is gone"


def test_forged_fields_change_nothing():
    """Price, status, owner and the like are not asked for, so nobody listens."""
    forged = {
        "status": "published",
        "state": "archived",
        "owner": "1",
        "user": "1",
        "is_staff": "1",
        "is_superuser": "1",
        "published_at": "2020-01-01",
        "rating_sum": "5000",
        "total_cents": "1",
        "refund_cents": "99999",
        "sitter": "1",
        "id": "1",
        "pk": "1",
        "slug": "stolen",
        "grid_lat_e6": "0",
    }
    world = make_world(statuses=STATUSES)
    sitter = SitterProfile.objects.get(user=world.users[SITTER])
    for path in ("/settings/", "/pets/{pet}/about/", "/sitting/page/about/", "/sitting/page/home/"):
        client, address, form, changes = open_form(path, world)
        protected = {
            Pet: ("pk", "owner_id", "state"),
            type(sitter): ("pk", "user_id", "status", "slug", "rating_sum", "published_at"),
            type(sitter.user): ("pk", "is_staff", "is_superuser", "email"),
        }
        before = {m: list(m.objects.order_by("pk").values_list(*c)) for m, c in protected.items()}
        answer = client.post(address, {**form.data(**changes), **forged})
        assert answer.status_code == 302
        after = {m: list(m.objects.order_by("pk").values_list(*c)) for m, c in protected.items()}
        assert after == before


def test_prices_of_somebody_elses_extras_cannot_be_named():
    world = make_world(statuses=())
    client, address, form, _changes = open_form("/sitting/services/boarding/prices/", world)
    foreign = Service.objects.exclude(sitter__user__name="Mara Lindqvist").first()
    extra = foreign.add_ons.create(name="Bath", amount_cents=1000)
    data = form.data(**{f"add_on_{extra.pk}_name": ["Mine"], f"add_on_{extra.pk}_amount": ["1"]})
    client.post(address, data)
    extra.refresh_from_db()
    assert (extra.name, extra.amount_cents) == ("Bath", 1000)


# --- Addresses --------------------------------------------------------------------------------
SEARCH_ONLY = ("min", "max", "rating", "sort", "page", "fenced", "instant", "month")
ODD_CHOICES = {
    "swapped": {"from": str(in_days(9)), "to": str(in_days(5))},
    "400 nights": {"from": str(in_days(9)), "to": str(in_days(409))},
    "past": {"from": str(in_days(-9)), "to": str(in_days(-5))},
    "half": {"from": str(in_days(9)), "to": ""},
    "no animals": {"dogs": "0", "cats": "0"},
    "many animals": {"dogs": "99", "cats": "12"},
    "unknown town": {"where": "Atlantis"},
    "unknown number": {"where": "", "town": "123456789"},
    "foreign extras": {"addons": ["1", "2", "999999"]},
    "many times": {"kind": "dog_walk", "times": [f"{hour:02}:00" for hour in range(24)]},
    "no times": {"kind": "dog_walk", "times": [""]},
    "no weekday": {"kind": "day_care", "weekdays": ["9"]},
}


@pytest.fixture
def visited(client):
    """visited(path, params): the page's text; it is shown to anybody and has no cookie."""

    def visited(path: str, params: dict) -> str:
        response = client.get(f"{path}?{urlencode(params, doseq=True)}")
        assert response.status_code == 200, params
        assert not response.cookies
        assert SCRIPT not in response.text, params
        return response.text

    return visited


def pages(world) -> tuple[str, str]:
    return "/search/", f"/sitters/{world.names['slug']}/"


@pytest.mark.parametrize("kind", KINDS)
def test_addresses_may_say_anything(visited, kind):
    world = make_world(statuses=())
    usual = {
        "where": "Berlin",
        "kind": kind,
        "from": str(in_days(10)),
        "to": str(in_days(12)),
        "dogs": "1",
    }
    for path in pages(world):
        for name in (*FIELDS, *SEARCH_ONLY):
            for value in HOSTILE.values():
                visited(path, {**usual, name: [value, "1"] if name in REPEATED else value})


def test_odd_choices_get_a_sentence(visited):
    world = make_world(statuses=())
    usual = {
        "where": "Berlin",
        "kind": "boarding",
        "from": str(in_days(10)),
        "to": str(in_days(12)),
        "dogs": "1",
    }
    for path in pages(world):
        assert "invalid-feedback" not in visited(path, usual)
        for what, changes in ODD_CHOICES.items():
            page = visited(path, {**usual, **changes})
            is_about_towns = "unknown" in what
            if what == "foreign extras" or (is_about_towns and path != "/search/"):
                continue
            assert any(mark in page for mark in SENTENCES), f"{path} {what}"


def test_a_typed_place_is_kept(visited):
    make_world(statuses=())
    for what, value in HOSTILE.items():
        if what in ("NUL", "empty", "lines"):
            continue
        page = visited("/search/", {"where": value})
        assert escape(value[:100]) in page, what


def test_suggestions_of_places_may_be_asked_anything(client):
    for value in HOSTILE.values():
        assert client.get("/places/", {"q": value}).status_code == 200
