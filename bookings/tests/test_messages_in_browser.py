"""A conversation in Chromium: what the other side writes appears by itself, and disturbs nothing."""

import pytest

from bookings.models import Thread
from bookings.tests.factories import make_booking, make_owner
from bookings.tests.world_messages import write
from pawsitters.accessibility import problems_of
from profiles.tests.factories import make_sitter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_message_appears_without_reload_and_what_is_being_typed_stays(open_page):
    owner, sitter = make_owner(), make_sitter(user=make_owner(name="Mara Lindqvist"))
    make_booking(owner=owner, sitter=sitter)
    thread = Thread.objects.get()
    page = open_page(thread.get_absolute_url(), user=owner, keep_policy=True)
    page.evaluate("window.isSamePage = true")
    page.get_by_label("Your message").press_sequentially("I was just")

    write(owner, sitter, sitter.user, "He is asleep already.")

    log = page.get_by_role("log")
    log.get_by_text("He is asleep already.").wait_for(timeout=15_000)
    assert log.get_attribute("aria-live") == "polite"
    assert page.evaluate("window.isSamePage")
    assert page.get_by_label("Your message").input_value() == "I was just"
    assert page.evaluate("document.activeElement.name") == "text"

    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**#newest")
    assert log.get_by_text("He is asleep already.").count() == 1
    assert log.get_by_text("I was just").count() == 1


def test_a_conversation_with_everything_in_it_is_accessible(open_page):
    owner, sitter = make_owner(), make_sitter(user=make_owner(name="Mara Lindqvist"))
    for _number in range(5):
        make_booking(owner=owner, sitter=sitter)
    write(owner, sitter, sitter.user, "w" * 300)
    page = open_page(Thread.objects.get().get_absolute_url(), user=owner, width=320)
    for summary in page.locator("summary").all():
        summary.click()
    assert not problems_of(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_the_list_of_conversations_cuts_a_long_message_instead_of_growing(open_page):
    owner, sitter = make_owner(), make_sitter(user=make_owner(name="Mara Lindqvist"))
    make_booking(owner=owner, sitter=sitter)
    write(owner, sitter, sitter.user, "Long walk done, he is asleep with his head on my foot. " * 3)
    page = open_page("/messages/", user=owner, width=320)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
