"""Rows of the URL table: saved searches, the calendar feed and calendars from elsewhere."""

from bookings.tests.url_rows import POST_ONLY, PUBLIC, everybody, only, row, signed_in, sitters
from bookings.tests.world import OWNER

SEARCHES = "/searches/"
IMPORT = "/sitting/calendar/import/"
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
    "bookings:calendar_import": row(IMPORT, get=sitters(200), post=sitters(200)),
    **{
        f"bookings:calendar_import_{verb}": row(
            f"{IMPORT}{{outside}}/{verb}/", get=POST_ONLY, post=sitters(IMPORT, other_sitter=404)
        )
        for verb in ("read", "remove")
    },
    "bookings:search_stop": row("{stop_path}", get=everybody(200), post=everybody(200)),
}
# The address itself is the permission, so these take a POST without our form.
BY_TOKEN = {"bookings:search_stop"}
