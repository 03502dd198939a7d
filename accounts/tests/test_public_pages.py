"""What every public page promises: no cookie, no session, links that lead somewhere."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.cache import caches
from django.urls import is_valid_path

from accounts.tests.factories import make_user
from bookings.views.help import TOPICS
from pawsitters.views import server_error
from profiles.kinds import Kind
from profiles.tests.factories import make_sitter

PAGES = ["/", "/help/", *(f"/help/{slug}/" for slug in TOPICS)]


@pytest.fixture(autouse=True)
def _fresh_front_page():
    caches["fragments"].clear()


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_public_page_is_the_same_for_everybody(client, path):
    answer = client.get(path)

    assert answer.status_code == 200
    assert not answer.cookies
    assert "Cookie" not in answer.headers.get("Vary", "")
    assert "csrfmiddlewaretoken" not in answer.text
    assert " style=" not in answer.text


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_links_and_files_of_a_public_page_exist(client, path):
    addresses = set(re.findall(r'(?:href|src)="(/[^"?#]*)', client.get(path).text))
    assert [address for address in addresses if not leads_somewhere(address)] == []


def leads_somewhere(address: str) -> bool:
    if address.startswith(settings.STATIC_URL):
        return Path(settings.BASE_DIR, address.lstrip("/")).exists()
    return is_valid_path(address)


def test_help_pages_need_no_database(client):
    """pytest-django refuses any statement here."""
    assert client.get("/help/prices/").status_code == 200


def test_unknown_help_topic_is_not_found(client):
    answer = client.get("/help/nothing/")
    assert answer.status_code == 404
    assert "It rolled out of reach" in answer.text


def test_prices_page_names_the_fees_of_the_installation(client, settings):
    settings.OWNER_FEE_BPS, settings.OWNER_FEE_CAP_CENTS = 500, 2500
    text = client.get("/help/prices/").text
    assert "5\u00a0%" in text
    assert "€25.00" in text


@pytest.mark.django_db
def test_empty_site_says_so_kindly(client):
    assert "Nobody has opened a page yet" in client.get("/").text


@pytest.mark.django_db
def test_home_shows_real_prices_and_people_in_two_statements(
    client, django_assert_max_num_queries, settings
):
    settings.OWNER_FEE_BPS, settings.OWNER_FEE_CAP_CENTS = 500, 2500
    for cents in (4200, 3800, 5000, 4100):
        make_sitter(kinds=(Kind.BOARDING,), base_cents=cents, headline=f"Asks {cents}")

    with django_assert_max_num_queries(2):
        text = client.get("/").text

    assert "from €39.90 a night" in text  # 38.00 and 5 %
    assert "Asks 4100" in text
    assert "Asks 4200" not in text  # three are enough
    with django_assert_max_num_queries(0):
        client.get("/")


@pytest.mark.django_db
def test_paused_sitter_is_not_on_the_front_page(client):
    make_sitter(headline="Away for a year", status="paused")
    assert "Away for a year" not in client.get("/").text


def test_own_mistake_gets_a_reference_that_is_in_the_log(rf, caplog):
    answer = server_error(rf.get("/bookings/1/"))

    reference = re.search(r"<code>(\w+)</code>", answer.text).group(1)
    assert answer.status_code == 500
    assert f"Reference {reference}: GET /bookings/1/" in caplog.text


def test_robots_may_read_public_pages_only(client):
    assert "Disallow: /bookings/" in client.get("/robots.txt").text


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/settings/", "/pets/", "/overview/", "/bookings/"])
def test_private_pages_may_not_be_kept_by_caches_in_between(client, path):
    assert client.get(path)["Cache-Control"] == "private"
    client.force_login(make_user())
    assert client.get(path)["Cache-Control"] == "private"
