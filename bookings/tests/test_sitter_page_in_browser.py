"""The sitter's page and the last look before sending, in Chromium: accessible at every width."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.urls import reverse

from bookings.tests.factories import make_choice, make_confirmed, make_owner
from pawsitters import clock
from pawsitters.accessibility import problems_at_all_widths
from profiles.kinds import Kind
from profiles.models import AddOn, SitterPhoto
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_pet, make_sitter

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def busy_sitter():
    sitter = make_sitter(kinds=list(Kind), night_places=2, payment_note="Cash")
    for number in range(6):
        SitterPhoto.objects.create(sitter=sitter, scene="scene-sill", caption=f"Sill {number}")
    AddOn.objects.create(service=sitter.services.first(), name="Bath", amount_cents=1500)
    sitter_changed(sitter)
    make_confirmed(sitter=sitter)
    return sitter


def query(kind="boarding", first=10, last=14, **more) -> str:
    today = clock.now().date()
    dates = {"from": today + timedelta(days=first), "to": today + timedelta(days=last)}
    return urlencode({"kind": kind, **dates, "dogs": 2, **more})


def test_sitter_page_is_accessible(open_page):
    sitter = busy_sitter()
    for choice in (query(), query("dog_walk", -5), query("day_care", dogs=0)):
        page = open_page(f"{sitter.get_absolute_url()}?{choice}")
        assert not problems_at_all_widths(page)


def test_review_is_accessible(open_page):
    owner = make_owner()
    make_pet(owner, must_follow="Never off the lead")
    make_pet(owner, name="Moss", off_leash="")
    path = f"{reverse('bookings:new', args=[busy_sitter().slug])}?{query()}"
    page = open_page(path, user=owner)
    assert not problems_at_all_widths(page)
    page.get_by_label("Message").fill("Kind words")
    page.get_by_role("button", name="Ask Mara").click()
    page.get_by_role("heading", name="This has not been sent").wait_for()
    assert page.evaluate("document.activeElement.className") == "error-summary"
    assert page.get_by_label("Message").input_value() == "Kind words"
    assert not problems_at_all_widths(page)


def test_visitor_without_script_gets_from_the_calendar_to_a_request(open_page):
    owner = make_owner()
    make_pet(owner)
    sitter = make_sitter()
    choice = make_choice(units=1)
    page = open_page(
        f"{sitter.get_absolute_url()}?month={choice.starts_on:%Y-%m}",
        user=owner,
        java_script_enabled=False,
        keep_policy=True,
    )
    number = choice.starts_on.day
    page.locator("a.day", has=page.locator(f"b:text-is('{number}')")).click()
    page.get_by_role("link", name="Review and ask").click()
    page.get_by_role("button", name="Ask Mara").dblclick()
    page.wait_for_url("**/bookings/*/")
    assert owner.bookings.count() == 1


def test_a_heart_is_a_button_for_who_is_signed_in_and_a_link_without_script(open_page):
    owner, sitter = make_owner(), make_sitter()
    path = sitter.get_absolute_url()
    page = open_page(path, user=owner, keep_policy=True)
    # Signing in by the form leaves this hint for the scripts of public pages.
    page.evaluate("document.cookie = 'signed_in=1; path=/'")
    page.reload(wait_until="networkidle")
    heart = page.get_by_role("main").get_by_role("button", name="Remember Mara")
    assert heart.get_attribute("aria-pressed") == "false"
    heart.focus()
    with page.expect_response("**/favourites/add/**") as answer:
        page.keyboard.press("Enter")
    assert answer.value.status == 204
    assert owner.favourites.get().sitter == sitter
    page.reload(wait_until="networkidle")
    assert heart.get_attribute("aria-pressed") == "true"

    page.goto("/search/?where=Berlin&kind=boarding", wait_until="networkidle")
    heart.click()  # not swallowed by the card's own link
    page.wait_for_function("document.querySelector('button.save').ariaPressed === 'false'")
    assert "/search/" in page.url

    page = open_page(path, user=owner, java_script_enabled=False)
    page.get_by_role("main").get_by_role("link", name="Remember Mara").click()
    assert "Remember Mara" in page.locator("h1").inner_text()
