import pytest
from django.urls import reverse

from accounts.tests.factories import make_user
from profiles.models import Home, TownName
from profiles.tests.factories import make_home, make_town

pytestmark = pytest.mark.django_db
URL = "/home/"
ADDRESS = {"street": "Lindenweg 4", "postcode": "10115"}


def make_named_town(**fields):
    town = make_town(**fields)
    TownName.objects.get_or_create(town=town, key=town.key, defaults={"weight": town.population})
    return town


@pytest.fixture
def owner(client):
    owner = make_user()
    client.force_login(owner)
    return owner


@pytest.fixture
def springfields():
    return [
        make_named_town(id=number, name="Springfield", key="springfield", region=region,
                        country="US", population=100_000 + number, lat_e6=number, lng_e6=-number)
        for number, region in ((1, "Illinois"), (2, "Missouri"))
    ]  # fmt: skip


def test_the_town_that_was_typed_is_found_and_sets_the_point(client, owner):
    town = make_named_town()
    answer = client.post(URL, {**ADDRESS, "town_name": "berlin"})
    assert answer.url == reverse("profiles:home_edit")
    home = Home.objects.get(user=owner)
    assert home.town == town
    assert (home.lat_e6, home.lng_e6) == (town.lat_e6, town.lng_e6)


def test_a_name_with_several_towns_asks_which_one(client, owner, springfields):
    page = client.post(URL, {**ADDRESS, "town_name": "Springfield"}).content.decode()
    assert "Several places have this name" in page
    assert "Springfield, Illinois" in page
    assert 'value="Lindenweg 4"' in page
    assert not Home.objects.exists()

    client.post(URL, {**ADDRESS, "town_name": "Springfield", "town_id": "2"})
    assert Home.objects.get().town == springfields[1]


def test_a_town_that_does_not_belong_to_the_text_cannot_be_forged(client, owner, springfields):
    make_named_town()
    page = client.post(URL, {**ADDRESS, "town_name": "Springfield", "town_id": "2950159"})
    assert page.status_code == 200
    assert not Home.objects.exists()


@pytest.mark.parametrize(
    "town", ["Atlantis", "' OR 1=1 --", "<script>alert(1)</script>", "🐕", "x" * 10_000]
)
def test_an_unknown_town_is_said_and_the_text_is_kept(client, owner, town):
    make_named_town()
    page = client.post(URL, {**ADDRESS, "town_name": town}).content.decode()
    assert "invalid-feedback" in page
    assert "<script>alert" not in page
    assert 'value="Lindenweg 4"' in page
    assert not Home.objects.exists()


def test_saving_again_keeps_the_town_and_a_point_that_was_moved(client, owner):
    town = make_named_town()
    make_home(owner, town=town, lat_e6=52_000_001, lng_e6=13_000_001)
    page = client.get(URL).content.decode()
    assert str(town) in page
    client.post(URL, {**ADDRESS, "street": "Neue Gasse 1", "town_name": str(town)})
    home = Home.objects.get()
    assert (home.street, home.lat_e6) == ("Neue Gasse 1", 52_000_001)


def test_returns_to_the_request_it_came_from(client, owner):
    make_named_town()
    typed = {**ADDRESS, "town_name": "Berlin", "next": "/bookings/new/mara/"}
    assert client.post(URL, typed).url == "/bookings/new/mara/"


def test_each_person_has_a_home_of_their_own(client, owner):
    make_named_town()
    other = make_home(make_user(), street="Secret 1")
    assert "Secret 1" not in client.get(URL).content.decode()
    client.post(URL, {**ADDRESS, "town_name": "Berlin"})
    other.refresh_from_db()
    assert other.street == "Secret 1"
    assert Home.objects.count() == 2
