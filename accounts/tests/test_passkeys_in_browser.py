"""A passkey in Chromium, with the authenticator that its test interface offers."""

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.core import mail

from accounts.tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-walk-at-dawn"


@pytest.fixture
def person():
    person = make_user(email="ada@example.org", name="Ada")
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


def plug_in_authenticator(page) -> None:
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": options})


def test_a_passkey_is_made_logs_in_proves_and_is_removed(open_page, person):
    page = open_page("/sign/2fa/", user=person, keep_policy=True)
    refused = []
    page.on("console", lambda line: refused.append(line.text) if "Content Security" in line.text else None)  # fmt: skip
    plug_in_authenticator(page)

    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Name (optional)").fill("My laptop")
    page.get_by_label("Name (optional)").press("Enter")
    page.wait_for_url("**/recovery-codes/")
    page.get_by_role("link", name="I have kept them").click()
    assert page.get_by_role("link", name="Rename My laptop").is_visible()
    assert "A passkey was added" in mail.outbox[-1].subject

    # Anew, on the way to a page, without a password.
    page.context.clear_cookies()
    page.goto("/pets/")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_role("heading", name="Your pets").wait_for()
    assert Authenticator.objects.get(type="webauthn").last_used_at

    # As the second step after the password.
    page.context.clear_cookies()
    page.goto("/sign/login/")
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/overview/")

    # As the proof before a change.
    page.goto("/sign/2fa/webauthn/reauthenticate/?next=/sign/2fa/")
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("link", name="Remove My laptop").click()
    page.get_by_role("button", name="Remove it").click()
    page.wait_for_url("**/sign/2fa/")
    assert not Authenticator.objects.exists()
    assert refused == []

    # One that is known no longer lets nobody in, and the page says so.
    page.context.clear_cookies()
    page.goto("/sign/login/")
    page.get_by_role("button", name="Log in with a passkey").click()
    page.get_by_text("This passkey was not accepted").wait_for()


def test_without_script_the_password_lets_in_and_the_page_says_why(open_page, person):
    page = open_page("/sign/login/", java_script_enabled=False)
    assert "Passkeys take JavaScript" in page.content()  # in noscript, which this switch hides too
    assert not page.get_by_role("button", name="Log in with a passkey").is_visible()
    page.get_by_label("E-mail").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    page.wait_for_url("**/overview/")
    page.goto("/sign/2fa/webauthn/add/")
    assert page.get_by_text("an authenticator app").is_visible()
