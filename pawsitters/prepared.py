"""Statements that hot pages ask again and again: built by the ORM once, then only run.

Building and compiling a queryset takes five to ten times as long as running it. A prepared one
keeps the SQL and the way rows become objects, and takes new parameters each time.
"""

import copy
import threading
from collections.abc import Callable
from datetime import datetime

from django.db import DEFAULT_DB_ALIAS, connections, models


class Slot(models.Expression):
    """Stands for the parameter of that number where a filter expects a value."""

    def __init__(self, number: int, output_field: models.Field):
        super().__init__(output_field=output_field)
        self.number = number

    def as_sql(self, compiler, connection):
        return "%s", [self]


class Prepared:
    """`build` takes one Slot for each of `fields` and returns a queryset, sliced or not.

    Only where a Slot is a right-hand side of a filter or annotation: the shape of the statement
    must not depend on the values. Values are passed as they are to the database, moments adapted.
    """

    def __init__(self, build: Callable[..., models.QuerySet], *fields: type[models.Field]):
        self.build = build
        self.fields = fields
        self.known = threading.local()  # by thread: nothing of a connection is shared

    def __call__(self, *values) -> list:
        queryset, compiler, sql, params, converters = self._compiled()
        connection = compiler.connection
        given = [
            connection.ops.adapt_datetimefield_value(value)
            if isinstance(value, datetime)
            else value
            for value in values
        ]
        bound = copy.copy(compiler)
        filled = tuple(given[one.number] if isinstance(one, Slot) else one for one in params)
        # What the compiler would work out again for every run; the rest of Django's way from rows
        # to objects (select_related, only, values) stays as it is.
        bound.as_sql = lambda *args, **kwargs: (sql, filled)
        bound.get_converters = lambda expressions: converters
        rows = queryset._chain()
        rows.query.get_compiler = lambda *args, **kwargs: bound
        return list(rows)

    def _compiled(self) -> tuple:
        connection = connections[DEFAULT_DB_ALIAS]
        kept = getattr(self.known, "statement", None)
        if kept is None or kept[1].connection is not connection:
            slots = [Slot(number, field()) for number, field in enumerate(self.fields)]
            queryset = self.build(*slots).using(connection.alias)
            compiler = queryset.query.get_compiler(using=connection.alias)
            sql, params = compiler.as_sql()
            fields = [column[0] for column in compiler.select[: compiler.col_count]]
            kept = (queryset, compiler, sql, params, compiler.get_converters(fields))
            self.known.statement = kept
        return kept
