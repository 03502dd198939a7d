"""The list of all bookings of a person, in three statements besides session and person."""

from functools import lru_cache

from django.core.paginator import Page, Paginator
from django.db import connection
from django.db.models import BigIntegerField, F, Func, QuerySet, Subquery
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from bookings.models import Booking, BookingPet
from bookings.pages.dashboards import BOOKING_COLUMNS, PERSON_COLUMNS
from bookings.pages.rows import Row, row_of
from bookings.querysets import remember_unread, with_unread
from bookings.services.rules import role_of
from pawsitters.prepared import Prepared

Status = Booking.Status
PER_PAGE = 20
# show: label, statuses, order
LISTS = {
    "upcoming": (_("Coming up"), (Status.REQUESTED, Status.CONFIRMED), ("starts_at", "pk")),
    "running": (_("Running"), (Status.IN_PROGRESS,), ("ends_at", "pk")),
    "past": (
        _("Past"),
        tuple(status for status in Status if status not in Booking.OPEN),
        ("-starts_at", "-pk"),
    ),
}
NAMES = (
    f"SELECT booking_id, name FROM {BookingPet._meta.db_table} WHERE booking_id IN (%s) ORDER BY id"
)


class Bookings:
    """What the paginator turns into pages: the bookings of `user` under the tab `show`."""

    def __init__(self, user: User, show: str):
        self.user = user
        self.show = show

    def count(self) -> int:
        """Leaves what is unread on the person, for the header."""
        facts = _facts(self.show)(self.user.pk)[0]
        remember_unread(self.user, facts["unread"], facts["unread_threads"])
        return facts["listed"]

    def __getitem__(self, part: slice) -> list[Booking]:
        return _part(self.show, part.start)(self.user.pk)


def page_of(user: User, show: str, number: str | None) -> tuple[Page, list[Row]]:
    """A page of the list, the nearest there is to `number`, and its rows."""
    page = Paginator(Bookings(user, show), PER_PAGE).get_page(number)
    bookings = list(page)
    names = _pet_names([booking.pk for booking in bookings])
    return page, [row_of(b, role_of(b, user), names.get(b.pk, [])) for b in bookings]


def _under(show: str, user) -> QuerySet:
    return Booking.objects.visible_to(user).filter(status__in=LISTS[show][1])


@lru_cache
def _facts(show: str) -> Prepared:
    def build(user) -> QuerySet:
        # A plain function, because Count would group by booking.
        counted = _under(show, user).order_by().values(n=Func(F("pk"), function="COUNT"))
        me = with_unread(User.objects.filter(pk=user), user)
        number = Subquery(counted, output_field=BigIntegerField())
        return me.annotate(listed=number).values("unread", "unread_threads", "listed")

    return Prepared(build, BigIntegerField)


@lru_cache(maxsize=64)
def _part(show: str, start: int) -> Prepared:
    def build(user) -> QuerySet:
        bookings = _under(show, user).with_parties().order_by(*LISTS[show][2])
        return bookings.only(
            *BOOKING_COLUMNS,
            "sitter__user_id",
            *(f"owner__{name}" for name in PERSON_COLUMNS),
            *(f"sitter__user__{name}" for name in PERSON_COLUMNS),
        )[start : start + PER_PAGE]

    return Prepared(build, BigIntegerField)


def _pet_names(bookings: list[int]) -> dict[int, list[str]]:
    names: dict[int, list[str]] = {}
    if bookings:
        with connection.cursor() as cursor:
            cursor.execute(NAMES % ", ".join(["%s"] * len(bookings)), bookings)
            for booking_id, name in cursor.fetchall():
                names.setdefault(booking_id, []).append(name)
    return names
