"""Changes and weekly series in the browser and over HTTP: what both sides read and press."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.tests.factories import log_in
from bookings.models import Booking, Proposal, Series
from bookings.tests.factories import make_confirmed, make_owner
from bookings.tests.test_proposals import longer, propose
from bookings.tests.test_series import ask, make_running_series, make_walker, next_monday
from profiles.models import CalendarException
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_home, make_pet

pytestmark = pytest.mark.django_db


def change_url(booking, days: int) -> str:
    pet = booking.booking_pets.get().pet_id
    last_on = booking.ends_on + timedelta(days=days)
    query = f"?from={booking.starts_on}&to={last_on}&pets={pet}"
    return reverse("bookings:change", args=[booking.public_id]) + query


def hidden(response) -> dict:
    context = response.context
    return {"key": context["key"], "shown_total_cents": context["compare"].new_total_cents}


def test_the_page_shows_old_new_and_difference_before_anything_is_sent(client):
    booking = make_confirmed()
    log_in(client, booking.owner)
    page = client.get(change_url(booking, 1))
    text = page.content.decode()
    assert "You pay €" in text
    assert "If the changed booking is cancelled" in text
    assert not Proposal.objects.exists()

    sent = client.post(change_url(booking, 1), hidden(page))

    assert sent.status_code == 302
    assert Proposal.objects.get().new_total_cents == page.context["compare"].new_total_cents
    waiting = client.get(booking.get_absolute_url()).content.decode()
    assert "You proposed a change" in waiting


def test_a_form_sent_later_than_the_others_leads_to_the_open_one(client):
    booking = make_confirmed()
    log_in(client, booking.owner)
    typed = hidden(client.get(change_url(booking, 1)))
    propose(booking, longer(booking, 2), by=booking.sitter.user)

    answer = client.post(change_url(booking, 1), typed, follow=True)

    assert "proposes a change" in answer.content.decode()
    assert Proposal.objects.count() == 1


@pytest.mark.parametrize("typed", [{}, {"key": "x", "shown_total_cents": "-1"}, {"key": "0" * 32}])
def test_a_forged_or_empty_form_proposes_nothing(client, typed):
    booking = make_confirmed()
    log_in(client, booking.owner)
    assert client.post(change_url(booking, 1), typed).status_code == 200
    assert not Proposal.objects.exists()


@pytest.mark.parametrize(
    "query",
    [
        "?from=x&to=y",
        "?from=2027-02-30&to=2027-03-01",
        "?from=&to=",
        "?from=9999-12-31&to=9999-12-31",
    ],
)
def test_dates_that_cannot_be_read_get_a_sentence(client, query):
    booking = make_confirmed()
    log_in(client, booking.owner)
    answer = client.get(reverse("bookings:change", args=[booking.public_id]) + query)
    assert answer.status_code == 200
    assert answer.context["fields"].errors or answer.context["compare"] is None


@pytest.mark.parametrize(("bookings", "most"), [(1, 12), (3, 12)])
def test_the_list_of_series_asks_the_same_for_one_and_for_three(
    client, bookings, most, django_assert_max_num_queries
):
    owner = make_owner()
    for _ in range(bookings):
        ask(owner=owner, pets=[make_pet(owner)])
    log_in(client, owner)
    client.get("/series/")
    with django_assert_max_num_queries(most):
        client.get("/series/")


def statements(client, path: str) -> int:
    client.get(path)
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def test_the_page_of_a_series_asks_the_same_for_two_dates_and_for_eight(client):
    owner = make_owner()
    short, long = (
        make_running_series(owner=owner, pets=[make_pet(owner)], last_on=last_on)
        for last_on in (next_monday(2), None)
    )
    log_in(client, owner)

    assert short.dates.count() < long.dates.count()
    assert statements(client, short.get_absolute_url()) == statements(
        client, long.get_absolute_url()
    )


def test_the_page_of_a_change_asks_the_same_for_one_night_more_and_for_three(client):
    booking = make_confirmed()
    log_in(client, booking.owner)

    assert statements(client, change_url(booking, 1)) == statements(client, change_url(booking, 3))


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_series_of_four_weeks_with_one_date_that_does_not_fit(open_page):
    sitter, owner = make_walker(), make_owner(name="Lena Fischer")
    make_home(owner)
    make_pet(owner, name="Biscuit", must_follow="Never off the lead")
    away, last = next_monday(3), next_monday(4)
    CalendarException.objects.create(
        sitter=sitter, starts_on=away, ends_on=away + timedelta(days=1), is_away=True
    )
    sitter_changed(sitter)
    query = f"kind=dog_walk&from={next_monday()}&to={last}&weekdays=0&times=12:00&minutes=30&dogs=1"

    mine = open_page(f"/bookings/new/{sitter.slug}/?{query}", user=owner, width=390)
    mine.get_by_role("link", name="Every week instead").click()
    assert mine.locator("li", has_text="the sitter is away").count() == 1
    assert mine.get_by_label("Last day (optional)").input_value() == last.isoformat()
    mine.get_by_role("button", name="a date").click()
    assert "to answer" in mine.locator(".lede").inner_text()
    series = Series.objects.get()

    theirs = open_page(series.get_absolute_url(), user=sitter.user)
    theirs.get_by_role("button", name="Accept the series").click()
    assert "tick" in theirs.locator(".error-summary").inner_text()
    theirs.get_by_label("Never off the lead").check()
    theirs.get_by_role("button", name="Accept the series").click()

    mine.reload()
    assert mine.locator(".rows a", has_text="Skip").count() == 3
    assert mine.locator("li", has_text="the sitter is away").count() == 1
    assert Booking.objects.filter(status=Booking.Status.CONFIRMED).count() == 3
    mine.locator(".rows a", has_text="Skip").first.click()
    mine.get_by_role("button", name="Cancel: get back").click()
    mine.goto(series.get_absolute_url())
    assert mine.locator(".rows a", has_text="Skip").count() == 2
    assert "It runs" in mine.locator(".lede").inner_text()
