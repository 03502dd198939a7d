from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Session
from accounts.sessions import SessionStore
from bookings.services.upkeep import daily_upkeep

pytestmark = pytest.mark.django_db


def test_sessions_that_have_ended_are_dropped_once_a_day():
    for days in (-1, 1):
        session = SessionStore()
        session["kept"] = days
        session.set_expiry(timezone.now() + timedelta(days=days))
        session.save()

    daily_upkeep()

    (left,) = Session.objects.all()
    assert left.get_decoded()["kept"] == 1
