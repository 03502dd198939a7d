"""Everything of one person in one ZIP, and nothing of anybody else."""

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from zipfile import ZipFile

import pytest
from allauth.account.models import EmailAddress
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db.models import CharField, TextField
from icalendar import Calendar
from jsonschema import Draft202012Validator, FormatChecker

from accounts.models import User
from accounts.sheets import cell
from accounts.tests.factories import log_in
from bookings.models import Booking, BookingPet, Export, Favourite, Notice, PetNote, Report
from bookings.services.export import jobs
from bookings.services.export.archive import write_archive
from bookings.services.export.kinds import Mine
from bookings.services.export.registry import KINDS
from bookings.services.export.schema import schema
from bookings.tests.factories import make_owner
from bookings.tests.test_seed_demo import seed_some
from bookings.tests.world import OWNER, SITTER, make_world
from pawsitters import clock
from profiles.kinds import Kind as Care
from profiles.models import CalendarException, Home, HomeAccess, Pet, SitterProfile

NOW = datetime(2027, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.django_db
VALIDATOR = Draft202012Validator(schema(), format_checker=FormatChecker())
State = Export.State


@pytest.fixture(autouse=True)
def root(settings, tmp_path):
    settings.EXPORT_ROOT = tmp_path / "exports"
    return settings.EXPORT_ROOT


def zip_of(user: User) -> ZipFile:
    file = io.BytesIO()
    write_archive(user, file, lambda done, of: None)
    return ZipFile(file)


def text_of(archive: ZipFile) -> str:
    """Everything that can be read in it."""
    names = [name for name in archive.namelist() if not name.startswith("photos/")]
    return "".join(archive.read(name).decode() for name in names)


def ready(user: User) -> Export:
    export = jobs.request_export(user=user)
    assert jobs.make_exports() == 1
    export.refresh_from_db()
    return export


# --- What is inside ---------------------------------------------------------------------------
def test_the_export_of_every_demo_person_opens_is_complete_and_holds_nothing_of_another_person():
    seed_some(sitters=6)
    people = list(User.objects.order_by("pk"))
    for person in people:
        plant(person)
    for person in people:
        archive = zip_of(person)
        assert archive.testzip() is None
        data = json.loads(archive.read("data.json"))
        assert [e.message for e in VALIDATOR.iter_errors(data)] == []
        assert {name.split("/")[-1] for name in archive.namelist() if name.startswith("csv/")} == {
            f"{kind.name}.csv" for kind in KINDS
        }
        assert canaries_in(text_of(archive)) == {canary(person)}


def canary(person: User) -> str:
    return f"CANARY{person.pk}X"


def canaries_in(text: str) -> set[str]:
    return set(re.findall(r"CANARY\d+X", text))


def plant(person: User) -> None:
    """Write the person's canary wherever the other side must not read it in an export."""
    mark = canary(person)
    mail = f"{mark}@example.org"
    User.objects.filter(pk=person.pk).update(name=f"Ada {mark}", email=mail, phone=mark)
    EmailAddress.objects.filter(user=person).update(email=mail)
    Notice.objects.filter(recipient=person).update(text=mark)
    Favourite.objects.filter(owner=person).update(note=mark)
    PetNote.objects.filter(sitter__user=person).update(text=mark)
    Report.objects.filter(reporter=person).update(text=mark, outcome=mark)
    fill(Home.objects.filter(user=person), mark)
    fill(HomeAccess.objects.filter(home__user=person), mark)
    fill(Pet.objects.filter(owner=person), mark, but=("name", "species", "state"))
    fill(SitterProfile.objects.filter(user=person), mark, but=("slug", "status", "time_zone"))
    fill(CalendarException.objects.filter(sitter__user=person), mark)
    mine = BookingPet.objects.filter(booking__owner=person)
    mine.update(care_sheet={"vet": [["Vet", mark]]}, newer_care_sheet={"vet": [["Vet", mark]]})
    at_sitters = [kind for kind in Care if kind.is_at_sitters]
    Booking.objects.filter(owner=person).exclude(kind__in=at_sitters).update(care_address=mark)
    sat = Booking.objects.filter(sitter__user=person)
    sat.filter(kind__in=at_sitters).update(care_address=mark)
    sat.update(payment_note=mark)


def fill(rows, mark: str, but=()) -> None:
    """Every text without choices, as far as it goes into the column."""
    for row in rows:
        for field in row._meta.concrete_fields:
            is_text = isinstance(field, CharField | TextField) and not field.choices
            if is_text and field.name not in but:
                setattr(row, field.name, mark)
        row.save()


def test_a_person_who_has_nothing_gets_a_valid_small_file():
    archive = zip_of(make_owner(name=""))
    data = json.loads(archive.read("data.json"))

    assert [e.message for e in VALIDATOR.iter_errors(data)] == []
    assert [name for name, rows in data.items() if isinstance(rows, list) and rows] == [
        "person",
        "email_addresses",
    ]
    assert Calendar.from_ical(archive.read("calendar.ics")).walk("VEVENT") == []
    assert sum(info.file_size for info in archive.infolist()) < 100_000


def test_what_was_uploaded_is_inside_and_nobody_elses_pictures():
    world = make_world(statuses=(Booking.Status.CONFIRMED,))
    owner, sitter = (zip_of(world.users[person]) for person in (OWNER, SITTER))

    assert pictures(owner) >= {"photos/pets/ab12.webp", "photos/vaccinations/cd34.webp"}
    assert pictures(sitter) >= {
        "photos/people/gh78.webp",
        "photos/sitters/ef50.webp",
        "photos/sitters/ef51.webp",
    }
    assert pictures(owner).isdisjoint(pictures(sitter))
    pets = json.loads(owner.read("data.json"))["pets"]
    assert pets[0]["photo"] in owner.namelist()


def pictures(archive: ZipFile) -> set[str]:
    return {name for name in archive.namelist() if name.startswith("photos/")}


def test_a_lost_picture_costs_nothing_else():
    world = make_world(statuses=())
    default_storage.delete("pets/ab12.webp")
    archive = zip_of(world.users[OWNER])

    assert "pets/ab12.webp" in archive.read("README.txt").decode()
    assert json.loads(archive.read("data.json"))["pets"]


def test_each_side_finds_the_booking_with_the_others_first_name_and_its_own_part():
    world = make_world(statuses=(Booking.Status.CONFIRMED,))
    seen = {
        person: json.loads(zip_of(world.users[person]).read("data.json"))["bookings"][0]
        for person in (OWNER, SITTER)
    }

    assert (seen[OWNER]["role"], seen[OWNER]["other"]) == ("owner", "Mara")
    assert (seen[SITTER]["role"], seen[SITTER]["other"]) == ("sitter", "Lena")
    assert seen[OWNER]["care_address"] == ""
    assert "Hafenweg" in seen[SITTER]["care_address"]
    assert seen[OWNER]["sitter_fee_cents"] is None
    assert seen[SITTER]["owner_fee_cents"] is None


def test_the_calendar_holds_what_was_agreed():
    world = make_world(statuses=(Booking.Status.CONFIRMED, Booking.Status.DECLINED))
    events = Calendar.from_ical(zip_of(world.users[OWNER]).read("calendar.ics")).walk("VEVENT")

    agreed = world.bookings[Booking.Status.CONFIRMED]
    (event,) = (e for e in events if agreed.public_id in e["uid"])
    assert "Biscuit" in event["summary"]
    assert event.start == agreed.starts_at
    declined = world.bookings[Booking.Status.DECLINED].public_id
    assert not [e for e in events if declined in e["uid"]]


def test_a_text_that_a_spreadsheet_would_calculate_is_only_text():
    user = make_owner(name='=HYPERLINK("https://evil.example")', phone="+49 30 1")
    rows = list(csv.reader(io.TextIOWrapper(zip_of(user).open("csv/person.csv"), "utf-8-sig")))

    assert rows[1][:3] == ["'" + user.name, user.email, "'+49 30 1"]
    assert [cell(v) for v in ("-1", -1, "@x", "\t=1", None, "a=b")] == [
        "'-1",
        "-1",
        "'@x",
        "'\t=1",
        "",
        "a=b",
    ]


def test_rows_are_read_a_few_at_a_time(monkeypatch, django_assert_num_queries):
    """Bounded memory: pages of rows, whose number grows, not their size."""
    monkeypatch.setattr("bookings.services.export.kinds.ROWS_AT_ONCE", 3)
    user = make_owner()
    Notice.objects.bulk_create(
        Notice(recipient=user, key=f"k{n}", subject=f"{n}", text="", path="/", created_at=NOW)
        for n in range(7)
    )
    (notices,) = (kind for kind in KINDS if kind.name == "notices")

    with django_assert_num_queries(3):
        assert [row["subject"] for row in notices.rows(Mine(user))] == [str(n) for n in range(7)]


# --- How it is made -----------------------------------------------------------------------------
def test_the_worker_makes_it_tells_the_person_and_erases_it_after_a_week(root):
    user = make_owner()
    export = ready(user)

    assert (export.state, export.progress, export.is_open) == (State.READY, 100, None)
    assert [path.name for path in root.iterdir()] == [export.file]
    assert (root / export.file).stat().st_mode & 0o077 == 0
    assert len(export.file) > 30
    notice = Notice.objects.get(recipient=user)
    assert (notice.kind, notice.path) == ("export_ready", "/settings/data/")
    assert notice.send_after is not None


def test_a_file_is_erased_after_seven_days_and_when_a_newer_one_is_ready(
    root, django_capture_on_commit_callbacks
):
    user = make_owner()
    with django_capture_on_commit_callbacks(execute=True):
        first = ready(user)
        second = ready(user)
    first.refresh_from_db()
    assert first.state == State.ERASED
    assert [path.name for path in root.iterdir()] == [second.file]

    with clock.at(second.ready_at + timedelta(days=7) - timedelta(seconds=1)):
        assert jobs.erase_old_exports() == 0
    with clock.at(second.ready_at + timedelta(days=7)):
        with django_capture_on_commit_callbacks(execute=True):
            assert jobs.erase_old_exports() == 1
        assert jobs.erase_old_exports() == 0
    assert list(root.iterdir()) == []


def test_one_at_a_time_is_made_for_a_person():
    user = make_owner()
    assert jobs.request_export(user=user) == jobs.request_export(user=user)
    assert jobs.request_export(user=make_owner()).user != user
    assert Export.objects.count() == 2


def test_another_worker_begins_anew_where_one_was_killed_and_the_first_gives_up(root):
    user = make_owner()
    jobs.request_export(user=user)
    killed = jobs._lease()
    assert jobs.make_exports() == 0  # it is leased

    with clock.at(clock.now() + jobs.LEASE + timedelta(seconds=1)):
        assert jobs.make_exports() == 1
        with pytest.raises(jobs.TakenOver):
            jobs._make(killed)

    assert Export.objects.get().state == State.READY
    assert len(list(root.iterdir())) == 1


def test_what_fails_three_times_is_given_up_and_said(root, monkeypatch):
    def broken(*args):
        raise RuntimeError("odd row")

    monkeypatch.setattr(jobs, "write_archive", broken)
    user = make_owner()
    export = jobs.request_export(user=user)
    for minute in range(4):
        with clock.at(clock.now() + timedelta(minutes=2 * minute)):
            assert jobs.make_exports() == 0

    export.refresh_from_db()
    assert (export.state, export.attempts, export.is_open) == (State.FAILED, 3, None)
    assert Notice.objects.get(recipient=user).kind == "export_failed"
    assert list(root.iterdir()) == []


def test_files_that_a_killed_worker_left_are_removed(root):
    export = ready(make_owner())
    (root / "half.zip").write_bytes(b"PK")
    assert jobs.remove_strays() == 0
    with clock.at(clock.now() + timedelta(days=2)):
        assert jobs.remove_strays() == 1
    assert [path.name for path in root.iterdir()] == [export.file]


def test_the_worker_command_makes_it(capsys):
    export = jobs.request_export(user=make_owner())
    call_command("worker", "--once")
    export.refresh_from_db()
    assert export.state == State.READY


# --- The pages --------------------------------------------------------------------------------
@pytest.fixture
def person(client):
    user = make_owner()
    log_in(client, user)
    return user


def test_the_page_shows_progress_and_then_the_file(client, person):
    assert "Make my ZIP" in client.get("/settings/data/").content.decode()
    client.post("/settings/data/make/")
    page = client.get("/settings/data/").content.decode()
    assert "data-changing" in page
    assert "Make my ZIP" not in page

    jobs.make_exports()
    fragment = client.get("/settings/data/progress/").content.decode()
    assert "data-changing" not in fragment
    export = person.exports.get()
    response = client.get(f"/settings/data/{export.pk}/")
    assert response["Content-Type"] == "application/zip"
    assert "attachment" in response["Content-Disposition"]
    assert "no-store" in response["Cache-Control"]
    assert ZipFile(io.BytesIO(b"".join(response.streaming_content))).testzip() is None


def test_the_file_is_for_its_owner_and_only_while_it_is_there(client, person):
    theirs, mine = ready(make_owner()), ready(person)
    assert client.get(f"/settings/data/{theirs.pk}/").status_code == 404
    with clock.at(mine.expires_at):
        assert client.get(f"/settings/data/{mine.pk}/").status_code == 404
    client.logout()
    assert client.get(f"/settings/data/{mine.pk}/").status_code == 302


def test_the_password_is_asked_for_again_first(client):
    user = make_owner()
    user.set_password("a-walk-at-dawn")
    user.save()
    client.force_login(user)
    export = ready(user)
    assert "reauthenticate" in client.post("/settings/data/make/").url
    assert "reauthenticate" in client.get(f"/settings/data/{export.pk}/").url


def test_five_files_a_day_are_enough(client, person):
    for _number in range(5):
        client.post("/settings/data/make/")
        client.post("/settings/data/make/")  # the second click costs nothing
        Export.objects.update(is_open=None)
    page = client.post("/settings/data/make/", follow=True).content.decode()
    assert "Ask again tomorrow" in page
    assert Export.objects.count() == 5
