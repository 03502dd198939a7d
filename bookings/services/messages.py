"""Messages between an owner and a sitter: who may write what, and what is unread."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts import blocks
from accounts.contact_words import has_contact
from accounts.images import Photo, delete_photo, store_photo
from accounts.models import User
from bookings.emails.messages import wrote_to_you
from bookings.exceptions import MessageRefused
from bookings.models import Booking, Message, MessagePhoto, Notice, Thread
from bookings.services.notices import tell_person
from bookings.services.retry import in_transaction
from bookings.services.rules import OWNER
from pawsitters import clock
from profiles.models import SitterProfile

MOST_FROM_A_STRANGER = 3
# A mail waits this long, for the reader may be looking at the page already.
MAIL_AFTER = timedelta(minutes=2)
# Whoever has a mail that is not older than this and has not come yet needs no second one.
ONE_BURST = timedelta(minutes=30)
KIND = "message"


def find_thread(owner: User, sitter: SitterProfile) -> Thread:
    """Their thread; one that is not saved yet if they have none."""
    found = Thread.objects.with_parties().filter(owner=owner, sitter=sitter).first()
    now = clock.now()
    return found or Thread(owner=owner, sitter=sitter, created_at=now, last_at=now)


def open_thread(owner: User, sitter: SitterProfile, at: datetime) -> None:
    """A request opens their thread, or brings it to the top. One statement."""
    has_target = connection.features.supports_update_conflicts_with_target
    Thread.objects.bulk_create(
        [Thread(owner=owner, sitter=sitter, created_at=at, last_at=at)],
        update_conflicts=True,
        update_fields=["last_at"],
        unique_fields=["owner", "sitter"] if has_target else None,
    )


def send_message(
    *, thread: Thread, sender: User, text: str, photos: Sequence[Photo] = (), key: str
) -> Message:
    """Write a message into a thread, which is opened by the first.

    The same key gives the same message, however often it is sent. `text` has been through
    `accounts.text.clean_text`. Raise MessageRefused with a sentence for people.
    """
    names = [store_photo(photo, "messages") for photo in photos]
    kept = []
    try:
        message, kept = _send(
            owner=thread.owner,
            sitter=thread.sitter,
            sender=sender,
            text=text,
            names=names,
            key=f"{sender.pk}:{key}",
        )
    finally:
        for name in names:
            if name not in kept:
                delete_photo(name)
    return message


@in_transaction
def _send(*, owner, sitter, sender, text, names, key) -> tuple[Message, list[str]]:
    """The message, and the names of the pictures that it keeps."""
    existing = Message.objects.filter(idempotency_key=key).first()
    if existing:
        return existing, []
    thread = _locked(owner, sitter)
    if problem := why_not(thread, sender) or text_problem(thread, sender, text):
        raise MessageRefused(problem)
    now = clock.now()
    message = Message(thread=thread, sender=sender, text=text, created_at=now, idempotency_key=key)
    message.save(force_insert=True)
    if names:
        MessagePhoto.objects.bulk_create(
            MessagePhoto(message=message, image=name, position=number)
            for number, name in enumerate(names)
        )
    side = thread.side_of(sender)
    Thread.objects.filter(pk=thread.pk).update(last_at=now, **{f"last_from_{side}_id": message.pk})
    _tell(thread, message, len(names))
    return message, names


def _locked(owner: User, sitter: SitterProfile) -> Thread:
    """The thread of these two, held until the end of the transaction.

    Those who write into one thread take turns: the limits are counted under this lock, and
    numbers rise in the order in which messages can be seen. Two who open it at once: the unique
    key refuses the second, who begins again and finds it.
    """
    now = clock.now()
    threads = Thread.objects.filter(owner=owner, sitter=sitter)
    thread = threads.select_for_update().first()
    if thread is None:
        thread = Thread(owner=owner, sitter=sitter, created_at=now, last_at=now)
        thread.save(force_insert=True)
    thread.owner, thread.sitter = owner, sitter
    return thread


# --- Who may write ----------------------------------------------------------------------------


def why_not(thread: Thread, sender: User) -> str:
    """Why this person cannot write here now, whatever the text; empty if they can."""
    other = thread.other_than(sender)
    if other.pk == sender.pk:
        return _("This is your own page; you cannot ask yourself.")
    if not other.is_active:
        return _("%(name)s is no longer here to read messages.") % {"name": other.get_short_name()}
    if blocks.is_blocked(sender, other):
        return blocks.refusal(other)
    if thread.pk and is_stranger(thread, sender):
        sent = Message.objects.filter(thread=thread, sender=sender)[:MOST_FROM_A_STRANGER].count()
        if sent >= MOST_FROM_A_STRANGER:
            return _(
                "You have sent %(count)d messages. Once %(name)s has answered, you can write again."
            ) % {"count": sent, "name": other.get_short_name()}
    return ""


def text_problem(thread: Thread, sender: User, text: str) -> str:
    """What the text may not hold yet; empty if it is fine."""
    if has_contact(text) and is_stranger(thread, sender):
        return no_contacts(thread.other_than(sender))
    return ""


def no_contacts(other: User) -> str:
    return _(
        "Until %(name)s has answered, a message carries no links, e-mail addresses or phone "
        "numbers. Please take them out."
    ) % {"name": other.get_short_name()}


def is_stranger(thread: Thread, sender: User) -> bool:
    """Whether the other side has never written to, asked or accepted the sender."""
    if thread.side_of(sender) == OWNER:
        heard_of = thread.last_from_sitter_id
    else:
        heard_of = thread.last_from_owner_id
    return not (heard_of or has_turned_to(thread.other_than(sender), sender))


def has_turned_to(person: User, other: User) -> bool:
    """Whether `person` has ever asked `other` for care, or agreed to care for their animals."""
    asked = Q(owner=person, sitter__user=other)
    agreed = Q(owner=other, sitter__user=person, confirmed_at__isnull=False)
    # One after the other: MariaDB finds no index for an OR of the two.
    return any(Booking.objects.filter(one).exists() for one in (asked, agreed))


# --- Reading ----------------------------------------------------------------------------------


def mark_read(thread: Thread, user: User) -> None:
    """All that stands in the thread as it was loaded; a mail that waits is not sent any more."""
    side = thread.side_of(user)
    if not thread.has_unread(side):
        return
    field = f"{side}_read_id"
    last = thread.last_message_id
    Thread.objects.filter(pk=thread.pk, **{f"{field}__lt": last}).update(**{field: last})
    _waiting(thread, user).update(read_at=clock.now(), send_after=None)


def _waiting(thread: Thread, reader: User):
    return Notice.objects.filter(
        recipient=reader, kind=KIND, key__startswith=f"{KIND}:{thread.public_id}:", read_at=None
    )


def _tell(thread: Thread, message: Message, photos: int) -> None:
    """One mail for a burst: none while one waits, or was sent lately and not followed."""
    reader = thread.other_than(message.sender)
    lately = Q(send_after__isnull=False) | Q(created_at__gt=message.created_at - ONE_BURST)
    if _waiting(thread, reader).filter(lately).exists():
        return
    tell_person(
        reader,
        wrote_to_you(message, photos),
        kind=KIND,
        key=f"{KIND}:{thread.public_id}:{message.pk}",
        path=thread.get_absolute_url() + "#newest",
        send_after=message.created_at + MAIL_AFTER,
    )
