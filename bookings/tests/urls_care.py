"""Rows of the URL walk: changes of the care sheet, access notes, private notes."""

from bookings.tests.url_rows import BOOKING, DONE, only, row
from bookings.tests.world import SITTER

TABLE = {
    "bookings:tick_changes": row(
        "/bookings/{booking}/ticks/", get=only(BOOKING, SITTER), post=only(DONE, SITTER)
    ),
}
