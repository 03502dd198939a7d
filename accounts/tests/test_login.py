import os
import re
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from allauth.account.models import EmailAddress
from django.core import mail

from accounts import demo
from accounts.tests.factories import make_user

pytestmark = pytest.mark.django_db
PASSWORD = "a-walk-at-dawn"
LOGIN, RESET = "/sign/login/", "/sign/password/reset/"


@pytest.fixture
def person():
    person = make_user(email="ada@example.org", name="Ada")
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def log_in(client, password=PASSWORD, email="ada@example.org", **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def test_login_goes_on_to_next_on_our_host_only(client, person):
    assert log_in(client, next="/pets/").url == "/pets/"
    client.logout()
    assert log_in(client, next="https://evil.example/").url == "/overview/"


def test_address_may_be_typed_in_capitals(client, person):
    assert log_in(client, email="ADA@Example.org").status_code == 302


def test_a_wrong_password_and_an_unknown_address_get_the_same_answer(client, person):
    wrong = log_in(client, "not-the-password")
    unknown = log_in(client, email="nobody@example.org")
    for answer in (wrong, unknown):
        assert "do not belong together" in answer.content.decode()
        assert "not-the-password" not in answer.content.decode()
    assert 'value="ada@example.org"' in wrong.content.decode()


def test_stay_logged_in_lasts_thirty_days_and_otherwise_until_the_browser_closes(client, person):
    log_in(client)
    assert client.cookies["sessionid"]["max-age"] == ""
    assert client.cookies["signed_in"]["max-age"] == ""
    client.logout()
    log_in(client, remember="on")
    assert client.cookies["sessionid"]["max-age"] == 30 * 24 * 3600
    assert client.cookies["signed_in"]["max-age"] == 30 * 24 * 3600


def test_hint_cookie_comes_with_login_and_goes_with_logout(client, person):
    client.get(LOGIN)
    assert "signed_in" not in client.cookies
    log_in(client)
    assert client.cookies["signed_in"].value == "1"
    assert not client.cookies["signed_in"]["httponly"]
    client.post("/sign/logout/")
    assert client.cookies["signed_in"].value == ""


def test_menu_is_personal_and_never_stored(client, person):
    client.force_login(person)
    answer = client.get("/me/")
    assert "Ada" in answer.content.decode()
    assert set(re.split(r",\s*", answer["Cache-Control"])) >= {"private", "no-store"}


def test_menu_of_nobody_is_empty_and_takes_the_hint_back(client):
    answer = client.get("/me/")
    assert (answer.status_code, answer.content) == (204, b"")
    assert answer.cookies["signed_in"].value == ""


def test_logging_out_takes_a_post(client, person):
    client.force_login(person)
    assert "Log out of this browser?" in client.get("/sign/logout/").content.decode()
    assert "_auth_user_id" in client.session
    client.post("/sign/logout/")
    assert "_auth_user_id" not in client.session


def test_reset_by_mail_and_all_other_browsers_are_logged_out(client, client_b, person):
    client_b.force_login(person)
    client.post(RESET, {"email": "ada@example.org"})
    path = re.search(r"https?://[^/]+(/\S+)", mail.outbox[0].body).group(1)
    form_url = client.get(path).url
    answer = client.post(form_url, {"password1": "another-walk-at-dusk"})
    assert answer.url == "/sign/password/reset/key/done/"
    assert log_in(client, "another-walk-at-dusk").status_code == 302
    assert client_b.get("/settings/").status_code == 302
    assert "used or is too old" in client.get(path).content.decode()
    assert "password was changed" in mail.outbox[1].subject


def test_links_in_mails_lead_to_our_site_whatever_host_was_asked(client, person, settings):
    settings.SITE_URL = "https://paws.example"
    for email in ("ada@example.org", "nobody@example.org"):
        client.post(RESET, {"email": email}, HTTP_HOST="testserver:6666")
    for message in mail.outbox:
        text = message.body + message.alternatives[0].content
        assert "https://paws.example/sign/" in text
        assert "testserver" not in text


def test_a_weak_new_password_is_refused_in_sentences(client, person):
    client.force_login(person)
    typed = {"oldpassword": PASSWORD, "password1": "short"}
    page = client.post("/sign/password/change/", typed).content.decode()
    assert "at least 10 characters" in page
    assert client.login(email="ada@example.org", password=PASSWORD)


def test_change_of_address_tells_the_old_one(client, person):
    log_in(client)
    client.post("/sign/email/", {"action_add": "1", "email": "new@example.org"})
    asked, link = sorted(mail.outbox, key=lambda message: message.to)
    assert (asked.to, link.to) == (["ada@example.org"], ["new@example.org"])
    assert "to new@example.org instead" in asked.body
    assert "/sign/email/" in asked.body  # where it can be stopped
    path = re.search(r"https?://[^/]+(/\S+)", link.body).group(1)
    person.refresh_from_db()
    assert person.email == "ada@example.org"

    client.post(path)

    person.refresh_from_db()
    assert person.email == "new@example.org"
    assert mail.outbox[2].to == ["ada@example.org"]
    assert "new@example.org" in mail.outbox[2].body
    assert "Answer this mail" in mail.outbox[2].body  # a link would lead to the new address


def test_a_change_of_address_asks_who_is_there(client, person):
    client.force_login(person)
    answer = client.post("/sign/email/", {"action_add": "1", "email": "new@example.org"})
    assert answer.url.startswith("/sign/reauthenticate/")
    assert mail.outbox == []
    client.post(answer.url, {"password": PASSWORD})
    assert ["new@example.org"] in [message.to for message in mail.outbox]


def test_a_browser_that_was_not_used_before_is_told_once(client, client_b, person):
    person.date_joined -= timedelta(days=2)
    person.save()
    log_in(client)
    assert mail.outbox[-1].subject == "Somebody logged in with another browser"
    client.post("/sign/logout/")
    log_in(client)
    assert len(mail.outbox) == 1
    client_b.cookies["known"] = client.cookies["known"].value + "x"
    log_in(client_b)
    assert len(mail.outbox) == 2


def test_an_address_of_somebody_else_is_not_told_and_not_taken(client, person):
    other = make_user(email="eve@example.org")
    EmailAddress.objects.create(user=other, email=other.email, verified=True, primary=True)
    log_in(client)
    answer = client.post("/sign/email/", {"action_add": "1", "email": "eve@example.org"})
    assert [person.email] in [message.to for message in mail.outbox]  # as for a free address
    assert answer.status_code == 302
    for message in mail.outbox:
        for path in re.findall(r"https?://[^/]+(/sign/confirm\S+)", message.body):
            client.post(path)
    person.refresh_from_db()
    assert person.email == "ada@example.org"


def test_guessing_a_password_ends_after_five_tries_for_the_right_one_too(client, person):
    for _ in range(5):
        log_in(client, "wrong-guess-again")
    page = log_in(client).content.decode()
    assert "Wait 5 minutes" in page
    assert "_auth_user_id" not in client.session


def test_too_many_requests_get_our_page(client, settings):
    settings.ACCOUNT_RATE_LIMITS = {"signup": "2/m/ip"}
    typed = {"name": "A", "email": "not-an-address", "password1": "x"}
    answers = [client.post("/sign/signup/", typed) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "That was too often" in answers[-1].content.decode()


def test_limits_are_counted_over_all_worker_processes(tmp_path):
    """Two processes with the default cache, a folder of files, share one count."""
    script = (
        "import django; django.setup()\n"
        "from django.test import RequestFactory\n"
        "from allauth.core.ratelimit import consume\n"
        "request = RequestFactory().post('/')\n"
        "print(sum(consume(request, action='reset_password', key='ada') for _ in range(4)))\n"
    )
    surroundings = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "pawsitters.settings",
        "VAR_DIR": str(tmp_path),
        "CACHE_URL": f"filecache://{tmp_path}/cache",
    }
    root = Path(__file__).resolve().parents[2]
    allowed = [
        int(subprocess.check_output([sys.executable, "-c", script], env=surroundings, cwd=root))
        for _ in range(2)
    ]
    assert allowed == [4, 1]  # five a minute for one address


def test_demo_accounts_are_named_on_a_demonstration_only(client, settings):
    assert demo.PASSWORD not in client.get(LOGIN).content.decode()
    settings.DEMO = True
    page = client.get(LOGIN).content.decode()
    assert demo.PASSWORD in page
    assert demo.OWNER.email in page


def test_admin_has_no_door_of_its_own(client):
    assert client.get("/admin/login/").url.startswith(LOGIN)


def test_public_pages_do_not_read_the_session(client, person, django_assert_num_queries):
    client.force_login(person)
    with django_assert_num_queries(0):
        answer = client.get("/media/people/missing.webp")
    assert answer.status_code == 404
    assert "Cookie" not in answer.get("Vary", "")


PAGES = [
    "/sign/login/",
    "/sign/signup/",
    "/sign/password/reset/",
    "/sign/password/reset/done/",
    "/sign/password/reset/key/done/",
    "/sign/password/reset/key/1-bad/",
    "/sign/confirm-email/",
    "/sign/confirm-email/bad/",
    "/sign/inactive/",
]
OWN_PAGES = ["/sign/email/", "/sign/password/change/", "/sign/logout/", "/sign/reauthenticate/", "/settings/"]  # fmt: skip


@pytest.mark.parametrize("url", PAGES)
def test_every_page_for_visitors_stands_in_our_frame(client, url):
    page = client.get(url).content.decode()
    assert 'class="site-header"' in page
    assert "<h1" in page


@pytest.mark.parametrize("url", OWN_PAGES)
def test_every_page_of_an_account_stands_in_our_frame(client, person, url):
    client.force_login(person)
    page = client.get(url).content.decode()
    assert 'class="site-header"' in page
    assert "<h1" in page
