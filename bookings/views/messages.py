"""Messages: the list, one conversation, its news for the script, and blocking."""

from uuid import uuid4

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_GET, require_http_methods, require_safe

from accounts import blocks
from accounts.held import held_form
from accounts.images import stored_name
from accounts.media import serve_image
from accounts.models import Block, User
from bookings.exceptions import BookingError
from bookings.forms.messages import MessageForm
from bookings.models import Booking, Message, MessagePhoto, Report, Thread
from bookings.pages import thread_list, thread_page
from bookings.querysets import remember_unread, with_unread
from bookings.services.messages import find_thread, has_turned_to, mark_read, send_message, why_not
from pawsitters.operations.gate import optional_write
from profiles.models import SitterProfile

NEWEST, WRITE = "#newest", "#write"
page_methods = require_http_methods(["GET", "HEAD", "POST"])


@require_safe
def threads(request: HttpRequest) -> HttpResponse:
    page, rows = thread_list.page_of(request.user, request.GET.get("page"))
    context = {"page": page, "rows": rows, "current": "messages"}
    return render(request, "bookings/thread_list.html", context)


# --- One conversation -------------------------------------------------------------------------


@page_methods
def thread(request: HttpRequest, public_id: str) -> HttpResponse:
    return _conversation(request, _find(request.user, public_id))


@page_methods
def thread_new(request: HttpRequest, slug: str) -> HttpResponse:
    """Ask a sitter something. The first message opens the thread, not a look at this page."""
    sitter = SitterProfile.objects.public_page(slug)
    if sitter is None:
        raise Http404
    if sitter.user_id == request.user.pk:
        messages.info(request, _("This is your own page; others ask you from here."))
        return redirect("bookings:sitter_preview")
    return _conversation(request, find_thread(request.user, sitter))


@page_methods
def thread_of_booking(request: HttpRequest, public_id: str) -> HttpResponse:
    bookings = Booking.objects.visible_to(request.user).with_parties()
    booking = get_object_or_404(bookings, public_id=public_id)
    return _conversation(request, find_thread(booking.owner, booking.sitter))


def _find(user: User, public_id: str) -> Thread:
    """The thread of one of its two; 404 for everybody else. Counts what is unread too."""
    found = with_unread(Thread.objects.visible_to(user).with_parties(), user)
    thread = get_object_or_404(found, public_id=public_id)
    # This one is about to be read.
    is_unread = thread.has_unread(thread.side_of(user))
    remember_unread(user, thread.unread, thread.unread_threads - is_unread)
    return thread


def _conversation(request: HttpRequest, thread: Thread) -> HttpResponse:
    if request.method == "POST":
        form = MessageForm(request.POST, request.FILES)
        if form.is_valid() and (message := _send(request, thread, form)):
            return redirect(message.thread.get_absolute_url() + NEWEST)
    elif thread.pk and request.path != thread.get_absolute_url():
        return redirect(thread.get_absolute_url() + NEWEST)
    else:
        form = MessageForm(held_form(request), initial={"key": uuid4().hex})
    before = request.GET.get("before", "")
    page = thread_page.page_of(thread, request.user, before)
    if thread.pk and not before and request.method != "HEAD":
        with optional_write():
            mark_read(thread, request.user)
    return render(request, "bookings/thread.html", _context(request, thread, form, page, before))


def _send(request: HttpRequest, thread: Thread, form: MessageForm) -> Message | None:
    """The message as sent, or None with the reason written into the form."""
    user = request.user
    is_first = thread.pk is None and not has_turned_to(thread.other_than(user), user)
    if not consume(request, action="message", user=user):
        form.add_error(None, _("You have written a lot just now. Please wait a while."))
    elif is_first and not consume(request, action="open_thread", user=user):
        form.add_error(
            None, _("You have asked many sitters today. Please wait for answers until tomorrow.")
        )
    else:
        try:
            return send_message(
                thread=thread,
                sender=user,
                text=form.cleaned_data["text"],
                photos=form.cleaned_data["photos"],
                key=form.cleaned_data["key"],
            )
        except BookingError as error:
            form.add_error("text", str(error))
    if form.cleaned_data.get("photos"):
        form.add_error("photos", _("Please choose the photos once more."))
    return None


def _context(request, thread, form, page, before) -> dict:
    user, other = request.user, thread.other_than(request.user)
    is_owner = thread.owner_id == user.pk
    return {
        "thread": thread,
        "other": other,
        "page": page,
        "before": before,
        "form": form,
        "why_not": why_not(thread, user),
        "has_blocked": Block.objects.filter(blocker=user, blocked=other).exists(),
        "sitter_url": thread.sitter.get_absolute_url()
        if is_owner and thread.sitter.is_published
        else "",
        "current": "messages",
    }


@require_GET
@cache_control(private=True, no_store=True)
def thread_news(request: HttpRequest, public_id: str) -> HttpResponse:
    """What has come since the page was made, for static/js/thread.js; 204 if nothing has."""
    thread = get_object_or_404(
        Thread.objects.visible_to(request.user).with_parties(), public_id=public_id
    )
    page = thread_page.news_of(thread, request.user, request.GET.get("since", ""))
    if page is None:
        return HttpResponse(status=204)
    with optional_write():
        mark_read(thread, request.user)
    return render(request, "bookings/_thread_lines.html", {"page": page})


@require_GET
def message_media(request: HttpRequest, path: str) -> HttpResponse:
    """Pictures of messages: for the two who write to each other; for staff, once reported."""
    user, photos = request.user, MessagePhoto.objects.filter(image=stored_name(path))
    if not photos.filter(message__in=Message.objects.visible_to(user)).exists():
        reported = Report.objects.filter(about=Report.About.MESSAGE).values("subject_id")
        may_look = user.is_staff and user.has_perm("bookings.view_report")
        if not may_look or not photos.filter(message__in=reported).exists():
            raise Http404
    return serve_image(request, path, is_public=False)


# --- Blocking ---------------------------------------------------------------------------------


@page_methods
def block(request: HttpRequest, public_id: str) -> HttpResponse:
    thread = _find(request.user, public_id)
    other = thread.other_than(request.user)
    name = {"name": other.get_short_name()}
    if request.method == "POST":
        blocks.block(blocker=request.user, blocked=other)
        messages.success(request, _("You will hear nothing more from %(name)s here.") % name)
        return redirect(thread)
    context = {
        "title": _("Block %(name)s?") % name,
        "lede": _(
            "Then neither of you can send the other a message, a request or a change of a booking, and "
            "no open request can be accepted. %(name)s is not told. What you wrote stays readable, "
            "bookings you have agreed on stay as they are, and you can take it back at any time."
        )
        % name,
        "button": _("Block %(name)s") % name,
        "danger": True,
    }
    return _ask(request, thread, context)


@page_methods
def unblock(request: HttpRequest, public_id: str) -> HttpResponse:
    thread = _find(request.user, public_id)
    other = thread.other_than(request.user)
    name = {"name": other.get_short_name()}
    if request.method == "POST":
        blocks.unblock(blocker=request.user, blocked=other)
        messages.success(request, _("You have taken the block back."))
        return redirect(thread)
    context = {
        "title": _("Take the block back?"),
        "lede": _("Then %(name)s can send you messages and requests again.") % name,
        "button": _("Unblock %(name)s") % name,
    }
    return _ask(request, thread, context)


def _ask(request: HttpRequest, thread: Thread, context: dict) -> HttpResponse:
    context |= {"back_url": thread.get_absolute_url(), "current": "messages"}
    return render(request, "components/confirm.html", context)
