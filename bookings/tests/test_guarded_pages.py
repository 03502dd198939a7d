"""Money, secrets, export and closing: who logged in long ago shows again who they are."""

import pytest
from django.test import Client

from accounts.tests.factories import log_in
from bookings.tests.test_url_walk import everything
from bookings.tests.world import OWNER, SITTER, make_world

pytestmark = pytest.mark.django_db
GUARDED = {
    SITTER: [("get", "/sitting/page/payment/"), ("post", "/sitting/page/payment/")],
    OWNER: [
        ("get", "/home/access/"),
        ("post", "/home/access/"),
        ("post", "/settings/data/make/"),
        ("get", "/settings/data/{export}/"),
        ("post", "/settings/close/begin/"),
        ("get", "/settings/calendar/"),
        ("post", "/settings/calendar/renew/"),
        ("post", "/settings/calendar/revoke/"),
        ("post", "/sign/email/"),
        ("get", "/sign/2fa/totp/deactivate/"),
        ("post", "/sign/2fa/totp/deactivate/"),
        ("get", "/sign/2fa/recovery-codes/"),
        ("get", "/sign/2fa/recovery-codes/download/"),
        ("post", "/sign/2fa/webauthn/keys/{passkey}/remove/"),
    ],
}
TYPED = {"payment_note": "To my new account", "action_add": "1", "email": "new@example.org"}


@pytest.mark.parametrize("person", GUARDED)
def test_money_secrets_export_and_closing_ask_again_after_a_quarter_of_an_hour(person):
    world = make_world(statuses=())
    client = Client()
    log_in(client, world.users[person], minutes_ago=16)
    before = everything()
    wrong = []
    for method, path in GUARDED[person]:
        answer = getattr(client, method)(path.format(**world.names), TYPED)
        if answer.status_code != 302 or not answer.url.startswith("/sign/reauthenticate/"):
            wrong.append(f"{method} {path}: {answer.status_code}")
    assert not wrong
    assert everything() == before
