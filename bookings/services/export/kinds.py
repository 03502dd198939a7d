"""How a kind of row is described: where a person's own rows are, and what of them they get.

The kinds themselves are in person.py and agreements.py. One description writes the rows, the CSV
header and the schema, so the three cannot disagree.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from functools import cached_property

from django.db import models

from accounts.models import User
from bookings.models import Booking, Series, Thread
from profiles.models import SitterProfile

ROWS_AT_ONCE = 500
IDS_AT_ONCE = 200
Row = dict[str, object]
TEXT, TRUE_OR_FALSE = {"type": "string"}, {"type": "boolean"}


class Mine:
    """The keys by which a person's rows are found: `mine["bookings"]`. Each is asked for once."""

    def __init__(self, user: User):
        self.user = user

    def __getitem__(self, name: str) -> list[int]:
        return getattr(self, name)

    @property
    def person(self) -> list[int]:
        return [self.user.pk]

    @cached_property
    def sitter(self) -> list[int]:
        return list(SitterProfile.objects.filter(user=self.user).values_list("pk", flat=True))

    @cached_property
    def bookings(self) -> list[int]:
        """As owner and as sitter; two statements, because each then reads one index."""
        own = Booking.objects.order_by().values_list("pk", flat=True)
        return sorted([*own.filter(owner=self.user), *own.filter(sitter__in=self.sitter)])

    @cached_property
    def series(self) -> list[int]:
        own = Series.objects.order_by().values_list("pk", flat=True)
        return sorted([*own.filter(owner=self.user), *own.filter(sitter__in=self.sitter)])

    @cached_property
    def threads(self) -> list[int]:
        own = Thread.objects.order_by().values_list("pk", flat=True)
        return sorted([*own.filter(owner=self.user), *own.filter(sitter__in=self.sitter)])


@dataclass(frozen=True)
class Kind:
    """One list of data.json and one CSV file.

    `by` is the lookup that leads to the keys `of` (names in Mine); `where` narrows further.
    `columns` are lookups, those under another name as "booking=booking__public_id"; `omit` names
    the model's other fields, which stay out for a reason that the kind's comment gives. `shape`
    sees a row with the lookups of `needs` and returns it with the columns of `made` set.
    """

    name: str
    model: type[models.Model]
    by: str
    of: str
    columns: str
    omit: str = ""
    about: str = ""
    needs: str = ""
    made: Mapping[str, dict] = field(default_factory=dict)
    shape: Callable[[Row, Mine], None] | None = None
    where: Callable[[], models.Q] = models.Q

    @cached_property
    def lookups(self) -> dict[str, str]:
        """Lookup by the name of its column, in the order of the file."""
        pairs = (part.rpartition("=") for part in self.columns.split())
        return {name or lookup: lookup for name, _is, lookup in pairs}

    @property
    def header(self) -> list[str]:
        return [*self.lookups, *self.made]

    def rows(self, mine: Mine) -> Iterator[Row]:
        """The person's rows, a few hundred in memory at a time."""
        ids = mine[self.of]
        for start in range(0, len(ids), IDS_AT_ONCE):
            yield from self._rows_of(ids[start : start + IDS_AT_ONCE], mine)

    def _rows_of(self, ids: list[int], mine: Mine) -> Iterator[Row]:
        needs = self.needs.split()
        found = self.model._base_manager.filter(self.where(), **{f"{self.by}__in": ids})
        found = found.order_by("pk").values_list("pk", *self.lookups.values(), *needs)
        last = None
        while last is None or last:
            page = found if last is None else found.filter(pk__gt=last)
            chunk = list(page[:ROWS_AT_ONCE])
            last = chunk[-1][0] if len(chunk) == ROWS_AT_ONCE else 0
            for _pk, *values in chunk:
                row = dict(zip([*self.lookups, *needs], values, strict=True))
                if self.shape:
                    self.shape(row, mine)
                yield {name: plain(row[name]) for name in self.header}

    @cached_property
    def photos(self) -> list[str]:
        """Columns that name an uploaded picture."""
        found = ((name, field_at(self.model, lookup)) for name, lookup in self.lookups.items())
        return [name for name, (leaf, _nullable) in found if isinstance(leaf, models.FileField)]


def first_name(name: str) -> str:
    """How the other side stands in an export."""
    return name.split(" ")[0]


def named(column: str, lookup: str) -> Callable[[Row, Mine], None]:
    """A `shape` that names somebody by their first name."""

    def shape(row: Row, mine: Mine) -> None:
        row[column] = first_name(row[lookup])

    return shape


def plain(value: object) -> object:
    """As JSON has it: dates and moments in ISO 8601, moments in UTC."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat().replace("+00:00", "Z")
    if isinstance(value, date | time):
        return value.isoformat()
    return value


def field_at(model: type[models.Model], lookup: str) -> tuple[models.Field, bool]:
    """The field at the end of a lookup, and whether it may be empty on the way."""
    is_nullable = False
    for part in lookup.split("__"):
        leaf = model._meta.get_field(part)
        is_nullable = is_nullable or leaf.null
        model = leaf.related_model
    return leaf, is_nullable
