"""The sitter's day on one page (product.md 11 and 12)."""

from datetime import time, timedelta

import pytest

from bookings.tests.factories import cancel, make_booking, make_choice, make_confirmed, make_owner
from bookings.tests.visit_tools import enter, leave, make_visits
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import HomeAccess
from profiles.tests.factories import make_home, make_pet, make_sitter

pytestmark = pytest.mark.django_db
PATH = "/sitting/day/"


def household(name="Lena Fischer", **pet):
    """An owner with all that a sitter may need at the door."""
    owner = make_owner(name=name, phone="+49 30 5551")
    home = make_home(owner, emergency_name="Jonas", emergency_phone="+49 30 5552")
    HomeAccess.objects.create(home=home, notes="Box 4711", written_at=clock.now())
    defaults = {
        "name": "Moss",
        "must_follow": "Never off the lead",
        "medication": "Thyrin at 8:00",
        "allergies": "Chicken",
        "vet_name": "Dr Graf",
        "vet_phone": "+49 30 5553",
    }
    return owner, make_pet(owner, **{**defaults, **pet})


def sheet(client, sitter, moment, query="") -> str:
    client.force_login(sitter.user)
    with clock.at(moment):
        return client.get(PATH + query).text.split("<main", 1)[1]


def test_the_sheet_holds_what_is_needed_at_the_door_and_no_codes(client):
    owner, pet = household()
    booking = make_visits(owner=owner, pets=[pet])

    html = sheet(client, booking.sitter, booking.starts_at)

    for needed in (
        "08:00 to 08:30",
        "Lindenweg 4",
        "+49 30 5551",
        "Jonas, +49 30 5552",
        "Never off the lead",
        "Thyrin at 8:00",
        "Chicken",
        "Dr Graf, +49 30 5553",
        f"{booking.get_absolute_url()}access/",
        "check-in/",
    ):
        assert needed in html
    assert "4711" not in html


def test_visits_and_stays_stand_in_order_of_the_clock(client):
    sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT, Kind.BOARDING], night_places=4)
    visits = make_visits(sitter=sitter, units=2)
    stay = make_confirmed(sitter=sitter, choice=make_choice(Kind.BOARDING))
    html = sheet(client, sitter, visits.starts_at - timedelta(hours=2))

    found = [html.index(word) for word in ("08:00 to 08:30", "10:00", "12:00 to 12:30")]
    assert found == sorted(found)
    later = sheet(client, sitter, stay.starts_at + timedelta(days=1))
    assert "Night 2 of 2" in later
    assert "Home" in sheet(client, sitter, stay.ends_at)


def test_what_is_done_says_so_and_another_day_can_be_looked_at(client):
    booking = make_visits(units=2)
    enter(booking), leave(booking, 1)
    today = booking.starts_at + timedelta(hours=1)

    assert "(done)" in sheet(client, booking.sitter, today)
    tomorrow = sheet(client, booking.sitter, today, f"?on={booking.starts_on + timedelta(days=1)}")
    assert "(done)" not in tomorrow
    assert "08:00 to 08:30" in tomorrow


@pytest.mark.parametrize(
    "typed", ["", "2027-02-29", "0001-01-01", "9999-12-31", "x'", "٢٠٢٧-٠١-٠١"]
)
def test_a_date_that_is_none_means_today(client, typed):
    booking = make_visits()
    assert "08:00 to 08:30" in sheet(client, booking.sitter, booking.starts_at, f"?on={typed}")


def test_29_february_has_a_sheet(client):
    sitter = make_sitter()
    with clock.at(clock.now().replace(year=2028, month=2, day=20)):
        client.force_login(sitter.user)
        assert "29 February" in client.get(f"{PATH}?on=2028-02-29").text


def test_requests_cancelled_bookings_and_other_sitters_are_not_on_it(client):
    sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT])
    gone, other = make_visits(sitter=sitter), make_visits()
    make_booking(sitter=sitter, choice=make_choice(Kind.DROP_IN_VISIT, visit_times=(time(15),)))
    with clock.at(gone.starts_at - timedelta(hours=30)):
        cancel(gone)

    html = sheet(client, sitter, other.starts_at)
    assert "Nothing is due" in html


def test_a_saved_sheet_is_a_file_that_needs_nothing_from_elsewhere(client):
    owner, pet = household(name="<b>Lena</b>")
    booking = make_visits(owner=owner, pets=[pet])
    client.force_login(booking.sitter.user)
    with clock.at(booking.starts_at):
        answer = client.get(f"{PATH}?save=1")

    assert answer["Content-Disposition"].startswith('attachment; filename="day-')
    assert "no-store" in answer["Cache-Control"] or "private" in answer["Cache-Control"]
    for elsewhere in (
        "<link",
        "<script",
        "src=",
        "style=",
        "http://",
        "https://",
        "4711",
        "<b>Lena",
    ):
        assert elsewhere not in answer.text
    assert "Lindenweg 4" in answer.text


def test_the_sheet_costs_the_same_with_one_household_and_with_four(
    client, django_assert_max_num_queries
):
    sitter = make_sitter(kinds=[Kind.BOARDING], night_places=8)
    for _ in range(4):
        owner, pet = household()
        booking = make_confirmed(sitter=sitter, owner=owner, pets=[pet])
    client.force_login(sitter.user)
    # Session, person, unread notices and messages, own page, bookings, units, animals, extras.
    with clock.at(booking.starts_at), django_assert_max_num_queries(9):
        client.get(PATH)
