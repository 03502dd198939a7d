"""The outbox: written with the change, mailed afterwards, nobody told twice, nothing lost."""

import email
import os
import signal
from datetime import timedelta
from email import policy
from pathlib import Path

import pytest
from django.core import mail
from django.core.mail.backends.base import BaseEmailBackend
from django.core.management import call_command
from django.db import OperationalError, transaction

from bookings.management.commands import worker
from bookings.models import Booking, Notice
from bookings.services import notices as outbox
from bookings.services.notices import LEASE, RETRY_AFTER, send_due
from bookings.services.transitions import withdraw_booking
from bookings.tests.factories import make_booking, make_confirmed, make_in, make_owner
from pawsitters import clock
from profiles.tests.factories import make_pet

pytestmark = pytest.mark.django_db


class Broken(BaseEmailBackend):
    """A mail server that is away."""

    def send_messages(self, messages):
        raise ConnectionRefusedError("nobody listens")


@pytest.fixture
def broken(settings):
    settings.EMAIL_BACKEND = f"{__name__}.Broken"


def test_a_mail_on_disk_has_text_and_html_that_say_the_same(settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    booking = make_booking(owner=make_owner(name="Lena <b>Fischer</b>"))
    assert send_due() == 2

    files = sorted(Path(settings.EMAIL_FILE_PATH).iterdir())
    raw = next(f for f in files if booking.sitter.user.email.encode() in f.read_bytes())
    message = email.message_from_bytes(raw.read_bytes(), policy=policy.default)
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    assert message["Subject"] == "Lena asks you to look after Biscuit"
    assert message["To"] == booking.sitter.user.email
    assert message["Message-ID"].startswith(f"<notice-{booking.public_id}.1.sitter@")
    link = f"{settings.SITE_URL}{booking.get_absolute_url()}"
    for part in (text, html):
        assert "Hello Mara," in part
        assert "You would get €80.00." in part
        assert booking.reference in part
        assert link in part
    assert "<b>Fischer" not in html


@pytest.mark.parametrize("status", list(Booking.Status))
def test_every_mail_is_complete_text(status):
    make_in(status)
    with clock.at(clock.now() + timedelta(days=40)):
        sent = send_due()

    assert sent == len(mail.outbox) == Notice.objects.count()
    for message in mail.outbox:
        text, html = message.body, message.alternatives[0].content
        for part in (message.subject, text, html):
            assert part.strip()
            assert "%(" not in part
            assert "None" not in part
        assert "/bookings/" in text


def test_a_sent_mail_is_not_sent_again():
    make_booking()
    assert send_due() == 2
    assert send_due() == 0
    assert Notice.objects.filter(sent_at=None).count() == 0
    assert len(mail.outbox) == 2


def test_a_change_that_is_rolled_back_tells_nobody():
    booking = make_booking()
    before = Notice.objects.count()
    with transaction.atomic():
        withdraw_booking(booking=booking, by=booking.owner)
        assert Notice.objects.count() == before + 1
        transaction.set_rollback(True)

    assert Notice.objects.count() == before


def test_one_event_tells_each_side_at_most_once():
    booking = make_confirmed()
    keys = list(booking.notices.values_list("key", flat=True))

    assert len(keys) == len(set(keys)) == 4


def test_a_failed_mail_is_tried_later_and_later_then_left_for_staff(broken):
    make_booking()
    notice = Notice.objects.first()
    moment = notice.send_after
    for attempt, wait in enumerate(RETRY_AFTER, start=1):
        with clock.at(moment):
            assert send_due() == 0
        notice.refresh_from_db()
        assert notice.attempts == attempt
        assert notice.send_after == moment + wait
        assert "nobody listens" in notice.last_error
        with clock.at(moment + wait - timedelta(seconds=1)):
            send_due()
        notice.refresh_from_db()
        assert notice.attempts == attempt
        moment = notice.send_after

    with clock.at(moment):
        send_due()
    notice.refresh_from_db()
    assert (notice.send_after, notice.sent_at) == (None, None)
    assert Notice.objects.failed().count() == 2


def test_one_bad_address_does_not_stop_the_others():
    booking = make_booking()
    booking.owner.email = "not an address\nBcc: all@example.org"
    booking.owner.save()

    assert send_due() == 1
    assert mail.outbox[0].to == [booking.sitter.user.email]


def test_what_another_worker_holds_is_left_to_it():
    make_booking()
    taken = outbox._lease(50)
    assert len(taken) == 2

    assert send_due() == 0
    assert mail.outbox == []


def test_what_a_killed_worker_held_is_sent_after_its_lease():
    make_booking()
    outbox._lease(50)
    with clock.at(clock.now() + LEASE + timedelta(seconds=1)):
        assert send_due() == 2


def test_the_worker_runs_clocks_and_mails_in_one_round():
    booking = make_booking()
    with clock.at(booking.expires_at + timedelta(minutes=1)):
        call_command("worker", once=True)

    booking.refresh_from_db()
    assert booking.status == Booking.Status.EXPIRED
    assert len(mail.outbox) == 4


def test_the_worker_says_once_a_minute_that_the_database_is_away(monkeypatch, caplog):
    outcomes = [OperationalError("away"), OperationalError("away"), 0, OperationalError("away")]
    rounds = []

    def one_round():
        outcome = outcomes[len(rounds)]
        rounds.append(outcome)
        if len(rounds) == len(outcomes):
            os.kill(os.getpid(), signal.SIGTERM)
        if outcome:
            raise outcome
        return 0

    monkeypatch.setattr(worker, "send_due", one_round)
    for other in ("daily_upkeep", "make_exports", "replay", "close_old_connections"):
        monkeypatch.setattr(worker, other, dict)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    with caplog.at_level("WARNING"):
        call_command("worker", interval=0.01)
    for number, handler in handlers.items():
        signal.signal(number, handler)

    assert caplog.text.count("the database does not answer") == 2


def test_the_list_is_numbered_by_what_is_unread(client):
    booking = make_booking()
    client.force_login(booking.sitter.user)
    assert client.get("/me/").content.decode().count('class="count">1<') >= 1


def test_what_one_did_oneself_is_not_news():
    booking = make_booking()

    assert booking.notices.get(recipient=booking.owner).read_at is not None
    assert booking.notices.get(recipient=booking.sitter.user).read_at is None


def test_line_breaks_in_names_add_no_header_and_stop_no_mail():
    owner = make_owner(name="Eve\r\nBcc:x@evil.example")
    booking = make_booking(owner=owner, pets=[make_pet(owner, name="Rex\n\nPay:here")])
    assert send_due() == 2
    for message in mail.outbox:
        assert "\n" not in message.subject
        assert message.bcc == []
        assert "Rex Pay:here" in message.body
    assert booking.notices.filter(sent_at=None).count() == 0
