"""Favourites, book again in two clicks, private notes on a pet (product.md 11)."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.urls import reverse

from bookings.models import Booking, Favourite, PetNote
from bookings.services.favourites import erase_private_notes, erase_removed
from bookings.services.rules import OWNER, SITTER
from bookings.tests.factories import make_booking, make_choice, make_confirmed, make_in, make_owner
from bookings.tests.page_tools import page
from pawsitters import clock
from profiles.kinds import Kind
from profiles.tests.factories import make_home, make_pet, make_sitter

pytestmark = pytest.mark.django_db
Status = Booking.Status
SCRIPT = {"Accept": "application/json"}


@pytest.fixture
def owner(client):
    owner = make_owner()
    client.force_login(owner)
    return owner


def add(client, sitter, **data):
    return client.post(reverse("bookings:favourite_add", args=[sitter.slug]), data)


def remove(client, sitter, **options):
    return client.post(reverse("bookings:favourite_remove", args=[sitter.slug]), **options)


def shown(client, query="") -> str:
    return client.get(f"/favourites/{query}").content.decode()


# --- Favourites -----------------------------------------------------------------------------


def test_a_sitter_is_a_favourite_once_however_often_the_heart_is_pressed(client, owner):
    sitter = make_sitter()
    for _ in range(3):
        answer = add(client, sitter, note="Kind to Moss", next=sitter.get_absolute_url())
        assert answer.url == sitter.get_absolute_url()

    assert Favourite.objects.count() == 1
    html = shown(client)
    assert "Kind to Moss" in html
    assert "From €40.00 a night" in html
    assert "Open next on" in html


def test_the_heart_on_public_pages_is_a_link_for_everybody_and_never_leads_elsewhere(client, owner):
    sitter = make_sitter()
    client.logout()
    add_url = f"/favourites/add/{sitter.slug}/"
    assert f'href="{add_url}"' in client.get(sitter.get_absolute_url()).content.decode()
    assert client.get(add_url).url.startswith("/sign/login/")

    client.force_login(owner)
    assert add(client, sitter, next="https://evil.example/").url == sitter.get_absolute_url()


def test_the_hearts_script_gets_no_page_and_leaves_the_note(client, owner):
    sitter = make_sitter()
    add(client, sitter, note="Has a garden")
    assert remove(client, sitter, headers=SCRIPT).status_code == 204
    assert client.get("/favourites/mine/").json()["slugs"] == []
    address = reverse("bookings:favourite_add", args=[sitter.slug])
    assert client.post(address, headers=SCRIPT).status_code == 204

    answer = client.get("/favourites/mine/")
    assert answer.json()["slugs"] == [sitter.slug]
    assert "no-store" in answer["Cache-Control"]
    assert Favourite.objects.get().note == "Has a garden"


def test_a_removal_can_be_undone_with_its_note_for_a_day(client, owner):
    sitter = make_sitter()
    add(client, sitter, note="Kind to Moss")
    html = client.get(remove(client, sitter).url).content.decode()
    assert "is no favourite any more" in html
    assert "Kind to Moss" not in html

    add(client, sitter, next="/favourites/")  # the button "Undo"
    assert "Kind to Moss" in shown(client)
    remove(client, sitter)
    with clock.at(clock.now() + timedelta(days=1, minutes=1)):
        assert erase_removed() == 1
    assert not Favourite.objects.exists()


def test_nobody_sees_anybody_elses_favourites(client, owner):
    sitter = make_sitter()
    add(client, sitter, note="Mine alone")
    for person in (make_owner(), sitter.user):
        client.force_login(person)
        assert "Mine alone" not in shown(client)
        assert client.get("/favourites/mine/").json()["slugs"] == []
        assert client.get(f"/favourites/note/{sitter.slug}/").status_code == 404
        assert remove(client, sitter).status_code == 404
    assert Favourite.objects.get().removed_at is None


def test_a_paused_sitter_stays_on_the_list_without_a_way_to_ask(client, owner):
    sitter = make_sitter()
    add(client, sitter)
    sitter.status = "paused"
    sitter.save()

    html = shown(client)
    assert "Takes no bookings at the moment" in html
    assert sitter.get_absolute_url() not in html


def test_an_unpublished_page_cannot_be_remembered(client, owner):
    assert add(client, make_sitter(status="draft")).status_code == 404


def test_there_is_an_end_to_favourites(client, owner, monkeypatch):
    monkeypatch.setattr("bookings.services.favourites.MOST", 1)
    add(client, make_sitter())

    assert "Remove one first" in add(client, make_sitter()).content.decode()
    assert Favourite.objects.count() == 1


def test_the_list_takes_the_same_statements_for_one_and_for_three(client, owner, count_queries):
    add(client, make_sitter())
    one = count_queries(lambda: shown(client))
    add(client, make_sitter()), add(client, make_sitter())

    assert count_queries(lambda: shown(client)) == one


@pytest.fixture
def count_queries():
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count(job) -> int:
        with CaptureQueriesContext(connection) as found:
            job()
        return len(found)

    return count


# --- Book again -----------------------------------------------------------------------------


def again(client, booking) -> tuple[str, dict]:
    client.force_login(booking.owner)
    url = urlsplit(client.get(f"{booking.get_absolute_url()}again/").url)
    return url.path, parse_qs(url.query)


@pytest.mark.parametrize("kind", list(Kind))
def test_book_again_is_two_clicks_with_the_same_animals_kind_times_and_weekdays(client, kind):
    owner = make_owner()
    make_home(owner)
    make_pet(owner, name="Anton")  # the first dog, who did not come along
    moss = make_pet(owner, name="Moss")
    booking = make_in(
        Status.COMPLETED, owner=owner, pets=[moss], sitter=make_sitter(kinds=[kind]),
        choice=make_choice(kind),
    )  # fmt: skip
    with clock.at(booking.ended_at + timedelta(days=30)):
        path, query = again(client, booking)
        html = client.get(
            f"{path}?{urlsplit(client.get(f'{booking.get_absolute_url()}again/').url).query}"
        )
    assert path == f"/bookings/new/{booking.sitter.slug}/"
    assert query["kind"] == [kind.value]
    assert query["pets"] == [str(moss.pk)]
    first = clock.now().fromisoformat(query["from"][0]).date()
    assert first > booking.ends_at.date() + timedelta(days=29)
    assert first.weekday() == booking.starts_at.astimezone(booking.zone).weekday()
    if kind.is_visits:
        assert (query["times"], query["minutes"]) == (["12:00"], ["30"])
    # The second click: nothing is missing on the page, and only Moss is chosen.
    page_ = html.content.decode()
    assert "Before you can send this" not in page_
    assert page_.count(" checked") == 1


def test_book_again_skips_weeks_in_which_the_sitter_has_no_room(client):
    sitter = make_sitter(night_places=1)
    booking = make_in(Status.COMPLETED, sitter=sitter)
    moment = booking.ended_at + timedelta(days=1)
    first = booking.starts_at.date() + timedelta(days=7)
    with clock.at(moment):
        rival = make_confirmed(sitter=sitter, choice=make_choice(starts_on=first))
        assert rival.status == Status.CONFIRMED
        _path, query = again(client, booking)

    assert query["from"] == [(first + timedelta(days=7)).isoformat()]


def test_book_again_leads_to_the_sitters_page_where_the_kind_is_gone(client):
    booking = make_in(Status.COMPLETED)
    sitter = booking.sitter
    sitter.snapshot["services"][0]["kind"] = "house_sitting"
    sitter.save()
    path, query = again(client, booking)
    answer = client.get(path, {**query, "kind": "boarding"})

    assert answer.url.startswith(sitter.get_absolute_url())


def test_book_again_with_a_paused_sitter_leads_to_the_search(client):
    booking = make_in(Status.COMPLETED)
    booking.sitter.status = "paused"
    booking.sitter.save()

    assert again(client, booking)[0] == "/search/"
    assert "again/" not in page(client, booking, OWNER)


def test_only_the_owner_books_again(client):
    booking = make_in(Status.COMPLETED)
    assert f"{booking.get_absolute_url()}again/" in page(client, booking, OWNER)
    assert f"{booking.get_absolute_url()}again/" not in page(client, booking, SITTER)
    assert client.get(f"{booking.get_absolute_url()}again/").status_code == 404


# --- Private notes --------------------------------------------------------------------------


def write(client, booking, text):
    client.force_login(booking.sitter.user)
    pet = booking.booking_pets.get().pet_id
    return client.post(f"{booking.get_absolute_url()}notes/", {f"pet_{pet}": text})


def test_a_note_on_a_pet_is_read_by_the_sitter_who_wrote_it_and_nobody_else(client):
    owner = make_owner()
    pet = make_pet(owner)
    first = make_in(Status.COMPLETED, owner=owner, pets=[pet])
    write(client, first, "Afraid of umbrellas")
    later = make_confirmed(
        owner=owner, pets=[pet], sitter=first.sitter,
        choice=make_choice(starts_on=clock.now().date() + timedelta(days=40)),
    )  # fmt: skip
    elsewhere = make_confirmed(owner=owner, pets=[pet], sitter=make_sitter())

    assert "Afraid of umbrellas" in page(client, first, SITTER)
    assert "Afraid of umbrellas" in page(client, later, SITTER)
    assert "Afraid of umbrellas" not in page(client, elsewhere, SITTER)
    for booking in (first, later):
        html = page(client, booking, OWNER)
        assert "Afraid of umbrellas" not in html
        assert "Your own notes" not in html
    assert client.get(f"{first.get_absolute_url()}notes/").status_code == 404


def test_a_note_is_written_over_and_erased_by_saving_it_empty(client):
    booking = make_confirmed()
    write(client, booking, "One")
    write(client, booking, "Two")
    assert PetNote.objects.get().text == "Two"
    write(client, booking, " ")

    assert not PetNote.objects.exists()


def test_no_note_before_anything_was_agreed_and_none_on_somebody_elses_pet(client):
    asked, stranger = make_booking(), make_pet()
    assert write(client, asked, "Hm").status_code == 404
    booking = make_confirmed()
    client.force_login(booking.sitter.user)
    client.post(f"{booking.get_absolute_url()}notes/", {f"pet_{stranger.pk}": "Mine?"})

    assert not PetNote.objects.exists()


def test_private_notes_go_with_either_account(client, owner):
    booking = make_in(Status.COMPLETED, owner=owner)
    write(client, booking, "Afraid of umbrellas")
    client.force_login(owner)
    add(client, booking.sitter)
    erase_private_notes(make_owner())
    assert PetNote.objects.count() == Favourite.objects.count() == 1

    erase_private_notes(owner)
    assert not PetNote.objects.exists()
    assert not Favourite.objects.exists()


@pytest.mark.parametrize("onward", ["nobody", "bookings:overview", "25:99", "//evil.example/"])
def test_a_next_page_that_is_no_path_is_not_followed(client, onward):
    sitter = make_sitter()
    client.force_login(make_owner())
    answer = client.post(f"/favourites/add/{sitter.slug}/", {"note": "", "next": onward})
    assert answer.status_code == 302
    assert answer.url in (sitter.get_absolute_url(), "/favourites/")
