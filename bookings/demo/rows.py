"""Collects rows of many tables and inserts them in big steps, with keys given beforehand.

Keys are handed out here because MySQL does not return them from a bulk insert.
"""

from collections import defaultdict
from itertools import count

from django.db import connection, models, transaction
from django.db.models import Max

BATCH = 1_000


class Rows:
    """`add(Model(…))` gives the object its key at once; `save()` inserts all, in the order added.

    Tables are inserted in the order in which they were first added to, so parents come first.
    """

    def __init__(self):
        self._waiting: dict[type[models.Model], list[models.Model]] = {}
        self._keys: dict[type[models.Model], count] = {}
        self.counts: dict[str, int] = defaultdict(int)

    def add(self, row: models.Model) -> models.Model:
        table = type(row)
        if row.pk is None:
            row.pk = next(self._keys.setdefault(table, self._key_counter(table)))
        self._waiting.setdefault(table, []).append(row)
        self.counts[table.__name__] += 1
        return row

    def _key_counter(self, table) -> count:
        if table in self._keys:
            return self._keys[table]
        return count((table.objects.aggregate(last=Max("pk"))["last"] or 0) + 1)

    @transaction.atomic
    def save(self) -> None:
        with connection.cursor() as cursor:
            for table, rows in self._waiting.items():
                sql, fields = _insert(table)
                for start in range(0, len(rows), BATCH):
                    batch = rows[start : start + BATCH]
                    cursor.executemany(sql, [_values(row, fields) for row in batch])
                rows.clear()


# `bulk_create` builds and looks at an expression for every value; for a hundred thousand rows of
# plain values this takes half the time.
def _insert(table: type[models.Model]) -> tuple[str, list[models.Field]]:
    fields = table._meta.concrete_fields
    quote = connection.ops.quote_name
    columns = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    return f"INSERT INTO {quote(table._meta.db_table)} ({columns}) VALUES ({marks})", fields


def _values(row: models.Model, fields: list[models.Field]) -> list:
    row._prepare_related_fields_for_save(operation_name="bulk_create")
    return [field.get_db_prep_save(field.pre_save(row, True), connection) for field in fields]
