"""The pages of an outage and of held requests in Chromium, with axe."""

from datetime import timedelta

import pytest

from bookings.tests.factories import make_choice, make_confirmed
from pawsitters import clock
from pawsitters.accessibility import problems_at_all_widths
from pawsitters.operations import away, held, outbox
from pawsitters.operations.hooks import Asked
from pawsitters.operations.passport import name_of
from pawsitters.operations.tests.faults import cut_off

pytestmark = [pytest.mark.browser, pytest.mark.mysql, pytest.mark.django_db(transaction=True)]


def hold(person, number: int) -> outbox.Item:
    facts = (("Bring", "Sat 12 December, 10:00"), ("For", "Biscuit"))
    asked = Asked(f"{number:032x}", "Boarding with Mara", facts, "Two walks\na day, please.")
    typed = [("pets", "1"), ("message", asked.text)]
    return outbox.hold(
        "bookings:new", asked, person=person.pk, session=name_of("x"), path="/", typed=typed
    )


def test_they_are_accessible(open_page, monkeypatch):
    monkeypatch.setattr(away, "RETRY_SECONDS", 600)  # or the page would go while axe looks
    monkeypatch.setattr(held, "ASK_AGAIN_SECONDS", 600)
    owner = make_confirmed(
        choice=make_choice(starts_on=clock.now().date() + timedelta(days=1))
    ).owner
    waiting, refused, dead = (hold(owner, number) for number in range(3))
    outbox.refused(refused, "The price has gone up meanwhile.")
    outbox.dead(dead, "ZeroDivisionError")
    page = open_page("/overview/", user=owner)
    problems = []

    def look(*paths: str) -> None:
        for path in paths:
            page.goto(path, wait_until="load")
            problems.extend(f"{path}: {problem}" for problem in problems_at_all_widths(page))

    look(*(f"/requests/held/{item.reference}/" for item in (waiting, refused, dead)))
    with cut_off(monkeypatch):
        look(f"/requests/held/{waiting.reference}/", "/bookings/", "/sign/login/")
        assert "Lena" in page.locator("h1 + p").inner_text()
        page.goto("/bookings/")
        assert page.get_by_text("Your next bookings are safe").is_visible()
    assert not problems, "\n".join(problems)
