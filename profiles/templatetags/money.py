"""{% load money %}: filters over profiles.money. An empty amount stays empty."""

from django import template

from profiles.money import amount, percent, plain_amount, short_amount

register = template.Library()


@register.filter
def money(cents: int | None, currency: str | None = None) -> str:
    """{{ 32025|money }} gives €320.25; {{ cents|money:booking.currency }} names the currency."""
    return "" if cents in (None, "") else amount(cents, currency)


@register.filter
def money_plain(cents: int | None, currency: str | None = None) -> str:
    """{{ 32025|money_plain }} gives 320.25."""
    return "" if cents in (None, "") else plain_amount(cents, currency)


@register.filter
def money_short(cents: int | None, currency: str | None = None) -> str:
    """{{ 3800|money_short }} gives €38, {{ 3850|money_short }} gives €38.50."""
    return "" if cents in (None, "") else short_amount(cents, currency)


@register.filter
def percent_bps(bps: int | None) -> str:
    """{{ 500|percent_bps }} gives 5 %."""
    return "" if bps in (None, "") else percent(bps)
