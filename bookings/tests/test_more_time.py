"""A deadline that falls into a recorded outage moves to one hour after its end."""

from datetime import timedelta

import pytest

from bookings import outages
from bookings.exceptions import NotAllowedNow
from bookings.models import Booking, Notice
from bookings.services import agreements
from bookings.services.agreements import free_until, owner_preview
from bookings.services.clocks import run_clocks
from bookings.services.transitions import accept_booking, cancel_by_owner, expire_booking
from bookings.tests.factories import make_booking, make_confirmed
from pawsitters import clock
from pawsitters.operations import incidents

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def look_each_time(monkeypatch):
    monkeypatch.setattr(outages, "LOOK_EVERY_SECONDS", 0)


def record(start, end=None, cause="firewall"):
    """What the sentinel writes."""
    name = incidents.new_name(start)
    lines = [{"at": start.isoformat(), "event": "began", "cause": cause}]
    if end:
        lines.append({"at": end.isoformat(), "event": "ended"})
    incidents.append(name, lines)


def around(deadline, before=HOUR, after=HOUR):
    record(deadline - before, deadline + after)
    return deadline + after


class TestTheRule:
    def test_inside_it_moves_to_an_hour_after_the_end(self):
        noon = clock.now()
        end = around(noon)
        assert outages.moved(noon) == end + HOUR
        assert outages.moved(noon - HOUR) == outages.moved(end) == end + HOUR

    def test_outside_it_stays(self):
        noon = clock.now()
        end = around(noon)
        for moment in (noon - HOUR - MINUTE, end + MINUTE):
            assert outages.moved(moment) == moment

    def test_an_hour_that_falls_into_the_next_outage_moves_on(self):
        noon = clock.now()
        end = around(noon)
        record(end + MINUTE, end + 3 * HOUR)
        assert outages.moved(noon) == end + 4 * HOUR

    def test_while_it_goes_on_there_is_always_an_hour(self, settings):
        noon = clock.now()
        (settings.VAR_DIR / "sentinel.json").write_text("{}")  # somebody watches
        record(noon - 5 * MINUTE)
        with clock.at(noon):
            assert outages.moved(noon) > noon + HOUR - MINUTE
            assert outages.moved(noon + MINUTE) == noon + MINUTE

    def test_slowness_is_no_outage(self):
        noon = clock.now()
        record(noon - HOUR, noon + HOUR, cause="slow")
        assert outages.moved(noon) == noon

    def test_nothing_is_read_twice_within_a_second(self, monkeypatch):
        outages.recorded()
        monkeypatch.setattr(outages, "_known", (outages.time.monotonic() + 1, *outages._known[1:]))
        monkeypatch.setattr(incidents, "outages", lambda since, until: 1 / 0)
        assert outages.recorded() == ()


class TestTimeToAnswer:
    def test_the_sitter_may_accept_until_then_and_it_does_not_expire(self):
        booking = make_booking()
        end = around(booking.expires_at)
        with clock.at(end + 59 * MINUTE):
            run_clocks()
            with pytest.raises(NotAllowedNow):
                expire_booking(booking=booking)
            accept_booking(booking=booking, by=booking.sitter.user)
        booking.refresh_from_db()
        assert booking.status == Booking.Status.CONFIRMED

    def test_then_it_expires(self):
        booking = make_booking()
        end = around(booking.expires_at)
        with clock.at(end + HOUR):
            run_clocks()
        booking.refresh_from_db()
        assert booking.status == Booking.Status.EXPIRED

    def test_the_page_and_a_mail_say_so_once(self, client):
        booking = make_booking()
        end = around(booking.expires_at)
        with clock.at(end + MINUTE):
            run_clocks()
            run_clocks()
            client.force_login(booking.sitter.user)
            page = client.get(booking.get_absolute_url()).text
        notice = Notice.objects.get(recipient=booking.sitter.user, kind="more_time")
        until = f"{(end + HOUR).astimezone(booking.zone):%H:%M}"
        assert until in notice.subject
        assert until in page
        assert "Our database was away" in page
        assert "Our database was away" in notice.text


class TestCancelling:
    def test_the_refund_shown_is_the_one_executed_and_it_is_the_whole(self, client):
        booking = make_confirmed()
        end = around(free_until(booking))
        assert free_until(booking) == end + HOUR
        with clock.at(end + 30 * MINUTE):
            preview = owner_preview(booking)
            client.force_login(booking.owner)
            page = client.get(f"{booking.get_absolute_url()}cancel/").text
            cancel_by_owner(booking=booking, by=booking.owner, shown_hash=preview.hash)
        booking.refresh_from_db()
        assert preview.refund.refund_cents == booking.refund_cents == booking.total_cents
        assert preview.steps[0].until == end + HOUR
        assert "longer than agreed, because our database was away" in page

    def test_after_that_hour_the_policy_counts(self):
        booking = make_confirmed()
        end = around(free_until(booking))
        with clock.at(end + HOUR + MINUTE):
            assert agreements.owner_preview(booking).refund.refund_cents < booking.total_cents

    def test_it_never_moves_past_the_start(self):
        booking = make_confirmed()
        record(free_until(booking) - HOUR, booking.starts_at - MINUTE)
        assert free_until(booking) == booking.starts_at

    def test_the_owner_is_told_once(self):
        booking, other = make_confirmed(), make_confirmed()
        end = around(free_until(booking), before=MINUTE, after=MINUTE)
        Booking.objects.filter(pk=other.pk).update(cancellation_tier="same_day")
        with clock.at(end + MINUTE):
            run_clocks()
            run_clocks()
        notice = Notice.objects.get(kind="more_time")
        assert notice.recipient == booking.owner
        assert f"{(end + HOUR).astimezone(booking.zone):%H:%M}" in notice.text
