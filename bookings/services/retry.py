"""Runs a change in one transaction, again if another one got in its way."""

import random
import time
from collections.abc import Callable
from functools import wraps

from django.db import IntegrityError, OperationalError, connection, transaction

from bookings.exceptions import TryAgain

ATTEMPTS = 8
# Duplicate key, deadlock, lock wait timeout: https://mariadb.com/kb/en/mariadb-error-codes/
PASSING_CODES = {1062, 1213, 1205}


def is_passing(error: Exception) -> bool:
    """Whether the same work may succeed when it is simply done again."""
    code = error.args[0] if error.args else None
    if code in PASSING_CODES:
        return True
    text = str(error)
    return "database is locked" in text or text.startswith("UNIQUE constraint failed")


def in_transaction(change: Callable) -> Callable:
    """Wrap a service so that it runs in one transaction, COMMIT included in what is retried.

    Raise TryAgain after eight attempts. Inside an outer transaction there is nothing to
    repeat on its own, so it runs once as a part of that.
    """

    @wraps(change)
    def run(*args, **kwargs):
        if connection.in_atomic_block:
            with transaction.atomic():
                return change(*args, **kwargs)
        for attempt in range(1, ATTEMPTS + 1):
            try:
                with transaction.atomic():
                    return change(*args, **kwargs)
            except (OperationalError, IntegrityError) as error:
                if not is_passing(error):
                    raise
                if attempt == ATTEMPTS:
                    raise TryAgain() from error
            time.sleep(random.uniform(0.005, 0.02) * 2**attempt)

    return run
