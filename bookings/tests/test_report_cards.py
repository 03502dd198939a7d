"""What the sitter tells of a visit or a day, and who reads it (product.md 11)."""

import io
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.images import clean_image
from accounts.tests.factories import make_user
from accounts.tests.test_images import picture
from bookings.exceptions import NotAllowedNow
from bookings.models import Booking, ReportCard
from bookings.services.rules import SITTER
from bookings.services.tasks import tasks_of
from bookings.tests.factories import cancel, make_booking, make_in, make_owner, make_running
from bookings.tests.page_tools import page
from bookings.tests.race import run_at_once
from bookings.tests.visit_tools import enter, leave, make_visits, write_card
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import AddOn
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_pet, make_sitter

Status = Booking.Status
pytestmark = pytest.mark.django_db
FIELDS = {"food": "all", "mood": "happy", "note": "Slept in the sun.", "key": "a" * 32}


def address_of(booking, number=1) -> str:
    return f"{booking.get_absolute_url()}visits/{number}/report/"


def send(client, booking, at=None, number=1, **fields):
    client.force_login(booking.sitter.user)
    with clock.at(at or booking.starts_at + timedelta(minutes=20)):
        return client.post(address_of(booking, number), {**FIELDS, **fields})


def photo_with_a_place() -> bytes:
    """A JPEG as a phone makes it, with the coordinates of the owner's home."""
    exif = Image.Exif()
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    exif[0x0110] = "Phone"
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "green").save(out, "JPEG", exif=exif)
    return out.getvalue()


# --- Tasks ---------------------------------------------------------------------------------


def test_tasks_are_the_care_sheet_and_the_extras_with_must_follow_lines_first():
    owner = make_owner()
    sitter = make_sitter(kinds=[Kind.DROP_IN_VISIT])
    AddOn.objects.create(service=sitter.services.get(), name="Water the plants", amount_cents=200)
    sitter_changed(sitter)
    pets = [
        make_pet(
            owner,
            name="Moss",
            must_follow="Never off the lead",
            medication="Thyrin at 8:00\nDrops at noon",
            feeding="300 g",
        ),
        make_pet(owner, name="Pip", species="cat"),
    ]
    add_on = AddOn.objects.get().pk
    booking = make_visits(owner=owner, sitter=sitter, pets=pets, add_on_ids=[add_on])

    tasks = tasks_of(booking)

    texts = [task.text for task in tasks]
    assert texts[0] == "Moss: Never off the lead"
    assert tasks[0].is_must
    assert {"Moss: Thyrin at 8:00", "Moss: Drops at noon", "Pip: litter tray"} <= set(texts)
    assert {"Moss: feeding", "Moss: walk", "Fresh water"} <= set(texts)
    assert any("Water the plants" in text for text in texts)
    assert next(task for task in tasks if task.text == "Moss: feeding").detail == "300 g"


# --- Writing -------------------------------------------------------------------------------


def test_a_report_card_tells_the_owner_once_and_stands_on_the_page_in_order(client):
    booking = make_visits()
    enter(booking)
    task = tasks_of(booking)[0]
    send(client, booking, done=[task.key], photos=[picture(), picture(size=(90, 40))])
    leave(booking, 1), enter(booking, 2)
    send(client, booking, number=2, at=booking.ends_at, note="A long walk.", key="b" * 32)

    first, second = ReportCard.objects.all()
    assert (first.visit, first.food, first.photos.count()) == (1, "all", 2)
    assert {"text": task.text, "done": True} in first.tasks
    told = booking.notices.filter(kind="report_card")
    assert [notice.recipient for notice in told] == [booking.owner] * 2
    html = page(client, booking, "owner", booking.ends_at)
    assert html.index("Slept in the sun.") < html.index("A long walk.")
    assert first.photos.first().image.url in html
    assert "image" not in told.first().text  # photos are on the page, not in the mail
    assert second.written_at == booking.ends_at


def test_a_report_card_may_be_changed_until_24_hours_after_the_visit_then_it_is_fixed(client):
    booking = make_visits(times=[clock.now().time().replace(hour=8, minute=0, second=0)])
    enter(booking), leave(booking)
    send(client, booking, at=booking.ends_at)
    last = booking.ends_at + timedelta(hours=24)

    send(client, booking, at=last - timedelta(seconds=1), note="Corrected.", key="b" * 32)
    card = ReportCard.objects.get()
    assert (card.note, card.edited_at) == ("Corrected.", last - timedelta(seconds=1))
    send(client, booking, at=last, note="Too late.", key="c" * 32)
    assert ReportCard.objects.get().note == "Corrected."
    assert booking.notices.filter(kind="report_card").count() == 1


def test_a_card_that_is_written_is_not_asked_for_again(client):
    booking = make_visits()
    enter(booking, 1)
    at = leave(booking, 1).units.get(number=1).ends_at
    assert page(client, booking, SITTER, at).count("Write the report card") == 1
    with clock.at(at):
        write_card(booking, visit=1)
    html = page(client, booking, SITTER, at)
    assert "Write the report card" not in html
    assert "/visits/1/report/" in html  # "Change", on the card

    enter(booking, 2)
    at = leave(booking, 2).ended_at
    write_card_of = "/visits/1/report/"
    ReportCard.objects.all().delete()
    html = page(client, booking, SITTER, at)
    assert html.count("Write the report card") == 2  # the latest on top, the other in its row
    assert html.count(write_card_of) == 1


def test_a_stay_has_one_report_card_a_day_from_check_in_to_check_out(client):
    booking = make_running()
    day, later = booking.starts_on, booking.starts_at + timedelta(days=1)
    with clock.at(later):
        write_card(booking, 0, on=day)
        write_card(booking, 0, on=day, key="again", answers={"note": "Anew."})
        write_card(booking, 0, on=day + timedelta(days=1))
        for wrong in (day - timedelta(days=1), day + timedelta(days=2)):
            with pytest.raises(NotAllowedNow, match="nothing to report on"):
                write_card(booking, 0, on=wrong)

    assert [(card.on, card.note) for card in booking.report_cards.all()] == [
        (day, "Anew."),
        (day + timedelta(days=1), "All is well."),
    ]


def test_nothing_is_reported_of_a_visit_without_check_in(client):
    booking = make_visits()
    enter(booking)

    answer = send(client, booking, number=2)

    assert answer.url == booking.get_absolute_url()
    assert not ReportCard.objects.exists()


def test_a_booking_cancelled_between_check_in_and_report_can_still_be_told_of(client):
    booking = make_visits()
    enter(booking)
    with clock.at(booking.starts_at + timedelta(minutes=10)):
        cancel(Booking.objects.get(pk=booking.pk))

    send(client, booking, at=booking.starts_at + timedelta(minutes=30))

    assert ReportCard.objects.get().note == "Slept in the sun."
    assert "Slept in the sun." in page(client, booking, "owner", booking.ends_at)


def test_an_empty_card_is_refused_and_keeps_nothing(client):
    booking = make_visits()
    enter(booking)

    answer = send(client, booking, food="", mood="", note=" ")

    assert "The card is empty" in answer.text
    assert not ReportCard.objects.exists()


def test_send_and_check_out_does_both_and_once(client):
    booking = make_visits()
    enter(booking)

    send(client, booking, leave="1")
    send(client, booking, leave="1")

    unit = booking.units.get(number=1)
    assert unit.checked_out_at == booking.starts_at + timedelta(minutes=20)
    assert ReportCard.objects.count() == 1


def test_a_report_form_sent_twice_stores_its_photos_once(client):
    booking = make_visits()
    enter(booking)
    for _click in range(2):
        send(client, booking, photos=[picture()])

    assert ReportCard.objects.get().photos.count() == 1
    assert len(default_storage.listdir("reports")[1]) == 2  # large and small


def test_photos_are_added_and_removed_later_and_the_files_go_too(client):
    booking = make_visits()
    enter(booking)
    send(client, booking, photos=[picture()])
    old = ReportCard.objects.get().photos.get()
    send(client, booking, photos=[picture(size=(90, 40))], removed=[old.pk], key="b" * 32)

    assert ReportCard.objects.get().photos.get().pk != old.pk
    assert not default_storage.exists(old.image.name)


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_of_six_cards_on_one_visit_at_once_one_is_kept():
    booking = make_visits()
    enter(booking)
    at = booking.starts_at + timedelta(minutes=5)

    def write():
        with clock.at(at):
            return write_card(booking, photos=[clean_image(picture())]).pk

    assert len(set(run_at_once([write] * 6))) == 1
    assert ReportCard.objects.get().photos.count() == 1
    assert booking.notices.filter(kind="report_card").count() == 1


# --- Photos --------------------------------------------------------------------------------


def test_a_photo_loses_where_it_was_taken(client):
    booking = make_visits()
    enter(booking)
    upload = SimpleUploadedFile("IMG_1.jpg", photo_with_a_place(), "image/jpeg")
    send(client, booking, photos=[upload])

    stored = default_storage.open(ReportCard.objects.get().photos.get().image.name)
    assert not Image.open(stored).getexif()


def test_a_photo_of_12_mb_is_refused_with_a_sentence_and_what_was_typed_stays(client):
    booking = make_visits()
    enter(booking)
    upload = SimpleUploadedFile("IMG_1.jpg", b"\xff\xd8" + b"x" * 12_000_000, "image/jpeg")

    answer = send(client, booking, photos=[picture(), upload])

    assert "larger than 10 MB" in answer.text
    assert "Slept in the sun." in answer.text
    assert not ReportCard.objects.exists()


def test_at_most_six_photos_stand_on_a_card(client):
    booking = make_visits()
    enter(booking)

    answer = send(client, booking, photos=[picture(size=(40 + n, 40)) for n in range(7)])

    assert "room for 6 more photos" in answer.text
    assert not ReportCard.objects.exists()


def test_the_photos_are_for_the_two_parties_and_for_the_sitter_90_days(client):
    booking = make_visits()
    enter(booking)
    send(client, booking, photos=[picture()])
    leave(booking, 1), enter(booking, 2), leave(booking, 2)
    url = ReportCard.objects.get().photos.get().image.url

    def seen_by(person, days=1) -> int:
        client.force_login(person)
        with clock.at(booking.ends_at + timedelta(days=days)):
            return client.get(url).status_code

    assert seen_by(booking.owner) == seen_by(booking.sitter.user) == 200
    assert seen_by(make_user()) == seen_by(make_owner(is_staff=True)) == 404
    assert (seen_by(booking.owner, 91), seen_by(booking.sitter.user, 91)) == (200, 404)
    html = page(client, booking, "sitter", booking.ends_at + timedelta(days=91))
    assert "Slept in the sun." not in html


def test_only_the_sitter_of_the_booking_writes(client):
    booking = make_visits()
    enter(booking)
    for person in (booking.owner, make_user(), make_sitter().user):
        client.force_login(person)
        assert client.get(address_of(booking)).status_code == 404
        assert client.post(address_of(booking), FIELDS).status_code == 404
    for status in (Status.REQUESTED, Status.CONFIRMED):
        other = make_booking() if status == Status.REQUESTED else make_in(status)
        client.force_login(other.sitter.user)
        answer = client.get(f"{other.get_absolute_url()}report/")
        assert answer.url == other.get_absolute_url()
    assert not ReportCard.objects.exists()


def test_the_short_address_leads_to_the_newest_visit(client):
    booking = make_visits()
    enter(booking), leave(booking, 1), enter(booking, 2)
    client.force_login(booking.sitter.user)
    with clock.at(booking.ends_at):
        assert client.get(f"{booking.get_absolute_url()}report/").url == address_of(booking, 2)


def test_twenty_pictures_at_once_are_answered_with_a_page_that_says_what_to_do(client):
    booking = make_visits()
    enter(booking)

    answer = send(client, booking, photos=[picture(size=(40 + n, 40)) for n in range(20)])

    assert answer.status_code == 400
    assert "choose six or fewer" in answer.text
