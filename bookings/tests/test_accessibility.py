"""Every page of the walk in Chromium: axe on a phone in light and on a desk in the dark."""

import re

import pytest

from bookings.models import Booking
from bookings.tests.url_table import TABLE
from bookings.tests.world import OWNER, SITTER, VISITOR, make_world
from pawsitters.accessibility import problems_at_all_widths

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
Status = Booking.Status
STATUSES = (Status.REQUESTED, Status.IN_PROGRESS, Status.CANCELLED_BY_OWNER)
NO_PAGES = re.compile(
    r"^(robots|favicon|operations:(livez|readyz|healthz)|.*:calendar_feed|.*media|.*:places|.*:me"
    r"|.*:thread_news|.*:data_progress|.*:favourite_slugs|.*_photo"  # parts of a page
    r"|.*:data_file|.*_download)$"  # files to keep
)
LEAST_PAGES = {VISITOR: 18, OWNER: 27, SITTER: 32}
# Pages of which one stands for the others.
ALIKE = re.compile(r"^/help/(?!(prices|cancelling)/)\w+/$")


def pages_of(person: str, world) -> list[str]:
    """Addresses that show this person a page, each to whom it is meant for and nobody else."""
    found = []
    for name, row in TABLE.items():
        if NO_PAGES.match(name):
            continue
        if person != VISITOR and row.get[VISITOR] == 200:
            continue
        if person == SITTER and row.get[OWNER] == 200 and "booking" not in name:
            continue
        answer = row.get[person]
        if 200 in (answer if isinstance(answer, tuple) else (answer,)):
            found += [address for path in row.paths for address in _filled(path, world)]
    return [address for address in found if not ALIKE.match(address)]


def _filled(path: str, world) -> list[str]:
    if "{booking}" not in path:
        return [path.format(**world.names)]
    bookings = list(world.bookings.values())[: 1 if "record" in path else None]
    return [path.format(booking=booking.public_id, **world.names) for booking in bookings]


@pytest.mark.parametrize("person", [VISITOR, OWNER, SITTER])
def test_every_page_is_accessible(open_page, person):
    world = make_world(statuses=STATUSES)
    page = open_page("/status/", user=world.users[person])
    problems = []
    seen = set()
    for address in pages_of(person, world):
        page.goto(address, wait_until="load")
        if page.url in seen:
            continue  # a question that does not arise leads back to its booking
        seen.add(page.url)
        problems += [f"{address}: {problem}" for problem in problems_at_all_widths(page)]
    assert not problems, "\n".join(problems)
    assert len(seen) >= LEAST_PAGES[person]


# Sent empty, so that the page comes back with its errors.
FORMS = {
    VISITOR: ["/sign/login/", "/sign/signup/", "/sign/password/reset/", "/search/?where=Nowhere"],
    OWNER: ["/pets/add/", "/pets/{pet}/vaccinations/", "/home/", "/sign/password/change/"],
    SITTER: [
        "/sitting/page/place/",
        "/sitting/page/photos/",
        "/sitting/services/boarding/prices/",
        "/sitting/services/holidays/",
        "/sitting/calendar/",
        "/sitting/calendar/import/",
        "/bookings/{booking}/decline/",
    ],
}
SEND_EMPTY = """() => {
  const forms = [...document.querySelectorAll('main form')];
  const form = forms.reduce((one, other) => other.length > one.length ? other : one);
  for (const field of form.elements) {
    if (['checkbox', 'radio'].includes(field.type)) field.checked = false;
    else if (field.tagName !== 'BUTTON' && field.type !== 'hidden') field.value = '';
  }
  form.submit();
}"""


@pytest.mark.parametrize("person", FORMS)
def test_a_form_that_comes_back_is_accessible_and_names_its_errors(open_page, person):
    world = make_world(statuses=STATUSES)
    page = open_page("/status/", user=world.users[person])
    names = {**world.names, "booking": world.bookings[Status.REQUESTED].public_id}
    problems = []
    for path in FORMS[person]:
        address = path.format(**names)
        page.goto(address, wait_until="load")
        if "search" not in path:
            with page.expect_navigation():
                page.evaluate(SEND_EMPTY)
        if not page.locator(".is-invalid, .invalid-feedback").count():
            problems.append(f"{address}: no error is shown")
        if not page.title().startswith("Error") and "search" not in path:
            problems.append(f"{address}: the title says nothing of errors: {page.title()}")
        problems += [f"{address}: {problem}" for problem in problems_at_all_widths(page)]
    assert not problems, "\n".join(problems)
