"""Authenticator apps, recovery codes and passkeys: setting up, logging in, losing them."""

import json
import time

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import SECRET_SESSION_KEY, format_hotp_value, hotp_value
from django.core import mail
from django.core.cache import cache
from django.test import Client

from accounts.encryption import decrypt
from accounts.tests.factories import TOTP_SECRET, log_in, make_second_factor, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "a-walk-at-dawn"
LOGIN, FACTORS = "/sign/login/", "/sign/2fa/"
SECOND_STEP, APP = f"{FACTORS}authenticate/", f"{FACTORS}totp/activate/"
CODES = f"{FACTORS}recovery-codes/"


@pytest.fixture
def person():
    person = make_user(email="ada@example.org", name="Ada")
    person.set_password(PASSWORD)
    person.save()
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def guarded(person):
    make_second_factor(person)
    return person


def app_code(secret=TOTP_SECRET, steps_ago=0) -> str:
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 - steps_ago))


def wrong_code() -> str:
    right = {app_code(steps_ago=steps) for steps in (-2, -1, 0, 1, 2)}
    return next(code for code in ("000000", "111111", "222222", *"345678") if code not in right)


def first_step(client, **more):
    return client.post(LOGIN, {"login": "ada@example.org", "password": PASSWORD, **more})


def is_in(client) -> bool:
    return client.get("/settings/").status_code == 200


def recovery_codes(person) -> list[str]:
    return Authenticator.objects.get(user=person, type="recovery_codes").wrap().get_unused_codes()


# --- Setting up -------------------------------------------------------------------------------
@pytest.mark.django_db(transaction=True)  # the mail leaves after the commit
def test_an_app_is_set_up_with_its_code_and_recovery_codes_are_shown_once(client, person):
    log_in(client, person)
    page = client.get(APP).content.decode()
    secret = client.session[SECRET_SESSION_KEY]
    assert "<svg" in page
    assert "style" not in page[page.index("<svg") : page.index("</svg>")]
    assert secret in page.replace(" ", "")
    assert not client.post(APP, {"code": "12345"}).headers.get("Location")

    answer = client.post(APP, {"code": app_code(secret)})

    assert answer.url == CODES
    kept = Authenticator.objects.get(user=person, type="totp").data["secret"]
    assert secret not in kept
    assert decrypt(kept) == secret
    assert mail.outbox[-1].to == [person.email]
    assert "authenticator app was added" in mail.outbox[-1].subject
    (code, *_more) = recovery_codes(person)
    assert f"{code[:4]} {code[4:]}" in client.get(CODES).content.decode()
    saved = client.get(f"{CODES}download/")
    assert "attachment" in saved["Content-Disposition"]
    assert saved.content.decode().count("\n") == 12
    _make_codes_seen_long_ago(person)
    assert code[:4] not in client.get(CODES).content.decode()
    assert client.get(f"{CODES}download/").url == FACTORS


def _make_codes_seen_long_ago(person):
    codes = Authenticator.objects.get(user=person, type="recovery_codes")
    codes.data["viewed_at"] -= 601
    codes.save()


def test_new_recovery_codes_replace_the_old_ones(client, guarded):
    log_in(client, guarded)
    old = recovery_codes(guarded)
    client.post(f"{CODES}generate/")
    assert not set(old) & set(recovery_codes(guarded))


def test_switching_the_app_off_takes_its_codes_away_and_tells_the_person(client, person):
    make_second_factor(person)["webauthn"].delete()
    log_in(client, person)
    client.post(f"{FACTORS}totp/deactivate/")
    assert not Authenticator.objects.exists()
    assert "switched off" in mail.outbox[-1].subject
    first_step(fresh := Client())
    assert is_in(fresh)


@pytest.mark.parametrize(
    "address", ["totp/activate/", "webauthn/add/", "recovery-codes/generate/", "recovery-codes/"]
)
def test_ways_in_are_changed_only_with_a_fresh_proof(client, person, address):
    log_in(client, person, minutes_ago=16)
    assert client.get(FACTORS + address).url.startswith("/sign/reauthenticate/")


# --- Logging in -------------------------------------------------------------------------------
def test_the_password_alone_lets_nobody_in(client, guarded):
    assert first_step(client).url == SECOND_STEP
    assert not is_in(client)
    assert client.get("/overview/").url.startswith(LOGIN)


def test_the_code_of_the_app_lets_in_and_leads_to_where_one_was_going(client, guarded):
    answer = first_step(client, next="/pets/", remember="on")
    assert answer.url.startswith(SECOND_STEP)
    assert client.post(answer.url, {"code": app_code()}).url == "/pets/"
    assert is_in(client)
    assert client.session.get_expiry_age() > 29 * 24 * 3600


def test_a_wrong_code_lets_nobody_in(client, guarded):
    first_step(client)
    page = client.post(SECOND_STEP, {"code": wrong_code()}).content.decode()
    assert "This code is not right" in page
    assert not is_in(client)


def test_a_code_of_the_app_counts_once_however_long_it_is_valid(client, guarded):
    code = app_code()
    first_step(client)
    client.post(SECOND_STEP, {"code": code})
    cache.clear()  # allauth remembers a used code for half a minute, but takes it for longer
    first_step(thief := Client())
    thief.post(SECOND_STEP, {"code": code})
    assert not is_in(thief)
    thief.post(SECOND_STEP, {"code": app_code(steps_ago=1)})  # older, and never used
    assert not is_in(thief)
    thief.post(SECOND_STEP, {"code": app_code(steps_ago=-1)})
    assert is_in(thief)


def test_a_recovery_code_lets_in_once(client, guarded):
    (code, *others) = recovery_codes(guarded)
    first_step(client)
    client.post(SECOND_STEP, {"code": f"{code[:4]} {code[4:]}"})
    assert is_in(client)
    assert recovery_codes(guarded) == others
    first_step(again := Client())
    assert "not right" in again.post(SECOND_STEP, {"code": code}).content.decode()
    assert not is_in(again)


def test_codes_cannot_be_guessed_without_end(client, guarded):
    first_step(client)
    for _attempt in range(5):
        client.post(SECOND_STEP, {"code": wrong_code()})
    page = client.post(SECOND_STEP, {"code": app_code()}).content.decode()
    assert "Too many wrong codes. Wait 5 minutes" in page
    assert not is_in(client)
    first_step(elsewhere := Client(REMOTE_ADDR="192.0.2.7"))
    elsewhere.post(SECOND_STEP, {"code": app_code()})
    assert not is_in(elsewhere)  # counted by account, not by address


def test_a_code_proves_who_is_there_as_well_as_the_password(client, guarded):
    log_in(client, guarded, minutes_ago=16)
    question = client.get(CODES).url
    page = client.get(question).content.decode()
    assert "use a code" in page
    assert "use a passkey" in page
    answer = client.post(f"{FACTORS}reauthenticate/?next={CODES}", {"code": app_code()})
    assert answer.url == CODES
    assert client.get(CODES).status_code == 200


# --- Passkeys without a browser ---------------------------------------------------------------
JUNK = [
    "",
    "null",
    "[]",
    "7",
    '"x"',
    "{}",
    '{"response": 5}',
    '{"id": "a", "rawId": "a", "type": "public-key", "response": {}}',
    '{"id": "a", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": "e30",'
    ' "authenticatorData": "AAAA", "signature": "AA", "userHandle": "!"}}',
    '{"id": "YQ", "rawId": "YQ", "type": "public-key", "response": {"clientDataJSON": "e30",'
    ' "attestationObject": "AAAA"}}',
]


@pytest.mark.parametrize("junk", JUNK)
def test_what_is_no_passkey_is_refused_in_words(client, guarded, junk):
    client.get(f"{FACTORS}webauthn/login/", headers={"accept": "application/json"})
    page = client.post(f"{FACTORS}webauthn/login/", {"credential": junk}, follow=True)
    assert page.status_code == 200
    assert not is_in(client)
    first_step(client)
    assert client.post(SECOND_STEP, {"credential": junk}).status_code == 200
    assert not is_in(client)
    log_in(client, guarded)
    client.get(f"{FACTORS}webauthn/add/")
    assert client.post(f"{FACTORS}webauthn/add/", {"credential": junk}).status_code == 200
    assert Authenticator.objects.filter(type="webauthn").count() == 1


def test_the_question_to_a_passkey_asks_who_holds_it(client):
    answer = client.get(f"{FACTORS}webauthn/login/", headers={"accept": "application/json"})
    asked = json.loads(answer.content)["request_options"]["publicKey"]
    assert asked["userVerification"] == "required"
    assert asked["rpId"] == "testserver"


def test_a_passkey_is_renamed_and_removed_by_its_owner_only(client, guarded):
    key = Authenticator.objects.get(user=guarded, type="webauthn")
    log_in(client, make_user())
    assert client.post(f"{FACTORS}webauthn/keys/{key.pk}/remove/").status_code == 404
    log_in(client, guarded)
    client.post(f"{FACTORS}webauthn/keys/{key.pk}/edit/", {"name": "My laptop"})
    assert "My laptop" in client.get(FACTORS).content.decode()
    client.post(f"{FACTORS}webauthn/keys/{key.pk}/remove/")
    assert "A passkey was removed" in mail.outbox[-1].subject
    assert not Authenticator.objects.filter(type="webauthn").exists()


# --- Staff ------------------------------------------------------------------------------------
def test_staff_need_a_second_factor_where_the_installation_says_so(client, settings, person):
    person.is_staff = person.is_superuser = True
    person.save()
    log_in(client, person)
    assert client.get("/admin/").status_code == 200
    settings.STAFF_SECOND_FACTOR = True
    assert client.get("/admin/").url == FACTORS
    assert client.post("/admin/logout/").status_code == 200
    make_second_factor(person)
    log_in(client, person)
    assert client.get("/admin/").status_code == 200


def test_staff_who_remove_a_factor_see_no_secret_and_the_person_is_told(client, guarded):
    staff = make_user(is_staff=True, is_superuser=True)
    log_in(client, staff)
    factor = Authenticator.objects.get(user=guarded, type="totp")
    address = f"/admin/mfa/authenticator/{factor.pk}"
    assert factor.data["secret"] not in client.get(f"{address}/change/").content.decode()
    client.post(f"{address}/delete/", {"post": "yes"})
    assert mail.outbox[-1].to == [guarded.email]
    assert "was removed" in mail.outbox[-1].subject
