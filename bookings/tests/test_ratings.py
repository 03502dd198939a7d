"""product.md 11: the shown score, and that it is kept exactly."""

import re
from io import StringIO
from random import Random

import pytest
from django.core.management import call_command

from bookings.models import Review
from bookings.services.clocks import run_clocks
from bookings.services.ratings import rating_faults
from bookings.services.reviews import WINDOW, remove_review
from bookings.services.upkeep import is_mean_stale
from bookings.tests.factories import make_booking, make_choice, make_owner
from bookings.tests.page_tools import page
from bookings.tests.race import run_at_once
from bookings.tests.review_tools import both_review, make_completed, review
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import SearchRow, SitterProfile
from profiles.services.search import score
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db


def parties() -> dict:
    owner = make_owner()
    sitter = make_sitter(user=make_owner(name="Mara Lindqvist"), night_places=20)
    return {"owner": owner, "sitter": sitter, "pets": [make_pet(owner)]}


def test_shown_score_is_sum_plus_eight_means_over_n_plus_eight():
    sitter = SitterProfile(rating_sum=5, rating_count=1)
    assert score.shown_rating_e3(sitter, mean_e3=4_700) == (5_000 + 8 * 4_700) // 9
    sitter = SitterProfile(rating_sum=200, rating_count=40)
    assert score.shown_rating_e3(sitter, mean_e3=4_000) == (200_000 + 8 * 4_000) // 48


def test_one_friend_with_five_stars_does_not_beat_forty_reviews():
    friend = SitterProfile(rating_sum=5, rating_count=1)
    many = SitterProfile(rating_sum=196, rating_count=40)
    assert score.shown_rating_e3(friend, 4_700) < score.shown_rating_e3(many, 4_700)


@pytest.mark.parametrize("seed", range(3))
def test_sums_equal_the_visible_reviews_whatever_is_written_opened_and_removed(seed):
    rng = Random(seed)
    who = parties()
    staff = make_owner(is_staff=True)
    bookings = [make_completed(**who) for _ in range(6)]
    last_end = max(booking.ended_at for booking in bookings)
    for booking in bookings:
        for side in rng.sample(["owner", "sitter"], rng.randint(0, 2)):
            review(booking, side, rng.randint(1, 5), facts={"on_time": rng.choice(["yes", "no"])})
        assert not list(rating_faults())
    if rng.random() < 0.6:
        with clock.at(last_end + WINDOW):
            run_clocks()
    for written in rng.sample(list(Review.objects.all()), Review.objects.count() // 3):
        remove_review(review=written, by=staff, reason="Tried out")
        assert not list(rating_faults())

    visible = list(Review.objects.of_sitter(who["sitter"].user_id))
    sitter = SitterProfile.objects.get(pk=who["sitter"].pk)
    assert sitter.rating_sum == sum(one.stars for one in visible)
    assert sitter.rating_count == len(visible)
    if visible:
        assert sum(sitter.review_counts["stars"]) == len(visible)
        on_time = [one.on_time for one in visible if one.on_time]
        assert sitter.review_counts["on_time"] == [on_time.count("yes"), len(on_time)]


def test_check_ratings_finds_a_number_that_was_changed_by_hand():
    booking = both_review(make_completed())
    call_command("check_ratings", stdout=StringIO())
    SitterProfile.objects.filter(pk=booking.sitter_id).update(rating_sum=50)

    errors = StringIO()
    with pytest.raises(SystemExit):
        call_command("check_ratings", stderr=errors)
    assert "rating_sum is 50, reviews say 5" in errors.getvalue()


def test_search_sorts_and_filters_by_the_score_as_soon_as_a_review_opens(client):
    good, bad = parties(), parties()
    both_review(make_completed(**bad), stars=1)
    both_review(make_completed(**good), stars=5)
    address = "/search/?where=Berlin&kind=boarding"

    best = client.get(f"{address}&sort=best").text
    assert best.index(good["sitter"].slug) < best.index(bad["sitter"].slug)
    four_up = client.get(f"{address}&rating=4").text
    assert good["sitter"].slug in four_up
    assert "(1<span" in four_up, "a score never stands without the number of reviews"
    row = SearchRow.objects.get(sitter_id=bad["sitter"].pk)
    sitter = SitterProfile.objects.get(pk=row.sitter_id)
    assert row.shown_rating_e3 == score.shown_rating_e3(sitter, score.mean_rating_e3())
    assert row.rating_count == 1


def test_search_is_written_anew_when_the_average_of_all_has_moved(monkeypatch):
    make_sitter()
    assert not is_mean_stale()
    monkeypatch.setattr(score, "mean_rating_e3", lambda: score.USUAL_RATING_E3 - 11)
    assert is_mean_stale()


def test_a_sitters_page_shows_score_number_distribution_and_kept_promises(client):
    who = parties()
    for stars in (5, 5, 3):
        both_review(make_completed(**who), stars=stars)

    html = client.get(who["sitter"].get_absolute_url()).text

    section = html.split('id="reviews"')[1].split("</section>")[0]
    text = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", section))
    assert "3 reviews" in text
    assert re.findall(r"(\d of 3) ", text)[:5] == ["2 of 3", "0 of 3", "1 of 3", "0 of 3", "0 of 3"]
    assert "On time 3 of 3" in text
    assert section.count('href="/report/review/') == 3


def test_reviews_cost_a_sitters_page_one_statement_and_none_the_next_time(
    client, django_assert_num_queries
):
    who = parties()
    for _ in range(4):
        both_review(make_completed(**who))
    address = who["sitter"].get_absolute_url()
    score.mean_rating_e3()
    with django_assert_num_queries(3):
        html = client.get(address).text
    with django_assert_num_queries(2):
        client.get(address)
    assert html.count('class="review"') == 3
    assert "All 4 reviews" in html


def test_the_list_of_all_reviews_has_pages(client, django_assert_max_num_queries):
    who = parties()
    booking = both_review(make_completed(**who))
    written = booking.reviews.get(side="owner")
    for number in range(11):
        twin = make_completed(**who, choice=make_choice(Kind.BOARDING, units=1))
        written.pk, written.booking, written.text = None, twin, f"Number {number}"
        written.save(force_insert=True)
    address = f"{who['sitter'].get_absolute_url()}reviews/"
    score.mean_rating_e3()
    with django_assert_max_num_queries(3):
        first = client.get(address).text
    assert first.count('class="review"') == 10
    assert client.get(f"{address}?page=2").text.count('class="review"') == 2
    assert client.get(f"{address}?page=banana").status_code == 200
    assert "No reviews yet" in client.get(f"{make_sitter().get_absolute_url()}reviews/").text


def test_owners_have_a_rating_too_seen_by_the_sitter_they_ask_and_by_nobody_else(client):
    who = parties()
    booking = make_completed(**who)
    review(booking, "sitter", 4, text="Handed over with a list. A joy.")
    review(booking, "owner", 5)
    other = make_sitter(user=make_owner(name="Piet Jansen"))
    asked = make_booking(owner=who["owner"], pets=who["pets"], sitter=other)

    html = page(client, asked, "sitter")
    assert "1 review by a sitter" in html
    assert "A joy." in html
    assert "A joy." not in page(client, asked, "owner")
    client.logout()
    assert "A joy." not in client.get(who["sitter"].get_absolute_url()).text
    assert "A joy." not in client.get(other.get_absolute_url()).text


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_both_sides_at_once_open_both_and_count_once():
    booking = make_completed()

    results = run_at_once(
        [lambda side=side: review(booking, side).side for side in ("owner", "sitter")] * 3
    )

    assert sorted(results) == ["NotAllowedNow"] * 4 + ["owner", "sitter"]
    assert Review.objects.visible().count() == 2
    assert not list(rating_faults())
