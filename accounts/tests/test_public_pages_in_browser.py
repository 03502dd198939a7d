import pytest
from django.core.cache import caches

from pawsitters.accessibility import assert_accessible
from profiles.kinds import Kind
from profiles.tests.factories import make_sitter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PAGES = ["/", "/help/", "/help/prices/", "/help/cancelling/", "/help/ranking/", "/nothing/"]


@pytest.fixture(autouse=True)
def _three_sitters():
    caches["fragments"].clear()
    for kind in (Kind.BOARDING, Kind.DOG_WALK, Kind.DROP_IN_VISIT):
        make_sitter(kinds=(kind,), rating_sum=190, rating_count=40)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_public_pages_are_accessible(open_page, width, theme):
    page = open_page("/", width=width, theme=theme)
    for path in PAGES:
        page.goto(path, wait_until="networkidle")
        assert_accessible(page)


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
