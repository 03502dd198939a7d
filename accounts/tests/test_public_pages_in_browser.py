import pytest
from django.core.cache import caches

from accounts.tests.factories import make_user
from pawsitters.accessibility import assert_accessible, problems_at_all_widths
from profiles.kinds import Kind
from profiles.tests.factories import make_sitter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ["/", "/help/", "/help/prices/", "/help/cancelling/", "/help/ranking/", "/nothing/"]


@pytest.fixture(autouse=True)
def _three_sitters():
    caches["fragments"].clear()
    for kind in (Kind.BOARDING, Kind.DOG_WALK, Kind.DROP_IN_VISIT):
        make_sitter(kinds=(kind,), rating_sum=190, rating_count=40)


def test_public_pages_are_accessible(open_page):
    page = open_page("/")
    for path in PAGES:
        page.goto(path)
        assert not problems_at_all_widths(page), path


def test_menu_opens_without_script_and_is_accessible(open_page):
    page = open_page("/help/", width=390)
    page.get_by_role("button", name="Menu").click()
    assert page.get_by_role("link", name="Sign up").is_visible()
    assert_accessible(page)


def test_pages_keep_to_the_content_security_policy(open_page):
    page = open_page("/help/", keep_policy=True)
    refused, failed = [], []
    page.on("console", lambda m: refused.append(m.text) if "Content Security" in m.text else None)
    page.on("response", lambda r: failed.append(r.url) if r.status >= 400 else None)
    for path in PAGES[:-1]:
        page.goto(path, wait_until="networkidle")
    assert not refused
    assert not failed


def test_public_page_gets_the_menu_of_a_signed_in_person(open_page, live_server):
    page = open_page("/help/", user=make_user(name="Lena Hoff"))
    assert page.get_by_role("link", name="Log in / Account").is_visible()
    page.context.add_cookies([{"name": "signed_in", "value": "1", "url": live_server.url}])

    page.reload(wait_until="networkidle")
    page.get_by_role("button", name="Lena").click()

    assert page.get_by_role("link", name="Log out").is_visible()
    assert_accessible(page)


def test_hint_that_has_outlived_the_session_changes_nothing(open_page, live_server):
    page = open_page("/help/")
    page.context.add_cookies([{"name": "signed_in", "value": "1", "url": live_server.url}])
    page.reload(wait_until="networkidle")
    assert page.get_by_role("link", name="Log in / Account").is_visible()
