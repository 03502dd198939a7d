"""What waits for somebody of our staff: each queue is a list of the admin with its filter."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.models import Booking, BookingUnit, Export, Notice, Report
from pawsitters import clock
from pawsitters.operations import outbox
from profiles.models import SitterProfile


@dataclass(frozen=True)
class Queue:
    """`rows` is counted, `address` is a list of the admin with the filter that shows them."""

    title: str
    permission: str
    address: str
    query: str
    rows: Callable[[], QuerySet]


@dataclass(frozen=True)
class Waiting:
    title: str
    count: int
    url: str


QUEUES = (
    Queue(
        _("Pages to look at"),
        "profiles.view_sitterprofile",
        "profiles_sitterprofile",
        "status__exact=in_review",
        lambda: SitterProfile.objects.filter(status=SitterProfile.Status.IN_REVIEW),
    ),
    Queue(
        _("Reports"),
        "bookings.view_report",
        "bookings_report",
        "state__exact=open",
        lambda: Report.objects.filter(state=Report.State.OPEN),
    ),
    Queue(
        _("Bookings that nobody checked in to"),
        "bookings.view_booking",
        "bookings_booking",
        "flagged=yes",
        lambda: Booking.objects.filter(status=Booking.Status.CONFIRMED, flagged_at__isnull=False),
    ),
    Queue(
        _("Visits that have not begun"),
        "bookings.view_booking",
        "bookings_booking",
        "late=yes",
        lambda: bookings_begun_late(Booking.objects.all()),
    ),
    Queue(
        _("Mails that could not be sent"),
        "bookings.view_notice",
        "bookings_notice",
        "mail=failed",
        lambda: Notice.objects.failed(),
    ),
    Queue(
        _("Files of own data that failed"),
        "bookings.view_export",
        "bookings_export",
        "state__exact=failed",
        lambda: Export.objects.filter(state=Export.State.FAILED),
    ),
)


def queues_for(user: User) -> list[Waiting]:
    """The queues that this person may open. One statement each; the last is a file."""
    waiting = [
        Waiting(
            str(queue.title),
            queue.rows().order_by().count(),
            f"{reverse(f'admin:{queue.address}_changelist')}?{queue.query}",
        )
        for queue in QUEUES
        if user.has_perm(queue.permission)
    ]
    if user.has_perm("bookings.change_booking"):
        title = _("Requests that could not be placed")
        waiting.append(Waiting(str(title), outbox.depth(outbox.DEAD), reverse("admin:held")))
    return waiting


def bookings_begun_late(bookings: QuerySet) -> QuerySet:
    late = BookingUnit.objects.late_for_staff(clock.now())
    return bookings.filter(pk__in=late.order_by().values("booking"))
