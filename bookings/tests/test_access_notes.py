"""Access codes: only in their window, every look logged, erased afterwards (product.md 4 and 12)."""

from datetime import timedelta

import pytest
from django.urls import reverse

from accounts.tests.factories import log_in
from bookings.exceptions import NotAllowedNow
from bookings.models import AccessView, Booking, Notice
from bookings.services.access import erase_access_notes, look
from bookings.services.clocks import run_clocks
from bookings.services.rules import OWNER, SITTER
from bookings.tests.factories import (
    cancel,
    check_out,
    make_choice,
    make_confirmed,
    make_in,
    make_owner,
    make_running,
)
from bookings.tests.page_tools import page, user_of
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import HomeAccess
from profiles.services.homes import write_access_notes
from profiles.tests.factories import make_home, make_sitter

pytestmark = pytest.mark.django_db
CODE = "Door 4711#, alarm 0815"
MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def make_at_home(status="confirmed", kind=Kind.HOUSE_SITTING, **fields) -> Booking:
    owner = make_owner()
    write_access_notes(home=make_home(owner), notes=CODE, is_kept=False)
    sitter = make_sitter(kinds=[kind])
    return make_in(status, owner=owner, sitter=sitter, choice=make_choice(kind), **fields)


def ask(client, booking, moment, role=SITTER, method="post"):
    client.force_login(user_of(booking, role))
    with clock.at(moment):
        return getattr(client, method)(f"{booking.get_absolute_url()}access/")


def views(booking) -> int:
    return AccessView.objects.filter(booking=booking).count()


# --- The window -----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [Kind.HOUSE_SITTING, Kind.DROP_IN_VISIT, Kind.DOG_WALK])
def test_an_access_code_is_visible_from_24_hours_before_the_start_until_the_end(client, kind):
    booking = make_at_home(kind=kind)
    opens, closes = booking.starts_at - DAY, booking.ends_at
    for moment in (opens - MINUTE, closes, closes + DAY):
        assert ask(client, booking, moment).url == booking.get_absolute_url()
    assert views(booking) == 0

    for moment in (opens, closes - MINUTE):
        assert CODE in ask(client, booking, moment).content.decode()
    assert views(booking) == 2


@pytest.mark.parametrize(
    "status", ["requested", "declined", "completed", "cancelled_by_owner", "no_show_sitter"]
)
def test_only_an_agreed_booking_shows_it(client, status):
    booking = make_at_home(status)

    assert ask(client, booking, booking.starts_at).status_code == 302
    with clock.at(booking.starts_at), pytest.raises(NotAllowedNow):
        look(booking=booking, by=booking.sitter.user)
    assert views(booking) == 0


def test_a_stay_at_the_sitters_home_needs_no_code_of_the_owners(client):
    owner = make_owner()
    write_access_notes(home=make_home(owner), notes=CODE, is_kept=False)
    booking = make_confirmed(owner=owner)

    assert ask(client, booking, booking.starts_at).status_code == 302
    assert "Access notes" not in page(client, booking, SITTER, booking.starts_at)


def test_nobody_but_the_sitter_finds_the_page(client):
    booking = make_at_home()
    for person in (booking.owner, make_owner(), make_sitter().user):
        client.force_login(person)
        with clock.at(booking.starts_at):
            for method in (client.get, client.post):
                assert method(f"{booking.get_absolute_url()}access/").status_code == 404
    assert views(booking) == 0


# --- Every look is logged -------------------------------------------------------------------


def test_each_look_is_logged_and_the_owner_sees_who_and_when(client):
    booking = make_at_home()
    moment = booking.starts_at - timedelta(hours=3)
    ask(client, booking, moment)
    ask(client, booking, moment + timedelta(hours=1))

    assert list(booking.access_views.values_list("viewer", "at")) == [
        (booking.sitter.user_id, moment + timedelta(hours=1)),
        (booking.sitter.user_id, moment),
    ]
    html = page(client, booking, OWNER, booking.starts_at)
    assert "Mara looked" in html
    assert f"{moment.astimezone(booking.zone):%H:%M}" in html


def test_looking_at_the_question_shows_nothing_and_logs_nothing(client):
    booking = make_at_home()
    answer = ask(client, booking, booking.starts_at, method="get")

    assert "Show the access notes: Lena sees that you looked" in answer.content.decode()
    assert CODE not in answer.content.decode()
    assert views(booking) == 0


def test_no_cache_keeps_the_code(client):
    booking = make_at_home()
    answer = ask(client, booking, booking.starts_at)
    assert "no-store" in answer["Cache-Control"]

    log_in(client, booking.owner)
    answer = client.get(reverse("profiles:home_access"))
    assert CODE in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]


def test_the_code_stands_on_no_other_page_and_in_no_mail(client, caplog):
    booking = make_at_home()
    ask(client, booking, booking.starts_at)
    for person in (booking.owner, booking.sitter.user):
        client.force_login(person)
        with clock.at(booking.starts_at):
            for path in (
                booking.get_absolute_url(),
                f"{booking.get_absolute_url()}record/",
                "/overview/",
                "/sitting/",
                "/bookings/",
                "/home/",
                "/notices/",
            ):
                assert "4711" not in client.get(path, follow=True).content.decode(), path
    assert not Notice.objects.filter(text__contains="4711").exists()
    assert "4711" not in caplog.text


def test_a_sitter_who_looks_too_often_has_to_wait(client):
    booking = make_at_home()
    for _ in range(20):
        assert ask(client, booking, booking.starts_at).status_code == 200
    assert ask(client, booking, booking.starts_at).status_code == 302
    assert views(booking) == 20


def test_a_code_that_was_put_right_counts_at_once(client):
    booking = make_at_home()
    write_access_notes(home=booking.owner.home, notes="Now 4712", is_kept=False)

    assert "Now 4712" in ask(client, booking, booking.starts_at).content.decode()


def test_notes_whose_key_is_missing_are_a_sentence_and_no_look(client, settings):
    booking = make_at_home()
    settings.FIELD_KEYS = ["b25seS1mb3ItdGhlLWJlbmNobWFyay1vbmx5LWZvci0="]
    client.force_login(booking.sitter.user)
    with clock.at(booking.starts_at):
        answer = client.post(f"{booking.get_absolute_url()}access/", follow=True)

    assert "cannot be read just now" in answer.content.decode()
    assert views(booking) == 0
    log_in(client, booking.owner)
    assert "cannot be read" in client.get("/home/access/").content.decode()
    client.post("/home/access/", {"access_notes": "New"})
    assert HomeAccess.objects.get().notes == "New"


@pytest.mark.parametrize("role", [OWNER, SITTER])
def test_the_booking_page_takes_at_most_one_statement_more(
    client, role, django_assert_max_num_queries
):
    booking = make_at_home()
    ask(client, booking, booking.starts_at)
    client.force_login(user_of(booking, role))
    with clock.at(booking.starts_at), django_assert_max_num_queries(9):
        client.get(booking.get_absolute_url())


# --- The owner writes -----------------------------------------------------------------------


def test_reading_or_changing_the_notes_asks_again_who_is_there(client):
    owner = make_owner(password="!")
    owner.set_password("a-walk-at-dawn")
    owner.save()
    write_access_notes(home=make_home(owner), notes=CODE, is_kept=False)
    log_in(client, owner, minutes_ago=16)

    assert client.get("/home/access/").url.startswith("/sign/reauthenticate/")
    sent = client.post("/home/access/", {"access_notes": "Secret 99"})
    assert sent.url.startswith("/sign/reauthenticate/")
    assert HomeAccess.objects.get().notes == CODE
    # What is encrypted in one table is not left as text in the one of sessions.
    assert "Secret 99" not in str(dict(client.session))


def test_saved_empty_the_notes_are_gone(client):
    owner = make_owner()
    write_access_notes(home=make_home(owner), notes=CODE, is_kept=True)
    log_in(client, owner)
    client.post("/home/access/", {"access_notes": "  "})

    assert not HomeAccess.objects.exists()


# --- Erased ---------------------------------------------------------------------------------


@pytest.mark.parametrize("end", [check_out, cancel], ids=["completed", "cancelled"])
def test_access_codes_are_erased_seven_days_after_the_end(end):
    booking = make_at_home("in_progress" if end is check_out else "confirmed")
    with clock.at(clock.now() + MINUTE):
        booking = end(booking)
    last = booking.ended_at + timedelta(days=7)
    with clock.at(last - MINUTE):
        assert run_clocks()["access notes erased"] == 0
    with clock.at(last):
        assert run_clocks()["access notes erased"] == 1
        assert run_clocks()["access notes erased"] == 0

    assert not HomeAccess.objects.exists()
    assert Notice.objects.filter(recipient=booking.owner, kind="access_erased").count() == 1


def test_notes_stay_that_the_owner_keeps_or_wrote_for_the_next_time():
    booking = check_out(make_at_home("in_progress"))
    home, later = booking.owner.home, booking.ended_at + timedelta(days=8)
    write_access_notes(home=home, notes=CODE, is_kept=True)
    with clock.at(later):
        assert erase_access_notes() == 0
    with clock.at(booking.ended_at + timedelta(days=2)):
        write_access_notes(home=home, notes="A new code", is_kept=False)
    with clock.at(later):
        assert erase_access_notes() == 0


def test_notes_stay_while_another_booking_at_the_home_is_to_come():
    owner, sitter = make_owner(), make_sitter(kinds=[Kind.DROP_IN_VISIT])
    write_access_notes(home=make_home(owner), notes=CODE, is_kept=False)
    parties = {"owner": owner, "sitter": sitter}
    soon = make_choice(Kind.DROP_IN_VISIT)
    booking = check_out(make_running(**parties, choice=soon))
    late = make_choice(Kind.DROP_IN_VISIT, starts_on=soon.starts_on + timedelta(days=30))
    next_one = make_confirmed(**parties, choice=late)
    with clock.at(booking.ended_at + timedelta(days=20)):
        assert erase_access_notes() == 0
    with clock.at(next_one.ends_at + timedelta(days=7)):
        assert erase_access_notes() == 1
