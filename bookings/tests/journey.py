"""Steps that several journeys take, in the words a person sees."""

from bookings.models import Booking
from bookings.tests.factories import make_owner
from profiles.tests.factories import make_sitter

PASSWORD = "a-walk-at-dawn"


def make_published_sitter(**fields):
    sitter = make_sitter(user=make_owner(name="Mara Lindqvist"), payment_note="Cash", **fields)
    sitter.user.set_password(PASSWORD)
    sitter.user.save()
    return sitter


def log_in(page, address: str) -> None:
    page.get_by_label("E-mail").fill(address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in", exact=True).click()


def press(page, name) -> None:
    page.get_by_role("main").get_by_role("button", name=name).click()


def follow(page, name) -> None:
    page.get_by_role("main").get_by_role("link", name=name).first.click()


def says(page, words: str) -> bool:
    page.get_by_text(words).first.wait_for()
    return True


def accept_with_every_line_ticked(page) -> None:
    page.goto("/sitting/")
    follow(page, "Look and accept")
    press(page, "Accept")
    assert says(page, "tick")
    assert Booking.objects.filter(status="requested").exists()
    for box in page.get_by_role("checkbox").all():
        box.check()
    press(page, "Accept")
    assert says(page, "It is settled.")
