"""Reviews as people write them."""

from datetime import timedelta

from bookings.models import Booking, Review
from bookings.services.reviews import write_review
from bookings.tests.factories import make_in
from bookings.tests.page_tools import user_of
from pawsitters import clock

HOUR = timedelta(hours=1)
ALL_YES = dict.fromkeys(Review.FACTS, "yes")


def make_completed(**fields) -> Booking:
    return make_in(Booking.Status.COMPLETED, **fields)


def review(booking: Booking, side: str, stars: int | None = 5, *, after=HOUR, **words) -> Review:
    """Written by that side an hour after the end."""
    with clock.at(booking.ended_at + after):
        return write_review(
            booking=booking,
            by=user_of(booking, side),
            stars=stars,
            **{"facts": ALL_YES, "text": "Thank you.", **words},
        )


def both_review(booking: Booking, stars: int = 5, **words) -> Booking:
    review(booking, "owner", stars, **words)
    review(booking, "sitter")
    return booking
