"""From nothing to a person who is logged in and where they wanted to be."""

import re
from urllib.parse import urlsplit

import pytest
from django.contrib.auth.hashers import get_hasher
from django.core import mail
from django.urls import reverse

from accounts.models import User

pytestmark = pytest.mark.django_db
PASSWORD = "a-walk-at-dawn"


def sign_up(client, email="ada@example.org", name="Ada", onward=""):
    data = {"name": name, "email": email, "password1": PASSWORD, "next": onward}
    return client.post(reverse("account_signup"), data)


def link_in(message) -> str:
    """Path and query of the first link in the plain text of a mail."""
    parts = urlsplit(re.search(r"https?://\S+", message.body).group())
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


def confirm(client, message):
    link = link_in(message)
    page = client.get(link)
    assert page.status_code == 200
    onward = re.search(r'name="next" value="([^"]+)"', page.content.decode())
    return client.post(link, {"next": onward.group(1)} if onward else {})


def test_sign_up_verify_and_go_on_where_one_was(client):
    answer = sign_up(client, onward="/pets/add/?next=/bookings/")
    assert answer.url == reverse("account_email_verification_sent")
    assert "_auth_user_id" not in client.session

    answer = confirm(client, mail.outbox[0])

    assert answer.url == "/pets/add/?next=/bookings/"
    user = User.objects.get(email="ada@example.org")
    assert client.session["_auth_user_id"] == str(user.pk)
    assert user.name == "Ada"


def test_mail_is_a_file_on_disk_by_default(client, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path
    sign_up(client)
    (written,) = tmp_path.iterdir()
    assert "/sign/confirm-email/" in written.read_text()


def test_link_opened_in_another_browser_leads_through_login_to_the_same_page(client, client_b):
    sign_up(client, onward="/settings/")
    answer = confirm(client_b, mail.outbox[0])
    assert answer.url == "/settings/"
    login = client_b.get(answer.url)
    assert login.url == "/sign/login/?next=/settings/"
    answer = client_b.post(
        login.url, {"login": "ada@example.org", "password": PASSWORD, "next": "/settings/"}
    )
    assert answer.url == "/settings/"


def test_link_works_once(client, client_b):
    sign_up(client)
    confirm(client, mail.outbox[0])
    page = client_b.get(link_in(mail.outbox[0]))
    assert b"too old or was used already" in page.content


def test_opening_the_link_alone_confirms_nothing(client):
    sign_up(client)
    client.get(link_in(mail.outbox[0]))
    assert not User.objects.get().emailaddress_set.get().verified


def test_login_before_verification_sends_the_link_again(client, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    sign_up(client, onward="/home/")
    answer = client.post(
        reverse("account_login"), {"login": "ada@example.org", "password": PASSWORD}
    )
    assert answer.url == reverse("account_email_verification_sent")
    assert len(mail.outbox) == 2


def test_sign_up_does_not_tell_whether_an_address_is_known(client, client_b, settings):
    settings.ACCOUNT_RATE_LIMITS = False
    first = sign_up(client)
    second = sign_up(client_b, name="Eve")

    assert first.url == second.url
    assert client.get(first.url).content == client_b.get(second.url).content
    assert User.objects.get().name == "Ada"
    assert "account already" in mail.outbox[1].subject
    assert "/sign/confirm-email/" not in mail.outbox[1].body


def test_reset_does_not_tell_whether_an_address_is_known(client):
    answers = [
        client.post(reverse("account_reset_password"), {"email": email})
        for email in ("ada@example.org", "nobody@example.org")
    ]
    assert answers[0].url == answers[1].url


@pytest.mark.parametrize(
    "elsewhere",
    ["https://evil.example/", "//evil.example/", "javascript:alert(1)", "http:///evil.example"],
)
def test_next_to_another_host_is_ignored(client, elsewhere):
    sign_up(client, onward=elsewhere)
    assert "evil" not in mail.outbox[0].body
    answer = confirm(client, mail.outbox[0])
    assert answer.url == "/overview/"


def test_a_shortcoming_keeps_what_was_typed(client):
    answer = client.post(
        reverse("account_signup"), {"name": "Ada <b>", "email": "not-an-address", "password1": "x"}
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert 'value="Ada &lt;b&gt;"' in page
    assert 'value="not-an-address"' in page
    assert 'aria-describedby="error_id_email"' in page
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["", " ", "x" * 81, "x" * 10_000])
def test_name_is_asked_for_and_has_an_end(client, name):
    assert sign_up(client, name=name).status_code == 200
    assert not User.objects.exists()


@pytest.mark.parametrize("name", ["Łukasz 🐕", "מרים", "<script>alert(1)</script>", "' OR 1=1 --"])
def test_names_are_kept_as_typed_and_shown_escaped(client, name):
    sign_up(client, name=name)
    confirm(client, mail.outbox[0])
    assert User.objects.get().name == name
    assert b"<script>alert" not in client.get(reverse("accounts:settings")).content


def test_a_broken_mail_server_is_said_and_the_account_is_kept(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 9
    answer = sign_up(client)
    page = client.get(answer.url)
    assert "could not send a mail" in page.content.decode()
    assert User.objects.filter(email="ada@example.org").exists()


def test_a_name_at_sign_up_is_one_line(client):
    sign_up(client, name="Eve\nBcc: x@evil.example")
    assert User.objects.get().name == "Eve Bcc: x@evil.example"


def test_a_known_address_is_hashed_for_as_long_as_a_new_one(client, client_b, monkeypatch):
    """Hashing is what takes time; without it the answer comes 0.2 s sooner."""
    hashed = []
    hasher = type(get_hasher())
    encode = hasher.encode
    monkeypatch.setattr(
        hasher, "encode", lambda self, *a, **k: hashed.append(1) or encode(self, *a, **k)
    )
    first = sign_up(client)
    assert hashed == [1]
    again = sign_up(client_b)
    assert hashed == [1, 1]
    assert (first.status_code, first.url) == (again.status_code, again.url)
