"""Saved searches: mail when somebody new fits (product.md 11), never more than once a day."""

from datetime import UTC, datetime, timedelta
from email import policy
from email.parser import BytesParser

import pytest
from django.core import mail
from django.http import QueryDict
from django.urls import reverse

from accounts.blocks import block
from bookings.exceptions import TooManySearches
from bookings.models import Notice
from bookings.pages.search_reading import read_search
from bookings.services import saved_searches as service
from bookings.services.notices import send_due
from bookings.tests.factories import accept, cancel, make_booking, make_choice, make_owner
from pawsitters import clock
from profiles.models import SavedSearch, SitterProfile
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_sitter, make_town

pytestmark = pytest.mark.django_db
NOW = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
QUERY = "town=2950159&kind=boarding&from=2027-03-11&to=2027-03-13&dogs=1"
MINUTES, DAY = timedelta(minutes=15), timedelta(days=1)


def save(user=None, query=QUERY, often="at_once", name="Easter") -> SavedSearch:
    make_town()
    return service.save_search(
        user=user or make_owner(), reading=read_search(QueryDict(query)), name=name, often=often
    )


def look(moment) -> int:
    with clock.at(moment):
        return service.look_for_news()


def told() -> list[str]:
    return list(Notice.objects.filter(kind="saved_search").values_list("subject", flat=True))


def test_a_new_sitter_that_fits_is_told_of_and_the_known_ones_are_not():
    with clock.at(NOW):
        make_sitter()
        search = save()
    assert look(NOW + MINUTES) == 0
    with clock.at(NOW + MINUTES):
        new = make_sitter(user=make_owner(name="Jonas Weber"))

    assert look(NOW + 2 * MINUTES) == 1

    (notice,) = Notice.objects.filter(kind="saved_search")
    assert notice.subject == "A new sitter fits “Easter”"
    assert "Jonas Weber, Berlin, under 1 km away: €80.00 in all" in notice.text
    assert notice.path == search.url
    search.refresh_from_db()
    assert new.pk in search.seen
    assert look(NOW + 3 * DAY) == 0


def test_a_sitter_with_room_again_is_new():
    with clock.at(NOW):
        sitter = make_sitter(night_places=1)
        choice = make_choice(starts_on=datetime(2027, 3, 11).date())
        booking = accept(make_booking(sitter=sitter, choice=choice))
        save()
    assert look(NOW + MINUTES) == 0
    with clock.at(NOW + MINUTES):
        cancel(booking)

    assert look(NOW + 2 * MINUTES) == 1


def test_only_sitters_with_seats_for_these_dates_are_told_of():
    with clock.at(NOW):
        save()
        away = make_sitter()
        away.calendar_exceptions.create(
            starts_on=NOW.date(), ends_on=NOW.date() + timedelta(days=60)
        )
        sitter_changed(away)
        make_sitter(kinds=["dog_walk"])
        make_sitter(status=SitterProfile.Status.PAUSED)
    assert look(NOW + MINUTES) == 0


def test_a_search_is_mailed_at_most_once_a_day():
    with clock.at(NOW):
        search = save()
    moment = NOW
    for number in range(1, 4):
        with clock.at(moment):
            make_sitter()
        assert look(moment + MINUTES) == 1
        with clock.at(moment + MINUTES):
            make_sitter()
        for hours in (1, 6, 23):
            assert look(moment + timedelta(hours=hours)) == 0
        assert len(told()) == number
        moment += MINUTES + DAY
    assert "2 new sitters fit “Easter”" in told()
    # Going to and fro between the two does not make it more often.
    search = SavedSearch.objects.select_related("user").get(pk=search.pk)
    for often in ("daily", "at_once", "daily"):
        with clock.at(moment - DAY + timedelta(hours=1)):
            service.change_search(search=search, name="Easter", often=often)
        assert search.next_check_at >= search.told_at + timedelta(hours=20)


def test_a_daily_search_is_looked_at_in_the_person_s_morning():
    with clock.at(NOW):
        search = save(often="daily")
    assert search.next_check_at == datetime(2027, 3, 2, 7, 0, tzinfo=UTC)  # 08:00 in Berlin
    # The clock goes forward on 28 March; the morning stays the morning.
    open_end = "town=2950159&kind=boarding&dogs=1"
    with clock.at(datetime(2027, 3, 27, 7, 0, tzinfo=UTC)):
        search = save(user=search.user, query=open_end, often="daily")
        search.told_at = clock.now()
        service.change_search(search=search, name="x", often="daily")
    assert search.next_check_at == datetime(2027, 3, 28, 6, 0, tzinfo=UTC)


def test_a_search_whose_dates_have_passed_stops_by_itself_with_a_notice():
    with clock.at(NOW):
        search = save()
    make_sitter()
    assert look(datetime(2027, 3, 11, 10, 0, tzinfo=UTC)) == 1
    search.refresh_from_db()
    assert search.over_at
    assert search.next_check_at is None
    (notice,) = Notice.objects.filter(kind="saved_search")
    assert notice.subject == "The dates of “Easter” have passed"
    assert notice.send_after is None  # in the list only
    assert not Notice.objects.failed().exists()
    assert look(NOW + 30 * DAY) == 0


def test_at_most_twenty_searches_a_person():
    with clock.at(NOW):
        user = make_owner()
        for dogs in range(1, 7):
            for km in (2, 5, 10, 25):
                if SavedSearch.objects.count() == 20:
                    break
                save(user, f"town=2950159&kind=boarding&dogs={dogs}&km={km}")
        with pytest.raises(TooManySearches):
            save(user)
        # The same once more is not another one, and a deleted one makes room.
        save(user, "town=2950159&kind=boarding&dogs=1&km=2", name="Again")
        service.delete_search(search=SavedSearch.objects.first())
        save(user)
        with pytest.raises(TooManySearches):
            service.restore_search(search=SavedSearch.objects.exclude(deleted_at=None).get())


def test_nobody_is_told_of_somebody_they_have_blocked():
    with clock.at(NOW):
        search, sitter = save(), make_sitter()
        block(blocker=sitter.user, blocked=search.user)
    assert look(NOW + MINUTES) == 0


def test_nobody_is_told_of_themselves_nor_when_there_are_too_many_to_list(monkeypatch):
    with clock.at(NOW):
        user = make_owner()
        save(user)
        make_sitter(user=user)
    assert look(NOW + MINUTES) == 0
    monkeypatch.setattr("profiles.services.search.engine.MOST_RANKED", 2)
    with clock.at(NOW):
        for _n in range(3):
            make_sitter()
    assert look(NOW + 2 * MINUTES) == 0
    assert SavedSearch.objects.get().seen is None
    monkeypatch.undo()
    assert look(NOW + 3 * MINUTES) == 0  # it only takes note
    assert len(SavedSearch.objects.get().seen) == 3


def test_a_search_that_is_held_by_another_worker_is_left_to_it():
    with clock.at(NOW):
        search = save()
        make_sitter()
    with clock.at(NOW + MINUTES):
        (leased,) = service._lease()
        assert service._lease() == []
        service.stop_search(search=search)
        assert service._look(leased) == 0  # stopped meanwhile
    assert told() == []
    with clock.at(NOW + MINUTES):
        service.resume_search(search=search)
        make_sitter()
    # A worker that died leaves it to the next.
    with clock.at(NOW + 2 * MINUTES):
        service._lease()
    assert look(NOW + 2 * MINUTES + service.LEASE) == 1


def test_one_round_looks_at_a_bounded_number_of_searches(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(service, "BATCH", 3)
    with clock.at(NOW):
        make_sitter()
        for _n in range(5):
            save()
    with clock.at(NOW + MINUTES):
        service.look_for_news()
    assert SavedSearch.objects.filter(next_check_at=NOW + MINUTES).count() == 2


def test_an_odd_search_does_not_stop_the_others():
    with clock.at(NOW):
        odd = save()
        save()
        SavedSearch.objects.filter(pk=odd.pk).update(query="town=1&kind=boarding")
        make_sitter()
    assert look(NOW + MINUTES) == 2
    assert sorted(told()) == [
        "A new sitter fits “Easter”",
        "“Easter” can no longer be searched",
    ]


# --- the mail and the link in it --------------------------------------------------------------
def test_the_mail_carries_a_link_that_stops_it_without_signing_in(client, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with clock.at(NOW):
        search = save()
        make_sitter()
    look(NOW + MINUTES)
    with clock.at(NOW + MINUTES):
        assert send_due() == 1
    message = BytesParser(policy=policy.default).parsebytes(mail.outbox[0].message().as_bytes())
    link = message["List-Unsubscribe"].strip(" <>")
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert link in message.get_body(("plain",)).get_content()
    path = link.removeprefix("http://127.0.0.1:8000")

    response = client.get(path)
    assert "Stop these mails?" in response.content.decode()
    search.refresh_from_db()
    assert search.mails  # looking changes nothing; mail programs fetch links
    assert not response.cookies

    assert client.post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert client.post(path).status_code == 200
    search.refresh_from_db()
    assert (search.mails, search.next_check_at) == (False, None)


@pytest.mark.parametrize("token", ["1", "1:forged", "x" * 300, "1%3A" + "A" * 43])
def test_a_forged_stop_link_is_not_found(client, token):
    with clock.at(NOW):
        save()
    assert client.get(f"/searches/stop/{token}/").status_code == 404
    assert client.post(f"/searches/stop/{token}/").status_code == 404
    assert SavedSearch.objects.get().mails


# --- pages ------------------------------------------------------------------------------------
def test_a_person_saves_changes_stops_deletes_and_takes_back(client):
    make_town()
    user = make_owner()
    client.force_login(user)
    save_url = reverse("bookings:search_save") + "?where=Berlin&kind=boarding&dogs=2&sort=cheapest"
    page = client.get(save_url).content.decode()
    assert "Boarding, Berlin, 2 dogs" in page
    client.post(save_url, {"name": "", "often": "daily"})
    assert not SavedSearch.objects.exists()
    client.post(save_url, {"name": "Two  dogs\r\nBcc: x", "often": "daily"})
    client.post(save_url, {"name": "Two dogs", "often": "daily"})
    search = SavedSearch.objects.get()
    assert search.query == "town=2950159&km=10&kind=boarding&dogs=2" or "where" not in search.query
    assert client.get(search.url).context["reading"].town

    edit = reverse("bookings:search_edit", args=[search.pk])
    client.post(edit, {"name": "Summer", "often": "at_once"})
    switch = reverse("bookings:search_switch", args=[search.pk])
    client.post(switch, {"to": "off"})
    search.refresh_from_db()
    assert (search.name, search.often, search.is_on) == ("Summer", "at_once", False)
    client.post(switch, {"to": "on"})
    page = client.post(reverse("bookings:search_delete", args=[search.pk]), follow=True)
    assert "is deleted" in page.content.decode()
    client.post(reverse("bookings:search_restore", args=[search.pk]))
    search.refresh_from_db()
    assert search.is_on
    assert search.next_check_at


def test_a_deleted_search_is_forgotten_after_a_day():
    with clock.at(NOW):
        search = save()
        service.delete_search(search=search)
    with clock.at(NOW + timedelta(hours=23)):
        service.forget_deleted()
        assert SavedSearch.objects.exists()
    with clock.at(NOW + timedelta(hours=25)):
        service.forget_deleted()
    assert not SavedSearch.objects.exists()


def test_the_search_page_offers_to_save_what_was_asked(client):
    make_town()
    for found in (False, True):
        html = client.get("/search/?where=Berlin&kind=boarding&dogs=1").content.decode()
        assert 'href="/searches/save/?where=Berlin' in html, found
        make_sitter()
    assert client.get("/searches/save/?where=Berlin").url.startswith("/sign/login/?next=")


def test_a_search_with_an_error_is_mended_on_the_search_page_first(client):
    client.force_login(make_owner())
    response = client.get("/searches/save/?where=Nowhere&kind=boarding")
    assert response.url == "/search/?where=Nowhere&kind=boarding"


@pytest.mark.parametrize("count", [1, 5])
def test_the_list_takes_the_same_statements_for_any_number(
    client, django_assert_num_queries, count
):
    user = make_owner()
    make_town()
    for dogs in range(1, count + 1):
        save(user, f"town=2950159&kind=boarding&dogs={dogs}")
    client.force_login(user)
    # Session, person, searches, unread notices.
    with django_assert_num_queries(4):
        client.get("/searches/")
