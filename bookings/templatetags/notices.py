"""{% load notices %}: what waits for the person who looks at the page."""

from dataclasses import dataclass

from django import template

from accounts.models import User
from bookings.querysets import remember_unread, with_unread

register = template.Library()


@dataclass(frozen=True)
class Unread:
    notices: int = 0
    threads: int = 0

    @property
    def all(self) -> int:
        return self.notices + self.threads


@register.simple_tag
def unread_counts(user) -> Unread:
    """At most one statement for a signed-in person, none for a visitor. Once per page, with `as`.

    Views that have counted already (`querysets.with_unread`) leave the number on the person.
    """
    if not user.is_authenticated:
        return Unread()
    if not hasattr(user, "unread_notices"):
        rows = with_unread(User.objects.filter(pk=user.pk), user)
        remember_unread(user, *rows.values_list("unread", "unread_threads").get())
    return Unread(user.unread_notices, user.unread_threads)
