"""A weekly series takes one row of a dashboard, not eight."""

from datetime import time, timedelta

import pytest

from bookings.pages.rows import row_of
from bookings.pages.weekly_rows import fold_weekly
from bookings.services.rules import OWNER
from bookings.tests.factories import make_choice, make_confirmed, make_owner
from profiles.kinds import Kind
from profiles.tests.factories import make_pet, make_sitter

pytestmark = pytest.mark.django_db


def rows_of(count: int, *, weeks_apart=1, at=time(15)):
    owner, sitter = make_owner(), make_sitter(kinds=[Kind.DOG_WALK])
    pet, first = make_pet(owner), make_choice(Kind.DOG_WALK).starts_on
    return [
        row_of(
            make_confirmed(
                owner=owner,
                sitter=sitter,
                pets=[pet],
                choice=make_choice(
                    Kind.DOG_WALK,
                    units=1,
                    starts_on=first + timedelta(weeks=number * weeks_apart),
                    visit_times=(at,),
                ),
            ),
            OWNER,
            ["Biscuit"],
        )
        for number in range(count)
    ]


def test_walks_of_every_week_are_one_row_that_says_how_many_follow():
    rows = rows_of(4)

    (row,) = fold_weekly(rows)

    assert row.booking == rows[0].booking
    assert "And 3 more like it" in row.note


def test_two_alike_are_shown_as_two():
    rows = rows_of(2)

    assert fold_weekly(rows) == rows


def test_what_differs_stays_apart_and_in_its_order():
    weekly, other = rows_of(3), rows_of(1, at=time(9))
    rows = sorted([*weekly, *other], key=lambda row: row.booking.starts_at)

    assert [row.booking for row in fold_weekly(rows)] == [
        row.booking for row in rows if row.booking in {weekly[0].booking, other[0].booking}
    ]
