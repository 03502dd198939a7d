"""{% load notices %}: how many notices wait for the person who looks at the page."""

from django import template

from bookings.models import Notice

register = template.Library()


@register.simple_tag
def unread_count(user) -> int:
    """At most one statement for a signed-in person, none for a visitor. Once per page, with `as`.

    Views that have counted already (`querysets.with_unread`) leave the number on the person.
    """
    if not user.is_authenticated:
        return 0
    if hasattr(user, "unread_notices"):
        return user.unread_notices
    return Notice.objects.visible_to(user).unread().count()
