"""An outside calendar as busy time: for new bookings only, beside the sitter's own days."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from django.http import QueryDict

from bookings.exceptions import RequestRefused, TooManyCalendars
from bookings.models import Notice
from bookings.pages.search_reading import read_search
from bookings.services import calendar_edits
from bookings.services import outside_calendars as service
from bookings.services.ics.fetching import CalendarRefused
from bookings.services.ics.reading import Busy, Unreadable
from bookings.services.search_prices import price_of
from bookings.tests.factories import make_booking, make_choice, make_confirmed, make_owner
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import BusyQuarter, OutsideCalendar, Seat
from profiles.services.search import find_sitters, sitters_with_wrong_bits
from profiles.tests.factories import make_sitter

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
URL = "https://calendar.example.org/private-4711.ics"
NOTHING = Busy([], [], 0, 0)


def slot(day: int, hour: int, minute: int = 0) -> int:
    return int(datetime(2027, 3, day, hour, minute, tzinfo=UTC).timestamp()) // 900


def add(sitter, url=URL) -> OutsideCalendar:
    return service.add_calendar(sitter=sitter, url=url)


def read(busy=NOTHING, moment=NOW) -> int:
    with clock.at(moment):
        return service.read_due(lambda task: busy)


def fail(error, moment=NOW) -> int:
    def refuse(task):
        raise error

    with clock.at(moment):
        return service.read_due(refuse)


@pytest.fixture
def sitter():
    with clock.at(NOW):
        sitter = make_sitter(kinds=list(Kind), service_fields={"buffer_minutes": 15})
        add(sitter)
    return sitter


def ask(sitter, kind, day, **fields):
    sitter.refresh_from_db()
    with clock.at(NOW):
        choice = make_choice(kind, starts_on=date(2027, 3, day), units=1, **fields)
        return make_booking(sitter=sitter, choice=choice)


def finds(kind, day, at="12:00") -> int:
    last = day + Kind(kind).is_nights
    query = f"town=2950159&kind={kind}&from=2027-03-{day}&to=2027-03-{last}&dogs=1"
    if Kind(kind).is_visits:
        query += f"&times={at}&minutes=30"
    with clock.at(NOW):
        reading = read_search(QueryDict(query))
        assert not reading.errors
        return find_sitters(reading.query(), price_of(reading.choice)).total


def test_busy_days_are_offered_to_nobody_and_search_follows(sitter):
    assert read(Busy([["2027-03-10", "2027-03-12"]], [], 1, 0)) == 1
    for kind in Kind:
        assert finds(kind, 10) == 0, kind
        assert finds(kind, 12) == 1, kind
        with pytest.raises(RequestRefused):
            ask(sitter, kind, 11)
    ask(sitter, Kind.BOARDING, 12)
    assert sitters_with_wrong_bits() == []


def test_busy_hours_take_visits_and_walks_with_their_travel_time_and_nothing_else(sitter):
    read(Busy([], list(range(slot(10, 11), slot(10, 12))), 1, 0))  # 12:00 to 13:00 in Berlin
    for kind in (Kind.DROP_IN_VISIT, Kind.DOG_WALK):
        for at, is_free in (
            ("11:15", True),  # ends at 11:45, and a quarter of an hour on the way
            ("11:30", False),
            ("12:15", False),
            ("13:00", False),
            ("13:15", True),
        ):
            assert finds(kind, 10, at) == is_free, (kind, at)
            times = (time.fromisoformat(at),)
            if is_free:
                ask(sitter, kind, 10, visit_times=times)
            else:
                with pytest.raises(RequestRefused):
                    ask(sitter, kind, 10, visit_times=times)
    for kind in (Kind.BOARDING, Kind.DAY_CARE, Kind.HOUSE_SITTING):
        assert finds(kind, 10) == 1
        ask(sitter, kind, 10)


def test_existing_bookings_and_the_sitter_s_own_days_are_never_touched(sitter):
    with clock.at(NOW):
        choice = make_choice(Kind.BOARDING, starts_on=date(2027, 3, 10), units=3)
        booking = make_confirmed(sitter=sitter, choice=choice)
        calendar_edits.set_days(
            sitter=sitter, first=date(2027, 3, 20), last=date(2027, 3, 21), state="away"
        )
    seats = list(Seat.objects.values_list())
    mine = list(sitter.calendar_exceptions.values_list())
    assert read(Busy([["2027-03-09", "2027-03-25"]], [slot(12, 11)], 1, 0)) == 1
    booking.refresh_from_db()
    assert booking.status == "confirmed"
    assert list(Seat.objects.values_list()) == seats
    assert list(sitter.calendar_exceptions.values_list()) == mine
    # The booking in busy days stands in nobody's way: the sitter edits the calendar as before.
    with clock.at(NOW):
        calendar_edits.set_days(
            sitter=sitter, first=date(2027, 3, 20), last=date(2027, 3, 20), state="usual"
        )
        calendar_edits.set_days(
            sitter=sitter, first=date(2027, 3, 14), last=date(2027, 3, 15), state="usual"
        )
    assert finds(Kind.BOARDING, 14) == 0  # busy wins over "as usual"


def test_what_is_no_longer_busy_is_open_again(sitter):
    read(Busy([["2027-03-10", "2027-03-12"]], [slot(14, 11), slot(14, 12)], 2, 0))
    kept = BusyQuarter.objects.get(slot=slot(14, 12))
    later = NOW + service.EVERY
    assert read(Busy([["2027-03-11", "2027-03-12"]], [slot(14, 12)], 2, 0), later) == 1
    assert list(BusyQuarter.objects.all()) == [kept]  # only the difference is written
    assert (finds(Kind.BOARDING, 10), finds(Kind.BOARDING, 11)) == (1, 0)


def test_removing_the_calendar_takes_its_busy_time_along_and_only_that(sitter):
    with clock.at(NOW):
        other = add(sitter, "https://other.example.org/b.ics")
    read(Busy([["2027-03-10", "2027-03-12"]], [slot(14, 11)], 1, 0))
    assert BusyQuarter.objects.count() == 2
    service.remove_calendar(calendar=sitter.outside_calendars.exclude(pk=other.pk).get())
    assert BusyQuarter.objects.count() == 1
    assert finds(Kind.BOARDING, 10) == 0
    service.remove_calendar(calendar=other)
    assert not BusyQuarter.objects.exists()
    assert finds(Kind.BOARDING, 10) == 1
    assert finds(Kind.DROP_IN_VISIT, 14, "12:00") == 1


def test_a_calendar_that_fails_is_said_with_the_last_good_time_and_keeps_counting(sitter, client):
    read(Busy([["2027-03-10", "2027-03-12"]], [], 1, 0))
    moment = NOW + service.EVERY
    for failures, hours in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 24), (6, 24)):
        fail(CalendarRefused("The site does not answer."), moment)
        calendar = OutsideCalendar.objects.get()
        assert (calendar.failures, calendar.good_at) == (failures, NOW)
        assert calendar.next_fetch_at == moment + timedelta(hours=hours)
        moment = calendar.next_fetch_at
    assert finds(Kind.BOARDING, 10) == 0
    (notice,) = Notice.objects.filter(kind="calendar_import")  # once, after the third
    assert notice.subject == "We cannot read your calendar at calendar.example.org"
    assert "Mon 1 March, 10:00 still counts" in notice.text
    client.force_login(sitter.user)
    with clock.at(NOW + timedelta(days=3)):
        page = client.get("/sitting/calendar/import/").content.decode()
    assert "The site does not answer." in page
    assert "Last read without a fault: Mon 1 March, 10:00" in page
    assert "4711" not in page  # the address is a secret of its own
    assert read(NOTHING, moment) == 1
    assert OutsideCalendar.objects.get().error == ""


@pytest.mark.parametrize("problem", ["many", "slow", "broken"])
def test_a_calendar_that_cannot_be_read_is_said_too(sitter, problem):
    fail(Unreadable(problem))
    assert OutsideCalendar.objects.get().error.startswith("The calendar ")


def test_several_workers_share_the_calendars_and_a_dead_one_loses_none(sitter):
    with clock.at(NOW):
        (leased,) = service._lease()
        assert service._lease() == []
        assert service.read_due(lambda task: 1 / 0) == 0  # nothing is due
    assert read(moment=NOW + service.LEASE) == 1
    # What the first worker brings now is old.
    with clock.at(NOW + service.LEASE):
        assert not service._keep(
            calendar=leased, busy=Busy([["2027-03-10", "2027-03-11"]], [], 1, 0)
        )
    assert OutsideCalendar.objects.get().busy == []


def test_a_calendar_removed_while_it_was_read_stays_removed(sitter):
    with clock.at(NOW):
        (leased,) = service._lease()
        service.remove_calendar(calendar=leased)
        assert not service._keep(
            calendar=leased, busy=Busy([["2027-03-10", "2027-03-11"]], [1], 1, 0)
        )
        service._note_failure(calendar=leased, sentence="x")
    assert not BusyQuarter.objects.exists()
    assert finds(Kind.BOARDING, 10) == 1


def test_one_round_reads_a_bounded_number(monkeypatch):
    monkeypatch.setattr(service, "AT_ONCE", 2)
    with clock.at(NOW):
        for _n in range(3):
            add(make_sitter())
    assert read() == 2
    assert read() == 1


def test_at_most_three_calendars_and_the_same_one_once(sitter):
    with clock.at(NOW):
        assert add(sitter).pk == OutsideCalendar.objects.get().pk
        add(sitter, "webcal://other.example.org/b.ics")
        add(sitter, "https://third.example.org/c.ics")
        with pytest.raises(TooManyCalendars):
            add(sitter, "https://fourth.example.org/d.ics")
        with pytest.raises(CalendarRefused):
            add(sitter, "https://127.0.0.1/")
    assert OutsideCalendar.objects.filter(url__contains="4711").count() == 0  # encrypted


def test_a_sitter_adds_reads_again_and_removes(client):
    sitter = make_sitter()
    client.force_login(sitter.user)
    page = "/sitting/calendar/import/"
    for wrong in ("", "http://a.example.org/x.ics", "https://10.0.0.1/", "https://2130706433/"):
        html = client.post(page, {"url": wrong}).content.decode()
        assert "invalid-feedback" in html
    assert not OutsideCalendar.objects.exists()
    client.post(page, {"url": URL})
    client.post(page, {"url": URL})
    calendar = OutsideCalendar.objects.get()
    assert calendar.host == "calendar.example.org"
    with clock.at(clock.now() + timedelta(seconds=30)):
        service.read_due(lambda task: NOTHING)
    first_plan = OutsideCalendar.objects.get().next_fetch_at
    client.post(f"{page}{calendar.pk}/read/")
    assert OutsideCalendar.objects.get().next_fetch_at == first_plan  # it was read a moment ago
    with clock.at(clock.now() + timedelta(minutes=10)):
        client.post(f"{page}{calendar.pk}/read/")
        assert OutsideCalendar.objects.get().next_fetch_at <= clock.now()
    client.post(f"{page}{calendar.pk}/remove/")
    client.post(f"{page}{calendar.pk}/remove/")
    assert not OutsideCalendar.objects.exists()


def test_somebody_else_s_calendar_does_not_exist(client, sitter):
    other = make_sitter(user=make_owner())
    client.force_login(other.user)
    calendar = OutsideCalendar.objects.get()
    for verb in ("read", "remove"):
        assert client.post(f"/sitting/calendar/import/{calendar.pk}/{verb}/").status_code == 404
    assert OutsideCalendar.objects.exists()


def test_the_day_s_page_says_why_nobody_can_book_it(client, sitter):
    with clock.at(NOW):
        read(Busy([["2027-03-10", "2027-03-12"]], [], 1, 0))
        client.force_login(sitter.user)
        assert "other calendar says" in client.get("/sitting/calendar/2027-03-10/").content.decode()
        page = client.get("/sitting/calendar/2027-03-12/").content.decode()
        assert "other calendar says" not in page
