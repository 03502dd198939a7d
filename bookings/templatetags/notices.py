"""{% load notices %}: how many notices wait for the person who looks at the page."""

from django import template

from bookings.models import Notice

register = template.Library()


@register.simple_tag
def unread_count(user) -> int:
    """One statement for a signed-in person, none for a visitor. Use it once per page, with `as`."""
    if not user.is_authenticated:
        return 0
    return Notice.objects.visible_to(user).unread().count()
