"""Multiplies a seeded market inside the database, because inventing each sitter takes 15 ms.

A copy has its own person, page, services, calendar, bookings and seats, under new keys and in
another place of the same time zone; owners are shared. Events keep the hash of the original, so
`check_history` has nothing to say about copies.
"""

from collections.abc import Callable, Iterable, Sequence
from copy import copy, deepcopy

from allauth.account.models import EmailAddress
from django.db import connection, models, transaction
from django.db.models import Max

from accounts.models import User
from bookings.demo.rows import Rows
from bookings.models import Booking, BookingEvent, BookingLine, BookingPet, BookingUnit
from bookings.models.bookings import REFERENCE_ALPHABET
from profiles.models import (
    AddOn,
    CalendarException,
    Check,
    LongStayTier,
    Rate,
    Seat,
    Service,
    SitterCapacity,
    SitterHoliday,
    SitterPhoto,
    SitterProfile,
    WeekdayHours,
)

# Parents first. SitterProfile is copied in Python: its place and its snapshot differ.
BY_SQL = (
    User,
    EmailAddress,
    SitterCapacity,
    Service,
    Rate,
    LongStayTier,
    AddOn,
    WeekdayHours,
    CalendarException,
    SitterHoliday,
    SitterPhoto,
    Check,
    Booking,
    BookingPet,
    BookingUnit,
    BookingLine,
    BookingEvent,
    Seat,
)
CLONED = {SitterProfile, *BY_SQL}
# Keys to people stay as they are (owners, staff), except where they mean the sitter.
OF_SITTER = {("SitterProfile", "user_id"), ("EmailAddress", "user_id")}
ONLY_SITTERS = "x.id IN (SELECT user_id FROM profiles_sitterprofile WHERE id <= %s)"
ONLY_THEIR_ADDRESS = "x.user_id IN (SELECT user_id FROM profiles_sitterprofile WHERE id <= %s)"

Report = Callable[[Iterable, str], Iterable]
Place = Callable[[SitterProfile, int], None]


def multiply(copies: int, *, place: Place, report: Report) -> None:
    """Add `copies` copies of every sitter. `place(sitter, copy)` sets where one lives.

    The originals are moved too, as copy 0.
    """
    spans = {table: (table.objects.aggregate(last=Max("pk"))["last"] or 0) for table in CLONED}
    originals = list(SitterProfile.objects.order_by("pk"))
    _move(originals, place)
    for number in report(range(1, copies + 1), "Copies"):
        with transaction.atomic(), connection.cursor() as cursor:
            # Every key is right by construction; checking a hundred million takes longer.
            cursor.execute("SET SESSION foreign_key_checks = 0, unique_checks = 0")
            _copy_sitters(originals, number, spans, place)
            for table in BY_SQL:
                cursor.execute(*_copy_statement(table, number, spans))
            cursor.execute("SET SESSION foreign_key_checks = 1, unique_checks = 1")


def _move(originals: Sequence[SitterProfile], place: Place) -> None:
    for sitter in originals:
        place(sitter, 0)
    fields = ["town", "lat_e6", "lng_e6", "grid_lat_e6", "grid_lng_e6"]
    SitterProfile.objects.bulk_update(originals, fields, batch_size=200)


def _copy_sitters(originals, number: int, spans: dict, place: Place) -> None:
    rows = Rows()
    for original in originals:
        sitter = copy(original)
        sitter._state = copy(original._state)
        sitter._state.fields_cache = {}
        sitter.pk = original.pk + number * spans[SitterProfile]
        sitter.user_id = original.user_id + number * spans[User]
        sitter.slug = f"{original.slug}-{number}"
        sitter.snapshot = _renumbered(original.snapshot, number, spans)
        place(sitter, number)
        rows.add(sitter)
    rows.save()


def _renumbered(snapshot: dict, number: int, spans: dict) -> dict:
    """The snapshot with the keys of the copied services and add-ons."""
    services = deepcopy(snapshot["services"])
    for service in services:
        service["id"] += number * spans[Service]
        for add_on in service["add_ons"]:
            add_on[0] += number * spans[AddOn]
    return {**snapshot, "services": services}


def _copy_statement(table: type[models.Model], number: int, spans: dict) -> tuple[str, list]:
    quote = connection.ops.quote_name
    columns, values = [], []
    for field in table._meta.concrete_fields:
        columns.append(quote(field.column))
        values.append(_value(table, field, number, spans))
    name = quote(table._meta.db_table)
    where = {User: ONLY_SITTERS, EmailAddress: ONLY_THEIR_ADDRESS}.get(
        table, f"x.{quote(table._meta.pk.column)} <= %s"
    )
    last = spans[SitterProfile] if table in (User, EmailAddress) else spans[table]
    sql = f"INSERT INTO {name} ({', '.join(columns)}) SELECT {', '.join(values)} FROM {name} x "
    return f"{sql} WHERE {where}", [last]


def _value(table: type[models.Model], field: models.Field, number: int, spans: dict) -> str:
    column = f"x.{connection.ops.quote_name(field.column)}"
    target = field.remote_field.model if field.remote_field else None
    if field.primary_key and target is None:
        return f"{column} + {number * spans[table]}"
    is_cloned = target in CLONED and (
        target is not User or (table.__name__, field.column) in OF_SITTER
    )
    if is_cloned:
        return f"{column} + {number * spans[target]}"
    return {
        "email": f"CONCAT('copy{number}-', {column})",
        "public_id": f"CONCAT('{_letters(number)}', SUBSTR({column}, 4))",
        "idempotency_key": f"CONCAT('{number}:', {column})",
    }.get(field.column, column)


def _letters(number: int) -> str:
    """Three letters that no original's reference begins with."""
    high, low = divmod(number, len(REFERENCE_ALPHABET))
    return f"A{REFERENCE_ALPHABET[high]}{REFERENCE_ALPHABET[low]}"
