"""Staff looks at everything and changes only by the state table, with a log."""

from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse

from bookings.models import Booking, Notice
from bookings.tests.factories import flag, make_booking, make_confirmed, make_in, make_owner
from pawsitters import clock

Status = Booking.Status
pytestmark = pytest.mark.django_db


@pytest.fixture
def staff(client):
    user = make_owner(is_staff=True, is_superuser=True, name="Staff")
    client.force_login(user)
    return user


def admin_url(name, *args):
    return reverse(f"admin:bookings_{name}", args=args)


def test_a_booking_shows_all_its_rows_and_nothing_can_be_typed(client, staff):
    booking = make_confirmed()
    html = client.get(admin_url("booking_change", booking.pk)).content.decode()

    assert booking.reference in html
    assert booking.events.last().hash in html
    assert "Cancel this booking" in html
    assert 'name="status"' not in html
    assert client.get("/admin/bookings/booking/add/").status_code == 403
    assert client.get(admin_url("booking_delete", booking.pk)).status_code == 403


def test_bookings_are_found_by_reference_with_its_dashes_and_by_mail(client, staff):
    booking, other = make_booking(), make_booking()
    for term in (booking.reference, booking.owner.email, booking.sitter.user.email):
        html = client.get(admin_url("booking_changelist"), {"q": term}).content.decode()
        assert booking.reference in html
        assert other.reference not in html


def test_flagged_bookings_are_a_queue(client, staff):
    quiet, flagged = make_confirmed(), flag(make_confirmed())
    html = client.get(admin_url("booking_changelist"), {"flagged": "yes"}).content.decode()

    assert flagged.reference in html
    assert quiet.reference not in html


def test_staff_cancels_with_a_reason_and_an_explicit_refund(client, staff):
    booking = make_confirmed()
    url = admin_url("booking_cancel", booking.pk)
    html = client.post(url, {"refund": "80.01", "reason": "Asked"}).content.decode()
    assert "more than the total" in html
    assert "This field is required" in client.post(url, {"refund": "1"}).content.decode()
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED

    client.post(url, {"refund": "12.34", "reason": "Both asked for it"})
    booking.refresh_from_db()
    assert (booking.status, booking.refund_cents) == (Status.CANCELLED_BY_STAFF, 1234)
    assert booking.events.last().actor == staff
    entry = LogEntry.objects.get(object_id=str(booking.pk))
    assert entry.user == staff
    assert "€12.34 back: Both asked for it" in entry.change_message


def test_a_refused_decision_leaves_no_log(client, staff):
    booking = make_in(Status.COMPLETED)
    url = admin_url("booking_cancel", booking.pk)
    html = client.post(url, {"refund": "1", "reason": "x"}, follow=True).content.decode()

    assert "already completed" in html
    assert not LogEntry.objects.exists()


def test_staff_decides_who_was_not_there(client, staff):
    booking = flag(make_confirmed())
    with clock.at(booking.flagged_at + timedelta(hours=1)):
        client.post(admin_url("booking_no_show", booking.pk), {"status": Status.NO_SHOW_OWNER})

    booking.refresh_from_db()
    assert (booking.status, booking.refund_cents) == (Status.NO_SHOW_OWNER, 0)
    assert LogEntry.objects.filter(object_id=str(booking.pk)).exists()


def test_a_failed_mail_is_found_and_sent_again(client, staff):
    booking = make_booking()
    notice = Notice.objects.get(recipient=booking.owner)
    Notice.objects.filter(pk=notice.pk).update(send_after=None, attempts=6, last_error="refused")
    url = admin_url("notice_changelist")
    html = client.get(url, {"mail": "failed"}).content.decode()
    assert html.count("refused") == 1

    client.post(url, {"action": "send_again", "_selected_action": [notice.pk]})
    notice.refresh_from_db()
    assert notice.send_after is not None
    assert (notice.attempts, notice.last_error) == (0, "")
    assert LogEntry.objects.count() == 1


def test_staff_without_the_permission_and_others_may_not(client):
    booking = make_confirmed()
    for person in (make_owner(is_staff=True), make_owner(), booking.owner):
        client.force_login(person)
        for name in ("booking_cancel", "booking_no_show", "booking_change"):
            assert client.get(admin_url(name, booking.pk)).status_code in (302, 403)
        client.post(admin_url("booking_cancel", booking.pk), {"refund": "1", "reason": "x"})
    booking.refresh_from_db()
    assert booking.status == Status.CONFIRMED
