"""Rows of the URL table: saved searches, the calendar feed and calendars from elsewhere."""

from bookings.tests.url_rows import POST_ONLY, PUBLIC, everybody, only, row, signed_in
from bookings.tests.world import OWNER

SEARCHES = "/searches/"
TABLE = {
    "bookings:searches": row(SEARCHES, get=signed_in(200)),
    "bookings:search_save": row(
        "/searches/save/?where=Berlin&{choice}", get=signed_in(200), post=signed_in(200)
    ),
    "bookings:search_edit": row("/searches/{search}/", get=only(200, OWNER), post=only(200, OWNER)),
    **{
        f"bookings:search_{verb}": row(
            f"/searches/{{search}}/{verb}/", get=POST_ONLY, post=only(SEARCHES, OWNER)
        )
        for verb in ("switch", "delete", "restore")
    },
    "bookings:calendar_feed": row("{feed_path}", get=PUBLIC),
    "bookings:calendar_settings": row("/settings/calendar/", get=signed_in(200)),
    **{
        f"bookings:calendar_{verb}": row(
            f"/settings/calendar/{verb}/", get=POST_ONLY, post=signed_in("/settings/calendar/")
        )
        for verb in ("renew", "revoke", "addresses")
    },
    "bookings:search_stop": row("{stop_path}", get=everybody(200), post=everybody(200)),
}
# The address itself is the permission, so these take a POST without our form.
BY_TOKEN = {"bookings:search_stop"}
