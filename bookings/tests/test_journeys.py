"""What people come for, from nothing to the end, in Chromium with and without script."""

import re
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from bookings.models import Booking
from bookings.tests.factories import (
    just_before,
    make_choice,
    make_in,
    make_owner,
)
from bookings.tests.journey import (
    PASSWORD,
    accept_with_every_line_ticked,
    follow,
    log_in,
    make_published_sitter,
    press,
    says,
)
from profiles.models import Rate
from profiles.money import amount
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_pet

pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("mail_on_disk"),
]


def test_from_signing_up_to_being_cared_for_and_getting_money_back(
    open_own_page, mails_to, stand_at
):
    sitter = make_published_sitter()
    page = open_own_page("/")
    sign_up(page, mails_to)
    add_a_pet(page)
    page.context.clear_cookies()  # a new day, another browser: logged out

    choose_a_sitter(page)
    ask(page)
    first = Booking.objects.get()
    assert page.url.endswith(first.get_absolute_url())
    assert "Nothing is due before then." in " ".join(mails_to("ada@example.org"))
    assert amount(8000) in " ".join(mails_to(sitter.user.email))

    sitters_page = open_own_page("/sign/login/")
    log_in(sitters_page, sitter.user.email)
    accept_with_every_line_ticked(sitters_page)
    assert "It is settled" in " ".join(mails_to("ada@example.org"))
    look_after(sitters_page, first, stand_at)
    assert "Biscuit had a good time" in " ".join(mails_to("ada@example.org"))

    second = book_again(page, sitters_page)
    cancel_late(page, second, mails_to, stand_at)


def sign_up(page, mails_to) -> None:
    page.get_by_role("link", name="Log in / Account").first.click()
    follow(page, "Make an account")
    page.get_by_label("Your name").fill("Ada")
    page.get_by_label("E-mail").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    press(page, "Make my account")
    assert says(page, "Look into your mail")
    (mail,) = mails_to("ada@example.org")
    link = urlsplit(re.search(r"https?://\S+", mail).group())
    page.goto(link.path)
    press(page, "Yes, confirm it")
    page.wait_for_url("**/overview/")


def add_a_pet(page) -> None:
    follow(page, "Add your animal")
    page.get_by_label("Name").fill("Biscuit")
    page.get_by_label("Dog", exact=True).check()
    page.get_by_label("Weight in kg").fill("12,5")
    press(page, "Save and go on")
    for group in page.get_by_role("main").get_by_role("group").all():
        group.get_by_role("radio").first.check()
    happened = page.get_by_label("what happened?")
    happened.fill("Nipped a postman once.")
    press(page, "Save")
    assert says(page, "Saved.")
    follow(page, "Care")
    page.get_by_label("Must-follow lines").fill("Never off the lead\nTablet at eight")
    press(page, "Save")
    assert says(page, "Saved.")


def choose_a_sitter(page) -> None:
    """Home, search, the sitter's page with the price; nobody is logged in."""
    choice = make_choice()
    page.goto("/")
    search = page.get_by_role("main").get_by_role("search").first
    search.get_by_label("Where").fill("Berlin")
    search.get_by_label("Care").select_option("boarding")
    search.get_by_label("From").fill(choice.starts_on.isoformat())
    search.get_by_label("To", exact=True).fill(choice.last_on.isoformat())
    search.get_by_label("Dogs").select_option("1")
    search.get_by_role("button", name="Find sitters").click()
    card = page.get_by_role("article").filter(has_text="Mara L")
    assert amount(8000) in card.inner_text()
    card.get_by_role("heading").get_by_role("link").click()
    page.wait_for_url("**/sitters/**")
    assert amount(8000) in page.get_by_role("main").inner_text()


def ask(page) -> None:
    """Through logging in, back to the same choice, and off it goes."""
    follow(page, "Review and ask")
    page.wait_for_url("**/sign/login/**")
    log_in(page, "ada@example.org")
    page.wait_for_url("**/bookings/new/**")
    assert page.get_by_label("Biscuit").is_checked()
    assert make_choice().starts_on.isoformat() in page.url
    page.get_by_label("Message").fill("Hello Mara ❤")
    press(page, f"Ask Mara, {amount(8000)}")
    page.wait_for_url(re.compile(r"/bookings/\w{12}/$"))
    assert says(page, "Nothing is due before then.")


def look_after(page, booking, stand_at) -> None:
    booking.refresh_from_db()
    stand_at(just_before(booking))
    page.goto(booking.get_absolute_url())
    press(page, "Check in")
    assert says(page, "You are checked in.")
    stand_at(booking.ends_at)
    page.reload()
    press(page, "Check out")
    assert says(page, "the booking is complete")
    booking.refresh_from_db()
    assert booking.status == Booking.Status.COMPLETED


def book_again(page, sitters_page) -> Booking:
    page.reload()
    follow(page, "Book Mara again")
    page.wait_for_url("**/bookings/new/**")
    press(page, "Ask Mara")
    page.wait_for_url(re.compile(r"/bookings/\w{12}/$"))
    accept_with_every_line_ticked(sitters_page)
    return Booking.objects.get(status="confirmed")


def cancel_late(page, booking, mails_to, stand_at) -> None:
    """Two hours before the start half of the nights is kept, and every place says the same."""
    stand_at(booking.starts_at - timedelta(hours=2))
    promise = f"Cancel: get back {amount(4000)}"
    page.goto(booking.get_absolute_url())
    follow(page, promise)
    press(page, promise)
    assert says(page, f"{amount(4000)} of {amount(8000)} back to the owner")
    booking.refresh_from_db()
    assert (booking.status, booking.refund_cents) == ("cancelled_by_owner", 4000)
    for person in (booking.owner, booking.sitter.user):
        told = " ".join(mails_to(person.email))
        assert f"Back to the owner: {amount(4000)} of {amount(8000)}." in told


# --- One price ------------------------------------------------------------------------------
def test_five_places_show_the_same_price(open_page, mails_to, settings):
    settings.OWNER_FEE_BPS, settings.OWNER_FEE_CAP_CENTS = 500, 2500
    owner, sitter, choice = make_owner(), make_published_sitter(), make_choice(units=3)
    Rate.objects.update(holiday_cents=5000)
    sitter.holidays.create(on=choice.dates[1], name="Feast")
    sitter_changed(sitter)
    make_pet(owner)
    make_pet(owner, name="Moss", species="cat")
    params = f"kind=boarding&from={choice.starts_on}&to={choice.last_on}&until=19:30&dogs=1&cats=1"

    page = open_page(f"/search/?where=Berlin&{params}", user=owner)
    card = page.get_by_role("article").filter(has_text="Mara L")
    prices = {"search card": card.locator(".price").inner_text()}
    card.get_by_role("heading").get_by_role("link").click()
    prices["sitter's page"] = total_on(page)
    follow(page, "Review and ask")
    prices["review"] = total_on(page)
    press(page, f"Ask Mara, {prices['review']}")
    page.wait_for_url(re.compile(r"/bookings/\w{12}/$"))
    prices["booking"] = total_on(page)
    prices["mail"] = re.search(r"total of (\S+)", mails_to(owner.email)[-1]).group(1)

    booking = Booking.objects.get()
    assert set(prices.values()) == {amount(booking.total_cents)}, prices
    # Two nights at 60, a holiday at 70, a night for collecting 9.5 hours late, and 5 %.
    assert booking.total_cents == (6000 + 7000 + 6000 + 6000) * 105 // 100


def total_on(page) -> str:
    rows = page.get_by_role("table", name="How the price is made up").get_by_role("row")
    return rows.last.get_by_role("cell").inner_text()


# --- A session that ends in the middle ------------------------------------------------------
def test_a_request_survives_the_end_of_the_session(open_own_page):
    sitter, owner = make_published_sitter(), make_owner(name="Lena Fischer")
    owner.set_password(PASSWORD)
    owner.save()
    make_pet(owner)
    make_pet(owner, name="Moss")
    choice = make_choice()
    page = open_own_page(
        f"/bookings/new/{sitter.slug}/?kind=boarding&from={choice.starts_on}"
        f"&to={choice.last_on}&dogs=1"
    )
    log_in(page, owner.email)
    page.get_by_label("Moss").check()
    press(page, "Work out the price for these")
    page.get_by_label("Message").fill("“Kind words” <b>& more</b>")
    page.context.clear_cookies(name="sessionid")
    press(page, "Ask Mara")
    page.wait_for_url("**/sign/login/**")
    log_in(page, owner.email)

    assert says(page, "You were logged out while writing.")
    assert page.get_by_label("Message").input_value() == "“Kind words” <b>& more</b>"
    assert page.get_by_label("Moss").is_checked()
    assert page.get_by_label("Biscuit").is_checked()
    assert not Booking.objects.exists()
    press(page, f"Ask Mara, {amount(12000)}")
    page.wait_for_url(re.compile(r"/bookings/\w{12}/$"))
    assert Booking.objects.get().booking_pets.count() == 2


# --- A double click on every button ---------------------------------------------------------
# Sends the form of the button with that name twice at once, as two impatient clicks may, and once
# more: the third answer is told apart from the first two, which share one cookie for messages.
THREE_TIMES = """async name => {
  const button = [...document.querySelectorAll('main button')]
    .find(one => one.textContent.trim().startsWith(name));
  const form = button.form;
  const send = async () => {
    const answer = await fetch(form.action, {
      method: 'POST', body: new URLSearchParams(new FormData(form)),
    });
    return [answer.status, answer.url, await answer.text()];
  };
  return [...await Promise.all([send(), send()]), await send()];
}"""


@pytest.mark.parametrize(
    ("status", "who", "path", "button"),
    [
        ("requested", "sitter", "", "Accept"),
        ("requested", "sitter", "decline/", "Decline"),
        ("requested", "owner", "withdraw/", "Withdraw"),
        ("confirmed", "sitter", "", "Check in"),
        ("confirmed", "owner", "cancel/", "Cancel"),
        ("confirmed", "sitter", "cancel/", "Cancel"),
        ("in_progress", "sitter", "", "Check out"),
        ("in_progress", "owner", "cancel/", "Cancel"),
    ],
)
def test_a_double_click_changes_once_and_says_so(open_page, stand_at, status, who, path, button):
    booking = make_in(status)
    if button == "Check in":
        stand_at(just_before(booking))
    elif status == "in_progress":
        stand_at(booking.ends_at - timedelta(hours=1))
    events, notices = booking.events.count(), booking.notices.count()
    person = booking.owner if who == "owner" else booking.sitter.user
    page = open_page(f"{booking.get_absolute_url()}{path}", user=person)
    if page.get_by_role("radio").count():
        page.get_by_role("radio").first.check()
        page.get_by_role("textbox").fill("Sorry.")

    answers = page.evaluate(THREE_TIMES, button)

    assert [status for status, _url, _text in answers] == [200, 200, 200]
    assert "This booking is already" in answers[2][2]
    assert booking.events.count() == events + 1
    told = booking.notices.values_list("recipient", "kind")
    assert len(told) == len(set(told)) > notices


def test_a_double_click_on_the_request_makes_one_booking(open_page):
    owner, sitter, choice = make_owner(), make_published_sitter(), make_choice()
    make_pet(owner)
    address = (
        f"/bookings/new/{sitter.slug}/?kind=boarding&from={choice.starts_on}"
        f"&to={choice.last_on}&dogs=1"
    )
    page = open_page(address, user=owner)
    answers = page.evaluate(THREE_TIMES, "Ask Mara")
    booking = Booking.objects.get()
    assert {urlsplit(url).path for _status, url, _text in answers} == {booking.get_absolute_url()}
    assert booking.notices.count() == 2
