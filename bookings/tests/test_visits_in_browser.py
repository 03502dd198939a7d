"""A visit from check-in to check-out on a phone without script, and the day sheet on paper."""

import re
from datetime import time, timedelta

import pytest

from bookings.models import Booking
from bookings.tests.test_day_sheet import household
from bookings.tests.test_report_cards import photo_with_a_place
from bookings.tests.visit_tools import make_visits
from pawsitters.accessibility import SIDEWAYS, problems_of
from profiles.kinds import Kind
from profiles.tests.factories import make_sitter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_sitter_checks_in_reports_and_checks_out_on_a_phone_without_script(open_page, stand_at):
    owner, pet = household()
    booking = make_visits(Kind.DROP_IN_VISIT, owner=owner, pets=[pet], times=(time(8),))
    stand_at(booking.starts_at - timedelta(minutes=2))
    page = open_page(
        "/sitting/",
        width=390,
        user=booking.sitter.user,
        keep_policy=True,
        java_script_enabled=False,
    )

    page.get_by_role("button", name="Check in").first.click()
    assert "You are checked in" in page.locator("main").inner_text()
    page.get_by_role("link", name="Write the report card").click()
    page.get_by_label("Moss: Never off the lead").check()
    page.get_by_label("Happy").check()
    page.get_by_label("A few words").fill("He slept in the sun.")
    page.get_by_label("Photos").set_input_files(
        [{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": photo_with_a_place()}]
    )
    stand_at(booking.ends_at)
    page.get_by_role("button", name="Send it and check out").click()

    assert "you are checked out" in page.locator("main").inner_text()
    booking.refresh_from_db()
    assert booking.status == Booking.Status.COMPLETED
    seen = open_page(booking.get_absolute_url(), width=390, user=owner, keep_policy=True)
    card = seen.locator("#cards")
    assert "He slept in the sun." in card.inner_text()
    assert card.locator("img").first.evaluate("img => img.naturalWidth") == 480


def test_the_day_sheet_of_six_visits_prints_on_one_page(open_page, stand_at):
    sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT])
    for number in range(6):
        owner, pet = household(
            name=f"Owner {number}",
            feeding="300 g dry food at 7:00 and 18:00, with a spoon of oil",
            walks="Three short rounds; hates rain and bicycles",
        )
        booking = make_visits(sitter=sitter, owner=owner, pets=[pet], times=(time(8 + 2 * number),))
    stand_at(booking.starts_at.replace(hour=6))
    page = open_page("/sitting/day/", user=sitter.user)

    pdf = page.pdf(format="A4", prefer_css_page_size=True)

    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    page.set_viewport_size({"width": 320, "height": 640})
    assert not page.evaluate(SIDEWAYS)
    page.set_viewport_size({"width": 390, "height": 844})
    assert not problems_of(page)
