"""A conversation: messages, and what became of the bookings between the two, in one line of time.

Each kind of row is one statement, however long the conversation is.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import groupby

from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString, mark_safe

from accounts.models import User
from bookings.models import Booking, BookingEvent, Message, MessagePhoto, Thread
from bookings.pages.said import said as _
from bookings.pages.timeline import sentence
from bookings.services.rules import OWNER
from pawsitters import dates

PER_PAGE = 30
# Entries of one moment stay on one page, so a few more are looked at.
LOOK = PER_PAGE + 5
NEWS = 50
FEW_EVENTS = 3
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MICROSECOND = timedelta(microseconds=1)
CURSOR = re.compile(r"[0-9]{1,16}", re.ASCII)
SINCE = re.compile(r"m([0-9]{1,18})e([0-9]{1,18})", re.ASCII)
# What moves a booking on; visits and their cards have the booking's own page.
VERBS = (
    "requested",
    "confirmed",
    "declined",
    "withdrawn",
    "expired",
    "change_proposed",
    "changed",
    "checked_in",
    "completed",
    "cancelled",
    "no_show_owner",
    "no_show_sitter",
)
LINK = re.compile(r"""https?://[^\s<>"'`]+[^\s<>"'`.,;:!?)\]}”’]""")


@dataclass(frozen=True)
class Line:
    """One entry: a message of one side, or (`event`) what became of a booking."""

    id: str
    at: datetime
    who: User | None = None
    is_mine: bool = False
    is_new: bool = False
    html: SafeString = SafeString("")
    photos: Sequence[MessagePhoto] = ()
    event: str = ""
    booking: Booking | None = None
    about: str = ""
    report_id: int | None = None


@dataclass
class Lines:
    """A part of the conversation, oldest first; `since` is where news of it begin."""

    lines: list[Line]
    since: str
    older: int | None = None
    first_new: str = ""

    @property
    def items(self) -> list["Line | list[Line]"]:
        """The lines, with long runs of events put away as a list each, but for the last of a run.

        Old bookings would push apart what was said otherwise.
        """
        items = []
        for is_event, run in groupby(
            self.lines, key=lambda line: bool(line.event and not line.html)
        ):
            run = list(run)
            if is_event and len(run) > FEW_EVENTS:
                items += [run[:-1], run[-1]]
            else:
                items += run
        return items


def page_of(thread: Thread, user: User, before: str = "") -> Lines:
    """The newest page, or the one that ends before the moment of a link to older ones."""
    end = _moment(before)
    messages = Message.objects.filter(thread=thread.pk) if thread.pk else Message.objects.none()
    events = _events(thread)
    if end:
        messages, events = messages.filter(created_at__lt=end), events.filter(at__lt=end)
    messages = list(messages.order_by("-id").prefetch_related("photos")[:LOOK])
    events = list(events.order_by("-at", "-id")[:LOOK])
    lines = _merged(thread, user, messages, events)
    shown = lines[-PER_PAGE:]
    if len(lines) > PER_PAGE:
        shown = [line for line in lines[:-PER_PAGE] if line.at == shown[0].at] + shown
    older = (shown[0].at - EPOCH) // MICROSECOND if len(lines) > len(shown) else None
    new = next((line.id for line in shown if line.is_new), "")
    return Lines(shown, _since(messages, events), older, new)


def news_of(thread: Thread, user: User, since: str) -> Lines | None:
    """What has come since; None where there is nothing, or `since` is not one of ours."""
    found = SINCE.fullmatch(since)
    if not found:
        return None
    message_id, event_id = map(int, found.groups())
    messages = Message.objects.filter(thread=thread, pk__gt=message_id).prefetch_related("photos")
    messages = list(messages.order_by("id")[:NEWS])
    events = list(_events(thread).filter(pk__gt=event_id).order_by("id")[:NEWS])
    if not messages and not events:
        return None
    return Lines(
        _merged(thread, user, messages, events), _since(messages, events, message_id, event_id)
    )


def _events(thread: Thread):
    return BookingEvent.objects.filter(
        booking__owner=thread.owner_id, booking__sitter=thread.sitter_id, verb__in=VERBS
    ).select_related("booking")


def _moment(before: str) -> datetime | None:
    if not CURSOR.fullmatch(before):
        return None
    return EPOCH + int(before) * MICROSECOND


def _since(messages, events, message_id: int = 0, event_id: int = 0) -> str:
    message_id = max([message_id, *(message.pk for message in messages)])
    event_id = max([event_id, *(event.pk for event in events)])
    return f"m{message_id}e{event_id}"


def _merged(thread: Thread, user: User, messages, events) -> list[Line]:
    side = thread.side_of(user)
    read_id = thread.owner_read_id if side == OWNER else thread.sitter_read_id
    has_links = any("://" in message.text for message in messages) and are_partners(thread)
    lines = [_event_line(thread, event, side) for event in events]
    lines += [_message_line(thread, message, user, read_id, has_links) for message in messages]
    return sorted(lines, key=lambda line: (line.at, line.id))


def _message_line(thread, message: Message, user: User, read_id: int, has_links: bool) -> Line:
    is_mine = message.sender_id == user.pk
    return Line(
        id=f"m{message.pk}",
        at=message.created_at,
        who=user if is_mine else thread.other_than(user),
        is_mine=is_mine,
        is_new=not is_mine and message.pk > read_id,
        html=body(message.text, has_links=has_links),
        photos=list(message.photos.all()),
        report_id=None if is_mine else message.pk,
    )


def _event_line(thread: Thread, event: BookingEvent, side: str) -> Line:
    booking = event.booking
    booking.owner, booking.sitter = thread.owner, thread.sitter
    about = _("%(kind)s from %(day)s") % {
        "kind": booking.get_kind_display(),
        "day": dates.short_day(booking.starts_at.astimezone(booking.zone)),
    }
    asked = event.verb == "requested" and booking.message
    return Line(
        id=f"e{event.pk}",
        at=event.at,
        event=sentence(event, booking, side),
        booking=booking,
        about=about,
        who=thread.owner,
        is_mine=side == OWNER,
        html=body(booking.message, has_links=False) if asked else SafeString(""),
    )


def are_partners(thread: Thread) -> bool:
    """Whether the two ever agreed on a booking: then an address that one sends becomes a link."""
    bookings = Booking.objects.filter(owner=thread.owner_id, sitter=thread.sitter_id)
    return bookings.filter(confirmed_at__isnull=False).exists()


def body(text: str, *, has_links: bool) -> SafeString:
    """The text as it was typed, lines kept; where `has_links`, addresses can be followed."""
    html, end = "", 0
    for found in LINK.finditer(text) if has_links else ():
        html += conditional_escape(text[end : found.start()])
        html += format_html('<a href="{0}" rel="nofollow noopener noreferrer">{0}</a>', found[0])
        end = found.end()
    html += conditional_escape(text[end:])
    return mark_safe(html.replace("\n", "<br>"))
