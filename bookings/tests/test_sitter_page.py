"""The public page of a sitter: who sees it, what it costs to serve, and what it answers."""

import re
from datetime import date, time, timedelta

import pytest
from django.urls import reverse

from accounts.tests.factories import make_user
from bookings.choice import to_query
from bookings.pages.sitter_panel import read_for
from bookings.services.quotes import offer_for
from bookings.tests.factories import make_choice, make_confirmed, make_owner
from pawsitters import clock
from profiles.kinds import Kind, Species
from profiles.models import (
    AddOn,
    CalendarException,
    Check,
    SitterHoliday,
    SitterPhoto,
    SitterProfile,
)
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_pet, make_service, make_sitter

pytestmark = pytest.mark.django_db
STATEMENTS = 2
NASTY = "<script>alert(1)</script>'; DROP TABLE--"


def page(client, sitter, **params):
    return client.get(sitter.get_absolute_url(), params)


def text(response) -> str:
    return response.content.decode()


def in_days(days: int) -> date:
    return clock.now().date() + timedelta(days=days)


def nights(first: int = 10, count: int = 2, **more) -> dict:
    return {"kind": "boarding", "from": in_days(first), "to": in_days(first + count), **more}


def decorate(sitter, count: int) -> None:
    """`count` photos, checks, holidays, extras and exceptions."""
    service = sitter.services.first()
    for number in range(count):
        SitterPhoto.objects.create(sitter=sitter, scene="scene-garden", caption=f"Photo {number}")
        SitterHoliday.objects.create(sitter=sitter, on=in_days(50 + 2 * number))
        AddOn.objects.create(service=service, name=f"Bath {number}", amount_cents=1500)
        CalendarException.objects.create(
            sitter=sitter, starts_on=in_days(100 + number), ends_on=in_days(101 + number)
        )
    for what in Check.What.values[: max(1, min(count, 5))]:
        Check.objects.create(
            sitter=sitter, what=what, checked_by=make_user(), checked_on=in_days(-9)
        )


# --- who sees it, and what it costs ----------------------------------------------------------


def test_page_is_the_same_for_everybody_and_sets_no_cookie(client):
    sitter = make_sitter()
    client.force_login(make_owner())
    response = page(client, sitter)
    assert response.status_code == 200
    assert not response.cookies
    assert response["Cache-Control"] == "public, max-age=60, stale-if-error=3600"
    assert "Cookie" not in response.get("Vary", "")
    assert "csrfmiddlewaretoken" not in text(response)


@pytest.mark.parametrize("status", [s for s in SitterProfile.Status if s != "published"])
def test_page_that_is_not_published_does_not_exist(client, status):
    sitter = make_sitter(status=status)
    client.force_login(sitter.user)
    assert page(client, sitter).status_code == 404


def test_page_of_a_closed_account_does_not_exist(client):
    sitter = make_sitter()
    sitter.user.is_active = False
    sitter.user.save()
    assert page(client, sitter).status_code == 404


def test_address_and_exact_point_are_not_on_the_page(client):
    sitter = make_sitter(street="Geheimer Weg 7", postcode="99999", lat_e6=52_123_456)
    body = text(page(client, sitter))
    for secret in ("Geheimer Weg", "99999", "52123456", "52.123"):
        assert secret not in body
    assert "Berlin" in body


@pytest.mark.parametrize("count", [1, 20])
def test_statements_are_two_however_much_there_is(client, django_assert_num_queries, count):
    sitter = make_sitter(
        kinds=list(Kind) if count > 1 else [Kind.BOARDING], night_places=20, day_places=20
    )
    decorate(sitter, count)
    sitter_changed(sitter)
    for _number in range(min(count, 5)):
        make_confirmed(sitter=sitter, choice=make_choice(Kind.BOARDING))
    page(client, sitter)
    with django_assert_num_queries(STATEMENTS):
        response = page(client, sitter, **nights())
    assert "In all" in text(response)


def test_statements_are_two_when_the_dates_are_full(client, django_assert_num_queries):
    sitter = make_sitter(night_places=1)
    make_confirmed(sitter=sitter)
    with django_assert_num_queries(STATEMENTS):
        response = page(client, sitter, **nights())
    assert "has no room" in text(response)


def test_preview_shows_the_own_page_in_any_state(client):
    sitter = make_sitter(status="draft")
    client.force_login(sitter.user)
    response = client.get(reverse("bookings:sitter_preview"))
    assert response.status_code == 200
    assert "how others see you" in text(response)
    assert "public" not in response.get("Cache-Control", "")


def test_preview_without_a_page_is_404_and_without_services_says_so(client):
    client.force_login(make_owner())
    assert client.get(reverse("bookings:sitter_preview")).status_code == 404
    sitter = make_sitter(kinds=(), status="draft")
    client.force_login(sitter.user)
    assert "Nothing to see yet" in text(client.get(reverse("bookings:sitter_preview")))


# --- what it says -----------------------------------------------------------------------------


def test_prices_include_the_owner_fee_and_merge_animals_with_equal_rates(client, settings):
    settings.OWNER_FEE_BPS = 500
    body = text(page(client, make_sitter(base_cents=4000, additional_cents=2000)))
    assert "a night, dogs, cats" in body
    assert "42.00" in body
    assert "21.00" in body
    assert "service fee included" in body


def test_holiday_and_young_prices_are_there_only_if_set(client):
    sitter = make_sitter()
    assert "Holidays</th>" not in text(page(client, sitter))
    sitter.services.get().rates.update(holiday_cents=5000, young_cents=4800)
    sitter_changed(sitter)
    body = text(page(client, sitter))
    assert "Holidays</th>" in body
    assert "under 12 months 48.00" in body
    assert "50.00" in body


def test_check_past_its_date_has_lapsed(client):
    sitter = make_sitter()
    Check.objects.create(
        sitter=sitter,
        what="identity",
        checked_by=make_user(),
        checked_on=in_days(-400),
        expires_on=in_days(-2),
    )
    sitter_changed(sitter)
    assert "tag-lapsed" in text(page(client, sitter))


def test_track_record_has_denominators_and_never_a_percentage(client):
    sitter = make_sitter()
    assert "No bookings counted yet" in text(page(client, sitter))
    sitter.asked_count, sitter.answered_count = 25, 24
    sitter.save()
    body = text(page(client, sitter))
    assert "24 of 25" in body
    record = body.split('id="record"')[1].split("</section>")[0]
    assert not re.search(r"\b96\b(?!/)|%|per cent", re.sub(r"<[^>]*>", " ", record))


def test_rules_say_tier_notice_weight_and_vaccinations(client):
    sitter = make_sitter(
        service_fields={
            "cancellation_tier": "seven_day",
            "lead_hours": 48,
            "max_dog_kg": 18,
            "needs_vaccinations": True,
            "is_one_household": True,
        }
    )
    body = text(page(client, sitter))
    for words in (
        "until noon seven days before",
        "2 days of notice",
        "Dogs up to 18 kg",
        "Vaccinations must be valid",
        "One household at a time",
    ):
        assert words in body


# --- the calendar -----------------------------------------------------------------------------


def day_cell(body: str, on: date) -> str:
    return next(
        cell
        for cell in body.split("<td>")
        if f"<b>{on.day}</b>" in cell and on.strftime("%B") in cell
    )


def month_body(client, sitter, on: date, **params) -> str:
    return text(page(client, sitter, month=f"{on:%Y-%m}", **params))


def test_calendar_says_open_left_full_away_and_yours(client):
    sitter = make_sitter(night_places=2)
    first = in_days(40).replace(day=1) + timedelta(days=40)
    first = first.replace(day=1)
    days = [first + timedelta(days=n) for n in range(8)]
    make_confirmed(sitter=sitter, choice=make_choice(starts_on=days[0], units=2))
    make_confirmed(sitter=sitter, choice=make_choice(starts_on=days[1], units=1))
    CalendarException.objects.create(sitter=sitter, starts_on=days[3], ends_on=days[4])
    sitter_changed(sitter)
    params = {"kind": "boarding", "from": days[5], "to": days[7]}
    body = text(page(client, sitter, **params))
    assert "1 left" in day_cell(body, days[0])
    assert "full" in day_cell(body, days[1])
    assert "open" in day_cell(body, days[2])
    assert "away" in day_cell(body, days[3])
    assert "yours" in day_cell(body, days[5])
    assert "<a" in day_cell(body, days[2])
    assert "<a" not in day_cell(body, days[1])


def test_day_link_keeps_the_choice_and_its_length(client):
    sitter = make_sitter()
    body = text(page(client, sitter, **nights(10, 3, dogs=2)))
    on = in_days(11)
    link = f"from={on}&amp;to={on + timedelta(days=3)}&amp;dogs=2#book"
    assert link in body


def test_day_with_less_room_than_animals_is_no_link(client):
    sitter = make_sitter(night_places=2)
    make_confirmed(sitter=sitter, choice=make_choice(starts_on=in_days(10), units=1))
    body = month_body(client, sitter, in_days(10), kind="boarding", dogs=2)
    assert "1 left" in day_cell(body, in_days(10))
    assert "<a" not in day_cell(body, in_days(10))


def test_day_full_of_visits_is_full(client):
    sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT])
    on = in_days(10)
    sitter.weekday_hours.update(visits_from="10:00", visits_until="10:30")
    sitter_changed(sitter)
    choice = make_choice(Kind.DROP_IN_VISIT, starts_on=on, units=1, visit_times=(time(10),))
    make_confirmed(sitter=sitter, choice=choice)
    body = month_body(client, sitter, on)
    assert "full" in day_cell(body, on)
    assert "open" in day_cell(month_body(client, sitter, in_days(11)), in_days(11))


@pytest.mark.parametrize("month", ["", "x", "9999-99", "0001-01", "2999-01", "-1-1", NASTY])
def test_nonsense_months_show_one_that_is_there(client, month):
    response = page(client, make_sitter(), month=month)
    assert response.status_code == 200
    assert 'class="cal"' in text(response)


# --- the quote --------------------------------------------------------------------------------


def test_quote_shows_lines_total_refund_and_who_is_paid(client):
    sitter = make_sitter(payment_note="Bank transfer on the first day.")
    body = text(page(client, sitter, **nights(10, 4, dogs=2)))
    assert "€240.00" in body
    assert "has all four nights open" in body
    assert "If you cancel, you get back" in body
    assert "You pay Mara directly: Bank transfer on the first day." in body
    assert "PawSitters takes no payment" in body
    assert reverse("bookings:new", args=[sitter.slug]) in body


def test_extras_are_priced_only_if_they_are_the_sitters(client):
    sitter, other = make_sitter(), make_sitter()
    own = AddOn.objects.create(service=sitter.services.get(), name="Bath", amount_cents=1500)
    foreign = AddOn.objects.create(service=other.services.get(), name="Gold", amount_cents=1)
    for one in (sitter, other):
        sitter_changed(one)
    body = text(page(client, sitter, **nights(10, 1, addons=[own.pk, foreign.pk])))
    assert "€55.00" in body
    assert "Gold" not in body


def test_full_dates_are_named_with_the_nearest_that_have_room(client):
    sitter = make_sitter(night_places=1)
    make_confirmed(sitter=sitter, choice=make_choice(starts_on=in_days(10), units=2))
    body = text(page(client, sitter, **nights(11, 2)))
    assert "Mara has no room on" in body
    assert f"from={in_days(8)}&amp;to={in_days(10)}" in body
    assert f"from={in_days(12)}&amp;to={in_days(14)}" in body
    assert "Review and ask" not in body


@pytest.mark.parametrize(
    ("params", "sentence"),
    [
        ({"from": "2001-01-01", "to": "2001-01-03"}, "in the past"),
        ({"from": in_days(12), "to": in_days(10)}, "must be after the first night"),
        ({"from": in_days(5), "to": in_days(405)}, "At most 60 nights"),
        ({"from": in_days(5)}, "Choose this date too"),
        ({"from": "tomorrow", "to": in_days(5)}, "Write the date like"),
        ({"kind": "dog_walk"}, "does not offer this"),
        ({"kind": "teleport"}, "Choose one of the kinds of care"),
        ({**nights(), "dogs": "0"}, "Choose at least one animal"),
        ({**nights(), "dogs": "4"}, "at most 3 animals"),
        ({**nights(), "dogs": "-1"}, "Write a number from 0 to 12"),
        ({**nights(), "others": "1", "other": "bird"}, "Not taken here: bird"),
        ({**nights(), "at": "25:00"}, "Write the time like"),
        (nights(500), "takes bookings at most"),
    ],
)
def test_bad_choices_get_a_sentence_and_no_way_to_send(client, params, sentence):
    response = page(client, make_sitter(), **params)
    assert response.status_code == 200
    assert sentence in text(response)
    assert "Review and ask" not in text(response)


def test_typed_values_are_kept_beside_an_error(client):
    params = {**nights(), "from": "2001-01-01", "at": "09:15", "dogs": "2"}
    body = text(page(client, make_sitter(), **params))
    for value in ("2001-01-01", "09:15", str(params["to"])):
        assert f'value="{value}"' in body


@pytest.mark.parametrize(
    "name", ["kind", "from", "to", "at", "until", "dogs", "other", "kg", "where", "addons", "times"]
)
def test_html_and_sql_in_any_parameter_are_harmless(client, name):
    for text_ in (NASTY, '"><img src=x>', "\x00", "a" * 10_000, "🐕" * 50):
        response = page(client, make_sitter(), **{**nights(), name: text_})
        assert response.status_code == 200
        assert "<script>alert" not in text(response)
        assert "<img src=x>" not in text(response)


def test_html_in_everything_a_sitter_writes_is_harmless(client):
    user = make_user(name=NASTY[:80])
    sitter = make_sitter(
        user=user, headline=NASTY, about=NASTY, languages=NASTY, own_pets=NASTY,
        cameras=NASTY, payment_note=NASTY,
    )  # fmt: skip
    decorate(sitter, 1)
    sitter.photos.update(caption=NASTY)
    AddOn.objects.update(name=NASTY)
    sitter_changed(sitter)
    assert "<script>alert" not in text(page(client, sitter, **nights()))


@pytest.mark.parametrize("name", ["😀 Ωmega", "مارا ليندكفيست"])
def test_names_in_other_scripts_are_shown(client, name):
    sitter = make_sitter(user=make_user(name=name))
    assert name in text(page(client, sitter))


def test_sitter_without_dogs_is_asked_for_a_cat(client):
    sitter = make_sitter(service_fields={"species": [Species.CAT]})
    body = text(page(client, sitter, **nights()))
    assert "1 cat, all in" in body
    assert 'name="dogs"' not in body


def test_single_other_animal_is_a_number_with_its_name(client):
    sitter = make_sitter(service_fields={"species": [Species.BIRD]})
    body = text(page(client, sitter, **nights()))
    assert 'name="other" value="bird"' in body
    assert "1 animal, all in" in body


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_care_has_a_quote(client, kind):
    sitter = make_sitter(kinds=list(Kind))
    choice = {"kind": kind.value, "from": in_days(10), "to": in_days(11)}
    body = text(page(client, sitter, **choice))
    assert "In all" in body
    assert ('name="times"' in body) == kind.is_visits
    assert ('name="at"' in body) != kind.is_visits


def test_choice_survives_the_link_to_review(client, rf):
    sitter = make_sitter()
    params = nights(10, 3, dogs=2, at="09:00", until="18:00")
    response = page(client, sitter, **params)
    answer = response.context["answer"]
    query = answer.send_url.split("?")[1]
    assert query == to_query(response.context["panel"].reading)
    again = read_for(sitter, rf.get(f"/?{query}").GET)
    assert offer_for(sitter, again).quote == response.context["offer"].quote


def test_own_animals_do_not_change_a_public_page(client):
    owner = make_owner()
    make_pet(owner, name="Zebulon")
    client.force_login(owner)
    assert "Zebulon" not in text(page(client, make_sitter(), **nights()))


def test_page_with_a_query_stays_out_of_search_engines(client):
    sitter = make_sitter()
    assert "X-Robots-Tag" not in page(client, sitter)
    assert page(client, sitter, **nights())["X-Robots-Tag"] == "noindex"


def test_service_added_later_is_on_the_page(client):
    sitter = make_sitter()
    make_service(sitter, Kind.DOG_WALK, base_cents=1800)
    sitter_changed(sitter)
    assert "Dog walk" in text(page(client, sitter))
