"""Messages (product.md 11): who may write what to whom, and how often."""

import secrets
from datetime import timedelta

import pytest
from django.core import mail
from django.urls import reverse

from accounts import blocks
from accounts.contact_words import has_contact
from accounts.text import clean_text
from bookings.emails.messages import wrote_to_you
from bookings.exceptions import MessageRefused, RequestRefused
from bookings.models import Booking, Message, Notice, Thread
from bookings.services.messages import MAIL_AFTER, MOST_FROM_A_STRANGER, find_thread, mark_read
from bookings.services.notices import send_due
from bookings.tests.factories import accept, make_booking, make_confirmed, make_owner
from bookings.tests.race import run_at_once
from bookings.tests.world_messages import write
from pawsitters import clock
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db


@pytest.fixture
def owner():
    return make_owner()


@pytest.fixture
def sitter():
    return make_sitter(user=make_owner(name="Mara Lindqvist", email="mara@example.org"))


def new_url(sitter) -> str:
    return reverse("bookings:thread_new", args=[sitter.slug])


def typed(text="Hello!", **more) -> dict:
    return {"text": text, "key": secrets.token_hex(16), **more}


def text_of(response) -> str:
    return response.content.decode()


# --- How a thread begins ----------------------------------------------------------------------


def test_a_question_opens_one_thread_and_a_look_at_the_page_does_not(client, owner, sitter):
    client.force_login(owner)
    assert client.get(new_url(sitter)).status_code == 200
    assert not Thread.objects.exists()

    for text in ("Is the garden fenced?", "And high enough?"):
        answer = client.post(new_url(sitter), typed(text))
        assert answer.url == Thread.objects.get().get_absolute_url() + "#newest"
    assert Message.objects.count() == 2


def test_a_request_opens_the_thread_and_its_message_is_a_line_of_it(client, owner, sitter):
    booking = make_booking(owner=owner, sitter=sitter, message="He sleeps <b>anywhere</b>.")
    thread = Thread.objects.get()
    client.force_login(sitter.user)
    body = text_of(client.get(thread.get_absolute_url()))

    assert "Lena asked" in body
    assert booking.get_absolute_url() in body
    assert "He sleeps &lt;b&gt;anywhere&lt;/b&gt;." in body
    assert not Message.objects.exists()


def test_each_transition_is_a_line_in_the_order_in_which_it_happened(client, owner, sitter):
    booking = make_booking(owner=owner, sitter=sitter)
    write(owner, sitter, owner, "Any news?")
    accept(booking)
    client.force_login(owner)
    body = text_of(client.get(Thread.objects.get().get_absolute_url()))

    assert body.index("You asked") < body.index("Any news?") < body.index("Mara accepted")


def test_both_sides_come_to_the_thread_from_their_booking(client, owner, sitter):
    booking = make_booking(owner=owner, sitter=sitter)
    Thread.objects.all().delete()  # a booking from before there were threads
    for person in (owner, sitter.user):
        client.force_login(person)
        url = reverse("bookings:thread_of_booking", args=[booking.public_id])
        assert url in text_of(client.get(booking.get_absolute_url()))
        assert client.get(url).status_code == 200
    client.post(url, typed("Good morning"))
    assert client.get(url).url.startswith(Thread.objects.get().get_absolute_url())


def test_nobody_asks_their_own_page(client, sitter):
    client.force_login(sitter.user)
    assert client.get(new_url(sitter)).url == reverse("bookings:sitter_preview")
    client.post(new_url(sitter), typed())
    with pytest.raises(MessageRefused):
        write(sitter.user, sitter, sitter.user)
    assert not Thread.objects.exists()


def test_the_sitters_page_links_to_the_question(client, sitter):
    assert new_url(sitter) in text_of(client.get(sitter.get_absolute_url()))


# --- Strangers --------------------------------------------------------------------------------

CONTACTS = (
    "see https://example.com/x",
    "www.dogs.example",
    "look at dogs-berlin.com please",
    "mail me: lena@example.org",
    "lena (at) web (dot) de",
    "+49 170 1234567",
    "call 030/555 01 23",
    "ｄｏｇｓ．ｃｏｍ",
    "dogs\u200b.com",
    "t.me/lena",
)
HARMLESS = (
    "Free from 23.12.2027 to 27.12.2027, or 2027-12-28?",
    "Tomorrow.It is at 10:30-12:00, e.g. 2 dogs of 28,5 kg.",
    "24.12., 25.12. and 26.12. We pay 1200.50 at most.",
)


@pytest.mark.parametrize("text", CONTACTS)
def test_a_first_message_to_a_stranger_carries_no_way_around_the_site(client, owner, sitter, text):
    client.force_login(owner)
    body = text_of(client.post(new_url(sitter), typed(text)))

    assert "Until Mara has answered" in body
    assert text in body.replace("&#x27;", "'")  # nothing typed is lost
    assert not Thread.objects.exists()


@pytest.mark.parametrize("text", HARMLESS)
def test_dates_times_and_prices_are_no_phone_numbers(text):
    assert not has_contact(text)


@pytest.mark.parametrize("text", CONTACTS[:2])
def test_nor_does_the_message_of_a_first_request(owner, sitter, text):
    with pytest.raises(RequestRefused) as refused:
        make_booking(owner=owner, sitter=sitter, message=text)
    assert list(refused.value.errors) == ["message"]
    assert not Booking.objects.exists()


def test_once_the_other_side_has_answered_asked_or_agreed_links_are_fine(owner, sitter):
    write(owner, sitter, owner, "Hello")
    write(owner, sitter, sitter.user, "See www.mara.example")  # she was asked
    write(owner, sitter, owner, "And mine: www.lena.example")  # she has answered
    agreed = make_confirmed()
    write(agreed.owner, agreed.sitter, agreed.owner, "www.lena.example")
    asked = make_booking()
    with pytest.raises(MessageRefused):
        write(asked.owner, asked.sitter, asked.owner, "www.lena.example")
    write(asked.owner, asked.sitter, asked.sitter.user, "www.mara.example")


def test_a_stranger_sends_three_messages_and_waits(client, owner, sitter):
    for number in range(MOST_FROM_A_STRANGER):
        write(owner, sitter, owner, f"Hello {number}")
    with pytest.raises(MessageRefused, match="Once Mara has answered"):
        write(owner, sitter, owner)
    client.force_login(owner)
    body = text_of(client.get(Thread.objects.get().get_absolute_url()))
    assert "Once Mara has answered" in body
    assert "<textarea" not in body

    write(owner, sitter, sitter.user, "Hello!")
    write(owner, sitter, owner, "Oh, good.")


# --- Floods -----------------------------------------------------------------------------------


def test_a_minute_has_room_for_so_many_messages(client, settings, owner, sitter):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "message": "2/m/user"}
    make_confirmed(owner=owner, sitter=sitter)
    client.force_login(owner)
    url = Thread.objects.get().get_absolute_url()
    for _time in range(2):
        assert client.post(url, typed()).status_code == 302
    body = text_of(client.post(url, typed("One more thing")))
    assert "You have written a lot just now" in body
    assert "One more thing" in body
    assert Message.objects.count() == 2


def test_a_day_has_room_for_so_many_new_threads(client, settings, owner, sitter):
    settings.ACCOUNT_RATE_LIMITS = {**settings.ACCOUNT_RATE_LIMITS, "open_thread": "1/d/user"}
    client.force_login(owner)
    client.post(new_url(sitter), typed())
    assert client.post(new_url(sitter), typed()).status_code == 302  # no new one
    assert "many sitters today" in text_of(client.post(new_url(make_sitter()), typed()))
    assert Thread.objects.count() == 1


# --- Blocks -----------------------------------------------------------------------------------


def test_a_block_stops_both_and_the_past_stays_readable(client, owner, sitter):
    write(owner, sitter, owner, "Hello there")
    thread = Thread.objects.get()
    client.force_login(sitter.user)
    block_url = reverse("bookings:block", args=[thread.public_id])
    assert "is not told" in text_of(client.get(block_url))
    assert not blocks.is_blocked(owner, sitter.user)
    client.post(block_url)

    for person in (owner, sitter.user):
        with pytest.raises(MessageRefused, match="are switched off"):
            write(owner, sitter, person)
        client.force_login(person)
        body = text_of(client.get(thread.get_absolute_url()))
        assert "Hello there" in body
        assert "are switched off" in body
        assert ("Unblock" in body) == (person == sitter.user)
    assert Message.objects.count() == 1


def test_what_is_typed_when_a_block_comes_in_between_is_not_lost(client, owner, sitter):
    write(owner, sitter, owner)
    blocks.block(blocker=sitter.user, blocked=owner)
    client.force_login(owner)
    body = text_of(client.post(Thread.objects.get().get_absolute_url(), typed("A long letter")))
    assert "A long letter" in body


def test_only_the_blocker_takes_a_block_back(client, owner, sitter):
    write(owner, sitter, owner)
    blocks.block(blocker=sitter.user, blocked=owner)
    url = reverse("bookings:unblock", args=[Thread.objects.get().public_id])
    client.force_login(owner)
    client.post(url)
    assert blocks.is_blocked(owner, sitter.user)
    client.force_login(sitter.user)
    client.post(url)
    assert write(owner, sitter, owner).pk


# --- Text -------------------------------------------------------------------------------------


def test_text_is_shown_as_typed_without_what_could_disturb_other_text(client, owner, sitter):
    make_confirmed(owner=owner, sitter=sitter)
    client.force_login(owner)
    url = Thread.objects.get().get_absolute_url()
    client.post(url, typed("One <script>\r\nTwo\u202e\u200b!\x07 Z" + "\u0301" * 50))
    assert "One &lt;script&gt;<br>Two! Z" + "\u0301" * 4 + "</p>" in text_of(client.get(url))


def test_families_of_emoji_and_joined_letters_stay():
    text = "👩\u200d👩\u200d👧 می\u200cخواهم"
    assert clean_text(text) == text


def test_addresses_become_links_between_partners_only(client, owner, sitter):
    text = 'https://maps.example/?a="b"&c, or javascript:alert(1)'
    for agreed, expected in ((False, 0), (True, 1)):
        if agreed:
            make_confirmed(owner=owner, sitter=sitter)
        else:
            write(owner, sitter, owner, "Hello")
            write(owner, sitter, sitter.user, text)
        client.force_login(owner)
        body = text_of(client.get(Thread.objects.get().get_absolute_url()))
        assert body.count('rel="nofollow noopener noreferrer"') == expected
    assert '<a href="https://maps.example/?a=" rel=' in body
    assert 'href="javascript' not in body


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x" * 2001, "At most 2,000 characters"),
        (" \u200b\n ", "Write something, or choose a photo."),
        ("a\x00b", "Null characters are not allowed."),
    ],
)
def test_too_long_or_empty_is_refused_beside_the_field(client, owner, sitter, text, sentence):
    client.force_login(owner)
    assert sentence in text_of(client.post(new_url(sitter), typed(text)))
    assert not Message.objects.exists()


def test_two_thousand_characters_with_line_breaks_fit(client, owner, sitter):
    client.force_login(owner)
    client.post(new_url(sitter), typed("\r\n".join(["x" * 99] * 20)))
    assert len(Message.objects.get().text) == 1999


# --- Unread, mail -----------------------------------------------------------------------------


def test_the_header_counts_conversations_that_have_something_new(client, owner, sitter):
    make_booking(owner=owner, sitter=sitter)
    Notice.objects.all().delete()
    for _time in range(2):
        write(owner, sitter, owner)
    client.force_login(sitter.user)
    assert 'class="count">1<' in text_of(client.get("/me/"))
    assert "New" in text_of(client.get("/messages/"))

    body = text_of(client.get(Thread.objects.get().get_absolute_url()))
    assert "thread-new" in body
    assert 'class="count"' not in body
    assert 'class="count"' not in text_of(client.get("/me/"))
    assert "thread-new" not in text_of(client.get(Thread.objects.get().get_absolute_url()))


def test_a_burst_of_messages_is_one_mail_two_minutes_later(owner, sitter):
    for number in range(3):
        write(owner, sitter, owner, f"Hello {number}, it is Biscuit")
    assert send_due() == 0
    with clock.at(clock.now() + MAIL_AFTER):
        assert send_due() == 1
    (sent,) = mail.outbox
    assert (sent.subject, sent.to) == ("Lena wrote to you", [sitter.user.email])
    assert "“Hello 0, it is Biscuit”" in sent.body
    assert Thread.objects.get().get_absolute_url() in sent.body
    assert owner.email not in sent.message().as_string()


def test_what_was_read_meanwhile_is_not_mailed(owner, sitter):
    write(owner, sitter, owner)
    mark_read(Thread.objects.get(), sitter.user)
    with clock.at(clock.now() + timedelta(days=1)):
        assert send_due() == 0
    assert not Notice.objects.failed().exists()


def test_the_next_burst_is_mailed_again(owner, sitter):
    start = clock.now()
    make_confirmed(owner=owner, sitter=sitter)
    Notice.objects.all().delete()
    for minutes, mails in ((0, 1), (20, 0), (60, 1)):
        with clock.at(start + timedelta(minutes=minutes)):
            write(owner, sitter, owner)
        with clock.at(start + timedelta(minutes=minutes + 3)):
            assert send_due() == mails


def test_messages_have_their_own_page_and_not_the_list_of_notices(client, owner, sitter):
    write(owner, sitter, owner)
    client.force_login(sitter.user)
    assert "wrote to you" not in text_of(client.get("/notices/"))


def test_a_name_with_line_breaks_adds_no_header(owner, sitter):
    owner.name = "Eve\r\nBcc: x@evil.example"
    message = wrote_to_you(Message(sender=owner, text="One\n\nTwo"), 0)
    assert "\n" not in message.subject
    assert message.text.startswith("“One Two”\n\n")


def test_whoever_wants_no_such_mail_gets_none(owner, sitter):
    sitter.user.unwanted_mails = ["messages"]
    sitter.user.save()
    write(owner, sitter, owner)
    with clock.at(clock.now() + timedelta(hours=1)):
        assert send_due() == 0


# --- Twice ------------------------------------------------------------------------------------


def test_a_message_sent_twice_is_one(client, owner, sitter):
    client.force_login(owner)
    data = typed()
    answers = [client.post(new_url(sitter), data) for _time in range(2)]
    assert len({answer.url for answer in answers}) == 1
    assert Message.objects.count() == 1


@pytest.mark.mysql
@pytest.mark.django_db(transaction=True)
def test_two_who_open_the_same_thread_at_once_make_one():
    owner, sitter = make_owner(), make_sitter(user=make_owner())
    make_pet(owner)
    jobs = [lambda: write(owner, sitter, owner).pk for _number in range(6)]
    results = run_at_once(jobs)

    sent = [result for result in results if isinstance(result, int)]
    assert Thread.objects.count() == 1
    assert Message.objects.count() == len(sent) == MOST_FROM_A_STRANGER
    assert results.count("MessageRefused") == len(results) - MOST_FROM_A_STRANGER
    assert find_thread(owner, sitter).last_from_owner_id == max(sent)
