"""Fixtures of the journeys: mail on disk, a clock for the whole process, a browser of one's own."""

import email
import email.policy
from contextvars import ContextVar

import pytest

from bookings.services.notices import send_due
from pawsitters import clock

BETWEEN_MAILS = b"-" * 79 + b"\n"  # as Django's file backend writes them


@pytest.fixture
def mail_on_disk(settings, live_server, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = tmp_path / "mail"
    settings.SITE_URL = live_server.url


@pytest.fixture
def mails_to(settings):
    """mails_to("ada@example.org"): the plain texts sent to that address, each in one line.

    Mails of one second may share a file, so their order within it says nothing.
    """

    def mails_to(address: str) -> list[str]:
        send_due()
        texts = []
        for file in sorted(settings.EMAIL_FILE_PATH.iterdir(), key=lambda f: f.stat().st_mtime_ns):
            for part in file.read_bytes().split(BETWEEN_MAILS):
                mail = email.message_from_bytes(part, policy=email.policy.default)
                if mail["To"] == address:
                    words = mail.get_body(("plain",)).get_content().split()
                    texts.append(" ".join(words))
        return texts

    return mails_to


@pytest.fixture
def stand_at(monkeypatch):
    """stand_at(moment): the time of the whole process, the live server's threads included."""

    def stand_at(moment):
        monkeypatch.setattr(clock, "_fixed", ContextVar("fixed", default=moment))

    return stand_at


@pytest.fixture(params=[True, False], ids=["with script", "without script"])
def open_own_page(open_page, request):
    """A browser of one's own, with our policy in force, that is told when something fails."""
    failures = []

    def open_own_page(path="/"):
        page = open_page(path, java_script_enabled=request.param, keep_policy=True)
        page.set_default_timeout(10_000)
        page.on("response", lambda r: r.status >= 400 and failures.append(f"{r.status} {r.url}"))
        page.on("pageerror", lambda error: failures.append(str(error)))
        return page

    yield open_own_page
    assert not failures
