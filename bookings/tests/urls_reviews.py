"""Addresses of reviews."""

from bookings.services.reliability import NUMBERS, REPEAT
from bookings.tests.url_rows import ASKED, PUBLIC, only, row, sitters
from bookings.tests.world import OWNER, SITTER

TABLE = {
    "bookings:review_new": row(
        "/bookings/{booking}/review/",
        get=only(ASKED, OWNER, SITTER),
        post=only(ASKED, OWNER, SITTER),
    ),
    # The review is about the sitter, so only the sitter may answer it.
    "bookings:review_reply": row(
        "/reviews/{review}/reply/", get=only(200, SITTER), post=only(200, SITTER)
    ),
    "bookings:sitter_reviews": row(
        "/sitters/{slug}/reviews/", "/sitters/{slug}/reviews/?page=2", get=PUBLIC
    ),
    "bookings:sitter_record": row(
        *(f"/sitters/{{slug}}/record/{number}/" for number in (*NUMBERS, REPEAT)), get=PUBLIC
    ),
    "bookings:search_why": row("/search/why/{slug}/?where=Berlin&{choice}", get=PUBLIC),
    "bookings:own_record": row(
        *(f"/sitting/record/{number}/" for number in (*NUMBERS, REPEAT)), get=sitters(200)
    ),
}
