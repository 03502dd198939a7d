"""What a sitter is told about their page. Sent after the commit; a failing server stops nothing."""

import logging

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _

from profiles.models import SitterProfile

logger = logging.getLogger(__name__)


def page_approved(sitter: SitterProfile) -> None:
    _tell(
        sitter,
        _("Your page is published"),
        [_("We have looked at your page, and owners can find it now."), _calendar_line()],
        _("See your page"),
        sitter.get_absolute_url(),
    )


def page_rejected(sitter: SitterProfile) -> None:
    _tell(
        sitter,
        _("Your page needs a change before it can be published"),
        [
            _("We have looked at your page and ask you to change this:"),
            sitter.status_reason,
            _("Send it again when you are ready. Nothing you wrote is lost."),
        ],
        _("Change your page"),
        reverse("profiles:sitting_page"),
    )


def page_suspended(sitter: SitterProfile) -> None:
    _tell(
        sitter,
        _("Your page is suspended"),
        [
            _("Our staff has closed your page. Nobody can find or ask you. The reason:"),
            sitter.status_reason,
            _("Bookings that are agreed still stand. Answer this mail if you see it differently."),
        ],
        _("See your page"),
        reverse("profiles:sitting_page"),
    )


def page_reinstated(sitter: SitterProfile) -> None:
    _tell(
        sitter,
        _("Your page is yours again"),
        [_("Your page is no longer suspended. Open it when your calendar is right.")],
        _("See your page"),
        reverse("profiles:sitting_page"),
    )


def _calendar_line() -> str:
    return _("Keep your calendar right: the date on which you last confirmed it is shown.")


def _tell(
    sitter: SitterProfile, subject: str, paragraphs: list[str], action: str, path: str
) -> None:
    context = {
        "subject": subject,
        "name": sitter.user.get_short_name() if sitter.user.name else "",
        "text": "\n\n".join(paragraphs),
        "paragraphs": paragraphs,
        "action": action,
        "url": settings.SITE_URL + path,
        "site_url": settings.SITE_URL,
    }
    mail = EmailMultiAlternatives(
        subject, render_to_string("emails/notice.txt", context), to=[sitter.user.email]
    )
    mail.attach_alternative(render_to_string("emails/notice.html", context), "text/html")
    transaction.on_commit(lambda: _send(mail))


def _send(mail: EmailMultiAlternatives) -> None:
    try:
        mail.send()
    except Exception:  # a mail server may fail in any way; the page itself says the same
        logger.exception("A mail about a sitter's page was not sent")
