"""The states of a sitter's page, and our staff's part in them."""

from datetime import UTC, datetime

import pytest
from allauth.account.models import EmailAddress
from django.contrib.admin.models import LogEntry
from django.core import mail
from django.urls import reverse

from accounts.tests.factories import make_user
from pawsitters import clock
from profiles.exceptions import NotPossibleNow
from profiles.models import SitterPhoto, SitterProfile
from profiles.services import publishing
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_sitter

pytestmark = pytest.mark.django_db
Status = SitterProfile.Status
NOW = datetime(2027, 6, 1, 9, tzinfo=UTC)
TICKED = {
    "decision": "approve",
    "photos": "on",
    "contacts": "on",
    "tone": "on",
    "prices": "on",
    "identity": "on",
    "identity_until": "2029-05-01",
}


@pytest.fixture(autouse=True)
def _now():
    with clock.at(NOW):
        yield


def make_complete(status=Status.DRAFT, **fields) -> SitterProfile:
    """A page with everything that publishing asks for."""
    values = {
        "about": "I work from home and walk three times a day along the canal. " * 2,
        "payment_note": "Bank transfer on the first day",
        "published_at": None,
        **fields,
    }
    sitter = make_sitter(status=status, **values)
    SitterPhoto.objects.create(sitter=sitter, scene="scene-garden", caption="The garden")
    user = sitter.user
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    sitter_changed(sitter)
    return sitter


@pytest.fixture
def staff(client):
    person = make_user(name="Sam", is_staff=True, is_superuser=True)
    client.force_login(person)
    return client


def status_of(sitter) -> str:
    return SitterProfile.objects.get(pk=sitter.pk).status


def review(sitter) -> str:
    return reverse("admin:profiles_sitterprofile_review", args=[sitter.pk])


# --- The sitter's side --------------------------------------------------------------------------
def test_a_complete_page_is_sent_to_be_checked(client):
    sitter = make_complete()
    client.force_login(sitter.user)
    assert "Everything is there." in client.get("/sitting/page/").content.decode()
    client.post("/sitting/page/submit/")
    sitter.refresh_from_db()
    assert (sitter.status, sitter.submitted_at) == ("in_review", NOW)


@pytest.mark.parametrize(
    ("take_away", "sentence"),
    [
        (lambda sitter: EmailAddress.objects.update(verified=False), "Confirm your e-mail"),
        (lambda sitter: sitter.photos.all().delete(), "at least one photo"),
        (lambda sitter: sitter.services.update(is_active=False), "at least one kind of care"),
        (lambda sitter: sitter.services.get().rates.all().delete(), "at least one kind of care"),
        (
            lambda sitter: sitter.services.get().rates.filter(species="cat").delete(),
            "some animals that you take have no price",
        ),
        (lambda sitter: SitterProfile.objects.update(headline=""), "Write a headline."),
        (lambda sitter: SitterProfile.objects.update(about="Hi"), "Tell a little more"),
        (lambda sitter: SitterProfile.objects.update(town=None), "Say where you are."),
        (lambda sitter: SitterProfile.objects.update(payment_note=""), "how and when you take"),
    ],
)
def test_what_is_missing_is_said_and_keeps_it_a_draft(client, take_away, sentence):
    sitter = make_complete()
    take_away(sitter)
    client.force_login(sitter.user)
    page = client.get("/sitting/page/").content.decode()
    assert "One thing is missing before you can publish:" in page
    assert sentence in page
    answer = client.post("/sitting/page/submit/", follow=True).content.decode()
    assert sentence in answer
    assert status_of(sitter) == Status.DRAFT


def test_pausing_and_resuming(client):
    sitter = make_complete(Status.PUBLISHED)
    client.force_login(sitter.user)
    client.post("/sitting/page/pause/")
    assert status_of(sitter) == Status.PAUSED
    client.post("/sitting/page/resume/")
    assert status_of(sitter) == Status.PUBLISHED


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        (publishing.submit_for_review, {Status.DRAFT, Status.REJECTED}),
        (publishing.pause, {Status.PUBLISHED}),
        (publishing.resume, {Status.PAUSED}),
        (publishing.reinstate, {Status.SUSPENDED}),
    ],
)
@pytest.mark.parametrize("status", list(Status))
def test_every_other_step_is_refused(status, change, allowed):
    sitter = make_complete(status)
    if status in allowed:
        change(sitter=sitter)
        assert status_of(sitter) != status
        return
    with pytest.raises(NotPossibleNow, match="not possible while the page is"):
        change(sitter=sitter)
    assert status_of(sitter) == status


def test_publishing_takes_a_post_and_a_page(client):
    sitter = make_complete()
    client.force_login(sitter.user)
    assert client.get("/sitting/page/submit/").status_code == 405
    assert client.post("/sitting/page/approve/").status_code == 404
    client.force_login(make_user())
    assert client.post("/sitting/page/submit/").url == "/sitting/start/"
    assert status_of(sitter) == Status.DRAFT


# --- Staff --------------------------------------------------------------------------------------
def test_the_queue_shows_the_longest_waiting_first(staff):
    make_sitter()
    late = make_complete(Status.IN_REVIEW, submitted_at=datetime(2027, 5, 3, tzinfo=UTC))
    early = make_complete(Status.IN_REVIEW, submitted_at=datetime(2027, 5, 1, tzinfo=UTC))
    page = staff.get(reverse("admin:profiles_sitterprofile_changelist"))
    assert list(page.context["cl"].result_list)[:2] == [early, late]


def test_approving_publishes_writes_the_check_the_log_and_the_mail(
    staff, django_capture_on_commit_callbacks
):
    sitter = make_complete(Status.IN_REVIEW)
    html = staff.get(review(sitter)).content.decode()
    assert "walk three times a day" in html
    assert "Dog: €40.00, each further €20.00" in html
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(review(sitter), TICKED)
    sitter.refresh_from_db()
    assert (sitter.status, sitter.published_at) == (Status.PUBLISHED, NOW)
    assert sitter.snapshot["checks"] == [
        ["identity", "Identity", "checked by our staff", "2029-05-01"]
    ]
    assert "Approved" in LogEntry.objects.get().change_message
    assert mail.outbox[0].to == [sitter.user.email]
    assert mail.outbox[0].subject == "Your page is published"


@pytest.mark.parametrize("left_out", [key for key in TICKED if key != "decision"])
def test_nothing_is_approved_with_a_line_of_the_checklist_open(staff, left_out):
    sitter = make_complete(Status.IN_REVIEW)
    page = staff.post(review(sitter), {k: v for k, v in TICKED.items() if k != left_out})
    assert page.context["approve"].errors
    assert status_of(sitter) == Status.IN_REVIEW
    assert not LogEntry.objects.exists()


def test_an_identity_check_that_has_run_out_is_refused(staff):
    sitter = make_complete(Status.IN_REVIEW)
    page = staff.post(review(sitter), {**TICKED, "identity_until": "2027-05-31"})
    assert "This document has run out." in page.content.decode()
    assert status_of(sitter) == Status.IN_REVIEW


def test_refusing_needs_a_reason_which_the_sitter_reads_and_may_apply_again(
    staff, client, django_capture_on_commit_callbacks
):
    sitter = make_complete(Status.IN_REVIEW)
    page = staff.post(review(sitter), {"decision": "refuse", "reason": " "})
    assert "Say why" in page.content.decode()
    assert status_of(sitter) == Status.IN_REVIEW
    with django_capture_on_commit_callbacks(execute=True):
        staff.post(review(sitter), {"decision": "refuse", "reason": "The photo shows a <child>."})
    assert "The photo shows a <child>." in mail.outbox[0].body
    client.force_login(sitter.user)
    assert "The photo shows a &lt;child&gt;." in client.get("/sitting/page/").content.decode()
    client.post("/sitting/page/submit/")
    assert status_of(sitter) == Status.IN_REVIEW


def test_suspending_closes_the_page_and_giving_it_back_pauses_it(staff, client):
    sitter = make_complete(Status.PUBLISHED, published_at=NOW)
    url = reverse("admin:profiles_sitterprofile_suspend", args=[sitter.pk])
    assert staff.get(url).status_code == 200
    staff.post(url, {"reason": "Two complaints"})
    assert status_of(sitter) == Status.SUSPENDED
    assert client.get(sitter.get_absolute_url()).status_code == 404
    back = reverse("admin:profiles_sitterprofile_reinstate", args=[sitter.pk])
    staff.post(back, {"reason": "They were mistaken"})
    assert status_of(sitter) == Status.PAUSED
    assert LogEntry.objects.count() == 2


def test_a_decision_that_is_no_longer_possible_is_said_and_not_logged(staff):
    sitter = make_complete(Status.PUBLISHED)
    answer = staff.post(review(sitter), TICKED, follow=True).content.decode()
    assert "not possible while the page is: published" in answer
    assert not LogEntry.objects.exists()


def test_staff_add_a_check_under_their_own_name(staff):
    sitter = make_complete(Status.PUBLISHED)
    url = reverse("admin:profiles_sitterprofile_change", args=[sitter.pk])
    assert staff.get(url).status_code == 200
    staff.post(
        url,
        {
            "checks-TOTAL_FORMS": "1",
            "checks-INITIAL_FORMS": "0",
            "checks-0-what": "first_aid",
            "checks-0-how": "certificate seen",
            "checks-0-checked_on": "2027-06-01",
            "checks-0-expires_on": "2029-06-01",
            "status": "suspended",
        },
    )
    sitter.refresh_from_db()
    assert sitter.checks.get().checked_by.name == "Sam"
    assert sitter.snapshot["checks"][0][0] == "first_aid"
    assert sitter.status == Status.PUBLISHED


@pytest.mark.parametrize("name", ["review", "suspend", "reinstate"])
def test_only_staff_may_decide(client, name):
    sitter = make_complete(Status.IN_REVIEW)
    client.force_login(sitter.user)
    url = reverse(f"admin:profiles_sitterprofile_{name}", args=[sitter.pk])
    assert client.get(url).status_code in (302, 403)
    client.post(url, {**TICKED, "reason": "x"})
    assert status_of(sitter) == Status.IN_REVIEW
    client.force_login(make_user(is_staff=True))  # staff without the permission
    assert client.post(url, {**TICKED, "reason": "x"}).status_code == 403
    assert status_of(sitter) == Status.IN_REVIEW


@pytest.mark.parametrize("model", ["town", "pet", "sitterprofile"])
def test_lists_for_staff_open(staff, model):
    make_complete()
    assert staff.get(reverse(f"admin:profiles_{model}_changelist")).status_code == 200


def test_people_are_found_and_added_by_staff(staff):
    url = reverse("admin:accounts_user_add")
    assert staff.get(url).status_code == 200
    staff.post(
        url,
        {
            "email": "New@Example.org",
            "name": "New",
            "usable_password": "true",
            "password1": "long-enough-word",
            "password2": "long-enough-word",
        },
    )
    page = staff.get(reverse("admin:accounts_user_changelist"), {"q": "new@example.org"})
    assert [user.name for user in page.context["cl"].result_list] == ["New"]
