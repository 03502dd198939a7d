"""The sitter's calendar: days, the usual week, and the promises that stand in the way."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.urls import reverse

from accounts.tests.factories import make_user
from bookings.tests.factories import make_booking, make_choice, make_confirmed, make_owner
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import CalendarException, WeekdayHours
from profiles.services.sitting import start_sitting
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db
URL = "/sitting/calendar/"
NOW = datetime(2027, 12, 2, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _on_2_december(monkeypatch):
    with clock.at(NOW):
        yield


@pytest.fixture
def sitter():
    return make_sitter(kinds=(Kind.BOARDING, Kind.DAY_CARE), night_places=2)


@pytest.fixture
def signed_in(client, sitter):
    client.force_login(sitter.user)
    return client


def typed(**fields):
    return {
        "first": "2027-12-29",
        "last": "2027-12-31",
        "state": "away",
        "night_places": "",
        "day_places": "",
        "note": "Skiing",
        **fields,
    }


def spans(sitter):
    rows = sitter.calendar_exceptions.order_by("starts_on")
    return [(row.starts_on.day, row.ends_on.day, row.is_away) for row in rows]


# --- The month -------------------------------------------------------------------------------
def test_month_says_what_is_left_and_who_comes(signed_in, sitter):
    booking = make_confirmed(sitter=sitter, choice=make_choice(starts_on=date(2027, 12, 23)))
    page = signed_in.get(URL, {"month": "2027-12"})
    days = {day.date.day: day for week in page.context["month"].weeks for day in week if day}
    assert (days[23].state, days[23].word) == ("part", "1 left")
    assert [chip.booking for chip in days[24].chips] == [booking]
    assert (days[25].word, days[1].state) == ("open", "past")
    assert f'href="{booking.get_absolute_url()}"' in page.content.decode()


def test_month_marks_full_away_and_asked(signed_in, sitter):
    sitter.services.filter(kind=Kind.DAY_CARE).delete()
    owner = make_owner()
    make_confirmed(
        sitter=sitter,
        owner=owner,
        pets=[make_pet(owner), make_pet(owner, name="Moss")],
        choice=make_choice(starts_on=date(2027, 12, 23)),
    )
    make_booking(sitter=sitter, choice=make_choice(starts_on=date(2027, 12, 10)))
    signed_in.post(URL, typed())
    page = signed_in.get(URL)
    days = {day.date.day: day for week in page.context["month"].weeks for day in week if day}
    assert (days[23].state, days[30].state) == ("full", "away")
    assert days[10].word == "open"
    assert days[10].chips[0].is_asked


@pytest.mark.parametrize("month", ["", "2027-13", "1-1", "9999-99", "x' OR 1", "0001-01"])
def test_month_that_does_not_exist_is_this_month(signed_in, month):
    assert signed_in.get(URL, {"month": month}).context["month"].name == "December 2027"


def test_month_takes_as_many_statements_with_20_bookings_as_with_1(
    signed_in, sitter, django_assert_max_num_queries
):
    sitter.capacity.night_places = 20
    sitter.capacity.save()
    make_confirmed(sitter=sitter)
    with django_assert_max_num_queries(8) as first:
        signed_in.get(URL)
    for _ in range(19):
        make_confirmed(sitter=sitter)
    with django_assert_max_num_queries(8) as second:
        signed_in.get(URL)
    assert len(first) == len(second)


# --- Some days -------------------------------------------------------------------------------
def test_away_closes_the_days_at_once(signed_in, sitter):
    answer = signed_in.post(f"{URL}?month=2027-12", typed(), follow=True)
    assert "Saved: away on 29 to 31 December." in answer.content.decode()
    sitter.refresh_from_db()
    assert sitter.snapshot["exceptions"] == [["2027-12-29", "2028-01-01", True, None, None]]


def test_saving_the_same_days_twice_keeps_one_exception(signed_in, sitter):
    signed_in.post(URL, typed())
    signed_in.post(URL, typed())
    assert CalendarException.objects.count() == 1


def test_fewer_places_inside_away_days_splits_them(signed_in, sitter):
    signed_in.post(URL, typed(first="2027-12-10", last="2027-12-20"))
    signed_in.post(
        URL, typed(first="2027-12-14", last="2027-12-15", state="fewer", night_places="1")
    )
    assert spans(sitter) == [(10, 14, True), (14, 16, False), (16, 21, True)]


def test_usual_days_are_cut_out_of_an_exception(signed_in, sitter):
    signed_in.post(URL, typed(first="2027-12-10", last="2027-12-20"))
    signed_in.post(URL, typed(first="2027-12-01", last="2027-12-12", state="usual"))
    assert spans(sitter) == [(10, 21, True)], "the first day has passed: nothing changes"
    signed_in.post(URL, typed(first="2027-12-03", last="2027-12-12", state="usual"))
    signed_in.post(URL, typed(first="2027-12-19", last="2027-12-31", state="usual"))
    assert spans(sitter) == [(13, 19, True)]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"first": "2027-11-30"}, "This day has passed."),
        ({"last": "2027-12-28"}, "The last day must not be before the first."),
        ({"last": "2029-12-28"}, "more than 400 days"),
        ({"last": "2099-12-28"}, "more than 3 years ahead"),
        ({"first": "31.31.2027"}, "Write the date as day/month/year"),
        ({"state": "fewer"}, "How many animals? Fill in one of the two."),
        ({"state": "fewer", "night_places": "many"}, "Write a whole number, such as 2."),
        ({"state": "fewer", "night_places": "-1"}, "greater than or equal to 0"),
        ({"state": "gone"}, "Select a valid choice"),
        ({"note": "x" * 81}, "at most 80 characters"),
    ],
)
def test_bad_days_keep_what_was_typed_and_save_nothing(signed_in, fields, sentence):
    page = signed_in.post(URL, typed(**{"note": "<b>Ski</b>", **fields}))
    html = page.content.decode()
    assert page.status_code == 200
    assert sentence in html
    assert "<b>Ski</b>" not in html
    assert page.context["form"]["last"].value() == typed(**fields)["last"]
    assert not CalendarException.objects.exists()


def test_away_over_an_agreed_booking_is_refused_and_names_it(signed_in, sitter):
    booking = make_confirmed(sitter=sitter, choice=make_choice(starts_on=date(2027, 12, 29)))
    page = signed_in.post(URL, typed())
    html = page.content.decode()
    assert "One booking that is agreed is in the way. Nothing was changed." in html
    assert booking.get_absolute_url() in html
    assert page.context["form"]["note"].value() == "Skiing"
    assert not CalendarException.objects.exists()
    sitter.refresh_from_db()
    assert sitter.snapshot["exceptions"] == []


def test_removing_an_exception(signed_in, sitter):
    signed_in.post(URL, typed())
    row = CalendarException.objects.get()
    signed_in.post(reverse("bookings:calendar_exception_remove", args=[row.pk]))
    sitter.refresh_from_db()
    assert sitter.snapshot["exceptions"] == []


# --- The usual week and the places ------------------------------------------------------------
def week(**fields):
    values = {"night_places": "2", "day_places": "2"}
    for day in range(7):
        values |= {f"takes_nights_{day}": "on", f"takes_days_{day}": "on"}
        values |= {f"visits_from_{day}": "09:00", f"visits_until_{day}": "18:00"}
    return {**values, **fields}


def test_the_week_is_saved_as_typed(signed_in, sitter):
    values = week(visits_from_6="", visits_until_6="")
    del values["takes_nights_5"]
    signed_in.post(f"{URL}week/", values)
    saturday, sunday = WeekdayHours.objects.filter(sitter=sitter, weekday__gte=5)
    assert (saturday.takes_nights, saturday.takes_away, saturday.takes_days) == (False, False, True)
    assert sunday.visits_from is None
    sitter.refresh_from_db()
    assert sitter.snapshot["hours"]["0"] == [True, False, True, "09:00", "18:00"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"visits_from_0": ""}, "Fill in both times, or neither."),
        ({"visits_until_0": "08:00"}, "This must be later than the first time."),
        ({"visits_until_0": "25:00"}, "Write the time as hours and minutes"),
        ({"night_places": "21"}, "less than or equal to 20"),
        ({"night_places": ""}, "required"),
    ],
)
def test_a_bad_week_keeps_what_was_typed_and_saves_nothing(signed_in, sitter, fields, sentence):
    page = signed_in.post(f"{URL}week/", week(day_places="7", **fields))
    assert sentence in page.content.decode()
    assert page.context["form"]["day_places"].value() == "7"
    sitter.capacity.refresh_from_db()
    assert sitter.capacity.day_places == 2


def test_places_below_what_is_held_are_refused_and_name_the_bookings(signed_in, sitter):
    first, second = make_confirmed(sitter=sitter), make_confirmed(sitter=sitter)
    page = signed_in.post(f"{URL}week/", week(night_places="1"))
    html = page.content.decode()
    assert "2 bookings that are agreed are in the way. Nothing was changed." in html
    assert first.get_absolute_url() in html
    assert second.get_absolute_url() in html
    assert page.context["form"]["night_places"].value() == "1"
    sitter.capacity.refresh_from_db()
    assert sitter.capacity.night_places == 2


# --- One day ---------------------------------------------------------------------------------
def test_the_day_shows_its_bookings_and_changes_only_itself(signed_in, sitter):
    booking = make_confirmed(sitter=sitter, choice=make_choice(starts_on=date(2027, 12, 10)))
    html = signed_in.get(f"{URL}2027-12-12/").content.decode()
    assert booking.get_absolute_url() in html
    assert "ends at 10:00" in html
    signed_in.post(f"{URL}2027-12-13/", {"state": "fewer", "night_places": "1"})
    assert spans(sitter) == [(13, 14, False)]
    form = signed_in.get(f"{URL}2027-12-13/").context["form"]
    assert (form["state"].value(), form["night_places"].value()) == ("fewer", 1)


def test_a_day_that_has_passed_cannot_be_changed(signed_in):
    signed_in.post(f"{URL}2027-12-01/", {"state": "away"})
    assert not CalendarException.objects.exists()


@pytest.mark.parametrize("day", ["2027-02-30", "0001-01-01", "9999-12-31"])
def test_a_day_that_does_not_exist_is_not_found(signed_in, day):
    assert signed_in.get(f"{URL}{day}/").status_code == 404


def test_the_day_takes_as_many_statements_with_3_bookings(
    signed_in, sitter, django_assert_max_num_queries
):
    make_confirmed(sitter=sitter)
    on = (clock.now() + timedelta(days=10)).date()
    with django_assert_max_num_queries(9) as first:
        signed_in.get(f"{URL}{on}/")
    make_booking(sitter=sitter)
    make_confirmed(sitter=sitter)
    with django_assert_max_num_queries(9) as second:
        signed_in.get(f"{URL}{on}/")
    assert len(first) == len(second)


# --- Confirming, and who may ------------------------------------------------------------------
def test_my_calendar_is_right(signed_in, sitter):
    sitter.calendar_confirmed_on = None
    sitter.save()
    signed_in.post(f"{URL}confirm/")
    sitter.refresh_from_db()
    assert sitter.calendar_confirmed_on == date(2027, 12, 2)


@pytest.mark.parametrize("path", ["", "week/", "2027-12-10/"])
def test_a_visitor_is_asked_to_sign_in_and_an_owner_to_start(client, path):
    assert client.get(URL + path).url.startswith("/sign/login/")
    client.force_login(make_user())
    assert client.get(URL + path).url == reverse("profiles:sitting_start")


def test_the_exception_of_another_sitter_is_not_found(signed_in, sitter):
    signed_in.post(URL, typed())
    other = start_sitting(make_user())
    row = CalendarException.objects.get()
    signed_in.force_login(other.user)
    url = reverse("bookings:calendar_exception_remove", args=[row.pk])
    assert signed_in.post(url).status_code == 404
    assert signed_in.get(url).status_code == 405
    assert CalendarException.objects.exists()
