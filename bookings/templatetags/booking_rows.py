"""{% load booking_rows %}: bookings as rows, see bookings.pages.row_items."""

from collections.abc import Iterable

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from bookings.pages.row_items import button_of, row_item, row_items
from bookings.pages.rows import Row
from bookings.pages.sitting import Task

register = template.Library()


@register.simple_tag
def booking_rows(rows: Iterable[Row]) -> SafeString:
    return row_items(rows)


@register.simple_tag(takes_context=True)
def booking_tasks(context, tasks: Iterable[Task]) -> SafeString:
    """Rows with a button where something can be done now."""
    token = context.get("csrf_token", "")
    field = format_html('<input type="hidden" name="csrfmiddlewaretoken" value="{}">', token)
    items = [
        row_item(task.row, button_of(task.row, task.label, task.url, field) if task.label else "")
        for task in tasks
    ]
    return mark_safe("".join(items))
