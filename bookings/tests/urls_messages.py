"""Rows of the URL walk: messages and reports. The table's own words are in url_rows.py."""

from bookings.tests.url_rows import BOTH, LOGIN, everybody, only, refused, row, signed_in
from bookings.tests.world import OWNER, SITTER

THREAD = "/messages/"
PHOTO = {**everybody(404, visitor=LOGIN), OWNER: 200, SITTER: 200}
TABLE = {
    "bookings:threads": row("/messages/", get=signed_in(200)),
    "bookings:thread_new": row(
        "/messages/new/{slug}/",
        get=signed_in(200, owner=THREAD, sitter="/sitting/preview/"),
        post=signed_in(200, sitter="/sitting/preview/"),
    ),
    "bookings:thread_of_booking": row(
        "/messages/booking/{booking}/", get=only(THREAD, OWNER, SITTER), post=BOTH
    ),
    "bookings:thread": row("/messages/{thread}/", get=BOTH, post=BOTH),
    "bookings:thread_news": row(
        "/messages/{thread}/news/?since=m0e0", get=BOTH, post=refused(signed_in(200))
    ),
    "bookings:block": row("/messages/{thread}/block/", get=BOTH, post=only(THREAD, OWNER, SITTER)),
    "bookings:unblock": row(
        "/messages/{thread}/unblock/", get=BOTH, post=only(THREAD, OWNER, SITTER)
    ),
    "bookings:message_media": row(
        "/media/messages/ij90.webp", "/media/messages/ij90-480.webp", get=PHOTO
    ),
    "bookings:report_thanks": row("/report/thanks/", get=signed_in(200)),
    "bookings:report": row(
        "/report/page/{slug}/", get=signed_in(200, sitter=404), post=signed_in(200, sitter=404)
    ),
}
