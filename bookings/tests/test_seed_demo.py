import pytest
from django.core.management import CommandError, call_command

from accounts.demo import ACCOUNTS, PASSWORD
from accounts.models import User
from bookings.demo.seed import seed
from bookings.models import Booking, Notice
from profiles.models import SearchRow, Service, SitterProfile
from profiles.snapshot import PARTS, build_snapshot
from profiles.tests.factories import make_town

pytestmark = pytest.mark.django_db


def seed_some(**changes) -> dict[str, int]:
    make_town()
    make_town(id=1, name="Potsdam", key="potsdam", population=180_000, lat_e6=52_399_000)
    numbers = {"sitters": 12, "seed": 5, "past": 2, "upcoming": 1, **changes}
    return seed(**numbers, report=lambda steps, label: steps)


def contents() -> list:
    """What people would read of the demo data."""
    return [
        list(User.objects.order_by("email").values_list("email", "name", "face")),
        list(SitterProfile.objects.order_by("slug").values_list("slug", "snapshot")),
        list(Booking.objects.order_by("pk").values_list("public_id", "status", "total_cents")),
    ]


def wipe() -> None:
    call_command("flush", interactive=False, verbosity=0)


@pytest.mark.django_db(transaction=True, reset_sequences=True)
def test_the_same_seed_gives_the_same_data_and_another_one_does_not():
    seed_some()
    first = contents()
    wipe()
    seed_some()
    again = contents()
    wipe()
    seed_some(seed=6)

    assert again == first
    assert contents() != first


def test_what_it_writes_passes_every_check():
    seed_some()

    call_command("check_history")
    call_command("check_seats")
    call_command("check_ratings")


def test_snapshots_are_what_the_rows_say():
    seed_some()

    for sitter in SitterProfile.objects.prefetch_related(*PARTS):
        assert sitter.snapshot == build_snapshot(sitter)


def test_every_service_can_be_found():
    seed_some()

    assert SearchRow.objects.count() == Service.objects.filter(is_active=True).count()


def test_the_demo_accounts_can_sign_in_and_have_bookings_in_many_states(client):
    seed_some()

    for account in ACCOUNTS:
        assert User.objects.get(email=account.email).check_password(PASSWORD)
    lena = User.objects.get(email="lena@example.org")
    assert {"requested", "confirmed", "in_progress", "completed", "declined", "expired"} <= set(
        lena.bookings.values_list("status", flat=True)
    )


def test_no_mail_is_sent_about_an_invented_past():
    seed_some()

    assert Notice.objects.exists()
    assert not Notice.objects.filter(send_after__isnull=False).exists()


def test_a_second_run_is_refused_and_may_be_asked_for_quietly():
    seed_some()

    with pytest.raises(ValueError, match="there already"):
        seed_some()


@pytest.mark.parametrize("demo", [False])
def test_a_real_site_gets_no_demo_accounts(settings, demo):
    settings.DEBUG, settings.DEMO = False, demo

    with pytest.raises(CommandError, match="known password"):
        call_command("seed_demo", sitters=1)

    assert not User.objects.exists()
