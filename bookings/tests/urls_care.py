"""Rows of the URL walk: changes of the care sheet, access notes, private notes."""

from bookings.tests.url_rows import ASKED, BOOKING, DONE, POST_ONLY, only, row, signed_in
from bookings.tests.world import OWNER, SITTER

TABLE = {
    "bookings:access": row(
        "/bookings/{booking}/access/", get=only(ASKED, SITTER), post=only((200, BOOKING), SITTER)
    ),
    # Whoever has no home says first where it is.
    "profiles:home_access": row(
        "/home/access/", get=signed_in((200, "/home/")), post=signed_in(("/home/", "/home/access/"))
    ),
    "bookings:favourites": row("/favourites/", get=signed_in(200)),
    "bookings:favourite_slugs": row("/favourites/mine/", get=signed_in(200)),
    "bookings:favourite_add": row(
        "/favourites/add/{slug}/", get=signed_in(200), post=signed_in((200, "/"))
    ),
    "bookings:favourite_note": row(
        "/favourites/note/{slug}/", get=only(200, OWNER), post=only("/favourites/", OWNER)
    ),
    "bookings:favourite_remove": row(
        "/favourites/remove/{slug}/", get=POST_ONLY, post=only("/favourites/", OWNER)
    ),
    "bookings:again": row("/bookings/{booking}/again/", get=only((BOOKING, "/sitters/"), OWNER)),
    "bookings:pet_notes": row(
        "/bookings/{booking}/notes/",
        get=only((200, 404), SITTER),
        post=only((BOOKING, 404), SITTER),
    ),
    "bookings:tick_changes": row(
        "/bookings/{booking}/ticks/", get=only(BOOKING, SITTER), post=only(DONE, SITTER)
    ),
}
