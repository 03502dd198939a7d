"""Rows of the URL table: weekly series."""

from bookings.tests.url_rows import only, row, signed_in
from bookings.tests.world import OWNER, SITTER

ASKED, RUNNING, PAUSED = "{asked_series}", "{running_series}", "{paused_series}"
BACK = "/series/"
BOTH = (OWNER, SITTER)
TABLE = {
    "bookings:series_list": row("/series/", get=signed_in(200)),
    "bookings:series_new": row(
        "/series/new/{slug}/?{weekly}", get=signed_in(200), post=signed_in(200)
    ),
    "bookings:series": row(
        *(f"/series/{name}/" for name in (ASKED, RUNNING, PAUSED)), get=only(200, *BOTH)
    ),
    "bookings:series_accept": row(
        f"/series/{ASKED}/accept/", get=only(BACK, SITTER), post=only((200, BACK), SITTER)
    ),
    "bookings:series_skip": row(
        f"/series/{RUNNING}/skip/", get=only(BACK, *BOTH), post=only(200, *BOTH)
    ),
    "bookings:series_answer_price": row(
        f"/series/{RUNNING}/answer/", get=only(BACK, OWNER), post=only(BACK, OWNER)
    ),
    **{
        f"bookings:series_{verb}": row(
            f"/series/{name}/{verb}/", get=only((200, BACK), *sides), post=only(BACK, *sides)
        )
        for verb, name, sides in (
            ("decline", ASKED, (SITTER,)),
            ("withdraw", ASKED, (OWNER,)),
            ("pause", RUNNING, BOTH),
            ("resume", PAUSED, BOTH),
            ("end", RUNNING, BOTH),
            ("price", RUNNING, (SITTER,)),
        )
    },
}
