"""The calendar feed: a revocable secret, stable UIDs, no address by default (product.md 11)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from icalendar import Calendar

from accounts.tests.factories import log_in
from bookings.models import CalendarFeed
from bookings.services import calendar_feed as service
from bookings.services.ics.zones import time_zone_component
from bookings.services.transitions import check_in
from bookings.tests.factories import (
    accept,
    cancel,
    make_booking,
    make_choice,
    make_confirmed,
    make_in,
    make_owner,
)
from bookings.tests.ics_strict import read_strictly
from pawsitters import clock
from profiles.kinds import Kind
from profiles.tests.factories import make_pet, make_sitter, make_town

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 20, 9, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")


def feed_path(user) -> str:
    feed = CalendarFeed.objects.filter(user=user).first() or service.renew_feed(user=user)
    return service.path_of(feed)


def read(client, user, moment=NOW, **headers):
    with clock.at(moment):
        return client.get(feed_path(user), headers=headers)


def events(client, user, moment=NOW):
    """Read strictly, and with icalendar, which has to find the same."""
    raw = read(client, user, moment).content
    found = read_strictly(raw)
    calendar = Calendar.from_ical(raw)
    theirs = {
        str(event["uid"]): (event.start.astimezone(UTC), event.end.astimezone(UTC))
        for event in calendar.events
    }
    assert {event.uid: (event.starts_at, event.ends_at) for event in found} == theirs
    return found


def agreed(kind=Kind.BOARDING, *, starts_on=date(2027, 3, 27), units=3, sitter=None, **fields):
    with clock.at(NOW):
        sitter = sitter or make_sitter(kinds=[kind])
        choice = make_choice(kind, starts_on=starts_on, units=units, **fields)
        return make_confirmed(sitter=sitter, choice=choice)


def test_a_stay_is_one_event_on_the_clocks_at_the_place_of_care_over_a_clock_change(client):
    booking = agreed(
        start_time=time(10), end_time=time(16, 30)
    )  # the clock goes forward on the 28th
    for user in (booking.owner, booking.sitter.user):
        (event,) = events(client, user)
        assert event.uid == f"booking-{booking.public_id}@127.0.0.1"
        assert event.zone == "Europe/Berlin"
        assert event.starts_at == datetime(2027, 3, 27, 10, 0, tzinfo=BERLIN)
        assert event.ends_at == datetime(2027, 3, 30, 16, 30, tzinfo=BERLIN)
    raw = read(client, booking.owner).content
    assert b"DTSTART;TZID=Europe/Berlin:20270327T100000" in raw
    assert b"DTEND;TZID=Europe/Berlin:20270330T163000" in raw
    assert b"SUMMARY:Biscuit at Mara" in raw
    assert b"SUMMARY:Biscuit at your place" in read(client, booking.sitter.user).content


@pytest.mark.parametrize("town", [("Europe/Berlin", 27), ("America/New_York", 13)])
def test_each_visit_is_an_event_at_its_own_time_over_a_clock_change(client, town):
    zone, day = town  # two days before a change there
    with clock.at(datetime(2027, 3, 10, 9, 0, tzinfo=UTC)):
        sitter = make_sitter(
            kinds=[Kind.DOG_WALK], town=make_town(id=5, key="there", time_zone=zone)
        )
        times = (time(8), time(19, 30))
        choice = make_choice(
            Kind.DOG_WALK, starts_on=date(2027, 3, day), units=3, visit_times=times
        )
        booking = make_confirmed(sitter=sitter, choice=choice)
    found = events(client, booking.owner)
    assert len(found) == 6
    assert [event.starts_at for event in found] == [
        datetime.combine(date(2027, 3, day + n), at, tzinfo=ZoneInfo(zone))
        for n in range(3)
        for at in times
    ]
    assert all(event.ends_at - event.starts_at == timedelta(minutes=30) for event in found)


def test_an_hour_that_exists_twice_is_written_in_utc():
    booking = agreed(Kind.DROP_IN_VISIT, units=1)
    unit = booking.units.get()
    unit.starts_at = datetime(2027, 10, 31, 0, 45, tzinfo=UTC)  # 02:45 in summer time
    unit.ends_at = unit.starts_at + timedelta(minutes=30)  # 02:15 in winter time
    unit.save()
    with clock.at(NOW):
        raw, _bookings = service.calendar_text(booking.owner, with_addresses=False)
    (event,) = read_strictly(raw)
    assert (event.starts_at, event.ends_at) == (unit.starts_at, unit.ends_at)
    assert b"DTSTART:20271031T004500Z" in raw


@pytest.mark.parametrize("name", ["Europe/Berlin", "America/New_York", "Australia/Sydney", "UTC"])
def test_the_zone_in_the_file_says_what_the_time_zone_database_says(name):
    lines = time_zone_component(name, 2027, 2028).to_ical().decode()
    assert lines.count("BEGIN:STANDARD") + lines.count("BEGIN:DAYLIGHT") == 1 + 4 * (name != "UTC")
    if name == "Europe/Berlin":
        assert "DTSTART:20270328T020000\r\nTZNAME:CEST\r\nTZOFFSETFROM:+0100" in lines


def test_a_cancelled_booking_stays_for_a_month_as_cancelled_under_its_uid(client):
    booking = agreed()
    (before,) = events(client, booking.owner)
    with clock.at(NOW + timedelta(days=1)):
        cancel(booking)
    (after,) = events(client, booking.owner, NOW + timedelta(days=30))
    assert (before.status, after.status) == ("CONFIRMED", "CANCELLED")
    assert after.uid == before.uid
    assert after.sequence > before.sequence
    assert events(client, booking.owner, NOW + timedelta(days=32)) == []


def test_a_booking_cancelled_midway_keeps_what_took_place(client):
    with clock.at(NOW):
        stay = make_in("in_progress", sitter=make_sitter(), choice=make_choice(units=4))
    with clock.at(stay.starts_at + timedelta(days=1)):
        stay = cancel(stay)
    (event,) = events(client, stay.owner, stay.ended_at)
    assert event.status == "CONFIRMED"
    assert event.ends_at == stay.ended_at.replace(microsecond=0)

    walks = agreed(Kind.DOG_WALK, units=3)
    with clock.at(walks.starts_at - timedelta(minutes=30)):
        check_in(booking=walks, by=walks.sitter.user)
    with clock.at(walks.starts_at + timedelta(hours=2)):
        cancel(walks)
    found = events(client, walks.owner, walks.starts_at + timedelta(hours=3))
    assert [event.status for event in found] == ["CONFIRMED", "CANCELLED", "CANCELLED"]


@pytest.mark.parametrize("status", ["requested", "declined", "withdrawn", "expired"])
def test_what_was_never_agreed_is_not_in_the_feed(client, status):
    booking = make_in(status)
    assert events(client, booking.owner, clock.now()) == []


def test_the_feed_has_both_roles_of_one_person_and_nobody_else_s(client):
    with clock.at(NOW):
        sitter = make_sitter(user=make_owner(name="Mara Lindqvist"))
        as_sitter = make_confirmed(sitter=sitter)
        as_owner = accept(make_booking(owner=sitter.user, sitter=make_sitter()))
        make_confirmed()
    uids = {event.uid for event in events(client, sitter.user)}
    assert uids == {f"booking-{b.public_id}@127.0.0.1" for b in (as_sitter, as_owner)}


def test_no_address_by_default_and_with_the_option_only_while_it_is_visible(client):
    booking = agreed()
    secrets = ("Hafenweg", "Lindenweg", "+49", "example.", "Key under")
    assert not any(word.encode() in read(client, booking.owner).content for word in secrets)
    service.show_addresses(user=booking.owner, shows=True)
    (event,) = events(client, booking.owner)
    assert event.location == r"Hafenweg 1\, 10117 Berlin"
    with clock.at(NOW):
        cancel(booking)
    (event,) = events(client, booking.owner)
    assert event.location == ""


def test_names_of_any_kind_are_folded_and_escaped(client):
    with clock.at(NOW):
        owner = make_owner(name="Zoë; DROP, Tables")
        pets = [
            make_pet(owner, name="🐕" * 18 + "; a,b\\n"),
            make_pet(owner, name="Ärger\r\nATTENDEE:x"),
        ]
        booking = make_confirmed(owner=owner, pets=pets)
    raw = read(client, booking.sitter.user).content
    (event,) = read_strictly(raw)
    assert b"\r\nATTENDEE" not in raw
    (parsed,) = Calendar.from_ical(raw).events
    assert "🐕" * 18 + "; a,b\\n and Ärger ATTENDEE:x" in str(parsed["summary"])
    assert event.status == "CONFIRMED"


def test_an_empty_feed_is_a_calendar_too(client):
    assert events(client, make_owner()) == []


# --- HTTP -------------------------------------------------------------------------------------
def test_the_feed_answers_304_to_who_has_it_and_reads_no_session(client):
    booking = agreed()
    client.force_login(booking.owner)
    first = read(client, booking.owner)
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert first["Cache-Control"] == "private, max-age=300"
    for response in (first, read(client, booking.owner, if_none_match=first["ETag"])):
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")
        assert not response.wsgi_request.session.accessed
    assert response.status_code == 304
    assert not response.content
    same = {"if_modified_since": first["Last-Modified"]}
    assert read(client, booking.owner, **same).status_code == 304
    # As days go by, things leave the feed, so a date alone does not vouch for more than a day.
    assert read(client, booking.owner, NOW + timedelta(days=1), **same).status_code == 200
    with clock.at(NOW):
        cancel(booking)
    assert read(client, booking.owner, if_none_match=first["ETag"]).status_code == 200


def test_a_guessed_forged_or_revoked_secret_is_not_found_with_the_same_work(
    client, django_assert_num_queries
):
    user = agreed().owner
    path = feed_path(user)
    key = CalendarFeed.objects.get().key
    old = path
    service.renew_feed(user=user)
    assert feed_path(user) != old
    forged = [old, "/calendar/x.ics", f"/calendar/{key}.ics", f"/calendar/{key}.{'A' * 43}.ics"]
    fresh = feed_path(user)
    forged += [fresh.replace(".ics", "A.ics"), fresh.swapcase().replace("/CALENDAR/", "/calendar/")]
    for wrong in forged:
        with django_assert_num_queries(1 if wrong.endswith(".ics") else 0):
            response = client.get(wrong)
        assert response.status_code == 404, wrong
        assert not response.cookies
    assert client.get(fresh).status_code == 200
    service.revoke_feed(user=user)
    assert client.get(fresh).status_code == 404


def test_the_feed_of_a_closed_account_is_not_found(client):
    user = make_owner()
    path = feed_path(user)
    user.is_active = False
    user.save()
    assert client.get(path).status_code == 404


def test_guesses_and_floods_are_limited(client, settings):
    limits = {"calendar_guess": "2/m/ip", "calendar_feed": "2/h/key"}
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, **limits}
    path = feed_path(make_owner())
    for wanted in (200, 200, 429):
        assert client.get(path).status_code == wanted
    for wanted in (404, 404, 429):
        assert client.get("/calendar/guess.ics").status_code == wanted
    assert client.get(feed_path(make_owner())).status_code == 200  # others are not held up


@pytest.mark.parametrize("count", [1, 4])
def test_the_feed_takes_the_same_statements_for_any_number_of_bookings(
    client, django_assert_num_queries, count
):
    with clock.at(NOW):
        sitter = make_sitter(night_places=20)
        for _n in range(count):
            make_confirmed(sitter=sitter)
    path = feed_path(sitter.user)
    # The feed with its person; the bookings; their units; their animals.
    with django_assert_num_queries(4), clock.at(NOW):
        client.get(path)


# --- the page ---------------------------------------------------------------------------------
def test_a_person_makes_renews_and_switches_off_the_address(client):
    user = make_owner()
    log_in(client, user)
    assert "There is no address yet" in client.get("/settings/calendar/").content.decode()
    for _click in range(2):
        page = client.post("/settings/calendar/renew/", follow=True).content.decode()
    first = service.address_of(CalendarFeed.objects.get())
    assert first in page
    client.post("/settings/calendar/addresses/", {"shows": "1"})
    assert CalendarFeed.objects.get().shows_addresses
    page = client.post("/settings/calendar/renew/", {"again": "1"}, follow=True).content.decode()
    second = service.address_of(CalendarFeed.objects.get())
    assert first not in page
    assert second in page
    assert CalendarFeed.objects.get().shows_addresses
    client.post("/settings/calendar/revoke/")
    assert not CalendarFeed.objects.exists()


def test_the_address_is_shown_only_to_who_has_just_shown_who_they_are(client):
    user = make_owner()
    user.set_password("paws-and-claws-27")
    user.save()
    client.force_login(user)
    service.renew_feed(user=user)
    assert client.get("/settings/calendar/").url.startswith("/sign/reauthenticate/")
    assert client.post("/settings/calendar/revoke/").url.startswith("/sign/reauthenticate/")
    assert CalendarFeed.objects.exists()
