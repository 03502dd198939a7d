"""product.md 11, reviews: who may write, when, and who may read it when."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from bookings.exceptions import NotAllowedNow, RequestRefused
from bookings.models import Booking, Notice, Review
from bookings.services.clocks import run_clocks
from bookings.services.reviews import WINDOW, remove_review, reply_to_review, write_review
from bookings.services.transitions import cancel_by_sitter
from bookings.tests.factories import cancel, make_confirmed, make_in, make_owner, make_running
from bookings.tests.page_tools import page
from bookings.tests.review_tools import both_review, make_completed, review
from pawsitters import clock

pytestmark = pytest.mark.django_db
Status = Booking.Status
MINUTE = timedelta(minutes=1)
SECRET = "The terrace was full of broken glass"


def public_page(client, booking) -> str:
    client.logout()
    return client.get(booking.sitter.get_absolute_url()).content.decode()


# --- Who may write, and when -------------------------------------------------------------------
def test_both_sides_may_review_for_21_days_after_the_end():
    booking = make_completed()

    review(booking, "owner", after=WINDOW - MINUTE)
    review(booking, "sitter", after=WINDOW - MINUTE)

    assert booking.reviews.count() == 2


def test_after_21_days_nobody_may():
    booking = make_completed()

    for side in ("owner", "sitter"):
        with pytest.raises(NotAllowedNow, match="21 days"):
            review(booking, side, after=WINDOW)
    assert not Review.objects.exists()


@pytest.mark.parametrize("status", ["requested", "declined", "withdrawn", "expired", "confirmed"])
def test_what_never_took_place_is_not_reviewed(status):
    booking = make_in(status)
    for user in (booking.owner, booking.sitter.user):
        with pytest.raises(NotAllowedNow, match="nothing to review"):
            write_review(booking=booking, by=user, stars=5)


MAY_SAY_HOW_RELIABLE = {
    Status.CANCELLED_BY_SITTER: "owner",
    Status.CANCELLED_BY_OWNER: None,  # made in the hour of grace, ten days before
    Status.CANCELLED_BY_STAFF: None,
    Status.NO_SHOW_SITTER: "owner",
    Status.NO_SHOW_OWNER: "sitter",
}


@pytest.mark.parametrize("status", MAY_SAY_HOW_RELIABLE)
def test_after_a_cancellation_reliability_only_and_by_the_side_that_was_let_down(status):
    booking = make_in(status)
    for side in ("owner", "sitter"):
        if side == MAY_SAY_HOW_RELIABLE[status]:
            with pytest.raises(RequestRefused, match="no stars"):
                review(booking, side, stars=5)
            written = review(booking, side, stars=None)
            assert written.stars is None
            assert (written.on_time, written.as_described) == ("yes", "")
        else:
            with pytest.raises(NotAllowedNow):
                review(booking, side, stars=None)


def test_once_care_has_begun_both_may_say_how_reliable_the_other_was():
    booking = make_running()
    with clock.at(booking.starts_at + timedelta(hours=5)):
        booking = cancel_by_sitter(
            booking=booking, by=booking.sitter.user, reason="ill", text="Sorry."
        )

    review(booking, "sitter", stars=None)
    review(booking, "owner", stars=None)

    assert booking.reviews.visible().count() == 2


def test_an_owner_who_cancels_outside_the_hour_of_grace_may_be_reviewed():
    booking = make_confirmed()
    with clock.at(booking.confirmed_at + timedelta(hours=2)):
        booking = cancel(booking)

    assert review(booking, "sitter", stars=None).about == booking.owner


def test_a_second_review_is_refused_with_a_sentence():
    booking = make_completed()
    review(booking, "owner", stars=4)

    with pytest.raises(NotAllowedNow, match="reviewed this booking already"):
        review(booking, "owner", stars=1)

    assert booking.reviews.get().stars == 4


def test_the_database_itself_refuses_a_second_one():
    first = review(make_completed(), "owner")
    first.pk = None
    with pytest.raises(IntegrityError), transaction.atomic():
        first.save(force_insert=True)


@pytest.mark.parametrize("stars", [0, 6, -1, None, 2.5])
def test_stars_are_one_to_five(stars):
    booking = make_completed()
    with pytest.raises(RequestRefused):
        review(booking, "owner", stars=stars)


@pytest.mark.parametrize(
    "wrong",
    [
        {"stars": 6},
        {"reply": "Hello"},
        {"removed_reason": "Because"},
        {"visible_at": "2020-01-01T00:00Z"},
    ],
)
def test_the_database_refuses_what_can_never_be_true(wrong):
    written = review(make_completed(), "owner")
    with pytest.raises(IntegrityError), transaction.atomic():
        Review.objects.filter(pk=written.pk).update(**wrong)


def test_nobody_else_may_write_one():
    booking = make_completed()
    with clock.at(booking.ended_at), pytest.raises(NotAllowedNow):
        write_review(booking=booking, by=make_owner(name="Eve"), stars=1)


# --- Blind -------------------------------------------------------------------------------------
def test_a_review_is_invisible_until_both_are_in(client):
    booking = make_completed()
    review(booking, "owner", stars=1, text=SECRET)
    now = booking.ended_at + timedelta(days=2)

    before = page(client, booking, "sitter", now)
    assert SECRET not in before
    assert "1 star" not in before
    assert "Lena has written a review" in before, "that it exists may be known"
    assert SECRET in page(client, booking, "owner", now), "its author may read it again"
    assert SECRET not in public_page(client, booking)
    booking.sitter.refresh_from_db()
    assert (booking.sitter.rating_count, booking.sitter.review_counts) == (0, {})
    assert not any(SECRET in notice.text for notice in Notice.objects.all())

    review(booking, "sitter", stars=5, text="A calm dog.")

    assert SECRET in page(client, booking, "sitter", now)
    assert SECRET in public_page(client, booking)
    assert "A calm dog." not in public_page(client, booking), "an owner's reviews are never public"
    booking.sitter.refresh_from_db()
    assert (booking.sitter.rating_sum, booking.sitter.rating_count) == (1, 1)


def test_the_page_in_the_cache_does_not_give_it_away(client, settings):
    settings.PAGE_CACHE_SECONDS = 60
    booking = make_completed()
    public_page(client, booking)
    review(booking, "owner", text=SECRET)
    assert SECRET not in public_page(client, booking)
    assert SECRET not in client.get(f"{booking.sitter.get_absolute_url()}reviews/").content.decode()


def test_a_review_opens_by_itself_when_the_21_days_have_passed(client):
    booking = make_completed()
    written = review(booking, "owner", stars=3, text=SECRET)

    with clock.at(booking.ended_at + WINDOW - MINUTE):
        assert run_clocks()["reviews opened"] == 0
    assert SECRET not in public_page(client, booking)
    with clock.at(booking.ended_at + WINDOW):
        assert run_clocks()["reviews opened"] == 1
        assert run_clocks()["reviews opened"] == 0

    written.refresh_from_db()
    assert written.visible_at == booking.ended_at + WINDOW
    assert SECRET in public_page(client, booking)
    booking.sitter.refresh_from_db()
    assert booking.sitter.rating_sum == 3


def test_after_a_cancellation_the_21_days_count_too():
    booking = make_in(Status.NO_SHOW_SITTER)
    written = review(booking, "owner", stars=None)
    assert not written.visible_at

    with clock.at(booking.ended_at + WINDOW):
        run_clocks()

    booking.sitter.refresh_from_db()
    assert booking.sitter.rating_count == 0, "reliability has no stars"
    assert booking.sitter.review_counts["without"] == 1


# --- Reply and removal -------------------------------------------------------------------------
def test_the_reviewed_person_replies_once_in_public(client):
    booking = both_review(make_completed())
    about_sitter = booking.reviews.get(side="owner")
    with clock.at(booking.ended_at + WINDOW):
        reply_to_review(review=about_sitter, by=booking.sitter.user, text="A second latch is on.")
        with pytest.raises(NotAllowedNow, match="replied already"):
            reply_to_review(review=about_sitter, by=booking.sitter.user, text="And a third.")

    html = public_page(client, booking)
    assert "A second latch is on." in html
    assert "third" not in html


def test_nobody_else_replies_and_nobody_before_it_is_open():
    booking = make_completed()
    closed = review(booking, "owner")
    with pytest.raises(NotAllowedNow):
        reply_to_review(review=closed, by=booking.sitter.user, text="What did you write?")
    review(booking, "sitter")
    with pytest.raises(NotAllowedNow):
        reply_to_review(review=closed, by=booking.owner, text="Me again")


def test_staff_remove_a_review_with_a_reason_that_its_author_reads(client):
    booking = both_review(make_completed(), stars=1, text=SECRET)
    written = booking.reviews.get(side="owner")
    staff = make_owner(name="Robin", is_staff=True)
    with pytest.raises(RequestRefused):
        remove_review(review=written, by=staff, reason=" ")
    with pytest.raises(NotAllowedNow):
        remove_review(review=written, by=booking.sitter.user, reason="I do not like it")

    remove_review(review=written, by=staff, reason="It names a neighbour.")

    assert SECRET not in public_page(client, booking)
    booking.sitter.refresh_from_db()
    assert (booking.sitter.rating_sum, booking.sitter.rating_count) == (0, 0)
    notice = booking.owner.notices.first()
    assert "It names a neighbour." in notice.text
    assert "It names a neighbour." in page(client, booking, "owner")
    assert SECRET not in page(client, booking, "sitter")
    with pytest.raises(NotAllowedNow, match="already"):
        remove_review(review=written, by=staff, reason="Again")


def test_there_is_no_way_to_edit_one(client):
    booking = make_completed()
    review(booking, "owner", stars=4)
    client.force_login(booking.owner)
    with clock.at(booking.ended_at + timedelta(days=1)):
        client.post(f"{booking.get_absolute_url()}review/", {"stars": "1"})
    assert booking.reviews.get().stars == 4


# --- Reminders ---------------------------------------------------------------------------------
def test_who_has_not_written_is_reminded_after_a_day_and_three_days_before_the_end():
    booking = make_completed()
    review(booking, "owner")

    def due(after) -> list[str]:
        with clock.at(booking.ended_at + after):
            run_clocks()
        found = Notice.objects.filter(kind="review_due", key__contains=":due")
        return sorted(notice.recipient.name for notice in found)

    assert due(timedelta(hours=23)) == []
    assert due(timedelta(days=1)) == ["Mara Lindqvist"]
    assert due(timedelta(days=17)) == ["Mara Lindqvist"]
    assert due(timedelta(days=18)) == ["Mara Lindqvist"] * 2
    assert due(timedelta(days=20)) == ["Mara Lindqvist"] * 2


def test_a_worker_that_slept_for_three_weeks_reminds_nobody():
    booking = make_completed()
    with clock.at(booking.ended_at + WINDOW):
        run_clocks()
    assert not Notice.objects.filter(kind="review_due").exists()


def test_reminders_are_no_mail_for_who_does_not_want_them():
    booking = make_completed()
    booking.owner.unwanted_mails = ["reviews"]
    booking.owner.save()
    with clock.at(booking.ended_at + timedelta(days=1)):
        run_clocks()
    (notice,) = booking.owner.notices.filter(kind="review_due")
    assert notice.send_after is None
