"""Sessions in our own table, so that people see where they are logged in and can end it.

They are read with a prepared statement: every private page needs one.
"""

from datetime import datetime, timedelta

from allauth.account.signals import password_changed, password_reset, password_set
from django.contrib.auth import SESSION_KEY
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.contrib.sessions.backends import db
from django.db.models import CharField, DateTimeField
from django.dispatch import receiver
from django.utils import timezone
from django.utils.crypto import salted_hmac

from accounts.devices import browser_and_system
from pawsitters.operations import passport, soon
from pawsitters.operations.gate import optional_write
from pawsitters.prepared import Prepared

SEEN_EVERY = timedelta(minutes=15)  # looking at pages writes no more often
DEVICE_KEY = "device"


class SessionStore(db.SessionStore):
    @classmethod
    def get_model_class(cls):
        from accounts.models import Session  # the apps are not loaded when this module is

        return Session

    def _get_session_from_db(self):
        now = timezone.now()
        found = LIVE(self.session_key, now)
        if not found:
            self._session_key = None  # as Django does: an ended or unknown key is never used again
            return None
        (row,) = found
        if row.user_id and row.seen_at < now - SEEN_EVERY:
            with optional_write():
                type(row).objects.filter(pk=row.pk).update(seen_at=now)
        return row

    def create_model_instance(self, data):
        row = super().create_model_instance(data)
        row.user_id = data.get(SESSION_KEY)
        if DEVICE_KEY in data:
            row.browser, row.system, started_at = data[DEVICE_KEY]
            row.started_at = datetime.fromisoformat(started_at)
        return row


LIVE = Prepared(
    lambda key, now: SessionStore.get_model_class().objects.filter(
        session_key=key, expire_date__gt=now
    ),
    CharField,
    DateTimeField,
)


def live_sessions(user) -> list:
    """Where this person is logged in, the last seen first."""
    return list(user.sessions.filter(expire_date__gt=timezone.now()).order_by("-seen_at"))


def handle_of(session_key: str) -> str:
    """Names a session in a form. The key itself is what the cookie holds and stays there."""
    return salted_hmac("accounts.sessions", session_key).hexdigest()[:20]


def end_sessions(user, *, but: str | None = None) -> int:
    """Log this person out everywhere but in the session with that key. Return in how many."""
    forget_logins(user)
    ended, _ = user.sessions.exclude(session_key=but or "").delete()
    return ended


def forget_logins(user) -> None:
    """What this machine keeps for an outage goes; sessions that go on get it anew."""
    passport.withdraw(user.pk)
    soon.erase_person(user.pk)


@receiver(user_logged_out)
def forget_at_log_out(request, user, **kwargs):
    if request is not None and user is not None:
        soon.erase(request)
        passport.withdraw_session(request)


@receiver(user_logged_in)
def remember_device(request, **kwargs):
    if request is not None:
        device = (*browser_and_system(request), timezone.now().isoformat())
        request.session[DEVICE_KEY] = device


@receiver([password_changed, password_set, password_reset])
def end_other_sessions(request, user, **kwargs):
    """Django refuses them from now on; so they are no longer listed either."""
    end_sessions(user, but=request.session.session_key if request.user == user else None)
