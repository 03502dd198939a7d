"""What the owner and the sitter of the world have saved and shared."""

from accounts.models import User
from bookings.services.calendar_feed import path_of, renew_feed
from bookings.services.outside_calendars import add_calendar
from bookings.services.saved_searches import stop_path
from pawsitters import clock
from profiles.models import SavedSearch, SitterProfile


def feed_names(owner: User, sitter: SitterProfile) -> dict[str, object]:
    search = SavedSearch.objects.create(
        user=owner,
        name="Easter",
        query=f"town={sitter.town_id}&kind=boarding&dogs=1",
        created_at=clock.now(),
    )
    outside = add_calendar(sitter=sitter, url="https://calendar.example.org/mara.ics")
    return {
        "outside": outside.pk,
        "search": search.pk,
        "stop_path": stop_path(search),
        "feed_path": path_of(renew_feed(user=owner)),
    }
