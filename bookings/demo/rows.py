"""Collects rows of many tables and inserts them in big steps, with keys given beforehand.

Keys are handed out here because MySQL does not return them from a bulk insert.
"""

from collections import defaultdict
from itertools import count

from django.db import models, transaction
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
        for table, rows in self._waiting.items():
            table.objects.bulk_create(rows, batch_size=BATCH)
            rows.clear()
