"""A saved search of Lena's, and both demo people's bookings in their calendars."""

from datetime import datetime, timedelta

from accounts.models import User
from bookings.demo.rows import Rows
from bookings.models import CalendarFeed
from profiles.models import SavedSearch, SitterProfile, Town


def save_and_share(rows: Rows, lena: User, mara: SitterProfile, town: Town, now: datetime) -> None:
    """`seen` stays empty, so that the worker's first look only takes note of who fits."""
    starts_on = now.date() + timedelta(days=40)
    rows.add(
        SavedSearch(
            user=lena,
            name="A long weekend away",
            query=f"town={town.pk}&km=10&kind=boarding&from={starts_on}"
            f"&to={starts_on + timedelta(days=4)}&dogs=2",
            created_at=now - timedelta(days=3),
            last_checked_at=now - timedelta(hours=2),
            told_at=now - timedelta(days=1, hours=5),
            next_check_at=now,
        )
    )
    # The same keys with every seed; what makes an address secret is the installation's SECRET_KEY.
    for user, key in ((lena, "demo-lena"), (mara.user, "demo-mara")):
        rows.add(CalendarFeed(pk=user.pk, key=key, changed_at=now))
