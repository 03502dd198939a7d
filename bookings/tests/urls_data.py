"""One's own data in one file, closing the account, and what staff decides in the admin."""

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

# (path, GET, POST), see url_table.py.
ADMIN = {
    "admin:accounts_user_suspend": ("/admin/accounts/user/{user}/suspend/", 200, 200),
    "admin:accounts_user_let_in": ("/admin/accounts/user/{user}/let-in/", 200, 200),
    "admin:bookings_booking_refund": ("/admin/bookings/booking/{confirmed}/refund/", 200, 200),
    "admin:bookings_report_settle": ("/admin/bookings/report/{reported}/settle/", 200, 200),
    "admin:bookings_report_remove": ("/admin/bookings/report/{reported}/remove/", 404, 404),
    "admin:bookings_review_remove": ("/admin/bookings/review/{review}/remove/", 200, 200),
}
# model: (id, may add, may change, may delete)
ADMIN_MODELS = {
    "admin_logentry": ("{log}", False, False, False),
    "bookings_export": ("{export}", False, False, False),
    "bookings_report": ("{reported}", False, False, False),
    "bookings_review": ("{review}", False, False, False),
}
