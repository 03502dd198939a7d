"""What django-allauth asks us: where people go next, what a new account holds, how mail leaves."""

import logging
from datetime import timedelta
from smtplib import SMTPException
from urllib.parse import urlencode, urlsplit

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.utils import get_next_redirect_url
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts import known_browsers
from accounts.models import Closing
from accounts.proof import is_proof_recent
from accounts.redirects import is_ours
from accounts.text import one_line

logger = logging.getLogger(__name__)


class AccountAdapter(DefaultAccountAdapter):
    error_messages = DefaultAccountAdapter.error_messages | {
        "account_inactive": _("This account is closed."),
        "duplicate_email": _("This is already your address."),
        "email_password_mismatch": _("This e-mail and this password do not belong together."),
        "email_taken": _("This address cannot be used."),
        "enter_current_password": _("This is not your present password."),
        "incorrect_password": _("This is not your password."),
        "invalid_password_reset": _("This link has been used or is too old."),
        "too_many_login_attempts": _(
            "Too many wrong passwords. Wait 5 minutes and try again, or set a new password."
        ),
        "rate_limited": _("That was too often. Wait a minute and try again."),
    }

    def is_safe_url(self, url: str) -> bool:
        return is_ours(self.request, url)

    def is_reauthentication_required(self, *, app: str, **kwargs) -> bool:
        """One rule for allauth's pages and ours (accounts/decorators.py)."""
        required = super().is_reauthentication_required(app=app, **kwargs)
        return required and not is_proof_recent(self.request)

    def save_user(self, request, user, form, commit=True):
        user.name = one_line(form.cleaned_data.get("name", ""))
        return super().save_user(request, user, form, commit)

    def post_login(self, request, user, **kwargs):
        """Whoever logs in while the account is about to close is asked whether it should.

        A browser that has not been theirs before is told by mail; not on an account's first day.
        """
        response = super().post_login(request, user, **kwargs)
        if Closing.objects.filter(user=user, closed_at=None).exists():
            response = redirect("/settings/close/")
        is_new_here = timezone.now() - user.date_joined < timedelta(days=1)
        if not is_new_here and not known_browsers.is_known(request, user):
            self.send_notification_mail("account/email/new_browser", user)
        known_browsers.remember(request, user, response)
        return response

    def respond_user_inactive(self, request, user):
        """Comes after the right password, so the person may read why it does not let them in."""
        suspension = user.suspensions.filter(ended_at=None).first()
        return render(request, "account/account_inactive.html", {"suspension": suspension})

    def get_email_confirmation_url(self, request, emailconfirmation):
        """The link in the mail, with the page that the person was on their way to.

        The mail may be opened in another browser, where the session knows nothing of it.
        """
        url = super().get_email_confirmation_url(request, emailconfirmation)
        onward = get_next_redirect_url(request)
        return f"{url}?{urlencode({'next': onward})}" if onward else url

    def send_mail(self, template_prefix, email, context):
        """Send, or say that it did not work: the account itself is saved already."""
        links = {name: on_our_site(url) for name, url in context.items() if name.endswith("_url")}
        try:
            super().send_mail(
                template_prefix, email, {**context, **links, "site_url": settings.SITE_URL}
            )
        except (OSError, SMTPException):
            logger.exception("Could not send %s", template_prefix)
            messages.error(
                self.request,
                _("We could not send a mail just now. Log in again in a few minutes for another."),
            )


def on_our_site(url: str) -> str:
    """The same page at the address from the settings.

    Whoever asks for a mail chooses the Host header, its port at least, and must not choose where
    a link that sets a new password leads the person who gets the mail.
    """
    parts = urlsplit(url)
    return settings.SITE_URL + parts._replace(scheme="", netloc="").geturl()
