"""Staff: queues, keeping out, refunds, CSV files. Everything by rights, everything in the log."""

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.models import Session
from accounts.tests.factories import log_in
from bookings.exceptions import NotAllowedNow, RequestRefused
from bookings.models import Booking, Export, Message, Notice, Report, Thread
from bookings.services import transitions
from bookings.services.suspension import let_in_again, suspend_account
from bookings.staff.group import ensure_group
from bookings.staff.plot import bookings_plot
from bookings.staff.queues import QUEUES
from bookings.tests.factories import cancel, flag, make_booking, make_confirmed, make_in, make_owner
from bookings.tests.review_tools import both_review
from pawsitters import clock
from profiles.models import SearchRow
from profiles.tests.factories import make_sitter

pytestmark = pytest.mark.django_db
Status = Booking.Status


@pytest.fixture
def clerk(client):
    """Staff by the group alone, as most colleagues are."""
    user = make_owner(is_staff=True, name="Robin")
    user.groups.add(ensure_group())
    log_in(client, user)
    return user


def url(name, *args):
    return reverse(f"admin:{name}", args=args)


def page(client, address, **query) -> str:
    response = client.get(address, query)
    assert response.status_code == 200, address
    return response.content.decode()


def make_report(**fields) -> Report:
    reporter, sitter = make_owner(), make_sitter(headline="A den of wolves")
    values = {"about": "page", "subject_id": sitter.pk, "reason": "other", "text": "Look at this"}
    values["reporter"] = reporter
    return Report.objects.create(created_at=clock.now(), **{**values, **fields})


# --- The first page ---------------------------------------------------------------------------
def test_the_first_page_counts_what_waits_and_links_to_it(client, clerk):
    make_sitter(status="in_review")
    make_report()
    flag(make_confirmed())
    user = make_owner()
    notice = {"recipient": user, "subject": "x", "text": "", "path": "/", "created_at": clock.now()}
    Notice.objects.create(key="a", attempts=6, last_error="refused", **notice)
    Notice.objects.create(key="b", **notice)  # a mail that the person did not want
    Export.objects.create(user=user, requested_at=clock.now(), state="failed", is_open=None)

    html = page(client, "/admin/")
    for title, count in (
        ("Pages to look at", 1),
        ("Reports", 1),
        ("Bookings that nobody checked in to", 1),
        ("Visits that have not begun", 0),
        ("Mails that could not be sent", 1),
        ("Files of own data that failed", 1),
    ):
        assert f"<b>{count}</b> {title}" in html
    for queue in QUEUES:
        address = url(f"{queue.address}_changelist") + f"?{queue.query}"
        assert address.replace("&", "&amp;") in html
        rows = client.get(address)
        assert rows.status_code == 200
        assert len(rows.context["cl"].result_list) == queue.rows().count(), queue.title


def test_the_plot_says_the_same_as_its_table(client, clerk):
    now = clock.now().replace(hour=12)
    for days in (0, 0, 3, 40):
        Booking.objects.filter(pk=make_booking().pk).update(requested_at=now - timedelta(days=days))
    with clock.at(now):
        plot = bookings_plot(30)
        assert (plot.total, plot.most, len(plot.days)) == (3, 2, 30)
        assert [day.asked for day in plot.days[-4:]] == [1, 0, 0, 2]
        assert bookings_plot(90).total == 4
        html = page(client, "/admin/")
    assert html.count("<rect") == 30
    assert "3 bookings in 30 days, at most 2 on one day" in html
    assert page(client, "/admin/", days=90).count("<rect") == 90
    assert "style=" not in html.split('id="waiting"')[1].split("app-")[0]


def test_the_first_page_shows_only_what_one_may_open(client):
    user = make_owner(is_staff=True)
    client.force_login(user)
    html = page(client, "/admin/")
    assert "Waiting for us" not in html
    assert "<svg" not in html.split("content-main")[1].split("footer")[0]


def lists() -> list[str]:
    names = (
        "accounts_user",
        "admin_logentry",
        "bookings_booking",
        "bookings_export",
        "bookings_notice",
        "bookings_report",
        "bookings_review",
        "profiles_pet",
        "profiles_sitterprofile",
    )
    return [f"{name}_changelist" for name in names]


@pytest.mark.parametrize("name", ["index", *lists()])
def test_a_list_takes_as_many_statements_for_one_row_as_for_three(client, clerk, name):
    def fill():
        booking = both_review(make_in(Status.COMPLETED))
        make_report()
        Export.objects.create(user=booking.owner, requested_at=clock.now(), is_open=None)
        LogEntry.objects.create(user=booking.owner, action_flag=2, object_repr="x")

    fill()
    page(client, url(name))
    counts = []
    for _number in range(2):
        with CaptureQueriesContext(connection) as statements:
            page(client, url(name))
        counts.append(len(statements))
        fill()
        fill()
    assert counts[0] == counts[1]
    assert counts[0] <= 16


# --- Keeping people out -----------------------------------------------------------------------
def test_suspending_logs_out_hides_the_page_ends_requests_and_tells_why(client, clerk):
    sitter = make_sitter(user=make_owner(name="Mara"))
    person = sitter.user
    person.set_password("a-walk-at-dawn")
    person.save()
    asked, agreed = make_booking(sitter=sitter), make_confirmed(sitter=sitter)
    theirs = client.__class__()
    theirs.force_login(person)

    html = page(client, url("accounts_user_suspend", person.pk))
    assert agreed.reference in html
    client.post(url("accounts_user_suspend", person.pk), {"reason": "Asked for money in advance"})

    person.refresh_from_db()
    assert not person.is_active
    assert theirs.get("/overview/").status_code == 302
    assert not Session.objects.filter(user=person).exists()
    assert client.get(f"/sitters/{sitter.slug}/").status_code == 404
    assert not SearchRow.objects.filter(sitter_id=sitter.pk).exists()
    asked.refresh_from_db()
    agreed.refresh_from_db()
    assert (asked.status, agreed.status) == (Status.CANCELLED_BY_STAFF, Status.CONFIRMED)
    assert "Asked for money" not in asked.end_text  # why is nobody else's business
    told = Notice.objects.get(recipient=person, kind="suspension")
    assert "Asked for money in advance" in told.text
    assert told.send_after is not None
    assert (
        "Asked for money in advance"
        in LogEntry.objects.get(object_id=str(person.pk)).change_message
    )

    typed = {"login": person.email, "password": "a-walk-at-dawn"}
    assert "Asked for money in advance" in theirs.post("/sign/login/", typed).content.decode()
    assert "Asked for money" not in theirs.get("/sign/inactive/").content.decode()
    wrong = theirs.post("/sign/login/", {**typed, "password": "wrong"}).content.decode()
    assert "Asked for money" not in wrong


def test_whoever_is_let_in_again_finds_everything_as_it_was(client, clerk):
    sitter = make_sitter(user=make_owner())
    suspend_account(person=sitter.user, by=clerk, reason="A mistake")
    client.post(url("accounts_user_let_in", sitter.user.pk), {"reason": "It was a namesake"})

    sitter.user.refresh_from_db()
    assert sitter.user.is_active
    assert client.get(f"/sitters/{sitter.slug}/").status_code == 200
    assert SearchRow.objects.filter(sitter_id=sitter.pk).exists()
    assert "namesake" in LogEntry.objects.get().change_message
    with pytest.raises(NotAllowedNow):
        let_in_again(person=sitter.user, by=clerk)


def test_nobody_suspends_colleagues_themselves_or_somebody_twice(client, clerk):
    colleague, person = make_owner(is_staff=True), make_owner()
    for other in (colleague, clerk):
        assert (
            client.post(url("accounts_user_suspend", other.pk), {"reason": "x"}).status_code == 404
        )
        other.refresh_from_db()
        assert other.is_active
    suspend_account(person=person, by=clerk, reason="x")
    with pytest.raises(NotAllowedNow):
        suspend_account(person=person, by=clerk, reason="x")
    assert person.suspensions.count() == 1


def test_who_may_log_in_is_no_tick_in_a_form(client):
    client.force_login(make_owner(is_staff=True, is_superuser=True))
    person = make_owner()
    assert 'name="is_active"' not in page(client, url("accounts_user_change", person.pk))


# --- Money back -------------------------------------------------------------------------------
def test_staff_gives_more_back_with_a_reason_at_most_the_total(client, clerk):
    booking = make_in(Status.COMPLETED)
    address = url("bookings_booking_refund", booking.pk)
    assert address in page(client, url("bookings_booking_change", booking.pk))
    for more in ("0", "-1", str(booking.total_cents / 100 + 0.01), "x"):
        client.post(address, {"more": more, "reason": "Muddy"})
    client.post(address, {"more": "5"})
    booking.refresh_from_db()
    assert booking.refund_cents is None

    client.post(address, {"more": "12.34", "reason": "The garden was locked"})
    booking.refresh_from_db()
    assert (booking.status, booking.refund_cents) == (Status.COMPLETED, 1234)
    event = booking.events.last()
    assert (event.verb, event.role, event.actor) == ("refunded", "staff", clerk)
    assert event.data["more_cents"] == 1234
    assert (
        Notice.objects.filter(booking=booking, text__contains="The garden was locked").count() == 2
    )
    assert "The garden was locked" in LogEntry.objects.get().change_message
    call_command("check_history")

    with pytest.raises(RequestRefused):
        transitions.refund_by_staff(
            booking=booking, by=clerk, reason="x", more_cents=booking.total_cents - 1233
        )
    transitions.refund_by_staff(
        booking=booking, by=clerk, reason="x", more_cents=booking.total_cents - 1234
    )
    with pytest.raises(NotAllowedNow):
        transitions.refund_by_staff(booking=booking, by=clerk, reason="x", more_cents=1)


def test_both_read_on_the_bookings_page_why_more_came_back(client, clerk):
    booking = cancel(make_confirmed())
    Booking.objects.filter(pk=booking.pk).update(refund_cents=0)
    transitions.refund_by_staff(booking=booking, by=clerk, reason="Sitter was ill", more_cents=100)
    for person in (booking.owner, booking.sitter.user):
        client.force_login(person)
        assert "Sitter was ill" in page(client, f"{booking.get_absolute_url()}record/") + page(
            client, booking.get_absolute_url()
        )


@pytest.mark.parametrize("status", [Status.REQUESTED, Status.CONFIRMED, Status.DECLINED])
def test_nothing_comes_back_by_staff_before_it_is_over(clerk, status):
    with pytest.raises(NotAllowedNow):
        transitions.refund_by_staff(booking=make_in(status), by=clerk, reason="x", more_cents=1)


# --- Reports and reviews ------------------------------------------------------------------------
def test_a_report_shows_what_was_reported_and_is_settled_once(client, clerk):
    report = make_report()
    assert "A den of wolves" in page(client, url("bookings_report_change", report.pk))
    address = url("bookings_report_settle", report.pk)
    client.post(address, {"state": "resolved"})
    report.refresh_from_db()
    assert report.state == "open"

    client.post(address, {"state": "resolved", "reason": "We asked for another headline"})
    client.post(address, {"state": "dismissed", "reason": "No"})
    report.refresh_from_db()
    assert (report.state, report.handled_by) == ("resolved", clerk)
    told = Notice.objects.get(recipient=report.reporter)
    assert "We asked for another headline" in told.text
    assert LogEntry.objects.count() == 1


def test_a_reported_message_is_removed_with_a_reason_that_both_read(client, clerk):
    booking = make_booking()
    thread, _is_new = Thread.objects.get_or_create(
        owner=booking.owner,
        sitter=booking.sitter,
        defaults={"created_at": clock.now(), "last_at": clock.now()},
    )
    message = Message.objects.create(
        thread=thread,
        sender=booking.owner,
        text="You oaf",
        created_at=clock.now(),
        idempotency_key="k",
    )
    report = make_report(about="message", subject_id=message.pk)
    assert "You oaf" in page(client, url("bookings_report_change", report.pk))
    client.post(url("bookings_report_remove", report.pk), {"reason": "It is rude"})

    theirs = client.__class__()
    theirs.force_login(booking.sitter.user)
    html = page(theirs, thread.get_absolute_url())
    assert "It is rude" in html
    assert "You oaf" not in html
    assert "It is rude" in Notice.objects.get(kind="message_removed").text
    assert "You oaf" in LogEntry.objects.get().change_message


def test_a_review_is_removed_with_a_reason(client, clerk):
    booking = both_review(make_in(Status.COMPLETED))
    review = booking.reviews.get(side="owner")
    client.post(url("bookings_review_remove", review.pk), {"reason": "It names a child"})
    review.refresh_from_db()
    assert (review.removed_reason, review.removed_by) == ("It names a child", clerk)
    assert "It names a child" in LogEntry.objects.get().change_message


def test_nobody_decides_about_themselves(client, clerk):
    """A colleague who has a page, bookings and reviews of their own."""
    mine = make_sitter(user=clerk)
    review = both_review(make_in(Status.COMPLETED, sitter=mine)).reviews.get(side="owner")
    report = make_report(subject_id=mine.pk)
    other = make_report(about="review", subject_id=review.pk, reporter=clerk)
    booking = review.booking
    mine.__class__.objects.update(status="in_review")
    tried = [
        (url("bookings_review_remove", review.pk), {"reason": "x"}),
        (url("bookings_booking_refund", booking.pk), {"more": "1.00", "reason": "x"}),
        (url("bookings_report_settle", report.pk), {"state": "dismissed", "reason": "x"}),
        (url("bookings_report_settle", other.pk), {"state": "resolved", "reason": "x"}),
        (url("profiles_sitterprofile_suspend", mine.pk), {"reason": "x"}),
    ]
    for address, typed in tried:
        client.post(address, typed)
    for row in (review, booking, report, other, mine):
        row.refresh_from_db()
    assert (review.removed_at, booking.refund_cents) == (None, None)
    assert {report.state, other.state} == {"open"}
    assert mine.status == "in_review"
    assert report.reporter.email not in page(client, url("bookings_report_changelist"))
    assert LogEntry.objects.count() == 0
    form = page(client, url("profiles_sitterprofile_change", mine.pk))
    assert 'name="checks-0-what"' not in form
    assert 'name="_save"' not in form


# --- Files and the log ------------------------------------------------------------------------
def test_a_list_as_csv_is_what_is_shown_escaped_and_logged(client, clerk):
    for name in ("=1+1", "@SUM(A1)", "Ada, B."):
        make_owner(name=name)
    people = [person.pk for person in clerk.__class__.objects.exclude(pk=clerk.pk)]
    typed = {"action": "export_csv", "_selected_action": people}
    response = client.post(url("accounts_user_changelist"), typed)
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))

    assert rows[0][:2] == ["email", "name"]
    assert sorted(row[1] for row in rows[1:]) == ["'=1+1", "'@SUM(A1)", "Ada, B."]
    entry = LogEntry.objects.get()
    assert (entry.user, entry.change_message) == (clerk, "CSV file of 3 rows")


@pytest.mark.parametrize("name", lists())
def test_every_list_can_be_had_as_csv(client, clerk, name):
    both_review(make_in(Status.COMPLETED))
    make_report()
    LogEntry.objects.create(user=clerk, action_flag=2, object_repr="x")
    rows = client.get(url(name)).context["cl"].result_list
    typed = {"action": "export_csv", "_selected_action": [row.pk for row in rows]}
    response = client.post(url(name), typed)
    if rows:
        text = b"".join(response.streaming_content).decode()
        assert len(text.splitlines()) > len(rows)


def test_the_log_is_read_and_not_written(client, clerk):
    entry = LogEntry.objects.create(
        user=clerk, action_flag=2, object_repr="Biscuit", change_message="Looked at"
    )
    assert "Looked at" in page(client, url("admin_logentry_changelist"))
    assert client.post(url("admin_logentry_change", entry.pk), {}).status_code == 403
    assert client.post(url("admin_logentry_delete", entry.pk), {"post": "yes"}).status_code == 403


def test_the_group_is_enough_for_the_days_work_and_gives_no_more(client, clerk):
    call_command("staff_group")
    person = make_owner()
    assert (
        client.post(url("accounts_user_change", person.pk), {"email": "x@y.z"}).status_code == 403
    )
    assert client.get("/admin/auth/group/").status_code == 403
    assert client.get("/admin/mfa/authenticator/").status_code == 403
    assert client.get(url("profiles_sitterprofile_suspend", make_sitter().pk)).status_code == 200
