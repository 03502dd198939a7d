"""Reports: what somebody wants our staff to look at."""

from django.db import transaction
from django.db.models import Model, Q
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.images import delete_photo
from accounts.models import User
from bookings.emails.account import message_removed, report_settled
from bookings.exceptions import NotAllowedNow
from bookings.models import Message, Report, Review
from bookings.services.notices import tell_person
from bookings.services.retry import in_transaction
from pawsitters import clock
from profiles.models import SitterProfile

About = Report.About


def subject_of(user: User, about: str, key: str) -> Model | None:
    """What `key` in an address stands for, if this person may see it; their own is not reported."""
    if about == About.PAGE:
        return SitterProfile.objects.published().exclude(user=user).filter(slug=key).first()
    if not key.isdecimal() or len(key) > 18:
        return None
    if about == About.MESSAGE:
        messages = Message.objects.visible_to(user).exclude(sender=user).select_related("thread")
        return messages.filter(pk=key).first()
    if about == About.REVIEW:
        # What owners say is public; what sitters say of an owner is that owner's to see as well.
        readable = Review.objects.visible().filter(Q(side=Review.Side.OWNER) | Q(about=user))
        reviews = readable.exclude(author=user).select_related("booking__sitter")
        return reviews.filter(pk=key).first()
    return None


def open_report(user: User, about: str, subject: Model) -> Report | None:
    return Report.objects.filter(open_key=Report.key_of(user.pk, about, subject.pk)).first()


@in_transaction
def report(*, reporter: User, about: str, subject: Model, reason: str, text: str) -> Report:
    """Put it into the queue of our staff; one open report of a person about one thing."""
    existing = open_report(reporter, about, subject)
    if existing:
        return existing
    return Report.objects.create(
        reporter=reporter,
        about=about,
        subject_id=subject.pk,
        reason=reason,
        text=text,
        created_at=clock.now(),
    )


@in_transaction
def settle_report(*, report: Report, by: User, state: str, outcome: str) -> Report:
    """Staff has looked: what was decided, which whoever reported it reads. Once for each report."""
    report = Report.objects.select_for_update().get(pk=report.pk)
    if report.state != Report.State.OPEN:
        raise NotAllowedNow(_("Somebody has settled this report already."))
    report.state, report.outcome = state, outcome
    report.handled_by, report.handled_at = by, clock.now()
    report.save(update_fields=["state", "outcome", "handled_by", "handled_at"])
    tell_person(
        report.reporter,
        report_settled(outcome),
        kind="report_settled",
        key=f"report:{report.pk}",
        path=reverse("bookings:notices"),
    )
    return report


@in_transaction
def remove_message(*, message: Message, by: User, reason: str) -> None:
    """Staff takes away what was written, with its pictures; both read why, in its place.

    The words themselves are kept in the log of our staff alone. Raise NotAllowedNow for others.
    """
    if not by.is_staff:
        raise NotAllowedNow(_("Only our staff can remove a message."))
    message = Message.objects.select_for_update().get(pk=message.pk)
    files = list(message.photos.values_list("image", flat=True))
    message.photos.all().delete()
    message.text = _("(Removed by our staff: %(reason)s)") % {"reason": reason}
    message.save(update_fields=["text"])
    tell_person(
        message.sender,
        message_removed(reason),
        kind="message_removed",
        key=f"message_removed:{message.pk}",
        path=reverse("bookings:notices"),
    )
    transaction.on_commit(lambda: [delete_photo(name) for name in files])
