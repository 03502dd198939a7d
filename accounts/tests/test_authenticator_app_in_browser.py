"""An authenticator app in Chromium without script: set up, logged in with, replaced by paper."""

import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value

from accounts.tests.factories import make_user

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-walk-at-dawn"


def app_code(key: str, periods_ahead: int = 0) -> str:
    return format_hotp_value(hotp_value(key, int(time.time()) // 30 + periods_ahead))


def log_in(page, code: str) -> None:
    page.context.clear_cookies()
    page.goto("/sign/login/?next=/pets/")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()
    page.get_by_label("Code").fill(code)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()


def test_an_app_is_set_up_lets_in_and_a_recovery_code_stands_in_for_it(open_page):
    person = make_user(email="ada@example.org", name="Ada")
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    page = open_page("/sign/2fa/", user=person, keep_policy=True, java_script_enabled=False)

    page.goto("/sign/2fa/totp/activate/")
    key = page.locator(".qr-key").inner_text().replace(" ", "")
    page.get_by_label("Code").fill(app_code(key))
    page.get_by_role("button", name="Switch it on").click()
    page.wait_for_url("**/recovery-codes/")
    on_paper = page.locator(".recovery-codes li").first.inner_text().replace(" ", "")

    log_in(page, app_code(key, periods_ahead=1))  # each code counts once
    page.get_by_role("heading", name="Your pets").wait_for()

    log_in(page, on_paper)
    page.get_by_role("heading", name="Your pets").wait_for()
