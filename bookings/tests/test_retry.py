import threading

import pytest
from django.db import IntegrityError, OperationalError, connection, connections, transaction

from accounts.models import User
from accounts.tests.factories import make_user
from bookings.exceptions import TryAgain
from bookings.services import retry
from bookings.services.retry import in_transaction
from profiles.models import SitterCapacity
from profiles.tests.factories import make_sitter

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch):
    monkeypatch.setattr(retry.time, "sleep", lambda seconds: None)


def failing(times: int, error: Exception):
    """A change that writes a row and then fails so many times."""
    calls = []

    @in_transaction
    def change() -> int:
        calls.append(1)
        make_user()
        if len(calls) <= times:
            raise error
        return len(calls)

    return change


@pytest.mark.parametrize(
    "error",
    [
        OperationalError(1213, "Deadlock found when trying to get lock"),
        OperationalError(1205, "Lock wait timeout exceeded"),
        IntegrityError(1062, "Duplicate entry"),
        OperationalError("database is locked"),
    ],
)
def test_a_change_that_met_another_is_done_again_from_the_start(error):
    assert failing(2, error)() == 3
    assert User.objects.count() == 1


def test_a_commit_that_fails_is_done_again(monkeypatch):
    commit, fails = connection.commit, [OperationalError(1213, "Deadlock at COMMIT")]

    def commit_that_fails_once():
        if fails:
            connection.rollback()
            raise fails.pop()
        commit()

    monkeypatch.setattr(connection, "commit", commit_that_fails_once)

    assert failing(0, OperationalError())() == 2
    assert User.objects.count() == 1


def test_after_eight_attempts_people_are_asked_to_try_again():
    with pytest.raises(TryAgain):
        failing(8, OperationalError(1213, "Deadlock"))()

    assert not User.objects.exists()


def test_another_error_is_not_retried():
    change = failing(1, OperationalError(1146, "Table doesn't exist"))

    with pytest.raises(OperationalError, match="1146"):
        change()


@pytest.mark.mysql
def test_a_real_deadlock_is_retried_until_both_are_done():
    """Two transactions lock two rows in opposite order: the server ends one of them."""
    first, second = make_sitter(), make_sitter()
    both_hold_one = threading.Barrier(2, timeout=5)
    meet = [True, True]
    errors = []

    def worker(index: int, order) -> None:
        @in_transaction
        def change() -> None:
            SitterCapacity.objects.select_for_update().get(pk=order[0])
            if meet[index]:
                meet[index] = False
                both_hold_one.wait()
            SitterCapacity.objects.filter(pk=order[1]).update(version=7 + index)

        try:
            change()
        except Exception as error:
            errors.append(error)
        finally:
            connections.close_all()

    orders = [(first.pk, second.pk), (second.pk, first.pk)]
    threads = [threading.Thread(target=worker, args=pair) for pair in enumerate(orders)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not errors
    versions = {c.pk: c.version for c in SitterCapacity.objects.all()}
    assert versions == {first.pk: 8, second.pk: 7}


def test_inside_an_outer_transaction_it_runs_once_as_a_part_of_it():
    with pytest.raises(OperationalError), transaction.atomic():
        failing(1, OperationalError(1213, "Deadlock"))()
