"""Changes and weekly series when two people, or two workers, act at the same moment."""

from functools import partial

import pytest

from bookings.models import Booking, Proposal, SeriesDate
from bookings.services import agreements
from bookings.services import series as services
from bookings.services.seat_check import differences
from bookings.services.series_dates import make_dates
from bookings.services.transitions import cancel_by_owner
from bookings.tests.factories import make_choice, make_confirmed, make_owner
from bookings.tests.race import run_at_once
from bookings.tests.test_proposals import accept_change, later, longer, propose
from bookings.tests.test_series import ask
from profiles.models import Seat
from profiles.tests.factories import make_sitter

pytestmark = [pytest.mark.mysql, pytest.mark.django_db(transaction=True)]


def assert_whole(booking) -> None:
    assert list(differences()) == []
    units = Booking.objects.get(pk=booking.pk).units.count()
    assert Seat.objects.filter(booking=booking).count() in (0, units)


def test_of_two_acceptances_of_one_change_at_once_one_counts():
    booking = make_confirmed()
    proposal = propose(booking, longer(booking, 1))

    found = run_at_once([partial(accept_change, proposal)] * 5)

    assert sorted(map(str, found)).count("NotAllowedNow") == 4
    assert booking.events.filter(verb="changed").count() == 1
    assert Booking.objects.get(pk=booking.pk).units.count() == 3
    assert_whole(booking)


def test_a_change_and_a_cancellation_at_once_leave_one_or_the_other():
    for _ in range(4):
        booking = make_confirmed()
        proposal = propose(booking, longer(booking, 1))
        shown = agreements.owner_preview(Booking.objects.get(pk=booking.pk)).hash
        cancel = partial(cancel_by_owner, booking=booking, by=booking.owner, shown_hash=shown)

        found = run_at_once([cancel, partial(accept_change, proposal)])

        booking.refresh_from_db()
        refused = [one for one in found if isinstance(one, str)]
        assert refused in (["NotAllowedNow"], ["RefundChanged"])
        proposal.refresh_from_db()
        is_cancelled = booking.status == Booking.Status.CANCELLED_BY_OWNER
        assert proposal.state == ("overtaken" if is_cancelled else "accepted")
        assert booking.seats.count() == (0 if is_cancelled else 3)
        assert_whole(booking)


def test_of_two_who_propose_at_once_one_is_open():
    booking = make_confirmed()
    jobs = [
        partial(propose, booking, longer(booking, 1)),
        partial(propose, booking, longer(booking, 2), by=booking.sitter.user),
    ]

    found = run_at_once(jobs * 2)

    assert found.count("NotAllowedNow") == 3
    assert Proposal.objects.filter(open_for=booking.pk).count() == 1


def test_changes_never_overbook_the_dates_they_move_to():
    """Four stays one after the other in one bed; all want the same free nights."""
    sitter = make_sitter(night_places=1)
    first = make_choice(units=1).starts_on
    bookings = [
        make_confirmed(
            sitter=sitter,
            owner=make_owner(),
            choice=make_choice(starts_on=first.fromordinal(first.toordinal() + n), units=1),
        )
        for n in range(4)
    ]
    offers = [propose(booking, later(booking, 10 - n)) for n, booking in enumerate(bookings)]

    found = run_at_once([partial(accept_change, offer) for offer in offers])

    assert found.count("DatesTaken") == 3
    assert list(differences()) == []
    assert Seat.objects.count() == 4


def test_two_workers_make_each_date_of_a_series_once():
    series = ask()
    ticked = [key for key, _line in services.lines_to_tick(series)]
    services._accept(series=series, by=series.sitter.user, ticked=ticked)

    found = run_at_once([partial(make_dates, series=series)] * 3)

    assert not [one for one in found if isinstance(one, str)]
    rows = SeriesDate.objects.filter(series=series)
    assert sum(len(one) for one in found) == rows.count() == Booking.objects.count() > 5
    assert list(differences()) == []
