"""Rows of the URL table: changes of a confirmed booking."""

from bookings.tests.url_rows import BOOKING, only, row
from bookings.tests.world import OWNER, SITTER

PARTIES = (OWNER, SITTER)
TABLE = {
    "bookings:change": row(
        "/bookings/{booking}/change/",
        get=only((200, BOOKING), *PARTIES),
        post=only((200, BOOKING), *PARTIES),
    ),
    "bookings:proposal": row(
        "/bookings/{changed}/changes/1/",
        get=only(200, *PARTIES),
        post=only((200, BOOKING), *PARTIES),
    ),
    **{
        f"bookings:proposal_{verb}": row(
            f"/bookings/{{changed}}/changes/1/{verb}/",
            get=only(BOOKING, *PARTIES),
            post=only(BOOKING, *PARTIES),
        )
        for verb in ("decline", "withdraw")
    },
}
