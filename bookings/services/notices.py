"""The outbox: notices are rows of the change they tell of; the worker mails them afterwards."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.template.loader import render_to_string

from accounts.models import User
from bookings.emails import Message
from bookings.models import Booking, BookingEvent, Notice
from bookings.notice_choices import wants_mail
from pawsitters import clock

LEASE = timedelta(seconds=60)
# After the last of these a mail is left for staff to look at.
RETRY_AFTER = [timedelta(minutes=m) for m in (1, 5, 30, 120, 600)]


def tell(booking: Booking, event: BookingEvent, messages: Mapping[str, Message]) -> None:
    """Write the notices of one event; `messages` is keyed by "owner" and "sitter".

    The key makes each unique, so a transaction that is done again tells nobody twice.
    """
    Notice.objects.bulk_create(notice_rows(booking, event, messages, send_after=event.at))


def notice_rows(
    booking: Booking, event: BookingEvent, messages: Mapping[str, Message], **fields
) -> list[Notice]:
    """Unsaved notices; without `send_after` among the fields nothing is mailed.

    Whoever did it need not be told that it is new: that copy counts as read.
    """
    people = {"owner": booking.owner, "sitter": booking.sitter.user}
    return [
        _row(
            people[side],
            message,
            key=f"{booking.public_id}:{event.number}:{side}",
            kind=event.verb,
            path=booking.get_absolute_url(),
            at=event.at,
            booking=booking,
            **{"read_at": event.at if people[side].pk == event.actor_id else None, **fields},
        )
        for side, message in messages.items()
    ]


def tell_person(
    recipient: User,
    message: Message,
    *,
    kind: str,
    key: str,
    path: str,
    booking: Booking | None = None,
    send_after: datetime | None = None,
    is_mailed: bool = True,
    stop_path: str = "",
) -> bool:
    """Write one notice that belongs to no transition; False if `key` has been told before.

    `send_after` delays the mail (default: at once); the in-app entry is there immediately.
    `stop_path` is a page that stops such mails without signing in, by GET and POST.
    """
    now = clock.now()
    row = _row(
        recipient,
        message,
        kind=kind,
        key=key,
        path=path,
        at=now,
        booking=booking,
        send_after=(send_after or now) if is_mailed else None,
        stop_path=stop_path,
    )
    if Notice.objects.filter(key=key).exists():
        return False
    row.save(force_insert=True)
    return True


def _row(recipient: User, message: Message, *, at: datetime, kind: str, **fields) -> Notice:
    if not wants_mail(recipient, kind):
        fields["send_after"] = None
    return Notice(
        recipient=recipient,
        kind=kind,
        subject=message.subject,
        text=message.text,
        action=message.action,
        created_at=at,
        **fields,
    )


def send_due(limit: int = 50) -> int:
    """Mail what is due and return how many were sent; several workers may run this at once.

    A notice is leased before it is sent, so a killed worker loses none, and one that died
    between sending and saying so makes at most one copy.
    """
    sent = 0
    for notice in _lease(limit):
        sent += _send(notice)
    return sent


def _lease(limit: int) -> list[Notice]:
    now = clock.now()
    with transaction.atomic():
        due = Notice.objects.due(now).order_by("send_after", "id")
        if connection.features.has_select_for_update_skip_locked:
            due = due.select_for_update(skip_locked=True)
        ids = list(due.values_list("pk", flat=True)[:limit])
        Notice.objects.filter(pk__in=ids).update(leased_until=now + LEASE)
    return list(Notice.objects.filter(pk__in=ids).select_related("recipient").order_by("id"))


def _send(notice: Notice) -> bool:
    attempts = notice.attempts + 1
    try:
        _mail(notice).send()
    except Exception as error:  # a mail server may fail in any way; the row says how
        is_last = attempts > len(RETRY_AFTER)
        changes = {
            "last_error": f"{type(error).__name__}: {error}"[:300],
            "send_after": None if is_last else clock.now() + RETRY_AFTER[attempts - 1],
        }
    else:
        changes = {"sent_at": clock.now(), "send_after": None, "last_error": ""}
    Notice.objects.filter(pk=notice.pk).update(attempts=attempts, leased_until=None, **changes)
    return "sent_at" in changes


def send_again(notices: Iterable[Notice]) -> int:
    """Put mails back into the queue, sent ones too; return how many. For staff."""
    ids = [notice.pk for notice in notices]
    return Notice.objects.filter(pk__in=ids).update(
        send_after=clock.now(), sent_at=None, attempts=0, last_error=""
    )


def _message_id(notice: Notice) -> str:
    """The same for every copy of one notice, so that mail programs show it once."""
    # A colon is not allowed here (RFC 5322, section 3.6.4: a dot-atom).
    return f"<notice-{notice.key.replace(':', '.')}@{urlsplit(settings.SITE_URL).hostname}>"


def _mail(notice: Notice) -> EmailMultiAlternatives:
    context = {
        "subject": notice.subject,
        "name": notice.recipient.get_short_name() if notice.recipient.name else "",
        "text": notice.text,
        "paragraphs": notice.text.split("\n\n"),
        "action": notice.action,
        "url": settings.SITE_URL + notice.path,
        "stop_url": notice.stop_path and settings.SITE_URL + notice.stop_path,
        "site_url": settings.SITE_URL,
    }
    headers = {"Message-ID": _message_id(notice)}
    if notice.stop_path:
        # Mail programs show a button of their own for these (RFC 2369 and 8058).
        headers["List-Unsubscribe"] = f"<{context['stop_url']}>"
        headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail = EmailMultiAlternatives(
        notice.subject,
        render_to_string("emails/notice.txt", context),
        to=[notice.recipient.email],
        headers=headers,
    )
    mail.attach_alternative(render_to_string("emails/notice.html", context), "text/html")
    return mail
