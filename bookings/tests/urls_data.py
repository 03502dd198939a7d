"""One's own data in one file, and closing the account."""

from bookings.tests.url_rows import POST_ONLY, PUBLIC, only, row, signed_in
from bookings.tests.world import OWNER

TABLE = {
    "bookings:data": row("/settings/data/", get=signed_in(200)),
    "bookings:data_progress": row("/settings/data/progress/", get=signed_in(200)),
    "bookings:data_make": row(
        "/settings/data/make/", get=POST_ONLY, post=signed_in("/settings/data/")
    ),
    "bookings:data_file": row("/settings/data/{export}/", get=only(200, OWNER)),
    "bookings:close": row("/settings/close/", get=signed_in(200)),
    "bookings:close_begin": row(
        "/settings/close/begin/",
        get=POST_ONLY,
        # Owner and sitter of the world have bookings, so they are led back.
        post=signed_in("/settings/closed/", owner="/settings/close/", sitter="/settings/close/"),
    ),
    "bookings:close_keep": row(
        "/settings/close/keep/", get=POST_ONLY, post=signed_in("/settings/close/")
    ),
    "bookings:closed": row("/settings/closed/", get=PUBLIC),
}
