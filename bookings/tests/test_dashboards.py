"""The two dashboards, the list of bookings and the notices: what they show, at a fixed cost."""

from datetime import date, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.urls import reverse

from bookings.models import Booking, Notice
from bookings.services import transitions
from bookings.tests.factories import (
    accept,
    flag,
    just_before,
    make_booking,
    make_choice,
    make_confirmed,
    make_in,
    make_owner,
    make_running,
)
from bookings.tests.visit_tools import enter, leave, make_visits, write_card
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import SitterProfile
from profiles.tests.factories import make_pet, make_sitter

Status = Booking.Status
pytestmark = pytest.mark.django_db
OVERVIEW, SITTING = "/overview/", "/sitting/"


def get(client, user, path, moment=None) -> str:
    client.force_login(user)
    with clock.at(moment or clock.now()):
        response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def statements(client, user, path, captured) -> int:
    client.force_login(user)
    with captured() as queries:
        assert client.get(path).status_code == 200
    return len(queries)


@pytest.fixture
def captured():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    return lambda: CaptureQueriesContext(connection)


def make_many(count: int, owner, sitter) -> None:
    """`count` bookings of every kind that a dashboard shows, of one owner with one sitter."""
    pet = make_pet(owner, must_follow="Never alone")
    for number in range(count):
        starts_on = date.today() + timedelta(days=10 + 3 * number)
        choice = make_choice(starts_on=starts_on)
        for status in (Status.REQUESTED, Status.CONFIRMED, Status.IN_PROGRESS, Status.COMPLETED):
            make_in(status, owner=owner, sitter=sitter, pets=[pet], choice=choice)


@pytest.mark.parametrize("path", [OVERVIEW, SITTING, "/bookings/", "/bookings/?show=past"])
def test_a_dashboard_costs_six_statements_with_one_row_and_with_twenty(client, path, captured):
    owner, sitter = make_owner(), make_sitter(night_places=20)
    user = sitter.user if path == SITTING else owner
    make_many(1, owner, sitter)
    with_one = statements(client, user, path, captured)
    make_many(20, owner, sitter)
    with_twenty = statements(client, user, path, captured)

    assert with_one == with_twenty <= 6


# --- Owner ---------------------------------------------------------------------------------


def test_a_new_account_sees_three_steps(client):
    html = get(client, make_owner(), OVERVIEW)

    assert "Three steps to the first booking" in html
    assert reverse("profiles:pet_add") in html


def test_the_overview_says_of_running_visits_who_is_there_and_when_the_next_one_is(client):
    booking = make_visits()
    first, second = booking.units.all()
    enter(booking, 1)
    html = get(client, booking.owner, OVERVIEW, first.starts_at + timedelta(minutes=5))
    assert "Mara has been there since 08:00" in html
    leave(booking, 1)
    html = get(client, booking.owner, OVERVIEW, first.ends_at)
    assert "Next: today, 12:00" in html
    html = get(client, booking.owner, OVERVIEW, second.ends_at)
    assert "Next:" not in html


def test_the_overview_sorts_bookings_by_what_they_wait_for(client):
    owner = make_owner()
    for status, heading in [
        (Status.REQUESTED, "Waiting for an answer"),
        (Status.CONFIRMED, "Coming up"),
        (Status.IN_PROGRESS, "Running"),
        (Status.DECLINED, "Past"),
    ]:
        assert f">{heading}</h2>" not in get(client, owner, OVERVIEW)
        make_in(status, owner=owner)
        assert f">{heading}</h2>" in get(client, owner, OVERVIEW)


def test_at_most_three_things_need_the_owner_the_most_urgent_first(client):
    owner = make_owner()
    EmailAddress.objects.filter(user=owner).update(verified=True)
    flag(make_confirmed(owner=owner, pets=[make_pet(owner)]))
    EmailAddress.objects.filter(user=owner).update(verified=False)
    for name in ("Pip", "Olive"):
        make_pet(owner, name=name, good_with_cats="", off_leash="")
    html = get(client, owner, OVERVIEW)

    needs = [
        "Three things need you",
        "Did it take place?",
        "not confirmed yet",
        "2 questions about",
    ]
    places = [html.index(words) for words in needs]
    assert places == sorted(places)
    assert html.count("2 questions about") == 1


def test_an_owner_without_a_phone_is_told_before_the_stay(client):
    owner = make_owner(phone="")
    make_confirmed(owner=owner)

    assert "Your phone number is missing" in get(client, owner, OVERVIEW)


def test_sitters_who_looked_after_the_pets_can_be_asked_again(client):
    owner = make_owner()
    sitter = make_sitter()
    booking = make_in(Status.COMPLETED, owner=owner, sitter=sitter)
    html = get(client, owner, OVERVIEW)

    assert "1 booking with you" in html
    assert f"{booking.get_absolute_url()}again/" in html


def test_others_bookings_are_not_on_my_dashboards(client):
    booking = make_confirmed()
    stranger = make_sitter().user
    for path in (OVERVIEW, SITTING, "/bookings/", "/notices/"):
        html = get(client, stranger, path)
        assert booking.get_absolute_url() not in html
        assert "Biscuit" not in html


# --- Sitter --------------------------------------------------------------------------------


def test_who_has_no_page_is_led_to_start_one(client):
    client.force_login(make_owner())

    assert client.get(SITTING).url == reverse("profiles:sitting_start")


def test_a_request_shows_who_which_when_how_much_and_until_when(client, settings):
    settings.SITTER_FEE_BPS = 1000
    booking = make_booking()
    with clock.at(booking.requested_at):
        html = get(client, booking.sitter.user, SITTING, booking.requested_at)

    assert "Lena, with Biscuit" in html
    assert "€72.00" in html
    assert "until tomorrow" in html
    assert "Fits: you have room on every date" in html
    assert f'action="{booking.get_absolute_url()}accept/"' in html


def test_requests_that_no_longer_fit_say_so(client):
    sitter = make_sitter(night_places=1, kinds=[Kind.BOARDING, Kind.DROP_IN_VISIT])
    first, _second = make_booking(sitter=sitter), make_booking(sitter=sitter)
    visit = make_booking(sitter=sitter, choice=make_choice(Kind.DROP_IN_VISIT))
    assert get(client, sitter.user, SITTING).count("Fits: you have room") == 3

    accept(first)
    html = get(client, sitter.user, SITTING)
    assert html.count("No longer fits") == 1
    assert html.count("Fits: you have room") == 1
    assert visit.get_absolute_url() in html


def test_must_follow_lines_lead_to_the_page_where_they_are_ticked(client):
    owner = make_owner()
    booking = make_booking(owner=owner, pets=[make_pet(owner, must_follow="Never alone")])
    html = get(client, booking.sitter.user, SITTING)

    assert "Look and accept" in html
    assert f'action="{booking.get_absolute_url()}accept/"' not in html


def test_a_request_whose_time_is_over_is_not_offered(client):
    booking = make_booking()

    html = get(client, booking.sitter.user, SITTING, booking.expires_at)
    assert "Nobody is waiting" in html


@pytest.mark.parametrize(
    ("make", "path", "hours"), [(make_confirmed, "check-in/", 0), (make_running, "check-out/", 25)]
)
def test_check_in_and_out_appear_when_they_are_allowed(client, make, path, hours):
    booking = make()
    action = f'action="{booking.get_absolute_url()}{path}"'
    early = booking.starts_at - timedelta(hours=2)
    assert action not in get(client, booking.sitter.user, SITTING, early)

    due = just_before(booking) + timedelta(hours=hours)
    assert action in get(client, booking.sitter.user, SITTING, due)


def test_own_numbers_stand_with_their_denominators(client):
    sitter = make_sitter()
    SitterProfile.objects.filter(pk=sitter.pk).update(
        answered_count=24, asked_count=25, completed_count=3, confirmed_count=3
    )
    html = get(client, sitter.user, SITTING)

    assert "24 of 25" in html
    assert "3 of 3" in html


def test_today_lists_arrivals_and_visits_in_order(client):
    sitter = make_sitter(kinds=[Kind.BOARDING, Kind.DOG_WALK])
    choice = make_choice(Kind.DOG_WALK, units=1)
    walk = make_confirmed(sitter=sitter, choice=choice)
    make_confirmed(sitter=sitter)
    html = get(client, sitter.user, SITTING, walk.starts_at - timedelta(hours=4))

    listed = html.split('id="today-title"')[1].split("</section>")[0]
    assert listed.index("10:00") < listed.index("Biscuit: arrival")
    assert listed.index("Biscuit: arrival") < listed.index("12:00") < listed.index("Walk, Biscuit")


def test_the_state_of_the_page_is_shown(client):
    sitter = make_sitter(status=SitterProfile.Status.REJECTED, status_reason="No photo yet")
    html = get(client, sitter.user, SITTING)

    assert "Needs changes" in html
    assert "No photo yet" in html


# --- Lists ---------------------------------------------------------------------------------


def test_the_list_holds_what_one_asked_for_and_what_one_sits_for(client):
    sitter = make_sitter()
    asked = make_booking(owner=make_owner_of(sitter))
    sits = make_booking(sitter=sitter)
    html = get(client, sitter.user, "/bookings/")

    assert asked.get_absolute_url() in html
    assert sits.get_absolute_url() in html


def make_owner_of(sitter):
    EmailAddress.objects.create(
        user=sitter.user, email=sitter.user.email, verified=True, primary=True
    )
    return sitter.user


@pytest.mark.parametrize(
    ("show", "statuses"),
    [
        ("upcoming", {Status.REQUESTED, Status.CONFIRMED}),
        ("running", {Status.IN_PROGRESS}),
        ("past", {Status.COMPLETED, Status.DECLINED}),
        ("nonsense'", {Status.REQUESTED, Status.CONFIRMED}),
    ],
)
def test_the_list_is_filtered_by_what_is_asked(client, show, statuses):
    owner, sitter = make_owner(), make_sitter(night_places=9)
    bookings = [
        make_in(status, owner=owner, sitter=sitter)
        for status in (
            Status.REQUESTED,
            Status.CONFIRMED,
            Status.IN_PROGRESS,
            Status.COMPLETED,
            Status.DECLINED,
        )
    ]
    client.force_login(owner)
    html = client.get("/bookings/", {"show": show, "page": "x"}).content.decode()

    shown = {b.status for b in bookings if b.get_absolute_url() in html}
    assert shown == statuses


def test_the_list_has_pages(client):
    owner, sitter = make_owner(), make_sitter(night_places=20)
    pet = make_pet(owner)
    for _ in range(21):
        make_booking(owner=owner, sitter=sitter, pets=[pet])

    html = get(client, owner, "/bookings/")
    assert "Page 1 of 2" in html
    assert 'href="?show=upcoming&amp;page=2"' in html
    assert get(client, owner, "/bookings/?page=2").count('class="line-item"') == 1


# --- Notices -------------------------------------------------------------------------------


def test_opening_a_notice_marks_it_as_read_and_leads_where_it_points(client):
    booking = make_booking()
    notice = Notice.objects.get(recipient=booking.sitter.user)
    html = get(client, booking.sitter.user, "/notices/")
    assert notice.subject in html
    assert 'class="count">1<' in html

    response = client.get(reverse("bookings:notice", args=[notice.pk]))
    assert response.url == booking.get_absolute_url()
    assert 'class="count"' not in get(client, booking.sitter.user, "/notices/")


def test_all_are_marked_as_read_by_a_post_only(client):
    booking = make_confirmed()
    client.force_login(booking.owner)
    assert client.get(reverse("bookings:notices_read")).status_code == 405

    client.post(reverse("bookings:notices_read"))
    assert not Notice.objects.filter(recipient=booking.owner, read_at=None).exists()
    assert Notice.objects.filter(recipient=booking.sitter.user, read_at=None).exists()


def test_anothers_notice_does_not_exist(client):
    booking = make_booking()
    notice = Notice.objects.get(recipient=booking.sitter.user)
    client.force_login(booking.owner)

    assert client.get(reverse("bookings:notice", args=[notice.pk])).status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_notices_cost_five_statements_at_most(client, captured):
    booking = make_booking()
    with_few = statements(client, booking.owner, "/notices/", captured)
    for _ in range(3):
        transitions.withdraw_booking(booking=make_booking(owner=booking.owner), by=booking.owner)

    assert statements(client, booking.owner, "/notices/", captured) == with_few <= 5


def test_a_day_of_a_stay_is_asked_about_until_its_report_card_is_sent(client):
    booking = make_running()
    noon = booking.starts_at + timedelta(days=1)
    assert "Write the report card" in get(client, booking.sitter.user, SITTING, noon)
    with clock.at(noon):
        write_card(booking, visit=0, on=noon.astimezone(booking.zone).date())
    html = get(client, booking.sitter.user, SITTING, noon)
    assert "Write the report card" not in html
    assert "(report card sent)" in html
