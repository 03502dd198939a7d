"""Two at once with one account, where the database does not refuse the second by itself."""

import time
from functools import partial

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, format_hotp_value, hotp_value
from django.test import Client

from accounts.tests.factories import TOTP_SECRET, log_in, make_second_factor, make_user
from bookings.tests.race import run_at_once

pytestmark = [pytest.mark.mysql, pytest.mark.django_db(transaction=True)]
PASSWORD = "a-walk-at-dawn"
SECOND_STEP, APP = "/sign/2fa/authenticate/", "/sign/2fa/totp/activate/"


def app_code(secret=TOTP_SECRET) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30))


def test_two_set_ups_at_once_leave_one_app_and_one_set_of_codes():
    person = make_user()
    browsers = [Client() for _number in range(4)]
    jobs = []
    for browser in browsers:
        log_in(browser, person)
        browser.get(APP)
        code = app_code(browser.session[SECRET_SESSION_KEY])
        jobs.append(partial(browser.post, APP, {"code": code}))

    run_at_once(jobs)

    kinds = Authenticator.objects.values_list("type", flat=True)
    assert sorted(kinds) == ["recovery_codes", "totp"]


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_one_code_sent_twice_at_once_lets_one_in(kind):
    person = make_user()
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    codes = make_second_factor(person)["recovery_codes"].wrap().get_unused_codes()
    browsers = [Client() for _number in range(4)]
    for browser in browsers:
        browser.post("/sign/login/", {"login": person.email, "password": PASSWORD})
    code = app_code() if kind == "app" else codes[0]

    run_at_once([partial(browser.post, SECOND_STEP, {"code": code}) for browser in browsers])

    assert sum(browser.get("/settings/").status_code == 200 for browser in browsers) == 1
