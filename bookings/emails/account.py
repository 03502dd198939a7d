"""What people are told about their own account: their data, and closing it."""

from datetime import datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from bookings.emails import Message


def export_ready(until: datetime) -> Message:
    return Message(
        _("Your data is ready"),
        _(
            "The ZIP with everything of yours is made. Log in to fetch it until %(date)s; then it"
            " is erased.\n\nIf you did not ask for it, change your password."
        )
        % {"date": date_format(until, "j F")},
        _("Fetch it"),
    )


def export_failed() -> Message:
    return Message(
        _("Your data could not be collected"),
        _(
            "We tried three times to make the ZIP that you asked for, and it did not work. Our"
            " staff can see that. You may ask again at any time."
        ),
        _("Try again"),
    )


def closing_begun(closes_at: datetime) -> Message:
    return Message(
        _("Your account closes on %(date)s") % _date(closes_at),
        _(
            "You asked us to close your account, and we are sorry to see you go. You are logged"
            " out, and nobody can find or ask you any more.\n\nOn %(date)s everything personal is"
            " erased, and that cannot be undone. Until then you can change your mind: log in and"
            " keep the account.\n\nIf it was not you, log in now, keep the account and change your"
            " password."
        )
        % _date(closes_at),
        _("Keep my account"),
    )


def closing_soon(closes_at: datetime) -> Message:
    return Message(
        _("In three days your account closes"),
        _(
            "On %(date)s we erase everything personal, as you asked. It cannot be undone"
            " afterwards.\n\nLog in before then to keep the account, or to fetch your data."
        )
        % _date(closes_at),
        _("Keep my account"),
    )


def closing_taken_back() -> Message:
    return Message(
        _("Your account stays"),
        _("You have taken back that it should close. Everything is as it was."),
        _("See your account"),
    )


def _date(moment: datetime) -> dict[str, str]:
    return {"date": date_format(moment, "j F Y")}


def suspended(reason: str) -> Message:
    return Message(
        _("Your account is suspended"),
        _(
            "Our staff has suspended your account. You cannot log in, and nobody can find or ask"
            " you. The reason:\n\n%(reason)s\n\nWhat is agreed still stands, unless our staff"
            " cancels it. Answer this mail if you see it differently."
        )
        % {"reason": reason},
        _("Read it on the site"),
    )


def let_in_again() -> Message:
    return Message(
        _("Your account is yours again"),
        _("It is no longer suspended. You can log in, and everything is as you left it."),
        _("Log in"),
    )


def report_settled(outcome: str) -> Message:
    return Message(
        _("We have looked at your report"),
        _("Thank you for telling us. What our staff decided:\n\n%(outcome)s")
        % {"outcome": outcome},
        _("See what we told you"),
    )


def message_removed(reason: str) -> Message:
    return Message(
        _("Our staff has removed a message of yours"),
        _("Somebody reported it, and we have looked at it. The reason:\n\n%(reason)s")
        % {"reason": reason},
        _("See what we told you"),
    )
