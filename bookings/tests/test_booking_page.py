"""One booking's page: what each side sees in every state, and nothing that is not allowed now."""

import re
from datetime import timedelta

import pytest
from django.urls import reverse

from bookings.models import Booking
from bookings.pages.actions import VERBS
from bookings.services import agreements, transitions
from bookings.services.rules import OWNER, SITTER, allowed
from bookings.tests.factories import (
    accept,
    cancel,
    check_out,
    flag,
    just_before,
    make_booking,
    make_choice,
    make_confirmed,
    make_in,
    make_owner,
    make_running,
)
from pawsitters import clock
from profiles.kinds import Kind
from profiles.tests.factories import make_home, make_pet, make_sitter

Status = Booking.Status
pytestmark = pytest.mark.django_db
MOST_STATEMENTS = 8


def user_of(booking, role):
    return booking.owner if role == OWNER else booking.sitter.user


def page(client, booking, role, moment=None) -> str:
    client.force_login(user_of(booking, role))
    with clock.at(moment or clock.now()):
        response = client.get(booking.get_absolute_url())
    assert response.status_code == 200
    return response.content.decode()


def url(booking, verb) -> str:
    return reverse(f"bookings:{VERBS[verb][0]}", args=[booking.public_id])


def buttons(html: str, booking) -> set[str]:
    """The verbs whose addresses the page links or posts to."""
    return {verb for verb in VERBS if re.search(f'(href|action)="{url(booking, verb)}"', html)}


def post(client, booking, verb, role, **data):
    client.force_login(user_of(booking, role))
    return client.post(url(booking, verb), data, follow=True)


# --- Buttons -------------------------------------------------------------------------------


def moments(booking) -> list:
    """Moments between which what is allowed may change."""
    return [
        booking.requested_at + timedelta(minutes=1),
        just_before(booking),
        booking.starts_at + timedelta(hours=1),
        booking.ends_at - timedelta(minutes=1),
        booking.ends_at + timedelta(hours=13),
    ]


@pytest.mark.parametrize("role", [OWNER, SITTER])
@pytest.mark.parametrize("status", list(Status))
def test_the_buttons_are_what_the_state_table_allows_now(client, status, role):
    booking = make_in(status)
    for moment in moments(booking):
        verbs = allowed(Booking.objects.get(pk=booking.pk), role, moment)
        assert buttons(page(client, booking, role, moment), booking) == verbs, moment


@pytest.mark.parametrize("role", [OWNER, SITTER])
def test_a_flagged_booking_offers_both_answers(client, role):
    booking = flag(make_confirmed())
    moment = booking.flagged_at + timedelta(minutes=1)
    expected = {OWNER: {"report_missed"}, SITTER: {"check_in", "claim_no_access"}}[role]
    assert buttons(page(client, booking, role, moment), booking) == expected

    with clock.at(moment):
        transitions.claim_no_access(booking=booking, by=booking.sitter.user)
    expected = {OWNER: {"report_missed", "agree_no_access"}, SITTER: {"check_in"}}[role]
    assert buttons(page(client, booking, role, moment), booking) == expected


# --- Statements ----------------------------------------------------------------------------


@pytest.mark.parametrize("role", [OWNER, SITTER])
@pytest.mark.parametrize("status", list(Status))
def test_at_most_eight_statements_whatever_the_state(
    client, status, role, django_assert_max_num_queries
):
    owner = make_owner(phone="+49 30 1")
    make_home(owner)
    pets = [make_pet(owner, name=name, must_follow="A\nB") for name in ("Biscuit", "Moss")]
    sitter = make_sitter(night_places=8, town=None)
    for _ in range(4):
        make_sitter()
    booking = make_in(status, owner=owner, pets=pets, sitter=sitter)
    client.force_login(user_of(booking, role))
    with django_assert_max_num_queries(MOST_STATEMENTS):
        response = client.get(booking.get_absolute_url())
    assert response.status_code == 200


# --- Who sees what (product.md 12) ----------------------------------------------------------

SECRETS = {
    "owner's phone": "+49 30 111",
    "sitter's phone": "+49 30 222",
    "owner's street": "Lindenweg 4",
    "sitter's street": "Hafenweg 1",
}


def make_with_secrets(kind, status=Status.REQUESTED):
    owner = make_owner(phone=SECRETS["owner's phone"])
    make_home(owner)
    sitter = make_sitter(kinds=[kind])
    sitter.user.phone = SECRETS["sitter's phone"]
    sitter.user.save()
    pet = make_pet(owner, bite_history="Bit the postman", has_bitten="yes", feeding="300 g")
    return make_in(status, owner=owner, sitter=sitter, pets=[pet], choice=make_choice(kind))


def seen(html: str) -> set[str]:
    return {name for name, text in SECRETS.items() if text in html}


@pytest.mark.parametrize("kind", [Kind.BOARDING, Kind.HOUSE_SITTING])
def test_before_confirmation_neither_phones_nor_the_others_address_are_shown(client, kind):
    booking = make_with_secrets(kind)
    at_sitters = kind == Kind.BOARDING

    assert seen(page(client, booking, OWNER)) == (set() if at_sitters else {"owner's street"})
    assert seen(page(client, booking, SITTER)) == ({"sitter's street"} if at_sitters else set())


@pytest.mark.parametrize("kind", [Kind.BOARDING, Kind.HOUSE_SITTING])
def test_after_confirmation_both_see_phones_and_the_place_of_care_only(client, kind):
    booking = accept(make_with_secrets(kind))
    street = "sitter's street" if kind == Kind.BOARDING else "owner's street"

    assert seen(page(client, booking, OWNER)) == {"sitter's phone", street}
    assert seen(page(client, booking, SITTER)) == {"owner's phone", street}


@pytest.mark.parametrize("kind", [Kind.BOARDING, Kind.HOUSE_SITTING])
@pytest.mark.parametrize("end", [check_out, cancel], ids=["completed", "cancelled"])
def test_seven_days_after_the_end_phones_and_the_others_address_are_gone(client, kind, end):
    booking = make_with_secrets(kind, Status.IN_PROGRESS if end is check_out else Status.CONFIRMED)
    booking = end(booking)
    last = booking.ended_at + timedelta(days=7)
    own = {OWNER: "owner's street", SITTER: "sitter's street"}
    side_of_care = SITTER if kind == Kind.BOARDING else OWNER

    for role in (OWNER, SITTER):
        assert len(seen(page(client, booking, role, last - timedelta(minutes=1)))) == 2
        expected = {own[role]} if role == side_of_care else set()
        assert seen(page(client, booking, role, last)) == expected


@pytest.mark.parametrize("status", [Status.DECLINED, Status.WITHDRAWN, Status.EXPIRED])
def test_a_request_that_came_to_nothing_opens_nothing(client, status):
    booking = make_with_secrets(Kind.BOARDING, status)

    assert seen(page(client, booking, OWNER)) == set()
    html = page(client, booking, SITTER)
    assert seen(html) == {"sitter's street"}
    assert "Bit the postman" not in html


def test_before_acceptance_the_sitter_sees_the_towns_distance_not_the_door(client):
    booking = make_with_secrets(Kind.DROP_IN_VISIT)

    assert "Less than 1 km from you" in page(client, booking, SITTER)


def test_the_care_sheet_is_live_before_acceptance_and_a_copy_afterwards(client):
    booking = make_with_secrets(Kind.BOARDING)
    pet = booking.booking_pets.get().pet
    pet.feeding = "400 g"
    pet.save()
    assert "400 g" in page(client, booking, SITTER)
    assert "Bit the postman" in page(client, booking, SITTER)

    accept(booking)
    pet.feeding = "500 g"
    pet.save()
    html = page(client, booking, SITTER)
    assert "400 g" in html
    assert "500 g" not in html


def test_the_care_sheet_is_closed_to_the_sitter_after_ninety_days(client):
    booking = check_out(make_with_secrets(Kind.BOARDING, Status.IN_PROGRESS))
    last = booking.ended_at + timedelta(days=90)

    assert "Bit the postman" in page(client, booking, SITTER, last - timedelta(minutes=1))
    html = page(client, booking, SITTER, last)
    assert "Bit the postman" not in html
    assert "It is closed now" in html
    assert "Bit the postman" in page(client, booking, OWNER, last)


def test_a_pet_that_was_erased_leaves_its_copy(client):
    booking = accept(make_with_secrets(Kind.BOARDING))
    booking.booking_pets.get().pet.delete()

    assert "300 g" in page(client, booking, SITTER)


@pytest.mark.parametrize("verb", ["", "record/", "cancel/", "accept/", "check-in/", "give-back/"])
def test_strangers_find_nothing(client, verb):
    booking = make_confirmed()
    for stranger in (make_owner(), make_sitter().user):
        client.force_login(stranger)
        assert client.get(booking.get_absolute_url() + verb).status_code == 404
        if verb not in ("", "record/"):
            assert client.post(booking.get_absolute_url() + verb).status_code == 404
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


def test_visitors_are_asked_to_log_in(client):
    booking = make_booking()
    response = client.get(booking.get_absolute_url())

    assert response.status_code == 302
    assert response.url.startswith(reverse("account_login"))


@pytest.mark.parametrize(
    ("verb", "role"),
    [("accept", OWNER), ("decline", OWNER), ("check_in", OWNER), ("withdraw", SITTER)],
)
def test_the_other_sides_buttons_do_not_exist(client, verb, role):
    booking = make_booking()
    client.force_login(user_of(booking, role))

    assert client.get(url(booking, verb)).status_code == 404
    assert client.post(url(booking, verb)).status_code == 404


# --- Doing it ------------------------------------------------------------------------------


def test_a_change_needs_a_post(client):
    booking = make_booking()
    client.force_login(booking.sitter.user)
    for verb in ("accept", "decline"):
        client.get(url(booking, verb))
    client.force_login(booking.owner)
    client.get(url(booking, "withdraw"))

    booking.refresh_from_db()
    assert booking.status == Status.REQUESTED


def test_accepting_with_a_line_unticked_keeps_the_other_ticks(client):
    owner = make_owner()
    pet = make_pet(owner, must_follow="Half a tablet\nNever alone")
    booking = make_booking(owner=owner, pets=[pet])
    keys = [key for key, _line in transitions.must_follow_lines(booking)]
    html = page(client, booking, SITTER)
    assert [f'value="{key}"' in html for key in keys] == [True, True]

    html = post(client, booking, "accept", SITTER, ticked=keys[:1]).content.decode()
    assert "Please tick every line" in html
    assert re.search(f'value="{keys[0]}"[^>]* checked', html)
    assert not re.search(f'value="{keys[1]}"[^>]* checked', html)

    html = post(client, booking, "accept", SITTER, ticked=keys).content.decode()
    assert "It is settled" in html


@pytest.mark.parametrize(
    ("verb", "role", "make", "words"),
    [
        ("accept", SITTER, make_booking, "already confirmed"),
        ("withdraw", OWNER, make_booking, "already withdrawn"),
        ("check_in", SITTER, make_confirmed, "already in progress"),
        ("check_out", SITTER, make_running, "already completed"),
    ],
)
def test_a_double_click_is_harmless(client, verb, role, make, words):
    booking = make()
    with clock.at(
        booking.requested_at if make is make_booking else booking.ends_at - timedelta(hours=1)
    ):
        first = post(client, booking, verb, role)
        events = booking.events.count()
        second = post(client, booking, verb, role)

    assert "notice-ok" in first.content.decode()
    assert words in second.content.decode()
    assert booking.events.count() == events


def test_accepting_what_no_longer_fits_names_the_dates(client):
    sitter = make_sitter(night_places=1)
    first, second = make_booking(sitter=sitter), make_booking(sitter=sitter)
    accept(first)

    html = post(client, second, "accept", SITTER).content.decode()
    assert "There is no room on" in html
    second.refresh_from_db()
    assert second.status == Status.REQUESTED


def test_declining_asks_for_a_reason(client):
    booking = make_booking()
    html = post(client, booking, "decline", SITTER, reason="", text="Sorry").content.decode()
    assert "error-summary" in html
    assert "Sorry" in html

    post(client, booking, "decline", SITTER, reason="dates", text="Sorry")
    booking.refresh_from_db()
    assert (booking.status, booking.end_reason, booking.end_text) == (
        Status.DECLINED,
        "dates",
        "Sorry",
    )


@pytest.mark.parametrize(("days_ahead", "is_warned"), [(10, False), (5, True)])
def test_a_sitter_who_cancels_says_why_and_is_warned_of_the_public_record(
    client, days_ahead, is_warned
):
    booking = make_confirmed()
    with clock.at(booking.starts_at - timedelta(days=days_ahead)):
        client.force_login(booking.sitter.user)
        html = client.get(url(booking, "cancel")).content.decode()
        assert ("stands on your public page" in html) == is_warned
        html = post(client, booking, "cancel", SITTER, reason="ill", text=" ").content.decode()
        assert "error-summary" in html
        post(client, booking, "cancel", SITTER, reason="ill", text="I broke my leg.")

    booking.refresh_from_db()
    assert booking.status == Status.CANCELLED_BY_SITTER
    assert booking.refund_cents == booking.total_cents


def test_the_sum_on_the_cancel_button_is_executed(client):
    booking = make_confirmed()
    moment = booking.starts_at - timedelta(hours=2)
    with clock.at(moment):
        assert "Cancel: get back €40.00" in page(client, booking, OWNER, moment)
        html = client.get(url(booking, "cancel")).content.decode()
        assert "Cancel: get back €40.00" in html
        shown = re.search(r'name="shown" value="(\w+)"', html)[1]
        html = post(client, booking, "cancel", OWNER, shown=shown).content.decode()

    assert "The booking is cancelled" in html
    booking.refresh_from_db()
    assert booking.refund_cents == 4000


def test_a_sum_that_changed_meanwhile_is_shown_again_instead(client):
    booking = make_confirmed()
    shown = agreements.owner_preview(booking).hash
    client.force_login(booking.owner)
    with clock.at(booking.starts_at - timedelta(hours=2)):
        response = client.post(url(booking, "cancel"), {"shown": shown})
    html = response.content.decode()

    assert response.status_code == 409
    assert "has changed" in html
    assert "Cancel: get back €40.00" in html
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED


def test_a_forged_hash_status_or_refund_changes_nothing(client):
    booking = make_confirmed()
    data = {"shown": "x' OR 1=1", "status": "completed", "refund_cents": "1"}
    post(client, booking, "cancel", OWNER, **data)

    booking.refresh_from_db()
    assert (booking.status, booking.refund_cents) == (Status.CONFIRMED, None)


def test_cancelling_the_rest_says_so(client):
    booking = make_running()
    moment = booking.starts_at + timedelta(hours=1)

    assert "Cancel the rest: get back €20.00" in page(client, booking, OWNER, moment)


# --- What it says --------------------------------------------------------------------------


def test_the_page_names_the_payment_and_that_we_take_none(client):
    sitter = make_sitter(payment_note="bank transfer on the first day")
    booking = make_booking(sitter=sitter)

    for role in (OWNER, SITTER):
        html = page(client, booking, role)
        assert "bank transfer on the first day" in html
        assert "PawSitters takes no payment" in html


def test_the_sitter_sees_the_net_amount(client, settings):
    settings.SITTER_FEE_BPS = 1000
    booking = make_booking()

    assert "€72.00" in page(client, booking, SITTER)
    assert "€72.00" not in page(client, booking, OWNER)


def test_texts_are_shown_as_text(client):
    nasty = "<script>alert(1)</script> {{ 7|add:7 }} ' OR 1=1"
    owner = make_owner(name=nasty)
    booking = make_booking(owner=owner, pets=[make_pet(owner, name=nasty[:40])], message=nasty)

    html = page(client, booking, SITTER)
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)" in html


def test_the_record_lists_every_entry_and_says_when_one_was_altered(client):
    booking = make_confirmed()
    assert "2 entries in this booking’s record, none altered" in page(client, booking, OWNER)
    html = client.get(reverse("bookings:record", args=[booking.public_id])).content.decode()
    assert "You asked" in html
    assert "Mara accepted" in html
    for event in booking.events.all():
        assert event.hash in html

    booking.events.filter(number=1).update(data={"to": "requested", "total_cents": 1})
    assert "does not add up" in page(client, booking, OWNER)


def test_after_a_decline_three_others_with_the_same_dates_are_suggested(client):
    sitter = make_sitter()
    others = [make_sitter() for _ in range(4)]
    make_booking_full = make_sitter(night_places=0)
    booking = make_in(Status.DECLINED, sitter=sitter)

    html = page(client, booking, OWNER)
    shown = [other for other in others if f"/sitters/{other.slug}/?" in html]
    assert len(shown) == 3
    assert f"/sitters/{sitter.slug}/?" not in html
    assert f"/sitters/{make_booking_full.slug}/?" not in html
    assert "€80.00" in html
    assert "/sitters/" not in page(client, booking, SITTER)


def test_after_the_sitter_cancelled_five_are_suggested(client):
    sitter = make_sitter()
    others = [make_sitter() for _ in range(6)]
    booking = make_in(Status.CANCELLED_BY_SITTER, sitter=sitter)

    html = page(client, booking, OWNER)
    assert sum(f"/sitters/{other.slug}/?" in html for other in others) == 5


def test_a_search_link_keeps_the_choice_of_a_visit(client):
    sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT])
    booking = make_in(Status.DECLINED, sitter=sitter, choice=make_choice(Kind.DROP_IN_VISIT))

    html = page(client, booking, OWNER)
    assert "times=12%3A00&amp;minutes=30" in html
    assert f"from={booking.starts_on}" in html
