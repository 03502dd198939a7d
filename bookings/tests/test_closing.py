"""Closing an account: asked for, 14 days, then nothing personal is left and others keep theirs."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.core.files.storage import default_storage
from django.core.management import call_command

from accounts.images import small_name
from accounts.models import Closing, User
from accounts.tests.factories import log_in
from bookings.exceptions import NotAllowedNow, StillAgreed
from bookings.models import Booking, BookingPet, Message, Notice, Series, Thread
from bookings.services import transitions
from bookings.services.clocks import run_clocks
from bookings.services.closing import (
    ask_to_close,
    close_account,
    close_due,
    keep_account,
    remind_closing,
)
from bookings.services.closing.erasing import FORMER
from bookings.services.export.jobs import make_exports, request_export
from bookings.services.series import pause_series, resume_series
from bookings.tests.factories import (
    cancel,
    make_booking,
    make_choice,
    make_confirmed,
    make_in,
    make_owner,
)
from bookings.tests.factories import make_running as run
from bookings.tests.test_export import canaries_in, canary, plant, text_of, zip_of
from bookings.tests.test_series import make_running_series
from bookings.tests.world import OWNER, SITTER, STAFF, make_world
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import Home, Pet, SearchRow, SitterPhoto, SitterProfile
from profiles.tests.factories import make_home, make_pet, make_sitter

pytestmark = pytest.mark.django_db
Status = Booking.Status
PAST = (Status.COMPLETED, Status.CANCELLED_BY_OWNER, Status.DECLINED)


@pytest.fixture(autouse=True)
def _root(settings, tmp_path):
    settings.EXPORT_ROOT = tmp_path / "exports"


def leave(user: User) -> None:
    """Ask, and stand at the end of the 14 days."""
    closing = ask_to_close(user=user)
    with clock.at(closing.closes_at):
        assert close_account(user=user)
    user.refresh_from_db()


def past_world():
    """Owner and sitter, whose bookings are all over."""
    world = make_world(statuses=PAST)
    Series.objects.update(state=Series.State.ENDED)
    for booking in Booking.objects.holding_seats():
        transitions.cancel_by_staff(
            booking=booking, by=world.users[STAFF], reason="Over", refund_cents=0
        )
    return world


# --- Asking -----------------------------------------------------------------------------------
@pytest.mark.parametrize("side", ["owner", "sitter"])
@pytest.mark.parametrize("make", [make_confirmed, run])
def test_nobody_leaves_with_a_confirmed_or_a_running_booking(client, make, side):
    booking = make()
    user = booking.owner if side == "owner" else booking.sitter.user
    with pytest.raises(StillAgreed):
        ask_to_close(user=user)
    assert not Closing.objects.exists()

    log_in(client, user)
    page = client.get("/settings/close/").content.decode()
    assert booking.get_absolute_url() in page
    assert ("/cancel/" in page) == (booking.status == Status.CONFIRMED)
    assert "Close my account in 14 days" not in page
    assert client.post("/settings/close/begin/").url == "/settings/close/"
    assert not Closing.objects.exists()


def test_asking_hides_the_page_ends_open_requests_and_says_so_by_mail():
    sitter = make_sitter(user=make_owner(name="Mara Lindqvist"))
    asked = make_booking(sitter=sitter)
    mine = make_booking(owner=sitter.user)
    now = clock.now()
    with clock.at(now):
        closing = ask_to_close(user=sitter.user)

    for booking, status in ((asked, Status.DECLINED), (mine, Status.WITHDRAWN)):
        booking.refresh_from_db()
        assert booking.status == status
    assert closing.closes_at == now + timedelta(days=14)
    sitter.refresh_from_db()
    assert sitter.status == SitterProfile.Status.PAUSED
    assert not SearchRow.objects.filter(sitter_id=sitter.pk).exists()
    notice = Notice.objects.get(recipient=sitter.user, kind="closing")
    assert notice.send_after is not None
    assert ask_to_close(user=sitter.user) == closing


def test_whoever_asks_is_logged_out_and_asked_when_they_come_back(client):
    user = make_owner()
    user.set_password("a-walk-at-dawn")
    user.save()
    log_in(client, user)
    assert client.post("/settings/close/begin/").url == "/settings/closed/"
    assert client.get("/overview/").status_code == 302
    assert client.get("/settings/closed/").status_code == 200

    typed = {"login": user.email, "password": "a-walk-at-dawn"}
    assert client.post("/sign/login/", typed).url == "/settings/close/"
    assert "Keep my account" in client.get("/settings/close/").content.decode()
    page = client.post("/settings/close/keep/", follow=True).content.decode()
    assert "Your account stays" in page
    assert not Closing.objects.exists()


def test_the_password_is_asked_for_again_before_closing(client):
    user = make_owner()
    user.set_password("a-walk-at-dawn")
    user.save()
    client.force_login(user)
    assert "reauthenticate" in client.post("/settings/close/begin/").url
    assert not Closing.objects.exists()


def test_staying_opens_the_page_again_unless_staff_has_closed_it(monkeypatch):
    monkeypatch.setattr("profiles.services.publishing.missing", lambda sitter: [])
    sitter = make_sitter()
    ask_to_close(user=sitter.user)
    assert keep_account(user=sitter.user)
    sitter.refresh_from_db()
    assert sitter.status == SitterProfile.Status.PUBLISHED
    assert not keep_account(user=sitter.user)

    ask_to_close(user=sitter.user)
    SitterProfile.objects.update(status="suspended")
    assert keep_account(user=sitter.user)
    sitter.refresh_from_db()
    assert sitter.status == SitterProfile.Status.SUSPENDED


def test_a_mail_reminds_once_three_days_before():
    user = make_owner()
    closing = ask_to_close(user=user)
    with clock.at(closing.closes_at - timedelta(days=3, seconds=1)):
        assert remind_closing() == 0
    with clock.at(closing.closes_at - timedelta(days=3)):
        assert remind_closing() == 1
        assert remind_closing() == 0
    assert Notice.objects.filter(recipient=user, kind="closing").count() == 2


def test_the_export_works_until_the_end():
    user = make_owner()
    ask_to_close(user=user)
    request_export(user=user)
    assert make_exports() == 1


@pytest.mark.parametrize("side", ["owner", "sitter"])
def test_weekly_care_ends_at_once_and_the_other_side_is_told(client, side):
    series = make_running_series()
    pause_series(series=series, by=series.owner)
    assert not Booking.objects.holding_seats().exists()
    people = {"owner": series.owner, "sitter": series.sitter.user}
    user = people.pop(side)
    (other,) = people.values()
    client.force_login(user)
    assert "Close my account in 14 days" in client.get("/settings/close/").content.decode()
    closing = ask_to_close(user=user)

    series.refresh_from_db()
    assert series.state == Series.State.ENDED
    assert Notice.objects.filter(recipient=other, subject__contains="has ended").count() == 1
    with pytest.raises(NotAllowedNow):
        resume_series(series=series, by=other)
    with clock.at(closing.closes_at):
        assert close_account(user=user)


def test_weekly_care_with_booked_dates_is_in_the_way_and_goes_on():
    series = make_running_series()
    with pytest.raises(StillAgreed):
        ask_to_close(user=series.owner)
    series.refresh_from_db()
    assert series.state == Series.State.RUNNING


# --- The end ----------------------------------------------------------------------------------
def test_nothing_closes_before_its_time_and_nothing_twice():
    user = make_owner()
    closing = ask_to_close(user=user)
    with clock.at(closing.closes_at - timedelta(seconds=1)):
        assert close_due() == 0
        assert not close_account(user=user)
    with clock.at(closing.closes_at):
        assert run_clocks()["accounts closed"] == 1
        assert close_due() == 0
        assert not close_account(user=user)
    assert not keep_account(user=user)


def test_a_booking_agreed_on_meanwhile_is_waited_for():
    user = make_owner()
    closing = ask_to_close(user=user)
    with clock.at(closing.closes_at - timedelta(hours=1)):
        booking = make_confirmed(owner=user)
    with clock.at(closing.closes_at):
        assert close_due() == 0
        cancel(booking)
    with clock.at(closing.closes_at + timedelta(days=1)):
        assert close_due() == 1


@pytest.mark.parametrize("side", [OWNER, SITTER])
def test_nothing_personal_of_somebody_who_left_is_left_anywhere(side):
    world = past_world()
    user = world.users[side]
    plant(user)
    files = stored_files(user)
    assert all(default_storage.exists(name) for name in files)
    user.refresh_from_db()
    closing = ask_to_close(user=user)
    with clock.at(closing.closes_at):
        call_command("worker", "--once")

    assert canary(user) not in everything_written()
    assert [name for name in files if default_storage.exists(name)] == []


def stored_files(user: User) -> list[str]:
    pets, photos = Pet.objects.filter(owner=user), SitterPhoto.objects.filter(sitter__user=user)
    names = [user.photo.name, *(p.photo.name for p in pets), *(p.image.name for p in photos)]
    names = [name for name in names if name]
    return [*names, *map(small_name, names)]


def everything_written() -> str:
    rows = (row for m in apps.get_models() for row in m._base_manager.values_list())
    return "\n".join(map(str, rows))


def test_the_other_sides_history_stays_anonymous(client):
    world = past_world()
    owner, sitter = world.users[OWNER], world.users[SITTER]
    thread, _is_new = Thread.objects.get_or_create(
        owner=owner,
        sitter=sitter.sitter,
        defaults={"created_at": clock.now(), "last_at": clock.now()},
    )
    Message.objects.create(
        thread=thread, sender=owner, text="See you", created_at=clock.now(), idempotency_key="k"
    )
    before = list(Booking.objects.order_by("pk").values_list("public_id", "status", "total_cents"))
    leave(owner)

    after = Booking.objects.order_by("pk").values_list("public_id", "status", "total_cents")
    assert list(after) == before
    assert Message.objects.get(text="See you").sender.short_name == FORMER
    assert BookingPet.objects.filter(booking__owner=owner).first().name == "Biscuit"
    call_command("check_history")
    client.force_login(sitter)
    for booking in owner.bookings.all():
        page = client.get(booking.get_absolute_url()).content.decode()
        assert "Former\u00a0member" in page
        assert "Lena" not in page
    assert "Lena" not in client.get("/notices/").content.decode()


def test_whoever_left_cannot_log_in_and_their_page_does_not_exist(client):
    sitter = make_sitter(user=make_owner(email="gone@example.org"))
    user = sitter.user
    user.set_password("a-walk-at-dawn")
    user.save()
    client.force_login(user)
    leave(user)

    assert client.get("/overview/").status_code == 302
    for email in ("gone@example.org", user.email):
        typed = {"login": email, "password": "a-walk-at-dawn"}
        assert client.post("/sign/login/", typed).status_code == 200
        assert client.get("/overview/").status_code == 302
    assert client.get(f"/sitters/{sitter.slug}/").status_code == 404
    sitter.refresh_from_db()
    assert client.get(f"/sitters/{sitter.slug}/").status_code == 404
    assert make_owner(email="gone@example.org")  # the address may be used anew


def test_nobody_mails_somebody_who_left():
    booking = make_in(Status.CANCELLED_BY_OWNER, choice=None)
    Booking.objects.filter(pk=booking.pk).update(refund_cents=0)
    leave(booking.owner)
    transitions.give_back_more(booking=booking, by=booking.sitter.user)

    told = Notice.objects.get(recipient=booking.owner)
    assert told.send_after is None


def test_addresses_stay_where_they_are_the_other_sides():
    owner, sitter = make_owner(), make_sitter(kinds=[Kind.BOARDING, Kind.DOG_WALK])
    make_home(owner)
    pet = make_pet(owner)
    kinds = {}
    for kind in (Kind.BOARDING, Kind.DOG_WALK):
        kinds[kind] = cancel(
            make_confirmed(owner=owner, sitter=sitter, pets=[pet], choice=make_choice(kind))
        )
    leave(owner)

    for kind, is_left in ((Kind.BOARDING, True), (Kind.DOG_WALK, False)):
        kinds[kind].refresh_from_db()
        assert bool(kinds[kind].care_address) == is_left
    assert not Home.objects.exists()


def test_a_killed_worker_leaves_no_picture_behind(django_capture_on_commit_callbacks):
    world = past_world()
    closing = ask_to_close(user=world.users[OWNER])
    with clock.at(closing.closes_at):
        with django_capture_on_commit_callbacks(execute=False):
            close_account(user=world.users[OWNER])
        assert default_storage.exists("pets/ab12.webp")
        close_due()
    assert not default_storage.exists("pets/ab12.webp")
    closing.refresh_from_db()
    assert closing.files == []


def test_the_export_of_the_other_side_holds_nothing_of_who_left():
    world = past_world()
    plant(world.users[OWNER])
    world.users[OWNER].refresh_from_db()
    leave(world.users[OWNER])

    assert canaries_in(text_of(zip_of(world.users[SITTER]))) == set()
