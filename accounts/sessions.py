"""Django's sessions in the database, read with a prepared statement: every private page needs one."""

from django.contrib.sessions.backends import db
from django.contrib.sessions.models import Session
from django.db.models import CharField, DateTimeField
from django.utils import timezone

from pawsitters.prepared import Prepared

LIVE = Prepared(
    lambda key, now: Session.objects.filter(session_key=key, expire_date__gt=now),
    CharField,
    DateTimeField,
)


class SessionStore(db.SessionStore):
    def _get_session_from_db(self):
        found = LIVE(self.session_key, timezone.now())
        if found:
            return found[0]
        self._session_key = None  # as Django does: an ended or unknown key is never used again
        return None
