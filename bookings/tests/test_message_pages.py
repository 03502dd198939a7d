"""The pages of messages: the list, one conversation, its news, pictures; and reports."""

import secrets
from io import BytesIO

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from PIL import Image

from accounts.tests.test_images import picture
from bookings.models import Message, MessagePhoto, Report, Thread
from bookings.pages.thread_page import PER_PAGE
from bookings.tests.factories import make_booking, make_confirmed, make_owner
from bookings.tests.review_tools import both_review, make_completed
from bookings.tests.test_messages import new_url, text_of, typed
from bookings.tests.world_messages import write
from profiles.tests.factories import make_sitter

pytestmark = pytest.mark.django_db


@pytest.fixture
def booking():
    return make_confirmed(sitter=make_sitter(user=make_owner(name="Mara Lindqvist")))


@pytest.fixture
def thread(booking):
    return Thread.objects.get()


def news(client, thread, since: str):
    return client.get(reverse("bookings:thread_news", args=[thread.public_id]), {"since": since})


# --- List and conversation --------------------------------------------------------------------


def test_the_list_is_newest_first_and_empty_for_who_has_none(client):
    owner = make_owner()
    client.force_login(owner)
    assert "No messages yet" in text_of(client.get("/messages/"))

    for name in ("Ada", "Bo"):
        sitter = make_sitter(user=make_owner(name=name))
        write(owner, sitter, owner, f"Hello {name}")
    make_booking(owner=owner, sitter=make_sitter(user=make_owner(name="Cleo")))
    body = text_of(client.get("/messages/"))
    assert body.index("Cleo") < body.index("You: Hello Bo") < body.index("You: Hello Ada")
    assert "Boarding from" in body


def test_a_long_conversation_has_pages_that_miss_nothing(client, booking, thread):
    for number in range(PER_PAGE + 12):
        write(booking.owner, booking.sitter, booking.owner, f"Number {number:02}.")
    client.force_login(booking.owner)
    newest = client.get(thread.get_absolute_url())
    older = client.get(thread.get_absolute_url(), {"before": newest.context["page"].older})

    shown = text_of(older) + text_of(newest)
    assert all(shown.count(f"Number {number:02}.") == 1 for number in range(PER_PAGE + 12))
    assert "Mara accepted" in text_of(older)
    assert older.context["page"].older is None


@pytest.mark.parametrize("before", ["x", "-1", "9" * 16, "9" * 40, "١٢"])
def test_a_page_that_does_not_exist_is_no_error(client, booking, thread, before):
    client.force_login(booking.owner)
    assert client.get(thread.get_absolute_url(), {"before": before}).status_code == 200


@pytest.mark.parametrize("others", [0, 3])
def test_statements_stay_the_same_for_more_rows(client, booking, thread, others):
    for number in range(1 + 4 * others):
        write(booking.owner, booking.sitter, booking.sitter.user, f"https://x.example {number}")
    for _number in range(others):
        make_confirmed(owner=booking.owner)
        make_booking(owner=booking.owner, sitter=booking.sitter)
        write(booking.owner, make_sitter(user=make_owner()), booking.owner)
    client.force_login(booking.owner)
    counts = []
    # Unread, then read: session, person, thread, messages and their photos, events, whether the two
    # agreed (for links), what is unread (twice, and their mail), who is blocked (twice), all told.
    # The list: session, person, count, rows, last messages, bookings without one, the header.
    for url in (thread.get_absolute_url(), thread.get_absolute_url(), "/messages/"):
        with CaptureQueriesContext(connection) as statements:
            assert client.get(url).status_code == 200
        counts.append(len(statements))
    assert counts[:2] == [11, 9]
    assert counts[2] <= 7


def test_news_are_what_came_since_and_count_as_read(client, booking, thread):
    client.force_login(booking.owner)
    since = client.get(thread.get_absolute_url()).context["page"].since
    assert news(client, thread, since).status_code == 204

    write(booking.owner, booking.sitter, booking.sitter.user, "He is asleep.")
    answer = news(client, thread, since)
    assert "He is asleep." in text_of(answer)
    assert "Mara accepted" not in text_of(answer)
    assert "no-store" in answer["Cache-Control"]
    assert not Thread.objects.get().has_unread("owner")
    assert news(client, thread, answer.context["page"].since).status_code == 204


@pytest.mark.parametrize("since", ["", "m1", "m" + "9" * 30 + "e1", "m-1e-1", "'"])
def test_news_since_nonsense_are_none(client, booking, thread, since):
    client.force_login(booking.owner)
    assert news(client, thread, since).status_code == 204


# --- Pictures ---------------------------------------------------------------------------------


def located() -> BytesIO:
    """A JPEG that says where it was taken."""
    data, exif = BytesIO(), Image.Exif()
    exif[0x8825] = {1: "N", 2: (52.0, 30.0, 0.0)}
    exif[0x010E] = "CANARY"
    Image.new("RGB", (60, 40), "green").save(data, "JPEG", exif=exif)
    data.seek(0)
    data.name = "walk.jpg"
    return data


def test_photos_are_written_anew_and_for_the_two_alone(client, booking, thread):
    client.force_login(booking.owner)
    client.post(thread.get_absolute_url(), typed("", photos=[located(), picture()]))
    photos = list(MessagePhoto.objects.all())
    assert [photo.position for photo in photos] == [0, 1]
    stored = default_storage.open(photos[0].image.name).read()
    assert b"CANARY" not in stored
    assert not Image.open(BytesIO(stored)).getexif()

    for person, status in ((booking.owner, 200), (booking.sitter.user, 200), (make_owner(), 404)):
        client.force_login(person)
        answer = client.get(photos[0].image.url)
        assert answer.status_code == status
        if status == 200:
            assert "private" in answer["Cache-Control"]
            assert photos[0].image.url in text_of(client.get(thread.get_absolute_url()))
    assert "You: 2 photos" in _list_of(client, booking.owner)


def _list_of(client, person) -> str:
    client.force_login(person)
    return text_of(client.get("/messages/"))


@pytest.mark.parametrize(
    ("count", "sentence"), [(5, "At most four photos"), (1, "not a picture that can be read")]
)
def test_what_is_no_photo_or_too_many_is_refused_and_the_text_kept(
    client, booking, thread, count, sentence
):
    client.force_login(booking.owner)
    files = [BytesIO(b"<svg onload=alert(1)>") for _number in range(count)]
    for file in files:
        file.name = "x.png"
    body = text_of(client.post(thread.get_absolute_url(), typed("Look at him", photos=files)))
    assert sentence in body
    assert "Look at him" in body
    assert not Message.objects.exists()


def test_a_refused_or_repeated_message_leaves_no_files_behind(client, settings):
    owner, sitter = make_owner(), make_sitter(user=make_owner())
    client.force_login(owner)
    folder = settings.MEDIA_ROOT / "messages"
    client.post(new_url(sitter), typed("www.spam.example", photos=[picture()]))
    assert not folder.exists() or not list(folder.iterdir())

    key = secrets.token_hex(16)
    for _time in range(2):
        client.post(new_url(sitter), {"text": "Hi", "key": key, "photos": [picture()]})
    assert len(list(folder.iterdir())) == 2  # one picture and its small copy


# --- Reports ----------------------------------------------------------------------------------


def report(client, about, key, **typed_):
    data = {"reason": "rude", "text": "See for yourself", **typed_}
    return client.post(f"/report/{about}/{key}/", data)


def test_a_message_is_reported_by_the_one_who_got_it_and_once_while_open(client, booking, thread):
    message = write(booking.owner, booking.sitter, booking.owner, "Nasty words")
    path = f"/report/message/{message.pk}/"
    for person, status in ((booking.owner, 404), (make_owner(), 404), (booking.sitter.user, 200)):
        client.force_login(person)
        assert client.get(path).status_code == status
    assert path in text_of(client.get(thread.get_absolute_url()))
    assert "Nasty words" in text_of(client.get(path))

    for _time in range(2):
        assert report(client, "message", message.pk).url == reverse("bookings:report_thanks")
    found = Report.objects.get()
    assert (found.reporter, found.target, found.state) == (booking.sitter.user, message, "open")
    found.state = Report.State.DISMISSED
    found.save()
    report(client, "message", message.pk)
    assert Report.objects.count() == 2


def test_staff_see_a_picture_once_it_is_reported(client, booking, thread):
    client.force_login(booking.owner)
    client.post(thread.get_absolute_url(), typed("", photos=[picture()]))
    photo = MessagePhoto.objects.get()
    staff = make_owner(is_staff=True, is_superuser=True)
    for is_reported, status in ((False, 404), (True, 200)):
        if is_reported:
            client.force_login(booking.sitter.user)
            report(client, "message", photo.message_id)
        client.force_login(staff)
        assert client.get(photo.image.url).status_code == status


def test_a_page_is_reported_by_anybody_but_its_own_sitter(client, booking):
    for person, status in ((booking.sitter.user, 404), (make_owner(), 302)):
        client.force_login(person)
        assert report(client, "page", booking.sitter.slug).status_code == status
    assert Report.objects.get().target == booking.sitter
    page = text_of(client.get(booking.sitter.get_absolute_url()))
    assert f"/report/page/{booking.sitter.slug}/" in page


def test_a_review_is_reported_once_it_is_public(client):
    booking = both_review(make_completed())
    by_owner, by_sitter = (booking.reviews.get(side=side) for side in ("owner", "sitter"))
    client.force_login(make_owner())
    assert report(client, "review", by_sitter.pk).status_code == 404
    assert report(client, "review", by_owner.pk).status_code == 302
    assert Report.objects.get().target == by_owner
    by_owner.visible_at = None
    by_owner.save()
    client.force_login(booking.sitter.user)
    assert report(client, "review", by_owner.pk).status_code == 404


@pytest.mark.parametrize(
    "path", ["message/0", "message/x", "message/" + "9" * 30, "review/1", "page/nobody", "dog/1"]
)
def test_what_does_not_exist_cannot_be_reported(client, path):
    client.force_login(make_owner())
    assert client.get(f"/report/{path}/").status_code == 404


def test_a_report_needs_a_reason_and_keeps_what_was_typed(client, booking):
    client.force_login(booking.owner)
    body = text_of(report(client, "page", booking.sitter.slug, reason="nonsense"))
    assert "See for yourself" in body
    assert not Report.objects.exists()
