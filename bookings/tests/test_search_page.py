"""The search page: what it says, what bad input gets, and that it is the same for everybody."""

import re
from datetime import timedelta

import pytest
from django.core.cache import caches

from accounts.models import User
from bookings.services.requests import propose
from bookings.services.terms import PetFacts
from bookings.tests.factories import make_choice, make_confirmed
from pawsitters import clock
from profiles.kinds import Kind
from profiles.money import amount
from profiles.tests.factories import make_sitter, make_town

pytestmark = pytest.mark.django_db
BAD = ["<script>alert(1)</script>", "' OR 1=1; DROP TABLE profiles_town; --", "NaN", "1e9", "-1", "💩", "x" * 10_000, "\u202eabc", "%s%n", "None"]  # fmt: skip
FIELDS = ["where", "town", "km", "kind", "from", "to", "at", "until", "times", "minutes", "weekdays", "dogs", "puppies", "cats", "other", "others", "kg", "min", "max", "rating", "sort", "page", "fenced", "instant"]  # fmt: skip


def days_from_now(count: int) -> str:
    return (clock.now().date() + timedelta(days=count)).isoformat()


def stay(**fields) -> dict:
    defaults = {"where": "Berlin", "kind": "boarding", "dogs": 1}
    return {**defaults, "from": days_from_now(10), "to": days_from_now(12), **fields}


def look(client, params=(), **fields) -> str:
    response = client.get("/search/", {**dict(params), **fields})
    assert response.status_code == 200
    return response.content.decode()


def heading(html: str) -> str:
    return re.search(r"<h1[^>]*>(.*?)</h1>", html)[1]


def feedback(html: str) -> list[str]:
    return re.findall(r'class="invalid-feedback[^>]*>([^<]*)<', html)


def test_card_shows_the_total_that_the_quote_has(client):
    sitter = make_sitter(headline="Fish & <b>chips</b>")
    html = look(client, stay(dogs=2))
    choice = make_choice(starts_on=clock.now().date() + timedelta(days=10), units=2)
    pets = [PetFacts(1, "dog 1", "dog"), PetFacts(2, "dog 2", "dog")]
    quote = propose(sitter=sitter, choice=choice, pets=pets).quote
    assert f'<span class="price">{amount(quote.total_cents)}</span>' in html
    assert "2 nights, 2 dogs, all in" in html
    assert heading(html) == "1 sitter can take 2 dogs"
    assert "Fish &amp; &lt;b&gt;chips&lt;/b&gt;" in html


def test_card_without_dates_shows_a_price_from(client, settings):
    settings.OWNER_FEE_BPS, settings.OWNER_FEE_CAP_CENTS = 500, 2_500
    make_sitter(base_cents=4_000)
    html = look(client, where="Berlin", kind="boarding")
    assert '<span class="small muted">from</span> <span class="price">€42</span>' in html
    assert "a night, 1 dog, fees included" in html


def test_link_to_a_sitter_carries_the_choice(client):
    sitter = make_sitter()
    html = look(client, stay(dogs=2))
    link = re.search(rf'href="/sitters/{sitter.slug}/\?([^"]*)"', html)[1]
    assert "kind=boarding" in link
    assert f"from={days_from_now(10)}" in link
    assert "dogs=2" in link


def test_booked_sitter_is_not_shown_and_other_dates_are_offered(client):
    sitter = make_sitter(night_places=1)
    start = clock.now().date() + timedelta(days=10)
    make_confirmed(sitter=sitter, choice=make_choice(starts_on=start, units=2))
    html = look(client, stay())
    assert "Nobody near Berlin" in heading(html)
    assert sitter.slug not in html
    assert "Nobody has these dates open within 10 km. These come nearest:" in html
    offered = re.search(r'href="(/search/\?[^"]*)" rel="nofollow">[^<]*: 1 sitter<', html)[1]
    assert sitter.slug in client.get(offered.replace("&amp;", "&")).content.decode()


def test_nobody_near_offers_the_next_distance_that_has_somebody(client):
    make_town()
    make_sitter(grid_lat_e6=52_520_000 + 300_000)
    html = look(client, stay())
    assert "Within 50 km: 1 sitter" in html


def test_filters_that_leave_nobody_can_be_dropped_in_one_click(client):
    make_sitter(has_fenced_yard=False)
    html = look(client, stay(fenced=1))
    assert "Without the filters" in html


def test_unclear_town_asks_which_one(client):
    for number, region in ((1, "Illinois"), (2, "Missouri")):
        make_town(id=number, name="Springfield", key="springfield", region=region, country="US", population=150_000)  # fmt: skip
    html = look(client, stay(where="Springfield"))
    assert "Which one do you mean?" in html
    link = re.search(r'href="(/search/\?[^"]*)" rel="nofollow">Springfield, Missouri', html)[1]
    followed = client.get(link.replace("&amp;", "&")).content.decode()
    assert 'value="Springfield, Missouri, United States"' in followed
    assert not feedback(followed)


def test_unknown_town_gets_a_sentence_and_keeps_what_was_typed(client):
    make_town()
    html = look(client, stay(where="Brelin", cats=2))
    assert feedback(html) == ["We know no town of that name. Did you mean one of these?"]
    assert 'value="Brelin"' in html
    assert 'rel="nofollow">Berlin, Germany</a>' in html
    assert re.search(r'name="cats"[^>]*>.*?<option value="2" selected', html)


def test_town_changed_in_words_wins_over_its_old_number(client):
    berlin = make_town()
    make_town(id=7, name="Potsdam", key="potsdam", region="Brandenburg")
    html = look(client, stay(where="Potsdam", town=berlin.id))
    assert 'value="Potsdam, Brandenburg, Germany"' in html


def test_swapped_dates_get_a_sentence_and_no_results(client):
    make_sitter()
    html = look(client, stay(to=days_from_now(8)))
    assert feedback(html) == ["The day of collection must be after the first night."]
    assert f'value="{days_from_now(8)}"' in html
    assert "<article" not in html


@pytest.mark.parametrize("km", ["1e9", "NaN", "0", "-5", "101", "9" * 50])
def test_impossible_distance_gets_a_sentence(client, km):
    make_sitter()
    assert feedback(look(client, stay(km=km))) == ["Choose a distance from 1 to 100 km."]


def test_bounds_that_are_no_amounts_get_a_sentence_beside_the_field(client):
    make_sitter()
    html = look(client, stay(min="cheap", max="NaN"))
    assert feedback(html) == ["Write an amount like 350 or 35.50."] * 2
    assert 'value="cheap"' in html
    assert feedback(look(client, stay(min="50", max="20"))) == ["This is less than “at least”."]


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("text", BAD)
def test_nonsense_in_any_field_is_shown_back_harmlessly(client, name, text):
    make_sitter()
    html = look(client, stay(**{name: text}))
    assert "<script>alert" not in html
    assert "DROP TABLE profiles_town; --'" not in html


def test_search_without_anything_is_a_form_and_not_an_error(client, django_assert_num_queries):
    with django_assert_num_queries(0):
        html = look(client)
    assert heading(html) == "Find a sitter"
    assert not feedback(html)


@pytest.mark.parametrize("count", [1, 25])
def test_search_takes_three_statements_however_many_are_found(
    client, count, django_assert_num_queries
):
    for _ in range(count):
        make_sitter()
    look(client, stay())
    caches["fragments"].clear()
    with django_assert_num_queries(3):
        html = look(client, stay())
    assert html.count("<article") == min(count, 20)


def test_empty_search_takes_three_statements_too(client, django_assert_num_queries):
    make_sitter(service_fields={"max_pets": 1})
    look(client, stay(dogs=3))
    caches["fragments"].clear()
    with django_assert_num_queries(3):
        look(client, stay(dogs=3))


def test_page_is_public_and_sets_no_cookie(client, client_b):
    sitter = make_sitter()
    client_b.force_login(sitter.user)
    answers = [one.get("/search/", stay()) for one in (client, client_b)]
    assert answers[0].content == answers[1].content
    for response in answers:
        assert response["Cache-Control"] == "public, max-age=60, stale-if-error=3600"
        assert not response.cookies
        assert "Cookie" not in response.get("Vary", "")


def test_filters_sort_and_page_stay_in_the_links(client):
    for _ in range(22):
        make_sitter(has_fenced_yard=True)
    html = look(client, stay(fenced=1, sort="nearest", max="500"))
    following = re.search(r'rel="next" href="([^"]*)"', html)[1].replace("&amp;", "&")
    for part in ("fenced=1", "sort=nearest", "max=500", "page=2", "dogs=1"):
        assert part in following
    html = client.get(following).content.decode()
    assert "Sitters 21 to 22 of 22" in html
    assert 'name="fenced" value="1" checked' in html
    assert '<option value="nearest" selected>' in html


def test_walks_at_times_of_day_show_whoever_is_open_then(client):
    sitter = make_sitter(kinds=[Kind.DOG_WALK])
    walk = {"kind": "dog_walk", "to": days_from_now(10)}
    assert sitter.slug in look(client, stay(**walk, times=["08:00", "17:30"]))
    assert sitter.slug not in look(client, stay(**walk, times=["05:00"]))


def test_cards_say_why_they_are_here(client):
    make_sitter(asked_count=10, answered_count=10, rating_count=5, rating_sum=25)
    html = look(client, stay())
    parts = re.findall(r"<dd>(\d+) / (\d+)</dd>", html)
    assert [int(most) for _part, most in parts] == [30, 20, 15, 15, 10, 10, 100]
    assert sum(int(part) for part, _most in parts[:-1]) == int(parts[-1][0])
    assert "Answered 10 of 10 within a day" in html


def test_dial_has_a_pin_for_the_sitter_and_no_style(client):
    sitter = make_sitter()
    html = look(client, stay())
    assert f'class="pin" href="#sitter-{sitter.pk}"' in html
    assert "style=" not in html


# --- suggestions -----------------------------------------------------------------------------


def test_places_are_public_json(client, django_assert_max_num_queries):
    make_town()
    with django_assert_max_num_queries(2):
        response = client.get("/places/", {"q": "ber"})
    assert response.json() == {"places": [{"id": 2950159, "label": "Berlin, Germany"}]}
    assert response["Cache-Control"] == "public, max-age=86400"
    assert not response.cookies


@pytest.mark.parametrize("text", ["", *BAD])
def test_places_answer_nonsense_with_an_empty_list(client, text):
    assert client.get("/places/", {"q": text}).json() == {"places": []}


def test_search_and_places_refuse_to_be_posted_to(client):
    assert client.post("/search/").status_code == 405
    assert client.post("/places/").status_code == 405


def test_a_new_name_shows_at_once_and_a_closed_account_never(client):
    sitter = make_sitter()
    User.objects.filter(pk=sitter.user_id).update(name="Mara <i>Berg</i>", face="ines")
    url = "/search/?where=Berlin&kind=boarding"

    text = client.get(url).content.decode()
    assert "Mara &lt;i&gt;Berg&lt;/i&gt;" in text
    assert "person-ines" in text

    User.objects.filter(pk=sitter.user_id).update(is_active=False)
    assert "Berg" not in client.get(url).content.decode()
