"""Which mails a person gets: the page, and the outbox that keeps to it."""

import pytest
from django.core import mail

from accounts.tests.factories import make_user
from bookings.emails.message import Message
from bookings.models import Notice
from bookings.notice_choices import CHOICES
from bookings.services.notices import send_due, tell_person

pytestmark = pytest.mark.django_db
PAGE = "/settings/mails/"
ALL = {choice.name for choice in CHOICES}


def tell(person, kind: str) -> None:
    message = Message("Subject", "Text", "Open")
    tell_person(person, message, kind=kind, key=f"{kind}:{person.pk}", path="/notices/")


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.name)
def test_what_is_switched_off_is_not_mailed_but_told_in_the_app(client, choice):
    person = make_user()
    client.force_login(person)
    client.post(PAGE, {"wanted": list(ALL - {choice.name})})
    person.refresh_from_db()
    for kind in choice.kinds:
        tell(person, kind)
    send_due()
    assert mail.outbox == []
    assert Notice.objects.filter(recipient=person).count() == len(choice.kinds)


def test_requests_and_answers_are_mailed_whatever_is_switched_off(client):
    person = make_user()
    client.force_login(person)
    client.post(PAGE)
    person.refresh_from_db()
    assert set(person.unwanted_mails) == ALL
    for kind in ("submit", "accept", "cancel"):
        tell(person, kind)
    send_due()
    assert len(mail.outbox) == 3


def test_what_is_switched_on_again_is_mailed(client):
    person = make_user(unwanted_mails=sorted(ALL))
    client.force_login(person)
    assert "checked" not in client.get(PAGE).content.decode()
    client.post(PAGE, {"wanted": sorted(ALL)})
    person.refresh_from_db()
    tell(person, "message")
    send_due()
    assert len(mail.outbox) == 1


def test_a_choice_that_does_not_exist_changes_nothing(client):
    person = make_user()
    client.force_login(person)
    page = client.post(PAGE, {"wanted": ["cancellations"]}).content.decode()
    assert "error-summary" in page
    person.refresh_from_db()
    assert person.unwanted_mails == []
