"""Which mails a person may switch off. The in-app entry is always written."""

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from accounts.models import User


@dataclass(frozen=True)
class Choice:
    """`kinds` are values of `Notice.kind`; `name` is what `User.unwanted_mails` keeps."""

    name: str
    label: str
    kinds: frozenset[str]


# Requests, answers, changes, cancellations and everything about the account are always mailed.
CHOICES = (
    Choice("messages", _("Somebody wrote to me"), frozenset({"message"})),
    Choice(
        "care",
        _("Care has begun, report cards"),
        frozenset({"checked_in", "visit_begun", "report_card", "care_ticked"}),
    ),
    Choice("reviews", _("Reviews and reminders to review"), frozenset({"review", "review_due"})),
    Choice("searches", _("A new sitter fits a saved search"), frozenset({"saved_search"})),
)


def wants_mail(person: User, kind: str) -> bool:
    return not person.is_closed and not any(
        kind in choice.kinds and choice.name in person.unwanted_mails for choice in CHOICES
    )
