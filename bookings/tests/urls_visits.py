"""Rows of the URL table: visits, report cards, the day sheet."""

from bookings.tests.url_rows import BOOKING, BOTH, only, row, sitters
from bookings.tests.world import SITTER

TO_BOOKING = only(BOOKING, SITTER)
TABLE = {
    **{
        f"bookings:visit_{verb}": row(
            f"/bookings/{{booking}}/visits/1/{verb.replace('_', '-')}/",
            get=TO_BOOKING,
            post=TO_BOOKING,
        )
        for verb in ("check_in", "check_out")
    },
    "bookings:day_sheet": row("/sitting/day/", "/sitting/day/?on={day}", get=sitters(200)),
    "bookings:report": row("/bookings/{booking}/report/", get=TO_BOOKING, post=TO_BOOKING),
    "bookings:visit_report": row(
        "/bookings/{walk}/visits/1/report/", get=only(200, SITTER), post=only(200, SITTER)
    ),
    "bookings:day_report": row(
        "/bookings/{booking}/days/{day}/report/", get=TO_BOOKING, post=TO_BOOKING
    ),
    "bookings:report_photo": row(
        "/media/reports/kl90.webp", "/media/reports/kl90-480.webp", get=BOTH
    ),
}
