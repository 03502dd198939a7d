from datetime import date

import pytest
from django.urls import reverse

from accounts.tests.factories import make_user
from profiles.forms.pets import kilograms
from profiles.models import Pet, Vaccination
from profiles.tests.factories import ANSWERED, make_pet

pytestmark = pytest.mark.django_db
ABOUT = {"name": "Biscuit", "species": "dog", "sex": "female"}


@pytest.fixture
def owner(client):
    owner = make_user()
    client.force_login(owner)
    return owner


def edit_url(pet, step="about"):
    return reverse("profiles:pet_edit", args=[pet.pk, step])


def test_nobody_fills_the_database_with_animals(client, owner, monkeypatch):
    monkeypatch.setattr("profiles.forms.pets.MOST_PETS", 1)
    make_pet(owner)

    answer = client.post(reverse("profiles:pet_add"), ABOUT)

    assert "more is not possible" in answer.text
    assert 'value="Biscuit"' in answer.text
    assert owner.pets.count() == 1


def test_a_new_pet_goes_on_to_the_questions_and_then_back_to_the_request(client, owner):
    onward = "/bookings/new/mara/?kind=boarding&from=2027-12-23"
    answer = client.post(reverse("profiles:pet_add"), {**ABOUT, "next": onward})
    pet = owner.pets.get()
    assert answer.url.startswith(edit_url(pet, "behaviour") + "?next=")

    answer = client.post(answer.url, {"good_with_dogs": "yes", "next": onward})
    assert answer.url.startswith(edit_url(pet, "behaviour") + "?next=")

    answer = client.post(edit_url(pet, "behaviour"), {**ANSWERED, "next": onward})
    assert answer.url == onward
    pet.refresh_from_db()
    assert not pet.unanswered


def test_a_pets_name_is_one_line_whatever_a_program_sends(client, owner):
    client.post(reverse("profiles:pet_add"), {**ABOUT, "name": "Rex\nBcc: x@evil.example"})
    assert owner.pets.get().name == "Rex Bcc: x@evil.example"


def test_next_of_another_host_is_not_followed(client, owner):
    pet = make_pet(owner)
    answer = client.post(edit_url(pet), {**ABOUT, "next": "https://evil.example/"})
    assert answer.url == edit_url(pet)


@pytest.mark.parametrize(
    ("typed", "grams"),
    [
        ("12.5", 12_500),
        ("12,5", 12_500),
        (" 12,5 KG ", 12_500),
        ("0.04", 40),
        ("", None),
        ("200", 200_000),
    ],
)
def test_weight_is_typed_in_kilograms_with_point_or_comma(client, owner, typed, grams):
    pet = make_pet(owner)
    client.post(edit_url(pet), {**ABOUT, "weight": typed})
    pet.refresh_from_db()
    assert pet.weight_grams == grams
    assert kilograms(grams) in client.get(edit_url(pet)).content.decode()


@pytest.mark.parametrize(
    "typed", ["heavy", "-3", "0", "201", "1e9", "NaN", "Infinity", "1,2,3", "9" * 19]
)
def test_a_wrong_weight_is_said_in_a_sentence_and_nothing_is_saved(client, owner, typed):
    pet = make_pet(owner, name="Old")
    page = client.post(edit_url(pet), {**ABOUT, "weight": typed}).content.decode()
    assert "Weight must be" in page
    assert f'value="{typed}"' in page
    assert "Error:" in page
    pet.refresh_from_db()
    assert (pet.name, pet.weight_grams) == ("Old", 12_500)


@pytest.mark.parametrize("typed", ["2999-01-01", "1650-01-01", "31/02/2020", "yesterday"])
def test_an_impossible_birthday_is_refused_and_kept_in_the_field(client, owner, typed):
    pet = make_pet(owner)
    page = client.post(edit_url(pet), {**ABOUT, "born_on": typed}).content.decode()
    assert "is-invalid" in page
    assert f'value="{typed}"' in page
    pet.refresh_from_db()
    assert pet.born_on == date(2020, 5, 1)


@pytest.mark.parametrize(
    "name", ["<img src=x onerror=alert(1)>", "Żółw 🐢", "كلب", "'; DROP TABLE pets"]
)
def test_a_name_is_kept_as_typed_and_shown_escaped(client, owner, name):
    client.post(reverse("profiles:pet_add"), {**ABOUT, "name": name})
    assert owner.pets.get().name == name
    for url in (reverse("profiles:pet_list"), edit_url(owner.pets.get())):
        assert "<img src=x" not in client.get(url).content.decode()


@pytest.mark.parametrize(
    ("step", "field"),
    [("about", "name"), ("care", "feeding"), ("health", "conditions"), ("health", "vet_name")],
)
def test_ten_thousand_characters_are_refused_and_kept_in_the_field(client, owner, step, field):
    pet = make_pet(owner)
    text = "ä" * 10_000
    page = client.post(edit_url(pet, step), {**ABOUT, field: text}).content.decode()
    assert "invalid-feedback" in page
    assert text in page
    pet.refresh_from_db()
    assert getattr(pet, field) != text


@pytest.mark.parametrize("step", ["about", "behaviour", "care", "health", "vaccinations"])
def test_another_persons_pet_does_not_exist(client, owner, step):
    pet = make_pet(make_user(), name="Secret")
    assert client.get(edit_url(pet, step)).status_code == 404
    assert client.post(edit_url(pet, step), ABOUT).status_code == 404
    assert client.post(reverse("profiles:pet_archive", args=[pet.pk])).status_code == 404
    pet.refresh_from_db()
    assert (pet.name, pet.state) == ("Secret", "active")


def test_an_owner_field_in_the_form_changes_nothing(client, owner):
    other = make_user()
    client.post(reverse("profiles:pet_add"), {**ABOUT, "owner": other.pk, "state": "archived"})
    assert owner.pets.get().state == "active"
    assert not other.pets.exists()


def test_half_of_the_questions_can_be_saved_and_the_rest_is_counted(client, owner):
    pet = make_pet(owner, **dict.fromkeys(ANSWERED, ""))
    typed = {"good_with_dogs": "yes", "good_with_cats": "unknown", "has_bitten": "no"}
    page = client.post(edit_url(pet, "behaviour"), typed, follow=True).content.decode()
    assert "Saved." in page
    assert "6 questions left before you can ask" in page


def test_a_bite_asks_for_its_story(client, owner):
    pet = make_pet(owner)
    page = client.post(edit_url(pet, "behaviour"), {**ANSWERED, "has_bitten": "yes"})
    assert "whom it bit" in page.content.decode()
    pet.refresh_from_db()
    assert pet.has_bitten == "no"


def test_a_cat_is_not_asked_about_the_lead_and_a_fish_nothing(client, owner):
    assert "off_leash" not in make_pet(owner, species="cat").behaviour_questions
    fish = make_pet(owner, species="fish", **dict.fromkeys(ANSWERED, ""))
    assert not fish.unanswered
    assert "Nothing is asked" in client.get(edit_url(fish, "behaviour")).content.decode()


def test_two_tabs_saved_at_once_both_last(client, owner):
    pet = make_pet(owner)
    stale = Pet.objects.get(pk=pet.pk)
    client.post(edit_url(pet, "care"), {"feeding": "Twice a day"})
    from profiles.forms.pets import PetHealthForm

    form = PetHealthForm({"allergies": "Chicken"}, instance=stale)
    assert form.is_valid()
    form.save()
    pet.refresh_from_db()
    assert (pet.feeding, pet.allergies) == ("Twice a day", "Chicken")


def test_archive_and_restore(client, owner):
    pet = make_pet(owner)
    client.post(reverse("profiles:pet_archive", args=[pet.pk]))
    assert not Pet.objects.active().exists()
    assert "Bring Biscuit back" in client.get(reverse("profiles:pet_list")).content.decode()
    client.post(reverse("profiles:pet_restore", args=[pet.pk]))
    assert Pet.objects.active().exists()
    assert client.get(reverse("profiles:pet_archive", args=[pet.pk])).status_code == 405


def test_vaccinations_are_added_and_removed(client, owner):
    pet = make_pet(owner)
    url = edit_url(pet, "vaccinations")
    client.post(url, {"kind": "Rabies", "given_on": "2020-01-01", "expires_on": "2021-01-01"})
    vaccination = pet.vaccinations.get()
    assert "Run out" in client.get(url).content.decode()
    delete_url = reverse("profiles:vaccination_delete", args=[pet.pk, vaccination.pk])
    client.post(delete_url)
    assert not pet.vaccinations.exists()


def test_a_vaccination_must_end_after_it_was_given(client, owner):
    pet = make_pet(owner)
    typed = {"kind": "Rabies", "given_on": "2021-01-01", "expires_on": "2020-01-01"}
    page = client.post(edit_url(pet, "vaccinations"), typed).content.decode()
    assert "must be after" in page
    assert 'value="Rabies"' in page
    assert not Vaccination.objects.exists()


def test_another_persons_vaccination_cannot_be_removed(client, owner):
    other = Vaccination.objects.create(
        pet=make_pet(), kind="Rabies", given_on=date(2020, 1, 1), expires_on=date(2030, 1, 1)
    )
    mine = make_pet(owner)
    for pet in (mine, other.pet):
        url = reverse("profiles:vaccination_delete", args=[pet.pk, other.pk])
        assert client.post(url).status_code == 404
    assert Vaccination.objects.exists()


@pytest.mark.parametrize("count", [1, 20])
def test_the_list_takes_the_same_statements_for_one_and_for_twenty(
    client, owner, count, django_assert_num_queries
):
    for _ in range(count):
        make_pet(owner)
    with django_assert_num_queries(4):  # session, person, pets, unread notices
        client.get(reverse("profiles:pet_list"))


def test_a_form_sent_after_the_session_ended_comes_back_as_it_was(client, owner):
    pet = make_pet(owner)
    url = edit_url(pet, "care")
    client.logout()
    answer = client.post(url, {"feeding": "Half a cup at 7 <b>"})
    assert answer.url == f"/sign/login/?next={url}"
    client.force_login(owner)
    page = client.get(url).content.decode()
    assert "Half a cup at 7 &lt;b&gt;" in page
    assert "logged out while writing" in page
    assert "Half a cup" not in client.get(url).content.decode()


def test_a_button_pressed_after_the_session_ended_leads_back_to_its_page(client, owner):
    pet = make_pet(owner)
    client.logout()
    answer = client.post(
        reverse("profiles:pet_archive", args=[pet.pk]),
        headers={"referer": f"http://testserver{edit_url(pet)}"},
    )
    assert answer.url == f"/sign/login/?next={edit_url(pet)}"
    pet.refresh_from_db()
    assert pet.state == "active"
