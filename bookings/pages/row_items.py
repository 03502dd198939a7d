"""The rows of lists and dashboards, written here because twenty of them make a page.

Everything goes through `escape`, words of our own too; a row takes about 20 µs.
"""

from collections.abc import Iterable
from html import escape

from django.utils.safestring import SafeString, mark_safe

from accounts.templatetags.ui import booking_status, service_label, status
from bookings.pages.rows import Row
from bookings.pages.said import said as _


def row_item(row: Row, button: str = "") -> str:
    """A list item; `button` is HTML behind the state, see `button_of`."""
    month, day, weekday = (escape(part) for part in row.leaf)
    who = f"<span>{escape(row.who)}</span> " if row.who else ""
    note = f'<p class="muted small mb-0 mt-1">{escape(row.note)}</p>' if row.note else ""
    return (
        f'<li class="line-item"><time class="leaf" datetime="{row.starts_on.isoformat()}">'
        f"<span>{month}</span><b>{day}</b><span>{weekday}</span></time>\n"
        f'  <div><h3 class="mb-1"><a href="{escape(row.url)}">{escape(row.title)}</a></h3>'
        f'<p class="cluster small mb-0">{service_label(row.kind)} {who}'
        f'<span>{escape(row.when)}</span> <span class="price">{escape(row.price)}</span></p>'
        f'{note}</div>\n  <div class="cluster">{_state(row)}{button}</div></li>'
    )


def row_items(rows: Iterable[Row]) -> SafeString:
    return mark_safe("".join([row_item(row) for row in rows]))


def button_of(row: Row, label: str, url: str, csrf_field: SafeString) -> str:
    """The one thing that can be done about a row now: a button that posts."""
    return (
        f'<form method="post" action="{escape(url)}">{csrf_field}'
        f'<button type="submit" class="btn btn-sm btn-outline-secondary">{escape(label)}'
        f'<span class="visually-hidden">: {escape(row.title)}</span></button></form>'
    )


def _state(row: Row) -> SafeString:
    if row.is_flagged:
        return status("warn", "exclamation-triangle-fill", _("Not settled"))
    return booking_status(row.status)
