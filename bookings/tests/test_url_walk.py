"""Every address of the project, opened and posted to by everybody. The table is in url_table.py.

A pattern without a row fails, so whoever adds an address says there who may see it.
"""

import re
from contextlib import contextmanager

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, get_resolver, resolve

from accounts.tests.factories import log_in
from bookings.models import Booking
from bookings.tests.url_rows import LOGIN, START
from bookings.tests.url_table import ADMIN, ANONYMOUS, SHADOWED, TABLE
from bookings.tests.urls_feeds import BY_TOKEN
from bookings.tests.world import OWNER, PEOPLE, SITTER, STAFF, STRANGER, VISITOR, make_world

pytestmark = pytest.mark.django_db
# What the parties see in every status is tested with the booking's page.
FOR_OUTSIDERS = (Booking.Status.REQUESTED, Booking.Status.IN_PROGRESS)
FOR_PARTIES = (*FOR_OUTSIDERS, Booking.Status.CONFIRMED, Booking.Status.CANCELLED_BY_OWNER)
# A notice and a conversation that were opened are read.
READ = ("bookings.Notice", "bookings.Thread")
WRITES = re.compile("INSERT|UPDATE|DELETE|REPLACE", re.IGNORECASE)
TELLS_NOTHING = (403, 404, 405, LOGIN, START)


def patterns(below=None, prefix="") -> list[str]:
    """The names of all patterns; admin's few without a name are its own redirects and 404s."""
    found = []
    for pattern in below or get_resolver().url_patterns:
        if not isinstance(pattern, URLPattern):
            namespace = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
            found += patterns(pattern.url_patterns, namespace)
        elif pattern.name or prefix != "admin:":
            found.append(f"{prefix}{pattern.name}")
    return found


def everything(*without: str) -> dict[str, list[tuple]]:
    """Every row of every table but sessions and `without`, to see whether something changed."""
    models = [m for m in apps.get_models() if m._meta.label not in ("accounts.Session", *without)]
    return {m._meta.label: list(m._base_manager.order_by("pk").values_list()) for m in models}


def browser_of(user, **options) -> Client:
    # A mistake is an answer with status 500 here, so that one walk finds them all.
    client = Client(raise_request_exception=False, **options)
    if user:
        log_in(client, user)
    return client


def addresses(path: str, world, person: str) -> list[str]:
    if "{booking}" not in path:
        return [path.format(**world.names)]
    is_party = person in (OWNER, SITTER)
    statuses = world.bookings if is_party else FOR_OUTSIDERS
    return [
        path.format(booking=world.bookings[status].public_id, **world.names) for status in statuses
    ]


def fits(response, expected) -> bool:
    if isinstance(expected, tuple):
        return any(fits(response, one) for one in expected)
    if isinstance(expected, str):
        return response.status_code == 302 and response.url.startswith(expected)
    return response.status_code == expected


def said(response) -> str:
    return f"{response.status_code} {getattr(response, 'url', '')}".strip()


def test_every_address_has_a_row_and_every_row_an_address():
    assert sorted(set(patterns()) - SHADOWED) == sorted([*TABLE, *ADMIN])


def test_every_row_is_about_the_address_it_names():
    world = make_world(statuses=FOR_OUTSIDERS)
    rows = [(name, path) for name, row in TABLE.items() for path in row.paths]
    rows += [(name, path) for name, (path, _get, _post) in ADMIN.items()]
    for name, path in rows:
        (first, *_others) = addresses(path, world, STRANGER)
        assert resolve(first.split("?")[0]).view_name == name


@pytest.mark.parametrize("person", PEOPLE)
def test_everybody_sees_what_they_may_and_changes_nothing_by_looking(person):
    world = make_world(statuses=FOR_PARTIES)
    client = browser_of(world.users[person])
    before = everything(*READ)
    wrong = []
    for row in TABLE.values():
        for path in row.paths:
            for address in addresses(path, world, person):
                response = client.get(address)
                if not fits(response, row.get[person]):
                    wrong.append(f"{address}: {said(response)}, expected {row.get[person]}")
    assert not wrong
    assert everything(*READ) == before


@pytest.mark.parametrize("person", PEOPLE)
def test_whoever_may_not_post_changes_nothing(person):
    world = make_world(statuses=FOR_PARTIES)
    client = browser_of(world.users[person])
    before = everything()
    wrong = []
    for row in TABLE.values():
        expected = row.post[person]
        for path in row.paths:
            for address in addresses(path, world, person):
                response, changed = post(client, address, expected, before)
                if changed or not fits(response, expected):
                    wrong.append(f"{address}: {said(response)}, expected {expected} {changed}")
    assert not wrong


def post(client, address, expected, before):
    """Post nothing to an address, take back what it did, and say what it ought not have done."""
    changed = ""
    with undone(client), CaptureQueriesContext(connection) as statements:
        response = client.post(address)
        # To read all tables takes longer than the request, so only where something was written.
        if expected in TELLS_NOTHING and any(map(WRITES.match, sql_of(statements))):
            after = everything()
            changed = ", ".join(label for label in before if before[label] != after[label])
    return response, changed


def sql_of(statements) -> list[str]:
    return [query["sql"] for query in statements.captured_queries]


@contextmanager
def undone(client):
    """Whatever happens inside has not happened afterwards; a log-out neither."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
    client.cookies = cookies


def test_nothing_is_posted_without_our_own_form():
    world = make_world(statuses=FOR_OUTSIDERS)
    people = (VISITOR, OWNER, SITTER, STAFF)
    clients = [browser_of(world.users[person], enforce_csrf_checks=True) for person in people]
    before = everything()
    for client in clients:
        for row in [row for name, row in TABLE.items() if name not in BY_TOKEN]:
            for path in row.paths:
                for address in addresses(path, world, STRANGER):
                    assert client.post(address).status_code in (403, 405), address
    assert everything() == before


def test_public_pages_ask_nobody_who_they_are():
    world = make_world(statuses=FOR_OUTSIDERS)
    client = browser_of(world.users[OWNER])
    client.cookies["signed_in"] = "1"
    for path in (path for name in ANONYMOUS for path in TABLE[name].paths):
        response = client.get(path.format(**world.names))
        assert not response.cookies, path
        assert "Cookie" not in response.headers.get("Vary", ""), path
        session = getattr(response.wsgi_request, "session", None)
        assert session is None or not session.accessed, path


def test_what_is_not_published_does_not_exist():
    world = make_world(statuses=())
    for person in PEOPLE:
        client = browser_of(world.users[person])
        address = f"/sitters/{world.names['unpublished']}/"
        assert client.get(address).status_code == 404
        new = f"/bookings/new/{world.names['unpublished']}/?{world.names['choice']}"
        assert client.get(new).status_code == (302 if person == VISITOR else 404)


WITH_NUMBERS = (
    "/pets/{n}/about/",
    "/pets/{n}/archive/",
    "/sitting/page/photos/{n}/caption/",
    "/sitting/page/photos/{n}/up/",
    "/notices/{n}/",
    "/bookings/{n}/",
    "/bookings/{n}/accept/",
    "/sitters/{n}/",
    "/bookings/new/{n}/",
)


def test_numbers_nobody_has_are_not_found():
    world = make_world(statuses=())
    clients = [browser_of(world.users[person]) for person in (OWNER, SITTER)]
    for path in WITH_NUMBERS:
        for number in ("0", "9" * 12, "9" * 18, "9" * 40, "%00", "-1", "x'--", "%F0%9F%90%95"):
            address = path.format(n=number, **world.names)
            for client in clients:
                found = [client.get(address), client.post(address)]
                assert {said(r) for r in found} <= {"404", "405", f"302 {START}"}, address


# --- Staff ------------------------------------------------------------------------------------
def test_the_admin_is_for_staff():
    world = make_world(statuses=FOR_OUTSIDERS)
    clients = {name: browser_of(user) for name, user in world.users.items() if name != STAFF}
    before = everything()
    wrong = []
    for person, client in clients.items():
        for path, _get, _post in ADMIN.values():
            address = path.format(**world.names)
            for method in ("get", "post"):
                with undone(client):
                    response = getattr(client, method)(address)
                if not fits(response, (LOGIN, "/admin/login/", "/admin/", 403)):
                    wrong.append(f"{person} {method} {address}: {said(response)}")
    assert not wrong
    assert everything() == before


def test_staff_see_the_admin_and_may_do_there_what_the_table_says():
    world = make_world(statuses=FOR_OUTSIDERS)
    client = browser_of(world.users[STAFF])
    wrong = []
    for path, get, post_answer in ADMIN.values():
        address = path.format(**world.names)
        for method, expected in (("get", get), ("post", post_answer)):
            with undone(client):
                response = getattr(client, method)(address)
            if not fits(response, expected):
                wrong.append(f"{method} {address}: {said(response)}, expected {expected}")
    assert not wrong


def test_staff_without_rights_see_no_rows():
    world = make_world(statuses=FOR_OUTSIDERS)
    clerk = world.users[STAFF]
    clerk.is_superuser = False
    clerk.save()
    client = browser_of(clerk)
    # Records of the firewall are files that all staff may read.
    no_rows = ("admin:password", "admin:view_on_site", "admin:firewall")
    for name, (path, _get, _post) in ADMIN.items():
        if "_" not in name or name.startswith(no_rows):
            continue
        assert client.get(path.format(**world.names)).status_code in (403, 404), path
