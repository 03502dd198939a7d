"""A booking request that comes while the database is away: kept, placed once, or refused aloud."""

import threading
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.sessions import end_sessions
from bookings.held import RequestHeld
from bookings.models import Booking, Notice
from bookings.services.suspension import suspend_account
from bookings.tests.factories import make_owner
from pawsitters import clock
from pawsitters.operations import counters, outbox, passport, replay
from pawsitters.operations.tests.faults import cut_off, cutter, read_only
from profiles.models import Rate
from profiles.services import publishing
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_pet, make_sitter

pytestmark = [pytest.mark.mysql, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def replay_by_hand(monkeypatch):
    monkeypatch.setattr(replay, "wake", lambda: None)


class Owner:
    """Somebody with the request form open in their browser."""

    def __init__(self, sitter=None, **client):
        self.user = make_owner()
        self.pet = make_pet(self.user)
        self.sitter = sitter or make_sitter()
        self.client = Client(raise_request_exception=False, **client)
        self.client.force_login(self.user)
        day = clock.now().date() + timedelta(days=10)
        query = {"kind": "boarding", "from": day, "to": day + timedelta(days=2), "dogs": 1}
        path = reverse("bookings:new", args=[self.sitter.slug])
        self.url = f"{path}?{urlencode(query)}"
        self.form = self.open_form()

    def open_form(self) -> dict:
        page = self.client.get(self.url).context
        return {
            "key": page["draft"].key,
            "slip": page["slip"],
            "shown_total_cents": page["quote"].total_cents,
            "pets": [self.pet.pk],
            "message": "Two walks a day, please",
        }

    def send(self, **changes):
        return self.client.post(self.url, {**self.form, **changes})

    def page(self):
        (item,) = outbox.items()
        return self.client.get(reverse("operations:held", args=[item.reference]))


@pytest.fixture
def owner():
    return Owner()


@pytest.fixture
def held(owner, monkeypatch):
    with cut_off(monkeypatch):
        owner.send()
    return owner


@pytest.fixture
def dead(held):
    (item,) = outbox.items()
    outbox.dead(item, "ZeroDivisionError: division by zero")
    return outbox.items()[0]


@pytest.fixture
def staff():
    client = Client()
    client.force_login(make_owner(is_staff=True, is_superuser=True))
    return client


def held_user(item):
    return User.objects.get(pk=item.held.person)


class TestInTheOutage:
    def test_it_is_received_with_a_reference_and_not_yet_confirmed(self, owner, monkeypatch):
        with cut_off(monkeypatch):
            response = owner.send()
            page = owner.page()
            elsewhere = owner.client.get("/bookings/")

        (item,) = outbox.items()
        assert "We keep your requests" in elsewhere.text
        assert item.reference in elsewhere.text
        assert response.status_code == 202
        for text in (response.text, page.text):
            assert "Received, not yet confirmed" in text
            assert item.reference in text
            assert "Boarding with Mara" in text
            assert "Two walks a day" in text
            assert owner.user.get_short_name() in text
        assert f"url=/requests/held/{item.reference}/" in response["Refresh"]

    def test_the_same_form_twice_is_one_request(self, owner, monkeypatch):
        with cut_off(monkeypatch):
            owner.send()
            assert owner.send(message="again").status_code == 202

        assert len(outbox.items()) == 1
        assert counters.totals()["requests_held"] == 1

    @pytest.mark.parametrize(
        "changes",
        [
            {"slip": "made-up"},
            {"slip": ""},
            {"pets": ["1"]},
            {"pets": []},
            {"key": "x"},
            {"shown_total_cents": "-1"},
            {"message": "x" * 3000},
            {"again": "1"},
        ],
    )
    def test_a_form_that_is_not_valid_is_not_kept(self, owner, monkeypatch, changes):
        with cut_off(monkeypatch):
            response = owner.send(**changes)

        assert response.status_code == 503
        assert "Send it again" in response.text
        assert not outbox.items()

    def test_a_slip_of_somebody_else_or_for_another_sitter_is_not_taken(self, owner, monkeypatch):
        other = Owner(sitter=owner.sitter)
        elsewhere = Owner()
        with cut_off(monkeypatch):
            assert owner.send(slip=other.form["slip"]).status_code == 503
            assert owner.client.post(elsewhere.url, owner.form).status_code == 503

        assert not outbox.items()

    def test_nobody_without_a_passport_leaves_anything(self, owner, monkeypatch):
        del owner.client.cookies[passport.COOKIE]
        with cut_off(monkeypatch):
            assert owner.send().status_code == 503

        assert not outbox.items()

    def test_the_token_against_forged_forms_is_checked_first(self, monkeypatch):
        owner = Owner(enforce_csrf_checks=True)
        with cut_off(monkeypatch):
            assert owner.send().status_code == 403

        assert not outbox.items()

    def test_the_reference_is_shown_to_nobody_else(self, held, monkeypatch):
        (item,) = outbox.items()
        other = Owner(sitter=held.sitter)
        url = reverse("operations:held", args=[item.reference])
        assert other.client.get(url).status_code == 404
        with cut_off(monkeypatch):
            response = other.client.get(url)

        assert response.status_code == 503
        assert "Two walks" not in response.text

    @pytest.mark.parametrize("limit", ["MOST_WAITING", "MOST_OF_ONE_PERSON", "FULL_DISK"])
    def test_only_so_many_and_only_while_there_is_disk(self, owner, monkeypatch, limit):
        monkeypatch.setattr(outbox, limit, 0)
        before = counters.totals()["requests_refused"]
        with cut_off(monkeypatch):
            response = owner.send()

        assert response.status_code == 503
        assert "Two walks a day" in response.text
        assert counters.totals()["requests_refused"] == before + 1

    def test_what_is_kept_can_be_read_by_its_owner_only(self, held):
        for file in outbox.folder().iterdir():
            assert file.name == "replay.lock" or file.stat().st_mode & 0o077 == 0


class TestAfterwards:
    def test_it_is_placed_through_the_normal_service(self, held):
        assert replay.replay() == {"placed": 1}

        booking = Booking.objects.get()
        assert (booking.owner, booking.status) == (held.user, "requested")
        assert booking.message == "Two walks a day, please"
        assert Notice.objects.filter(recipient=held.sitter.user, booking=booking).exists()
        assert held.page().url == booking.get_absolute_url()
        assert not replay.replay()

    def test_what_was_typed_leaves_the_disk_with_it(self, held):
        replay.replay()

        stored = b"".join(f.read_bytes() for f in outbox.folder().iterdir())
        assert b"Two walks" not in stored
        with clock.at(clock.now() + outbox.KEPT_FOR + timedelta(seconds=1)):
            outbox.forget_old()
        assert not outbox.items()

    def test_those_of_one_person_keep_their_order(self, monkeypatch):
        owner = Owner(sitter=make_sitter(night_places=9))
        with cut_off(monkeypatch):
            for number in range(3):
                owner.send(key=f"{number:032x}", message=f"number {number}")
        replay.replay()

        said = Booking.objects.order_by("pk").values_list("message", flat=True)
        assert list(said) == ["number 0", "number 1", "number 2"]

    def _is_refused(self, held, reason: str):
        assert replay.replay() == {"refused": 1}
        assert not Booking.objects.exclude(message="").filter(owner=held.user).exists()
        notice = Notice.objects.get(recipient=held.user, kind="request_not_placed")
        assert reason in notice.text.split("\n")[0]  # all that the list of notices shows
        assert notice.send_after
        assert not replay.replay()

    def test_a_higher_price_is_not_agreed_to(self, held):
        Rate.objects.update(base_cents=9000)
        sitter_changed(held.sitter)

        self._is_refused(held, "The price has gone up meanwhile: it was €80.00, now it is €180.00.")

        again = held.send(key="", again="1")  # the button of its page
        assert again.status_code == 200
        assert "Two walks a day, please" in again.text
        assert again.context["draft"].key != held.form["key"]

    def test_dates_that_have_gone_are_said_and_the_form_comes_back_filled_in(self, held):
        publishing.pause(sitter=held.sitter)
        self._is_refused(held, "takes no requests at the moment")

        page = held.page()
        assert "Your request was not placed" in page.text
        assert "Two walks a day, please" in page.text
        assert f'action="{held.url.replace("&", "&amp;")}"' in page.text

    def test_a_guard_of_today_refuses(self, held):
        type(held.pet).objects.filter(pk=held.pet.pk).update(weight_grams=None, good_with_dogs="")

        self._is_refused(held, "behaviour")

    def test_who_logged_out_meanwhile_asks_for_nothing(self, held):
        end_sessions(held.user)

        self._is_refused(held, "You logged out")

    def test_who_has_a_new_password_asks_for_nothing(self, held):
        held.user.set_password("something-else-27")
        held.user.save()

        self._is_refused(held, "changed your password")

    def test_who_is_suspended_asks_for_nothing(self, held):
        suspend_account(person=held.user, by=make_owner(is_staff=True), reason="x")

        self._is_refused(held, "closed or suspended")

    def test_five_errors_of_our_own_and_staff_decides(self, held, monkeypatch, caplog):
        monkeypatch.setattr(RequestHeld, "place", lambda self, held: 1 / 0)
        for step in range(replay.MOST_TRIES):
            with clock.at(clock.now() + timedelta(minutes=step)):
                replay.replay()

        (item,) = outbox.items(outbox.DEAD)
        assert "ZeroDivisionError" in item.outcome
        assert "Our staff" in held.page().text

    def test_staff_tries_again(self, dead, staff):
        assert "Requests that could not be placed" in staff.get("/admin/").text
        assert held_user(dead).email in staff.get("/admin/held/").text
        staff.post("/admin/held/", {"reference": dead.reference, "again": "1"})

        assert replay.replay() == {"placed": 1}

    def test_or_tells_the_person_why_not(self, dead, staff):
        staff.post("/admin/held/", {"reference": dead.reference, "tell": "1", "reason": ""})
        assert outbox.depth(outbox.DEAD) == 1
        tell = {"reference": dead.reference, "tell": "1", "reason": "Our fault, sorry."}
        staff.post("/admin/held/", tell)
        staff.post("/admin/held/", tell)

        notice = Notice.objects.get(recipient=dead.held.person, kind="request_not_placed")
        assert "Our fault, sorry." in notice.text
        assert outbox.items()[0].state == outbox.REFUSED

    def test_nobody_else_decides(self, dead, held):
        assert held.client.get("/admin/held/").status_code == 302

    def test_a_database_that_goes_away_again_costs_no_try(self, held, monkeypatch):
        with cut_off(monkeypatch):
            assert not replay.replay()

        assert outbox.items()[0].tries == 0
        assert replay.replay() == {"placed": 1}

    def test_two_replayers_place_each_once(self, monkeypatch):
        owner = Owner(sitter=make_sitter(night_places=9))
        with cut_off(monkeypatch):
            for number in range(6):
                owner.send(key=f"{number:032x}")

        def run():
            replay.replay(wait_seconds=5)
            connections.close_all()

        threads = [threading.Thread(target=run) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

        assert Booking.objects.filter(owner=owner.user).count() == 6


class TestCutInTheMiddle:
    def test_a_commit_whose_ok_is_lost_makes_one_booking(self, owner, monkeypatch):
        with cutter(monkeypatch) as proxy:
            proxy.is_armed = True
            response = owner.send()
        assert proxy.cuts == 1
        assert response.status_code == 202
        assert Booking.objects.count() == 1

        assert replay.replay() == {"placed": 1}

        assert Booking.objects.count() == 1
        assert Notice.objects.filter(recipient=owner.sitter.user).count() == 1
        assert owner.page().url == Booking.objects.get().get_absolute_url()

    def test_a_replay_whose_ok_is_lost_makes_one_booking(self, held, monkeypatch):
        with cutter(monkeypatch) as proxy:
            proxy.is_armed = True
            assert not replay.replay()
        assert proxy.cuts == 1

        assert replay.replay() == {"placed": 1}
        assert Booking.objects.count() == 1

    def test_a_server_that_only_reads_keeps_pages_and_holds_requests(self, owner):
        with read_only():
            assert owner.client.get(owner.url).status_code == 200
            assert owner.client.get("/overview/").status_code == 200
            assert owner.send().status_code == 202
            assert not replay.replay()

        assert replay.replay() == {"placed": 1}
