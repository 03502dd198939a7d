"""Review and send: what is refused, what is kept, and that one form makes one booking."""

from datetime import date, timedelta
from html import unescape
from urllib.parse import quote, urlencode

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.tests.factories import make_user
from bookings.choice import to_query
from bookings.models import Booking, Notice
from bookings.services.agreements import owner_preview
from bookings.tests.factories import make_choice, make_confirmed, make_owner
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import AddOn, Home, Pet, Rate, Vaccination
from profiles.money import amount
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_home, make_pet, make_sitter

pytestmark = pytest.mark.django_db
NASTY = "<script>alert(1)</script>'; DROP TABLE--"


def in_days(days: int) -> date:
    return clock.now().date() + timedelta(days=days)


def choice(first: int = 10, nights: int = 2, **more) -> dict:
    return {
        "kind": "boarding",
        "from": in_days(first).isoformat(),
        "to": in_days(first + nights).isoformat(),
        "dogs": "1",
        **more,
    }


def url_of(sitter, **params) -> str:
    return f"{reverse('bookings:new', args=[sitter.slug])}?{urlencode(params, doseq=True)}"


def text(response) -> str:
    return response.content.decode()


def hidden(response) -> dict:
    """What the form on the page would send without anything typed."""
    context = response.context
    return {
        "key": context["draft"].key,
        "shown_total_cents": context["quote"].total_cents,
        "pets": [pet.pk for pet in context["draft"].pets],
        "message": "",
    }


def send(client, url: str, **typed):
    return client.post(url, {**hidden(client.get(url)), **typed})


@pytest.fixture
def owner(client):
    owner = make_owner()
    client.force_login(owner)
    return owner


# --- the page ---------------------------------------------------------------------------------


def test_visitor_logs_in_and_comes_back_to_the_same_choice(client):
    url = url_of(make_sitter(), **choice())
    response = client.get(url)
    assert response.status_code == 302
    assert f"next={quote(url, safe='/')}" in response.url
    owner = make_owner()
    owner.set_password("correct horse battery")
    owner.save()
    answer = client.post(response.url, {"login": owner.email, "password": "correct horse battery"})
    assert answer.url == url


def test_choice_that_cannot_be_priced_goes_back_to_the_sitter(client, owner):
    sitter = make_sitter()
    response = client.get(url_of(sitter, kind="boarding"))
    assert response.status_code == 302
    assert response.url.startswith(sitter.get_absolute_url())


def test_unpublished_sitter_does_not_exist(client, owner):
    assert client.get(url_of(make_sitter(status="paused"), **choice())).status_code == 404


def test_own_animals_are_ticked_by_species_and_number(client, owner):
    cat = make_pet(owner, name="Moss", species="cat")
    old = make_pet(owner, name="Biscuit")
    puppy = make_pet(owner, name="Pip", born_on=in_days(-100))
    make_pet(name="Stranger")
    sitter = make_sitter()
    draft = client.get(url_of(sitter, **choice(dogs=0, puppies=1, cats=1))).context["draft"]
    assert draft.pets == [cat, puppy]
    draft = client.get(url_of(sitter, **choice(dogs=1))).context["draft"]
    assert draft.pets == [old]


def test_without_animals_the_page_says_how_to_add_one(client, owner):
    url = url_of(make_sitter(), **choice())
    body = text(client.get(url))
    link = f"{reverse('profiles:pet_add')}?{urlencode({'next': url})}"
    assert link.replace("&", "&amp;") in body
    assert "Ask Mara, €" not in body
    assert "€80.00" in body  # the price of the link's anonymous dog


def test_open_questions_lead_to_the_record_and_back(client, owner):
    pet = make_pet(owner, off_leash="")
    body = text(client.get(url_of(make_sitter(), **choice())))
    assert reverse("profiles:pet_edit", args=[pet.pk, "behaviour"]) in body
    assert "still open" in body


def test_vaccination_that_runs_out_in_the_stay_is_named(client, owner):
    pet = make_pet(owner)
    Vaccination.objects.create(
        pet=pet, kind="Rabies", given_on=in_days(-300), expires_on=in_days(11)
    )
    url = url_of(make_sitter(), **choice(10, 4))
    assert "Vaccination against Rabies" in text(client.get(url))
    Vaccination.objects.create(
        pet=pet, kind="rabies", given_on=in_days(-3), expires_on=in_days(300)
    )
    assert "Vaccination against" not in text(client.get(url))


def test_must_follow_lines_are_shown(client, owner):
    make_pet(owner, must_follow="Never off the lead\nTablet at 8")
    body = text(client.get(url_of(make_sitter(), **choice())))
    assert "Tablet at 8" in body


def test_care_at_the_owners_home_asks_for_the_address(client, owner):
    make_pet(owner)
    sitter = make_sitter(kinds=[Kind.HOUSE_SITTING])
    url = url_of(sitter, **choice(kind="house_sitting"))
    body = text(client.get(url))
    assert f"{reverse('profiles:home_edit')}?" in body
    response = send(client, url)
    assert response.status_code == 200
    assert "Please add your address first" in text(response)
    make_home(owner)
    assert send(client, url).status_code == 302
    assert Home.objects.get().street in Booking.objects.get().care_address


def test_statements_stay_the_same_with_many_animals(client, owner, django_assert_max_num_queries):
    sitter = make_sitter(service_fields={"max_pets": 12}, night_places=20)
    counts = []
    for total in (1, 12):
        while owner.pets.count() < total:
            pet = make_pet(owner)
            Vaccination.objects.create(
                pet=pet, kind="Rabies", given_on=in_days(-3), expires_on=in_days(300)
            )
        url = url_of(sitter, **choice(dogs=total))
        client.get(url)
        with django_assert_max_num_queries(9) as captured:
            client.get(url)
        counts.append(len(captured))
    assert counts[0] == counts[1]


# --- sending ----------------------------------------------------------------------------------


def test_request_is_sent_and_says_until_when(client, owner):
    pet = make_pet(owner)
    sitter = make_sitter(payment_note="Cash")
    response = send(client, url_of(sitter, **choice()), message="Hello")
    booking = Booking.objects.get()
    assert response.url == booking.get_absolute_url()
    assert (booking.owner, booking.sitter, booking.message) == (owner, sitter, "Hello")
    assert [row.pet for row in booking.booking_pets.all()] == [pet]
    said = [str(message) for message in get_messages(response.wsgi_request)]
    assert "Mara has until tomorrow, " in said[0]
    assert "Nothing is due before then." in said[0]


def test_double_click_makes_one_booking(client, owner):
    make_pet(owner)
    url = url_of(make_sitter(), **choice())
    typed = hidden(client.get(url))
    first, second = client.post(url, typed), client.post(url, typed)
    assert first.url == second.url
    assert Booking.objects.count() == 1
    assert Notice.objects.count() == 2


def test_instant_service_is_booked_at_once(client, owner):
    make_pet(owner)
    sitter = make_sitter(service_fields={"is_instant": True})
    url = url_of(sitter, **choice())
    assert "Book Mara now" in text(client.get(url))
    send(client, url)
    assert Booking.objects.get().status == Booking.Status.CONFIRMED


def test_instant_service_waits_for_ticks_where_there_are_lines(client, owner):
    make_pet(owner, must_follow="Never off the lead")
    sitter = make_sitter(service_fields={"is_instant": True})
    url = url_of(sitter, **choice())
    body = text(client.get(url))
    assert "Book Mara now" not in body
    assert "wants to read the must-follow lines first" in body
    send(client, url)
    assert Booking.objects.get().status == Booking.Status.REQUESTED


def test_five_places_show_one_price(client, owner):
    pets = [make_pet(owner), make_pet(owner, name="Moss", species="cat")]
    sitter = make_sitter()
    Rate.objects.update(holiday_cents=5000)
    sitter.holidays.create(on=in_days(11), name="Feast")
    bath = AddOn.objects.create(service=sitter.services.get(), name="Bath", amount_cents=1550)
    sitter_changed(sitter)
    params = choice(10, 3, cats=1, until="19:30", addons=[bath.pk])
    page = client.get(f"{sitter.get_absolute_url()}?{urlencode(params, doseq=True)}")
    quote_ = page.context["offer"].quote
    url = url_of(sitter, **params)
    review = client.get(url)
    send(client, url, pets=[pet.pk for pet in pets])
    booking = Booking.objects.get()
    totals = {
        quote_.total_cents,
        review.context["quote"].total_cents,
        booking.total_cents,
        sum(line.amount_cents for line in booking.lines.all()),
        owner_preview(booking).steps[0].refund_cents,
    }
    assert len(totals) == 1
    shown = amount(booking.total_cents)
    assert shown in text(page)
    assert shown in text(review)
    assert shown in Notice.objects.get(recipient=owner).text
    amounts = [line.amount_cents for line in quote_.lines]
    assert amounts == [line.amount_cents for line in booking.lines.all()]
    steps = [step.refund_cents for step in page.context["offer"].steps]
    assert steps == [step.refund_cents for step in review.context["steps"]]
    assert steps == [step.refund_cents for step in owner_preview(booking).steps]


# --- refusals: a sentence, nothing saved, nothing lost ------------------------------------------


def refused(response, sentence: str, message: str = "Kind words") -> bool:
    body = unescape(text(response))
    assert response.status_code == 200
    assert not Booking.objects.exists()
    assert message in body
    assert sentence in body
    return True


def test_somebody_elses_animal_is_refused(client, owner):
    make_pet(owner)
    foreign = make_pet()
    url = url_of(make_sitter(), **choice())
    response = send(client, url, pets=[foreign.pk], message="Kind words")
    assert refused(response, "Choose from your own animals.")
    assert foreign.name not in text(response) or foreign.name == Pet.objects.first().name


@pytest.mark.parametrize("pets", [[], ["x"], ["-1"], ["999999999999999999999"], ["1' OR 1=1"]])
def test_no_or_nonsense_animals_are_refused(client, owner, pets):
    make_pet(owner)
    response = send(client, url_of(make_sitter(), **choice()), pets=pets, message="Kind words")
    sentence = "Choose from your own animals." if pets else "Choose at least one animal."
    assert refused(response, sentence)


def test_forged_price_status_and_actor_change_nothing(client, owner):
    make_pet(owner)
    other = make_owner()
    url = url_of(make_sitter(), **choice())
    send(
        client, url, shown_total_cents=99_999_999, total_cents=1, subtotal_cents=1,
        status="confirmed", owner=other.pk, owner_id=other.pk, sitter_fee_cents=0, kind="dog_walk",
    )  # fmt: skip
    booking = Booking.objects.get()
    assert (booking.total_cents, booking.status, booking.owner) == (8000, "requested", owner)


def test_higher_price_is_shown_and_agreed_again(client, owner):
    make_pet(owner)
    sitter = make_sitter()
    url = url_of(sitter, **choice())
    typed = {**hidden(client.get(url)), "message": "Kind words"}
    Rate.objects.update(base_cents=4500)
    sitter_changed(sitter)
    response = client.post(url, typed)
    assert refused(response, "It was €80.00 when you looked; now it is €90.00.")
    again = client.post(url, {**typed, **hidden(response)})
    assert again.status_code == 302
    assert Booking.objects.get().total_cents == 9000


def test_lower_price_simply_counts(client, owner):
    make_pet(owner)
    sitter = make_sitter()
    url = url_of(sitter, **choice())
    typed = hidden(client.get(url))
    Rate.objects.update(base_cents=3500)
    sitter_changed(sitter)
    client.post(url, typed)
    assert Booking.objects.get().total_cents == 7000


def test_further_animal_is_a_new_price_to_agree(client, owner):
    one, two = make_pet(owner), make_pet(owner, name="Moss")
    url = url_of(make_sitter(), **choice())
    response = send(client, url, pets=[one.pk, two.pk], message="Kind words")
    assert refused(response, "now it is €120.00")


def test_price_can_be_worked_out_again_without_sending(client, owner):
    one, two = make_pet(owner), make_pet(owner, name="Moss")
    url = url_of(make_sitter(), **choice())
    response = send(client, url, pets=[one.pk, two.pk], message="Kind words", again="1")
    assert response.status_code == 200
    assert "€120.00" in text(response)
    assert "Kind words" in text(response)
    assert not Booking.objects.exists()


def test_dates_taken_meanwhile_are_named_with_ways_out(client, owner):
    make_pet(owner)
    sitter = make_sitter(night_places=1)
    url = url_of(sitter, **choice())
    typed = {**hidden(client.get(url)), "message": "Kind words"}
    make_confirmed(sitter=sitter, choice=make_choice(units=2))
    response = client.post(url, typed)
    assert Booking.objects.filter(owner=owner).count() == 0
    body = text(response)
    assert "has no room on" in body
    assert "Choose other dates" in body
    assert "/search/?kind=boarding" in body
    assert "Kind words" in body


def test_instant_dates_taken_meanwhile_are_refused(client, owner):
    make_pet(owner)
    sitter = make_sitter(night_places=1, service_fields={"is_instant": True})
    url = url_of(sitter, **choice())
    typed = hidden(client.get(url))
    make_confirmed_by_other = make_owner()
    rival = {"owner": make_confirmed_by_other, "sitter": sitter, "choice": make_choice(units=2)}
    from bookings.tests.factories import make_booking

    make_booking(**rival)
    assert client.post(url, typed).status_code == 200
    assert Booking.objects.filter(owner=owner).count() == 0


def test_nobody_books_themselves(client):
    sitter = make_sitter(user=make_owner(name="Mara Lindqvist"))
    client.force_login(sitter.user)
    make_pet(sitter.user)
    response = send(client, url_of(sitter, **choice()), message="Kind words")
    assert refused(response, "you cannot book yourself")


def test_unconfirmed_email_is_refused(client):
    user = make_user()
    client.force_login(user)
    make_pet(user)
    response = send(client, url_of(make_sitter(), **choice()), message="Kind words")
    assert refused(response, "confirm your e-mail address first")


def test_unanswered_behaviour_is_refused(client, owner):
    make_pet(owner, has_bitten="")
    response = send(client, url_of(make_sitter(), **choice()), message="Kind words")
    assert refused(response, "behaviour are still open")


@pytest.mark.parametrize(
    "params",
    [
        choice(-5),
        choice(10, -2),
        choice(5, 400),
        {**choice(), "dogs": "0"},
        {**choice(), "kind": "dog_walk"},
        {**choice(), "kind": NASTY},
        {**choice(), "from": NASTY},
    ],
)
def test_bad_choices_in_the_address_never_become_a_booking(client, owner, params):
    pet = make_pet(owner)
    sitter = make_sitter()
    typed = {"pets": [pet.pk], "key": "0" * 32, "shown_total_cents": 99_999}
    response = client.post(url_of(sitter, **params), typed)
    assert response.status_code == 302
    assert response.url.startswith(sitter.get_absolute_url())
    assert not Booking.objects.exists()


def test_long_message_is_refused_and_kept(client, owner):
    make_pet(owner)
    message = "woof " * 2000
    response = send(client, url_of(make_sitter(), **choice()), message=message)
    assert refused(response, "At most 2,000 characters; these are", message=message.strip())


@pytest.mark.parametrize("fields", [{"key": ""}, {"key": NASTY}, {"shown_total_cents": "free"}])
def test_broken_hidden_fields_ask_for_another_look(client, owner, fields):
    make_pet(owner)
    url = url_of(make_sitter(), **choice())
    response = send(client, url, message="Kind words", **fields)
    assert refused(response, "look at the price once more")
    assert client.post(url, hidden(response)).status_code == 302


@pytest.mark.parametrize("words", [NASTY, "😀🐕", "مرحبا", "\x00"])
def test_any_words_are_kept_and_shown_safely(client, owner, words):
    make_pet(owner, name=(NASTY[:40] if words == NASTY else "Ω🐕"), must_follow=words)
    url = url_of(make_sitter(), **choice())
    response = send(client, url, message=words, again="1")
    assert "<script>alert" not in text(response)
    response = send(client, url, message=words)
    assert response.status_code == (200 if "\x00" in words else 302)


# --- a session that ends in the middle -----------------------------------------------------------


def test_expired_session_keeps_the_form_as_it_was(client, owner):
    first, second = make_pet(owner), make_pet(owner, name="Moss")
    url = url_of(make_sitter(), **choice())
    typed = {**hidden(client.get(url)), "message": "Kind words", "pets": [first.pk, second.pk]}
    client.logout()
    response = client.post(url, typed)
    assert f"next={quote(url, safe='/')}" in response.url
    client.force_login(owner)
    draft = client.get(url).context["draft"]
    assert (draft.message, draft.pets, draft.key) == ("Kind words", [first, second], typed["key"])
    assert not Booking.objects.exists()


def test_held_form_of_somebody_else_ticks_only_own_animals(client, owner):
    pet = make_pet(owner)
    url = url_of(make_sitter(), **choice())
    typed = {**hidden(client.get(url)), "message": "Kind words", "pets": [pet.pk]}
    client.logout()
    client.post(url, typed)
    client.force_login(make_owner())
    assert client.get(url).context["draft"].pets == []


def test_link_from_the_page_reads_the_same(client, owner):
    make_pet(owner)
    sitter = make_sitter()
    page = client.get(f"{sitter.get_absolute_url()}?{urlencode(choice())}")
    review = client.get(page.context["answer"].send_url)
    reading = review.context["draft"].reading
    assert to_query(reading) == to_query(page.context["panel"].reading)


def test_sending_requests_has_a_limit_that_says_so(client, owner, settings):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "ask": "1/m/user"}
    make_pet(owner)
    sitter = make_sitter()
    send(client, url_of(sitter, **choice()))

    response = send(client, url_of(sitter, **choice(first=20)), message="Please")

    assert "You have sent many requests" in text(response)
    assert "Please" in text(response)
    assert Booking.objects.count() == 1
