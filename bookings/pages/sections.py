"""Further panels of the page of one booking, each with its own module and its own statements.

A builder gets (booking, role, now) with the booking's rows loaded and returns a Section, or None
where there is nothing to show. Order here is order on the page.
"""

from collections.abc import Callable
from datetime import datetime

from bookings.models import Booking
from bookings.pages.access_section import access_section
from bookings.pages.care_changed_section import care_changed_section
from bookings.pages.changes_section import changes_section
from bookings.pages.pet_notes_section import pet_notes_section
from bookings.pages.report_cards_section import report_cards_section
from bookings.pages.review_section import review_section
from bookings.pages.section import Section
from bookings.pages.series_section import series_section
from bookings.pages.visits_section import visits_section

BUILDERS: tuple[Callable[[Booking, str, datetime], Section | None], ...] = (
    review_section,
    changes_section,
    series_section,
    care_changed_section,
    access_section,
    visits_section,
    report_cards_section,
    pet_notes_section,
)


def sections_of(booking: Booking, role: str, now: datetime) -> list[Section]:
    return [section for build in BUILDERS if (section := build(booking, role, now))]
