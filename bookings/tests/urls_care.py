"""Rows of the URL walk: changes of the care sheet, access notes, private notes."""

from bookings.tests.url_rows import ASKED, BOOKING, DONE, only, row, signed_in
from bookings.tests.world import SITTER

TABLE = {
    "bookings:access": row(
        "/bookings/{booking}/access/", get=only(ASKED, SITTER), post=only((200, BOOKING), SITTER)
    ),
    # Whoever has no home says first where it is.
    "profiles:home_access": row(
        "/home/access/", get=signed_in((200, "/home/")), post=signed_in(("/home/", "/home/access/"))
    ),
    "bookings:tick_changes": row(
        "/bookings/{booking}/ticks/", get=only(BOOKING, SITTER), post=only(DONE, SITTER)
    ),
}
