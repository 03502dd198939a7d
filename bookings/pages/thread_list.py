"""All conversations of a person, the one that something happened in last on top."""

from dataclasses import dataclass

from django.core.paginator import Page, Paginator
from django.db.models import Count, Q

from accounts.models import User
from bookings.emails.messages import gist
from bookings.models import Booking, Message, Thread
from bookings.pages.said import said as _
from pawsitters import dates

PER_PAGE = 20


@dataclass(frozen=True)
class Row:
    thread: Thread
    other: User
    gist: str
    is_unread: bool


def page_of(user: User, number: str | None) -> tuple[Page, list[Row]]:
    """A page of the list, the nearest there is to `number`; at most four statements."""
    threads = Thread.objects.visible_to(user).with_parties()
    page = Paginator(threads, PER_PAGE).get_page(number)
    found = list(page)
    last = _last_messages(found)
    asked = _last_bookings([thread for thread in found if not thread.last_message_id])
    rows = []
    for thread in found:
        message = last.get(thread.last_message_id)
        booking = asked.get((thread.owner_id, thread.sitter_id))
        text = _said(message, user) if message else _asked(booking) if booking else ""
        is_unread = thread.has_unread(thread.side_of(user))
        rows.append(Row(thread, thread.other_than(user), text, is_unread))
    return page, rows


def _last_messages(threads: list[Thread]) -> dict[int, Message]:
    messages = Message.objects.annotate(photo_count=Count("photos"))
    return messages.in_bulk([thread.last_message_id for thread in threads])


def _last_bookings(threads: list[Thread]) -> dict[tuple[int, int], Booking]:
    """Of those who have written nothing yet, and only booked."""
    if not threads:
        return {}
    pairs = Q()
    for thread in threads:
        pairs |= Q(owner=thread.owner_id, sitter=thread.sitter_id)
    bookings = Booking.objects.filter(pairs).order_by("id")
    return {(booking.owner_id, booking.sitter_id): booking for booking in bookings}


def _said(message: Message, user: User) -> str:
    words = gist(message, message.photo_count)
    return _("You: %(words)s") % {"words": words} if message.sender_id == user.pk else words


def _asked(booking: Booking) -> str:
    return _("%(kind)s from %(day)s") % {
        "kind": booking.get_kind_display(),
        "day": dates.short_day(booking.starts_at.astimezone(booking.zone)),
    }
