"""From a question to two visible reviews, in Chromium with and without script."""

import re
from datetime import timedelta

import pytest

from bookings.models import Booking
from bookings.tests.factories import make_choice, make_owner
from bookings.tests.journey import (
    PASSWORD,
    accept_with_every_line_ticked,
    follow,
    log_in,
    make_published_sitter,
    press,
    says,
)
from bookings.tests.visit_tools import MORNING_AND_NOON
from pawsitters import clock
from profiles.kinds import Kind
from profiles.tests.factories import make_home, make_pet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("mail_on_disk"),
]


def test_from_a_question_to_two_reviews(open_own_page, mails_to, stand_at):
    sitter, owner = make_published_sitter(kinds=[Kind.DROP_IN_VISIT]), make_lena()
    owners, sitters = open_own_page(sitter.get_absolute_url()), open_own_page("/sign/login/")
    log_in(sitters, sitter.user.email)

    ask_a_question(owners, owner)
    stand_at(clock.now() + timedelta(minutes=5))  # a mail waits for the end of a burst
    assert "Do you know cats?" in " ".join(mails_to(sitter.user.email))
    answer(sitters)
    booking = request_visits(owners, sitter)
    accept_with_every_line_ticked(sitters)
    for number, unit in enumerate(booking.units.all(), 1):
        visit(sitters, booking, unit, stand_at, note=f"Visit {number}: all is well.")
    booking.refresh_from_db()
    assert booking.status == Booking.Status.COMPLETED

    owners.goto(booking.get_absolute_url())
    assert says(owners, "Visit 2: all is well.")
    review(owners, booking, "Kind and on time.")
    owners.goto(f"{sitter.get_absolute_url()}reviews/")
    assert "Kind and on time." not in owners.content()  # until both are in
    review(sitters, booking, "A lovely cat.")
    # In the other browser: the owner's may keep the page for a minute.
    sitters.goto(f"{sitter.get_absolute_url()}reviews/")
    assert says(sitters, "Kind and on time.")


def make_lena():
    owner = make_owner(name="Lena Fischer")
    owner.set_password(PASSWORD)
    owner.save()
    make_home(owner)
    make_pet(owner, name="Minka", species="cat", must_follow="Never let her out")
    return owner


def ask_a_question(page, owner) -> None:
    follow(page, "Ask a question")
    log_in(page, owner.email)
    page.get_by_label("Your message").fill("Do you know cats?")
    press(page, "Send")
    assert says(page, "Do you know cats?")


def answer(page) -> None:
    page.goto("/messages/")
    follow(page, "Lena Fischer")
    page.get_by_label("Your message").fill("I grew up with four.")
    press(page, "Send")
    assert says(page, "I grew up with four.")


def request_visits(page, sitter) -> Booking:
    choice = make_choice(Kind.DROP_IN_VISIT, units=1, visit_times=MORNING_AND_NOON)
    day = choice.starts_on.isoformat()
    page.goto(
        f"/bookings/new/{sitter.slug}/?kind=drop_in_visit&from={day}&to={day}"
        "&times=08:00&times=12:00&minutes=30&cats=1"
    )
    press(page, "Ask Mara")
    page.wait_for_url(re.compile(r"/bookings/\w{12}/$"))
    return Booking.objects.get()


def visit(page, booking, unit, stand_at, note: str) -> None:
    stand_at(unit.starts_at)
    page.goto(booking.get_absolute_url())
    page.get_by_role("main").get_by_role("button", name="Check in").first.click()
    assert says(page, "You are checked in")
    page.get_by_role("main").get_by_role("link", name="Write the report card").first.click()
    page.get_by_label("A few words").fill(note)
    stand_at(unit.ends_at)
    press(page, "Send it and check out")
    assert says(page, "you are checked out")


def review(page, booking, words: str) -> None:
    page.goto(booking.get_absolute_url())
    follow(page, re.compile("[Rr]eview"))
    page.get_by_label("5, excellent").check()
    page.get_by_label("In your words").fill(words)
    press(page, "Send the review")
    page.wait_for_url(re.compile(r"/bookings/\w{12}/"))
