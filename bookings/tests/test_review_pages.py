"""Writing a review and replying, in the browser's way."""

import re
from datetime import timedelta

import pytest

from bookings.models import Booking, Review
from bookings.pages import ranking
from bookings.services.reviews import WINDOW
from bookings.tests.factories import check_out, make_in, make_owner, make_running
from bookings.tests.page_tools import page, user_of
from bookings.tests.review_tools import both_review, make_completed, review
from bookings.views import search as view
from pawsitters import clock
from profiles.services.search import SearchQuery
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)
GOOD = {"stars": "4", "on_time": "yes", "updates": "partly", "text": "Calm and exact."}


def send(client, booking, side: str, typed: dict, after=HOUR, **options):
    client.force_login(user_of(booking, side))
    with clock.at(booking.ended_at + after):
        return client.post(f"{booking.get_absolute_url()}review/", typed, **options)


def test_the_page_of_the_booking_leads_to_the_form_while_it_is_open(client):
    booking = make_completed()
    link = f'href="{booking.get_absolute_url()}review/"'
    for side in ("owner", "sitter"):
        assert link in page(client, booking, side, booking.ended_at + HOUR)
        assert link not in page(client, booking, side, booking.ended_at + WINDOW)
    review(booking, "owner")
    assert link not in page(client, booking, "owner", booking.ended_at + HOUR)


def test_a_review_that_is_sent_is_kept_as_it_was_written(client):
    booking = make_completed()

    response = send(client, booking, "owner", GOOD, follow=True)

    written = booking.reviews.get()
    assert (written.stars, written.on_time, written.updates, written.instructions) == (
        4,
        "yes",
        "partly",
        "",
    )
    assert written.text == "Calm and exact."
    assert "opens with the other one, or after 21 days" in response.text


def test_a_second_click_makes_no_second_review(client):
    booking = make_completed()
    send(client, booking, "owner", GOOD)
    response = send(client, booking, "owner", {**GOOD, "stars": "1"}, follow=True)
    assert "You have reviewed this booking already" in response.text
    assert booking.reviews.get().stars == 4


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"stars": ""}, "one to five stars"),
        ({"stars": "6"}, "one to five stars"),
        ({"stars": "4.5"}, "one to five stars"),
        ({"on_time": "maybe"}, "valid choice"),
        ({"text": "x" * 2001}, "2000"),
        ({"text": "Write to mara@example.org"}, "Please leave out"),
        ({"text": "See https://evil.example/x"}, "Please leave out"),
        ({"text": "better at sitters.com"}, "Please leave out"),
        ({"text": "Ring 030 555 01 99 next time"}, "Please leave out"),
        ({"text": "Ring +49 (30) 5550199"}, "Please leave out"),
    ],
)
def test_what_cannot_stand_is_said_and_nothing_is_written(client, wrong, sentence):
    booking = make_completed()
    response = send(client, booking, "owner", {**GOOD, **wrong})
    assert response.status_code == 200
    assert sentence in response.text
    assert not Review.objects.exists()


@pytest.mark.parametrize(
    "text", ["From 23.12.2027 to 27.12.2027", "At 8:00 and 20:00", "4 walks, 120.50 well spent"]
)
def test_dates_times_and_sums_are_no_phone_numbers(client, text):
    booking = make_completed()
    send(client, booking, "owner", {**GOOD, "text": text})
    assert booking.reviews.get().text == text


def test_text_is_cleaned_and_never_markup(client):
    booking = make_completed()
    wild = "Fine.\r\n\r\n\r\n\x07<script>alert(1)</script>\u202edekcab"
    send(client, booking, "owner", {**GOOD, "text": wild})
    review(booking, "sitter")
    assert booking.reviews.get(side="owner").text == "Fine.\n\n<script>alert(1)</script>dekcab"
    client.logout()
    html = client.get(booking.sitter.get_absolute_url()).text
    assert "&lt;script&gt;alert(1)" in html
    assert "<script>alert" not in html


def test_somebody_elses_booking_does_not_exist(client):
    booking = make_completed()
    for stranger in (make_owner(name="Eve"), make_sitter(user=make_owner(name="Piet")).user):
        client.force_login(stranger)
        with clock.at(booking.ended_at + HOUR):
            assert client.get(f"{booking.get_absolute_url()}review/").status_code == 404
            address = f"{booking.get_absolute_url()}review/"
            assert client.post(address, GOOD).status_code == 404
    assert not Review.objects.exists()


def test_after_a_no_show_the_form_has_no_stars_and_wants_one_answer(client):
    booking = make_in(Booking.Status.NO_SHOW_SITTER)
    client.force_login(booking.owner)
    with clock.at(booking.ended_at + HOUR):
        html = client.get(f"{booking.get_absolute_url()}review/").text
    assert 'name="stars"' not in html
    assert "Were you told in good time?" in html
    assert "at least one" in send(client, booking, "owner", {"stars": "1"}).text
    send(client, booking, "owner", {"on_time": "no", "stars": "1"})
    assert booking.reviews.get().stars is None


def test_the_one_reply(client):
    booking = both_review(make_completed())
    written = booking.reviews.get(side="owner")
    address = f"/reviews/{written.pk}/reply/"
    client.force_login(booking.sitter.user)
    with clock.at(booking.ended_at + 2 * HOUR):
        assert "Please leave out" in client.post(address, {"text": "Mail a@b.org"}).text
        assert "1000" in client.post(address, {"text": "x" * 1001}).text
        client.post(address, {"text": "Thank you, Lena."})
        again = client.post(address, {"text": "One more thing"}, follow=True)
    assert "You have replied already" in again.text
    written.refresh_from_db()
    assert written.reply == "Thank you, Lena."
    client.force_login(booking.owner)
    assert client.get(address).status_code == 404
    assert "Thank you, Lena." in page(client, booking, "owner")


def test_a_closed_review_has_no_page_to_reply_to(client):
    booking = make_completed()
    written = review(booking, "owner")
    client.force_login(booking.sitter.user)
    assert client.get(f"/reviews/{written.pk}/reply/").status_code == 404


# --- Why is this here ---------------------------------------------------------------------------
def test_the_number_on_the_why_page_is_what_the_list_is_sorted_by(client, monkeypatch):
    seen = {}

    def remember(query: SearchQuery, sitter_id: int):
        seen[sitter_id] = view_score(query, sitter_id)
        return seen[sitter_id]

    view_score = view.score_of
    monkeypatch.setattr(view, "score_of", remember)
    sitters = [
        make_sitter(
            rating_sum=2 + 4 * number,
            rating_count=number + 1,
            asked_count=9,
            answered_count=number,
            confirmed_count=8,
            completed_count=8 - number,
            late_cancellation_count=number % 2,
            grid_lat_e6=52_520_000 + 9_000 * number,
            published_at=clock.now() - timedelta(days=20 * number),
        )
        for number in range(5)
    ]
    address = "where=Berlin&kind=boarding&km=25"
    html = client.get(f"/search/?{address}").text
    totals = {}
    for sitter in sitters:
        why = client.get(f"/search/why/{sitter.slug}/?{address}").text
        parts = [int(part.replace(".", "")) for part in re.findall(r'num">(\d+\.\d\d) <span', why)]
        found, total_e6 = seen[sitter.pk]
        assert len(parts) == 6
        assert sum(parts) == round(total_e6 / 100)
        assert f"{ranking.total_points(total_e6)} of 100 points" in why
        assert f"/search/why/{sitter.slug}/?" in html
        totals[sitter.slug] = total_e6
    in_order = sorted(totals, key=lambda slug: html.index(f"/sitters/{slug}/?"))
    assert in_order == sorted(totals, key=totals.get, reverse=True)


def test_the_why_page_sends_those_without_a_search_to_the_search(client):
    sitter = make_sitter()
    assert client.get(f"/search/why/{sitter.slug}/").url == "/search/"
    away = client.get(f"/search/why/{sitter.slug}/?where=Berlin&kind=dog_walk")
    assert away.url == sitter.get_absolute_url()
    assert client.get("/search/why/nobody/?where=Berlin").status_code == 404


def test_the_help_page_works_three_examples_out(client):
    html = client.get("/help/ranking/").text
    for name in ("Amelie", "Tomasz", "Ines"):
        assert f"<h3>{name}</h3>" in html
    assert "(196 + 8" not in html, "figures, not the formula again"
    assert "40 reviews with 196 stars in all" in html


# --- The journey --------------------------------------------------------------------------------
@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_both_write_and_both_can_read(open_page):
    """Owner, then sitter, in Chromium: closed until the second one is sent."""
    owner = make_owner()
    sitter = make_sitter(user=make_owner(name="Mara Lindqvist"))
    with clock.at(clock.now() - timedelta(days=14)):
        booking = make_running(sitter=sitter, owner=owner, pets=[make_pet(owner)])
    booking = check_out(booking)

    def write(user, text):
        browser = open_page(booking.get_absolute_url(), user=user, width=390)
        browser.click("text=Write a review")
        browser.check("text=4, good")
        browser.check("input[name=on_time][value=yes]")
        browser.fill("textarea", text)
        browser.click("text=Send the review")
        return browser

    first = write(owner, "Two calm weeks.")
    assert first.locator("text=Only you can read it yet").count()
    closed = open_page(booking.get_absolute_url(), user=sitter.user)
    assert "Two calm weeks." not in closed.content()
    second = write(sitter.user, "A list on the fridge.")
    assert "Both reviews are open now." in second.content()
    assert "Two calm weeks." in second.content()
    public = open_page(sitter.get_absolute_url())
    assert "Two calm weeks." in public.content()
    assert "A list on the fridge." not in public.content()
