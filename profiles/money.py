"""Money as people read it. Amounts are integer minor units; no float takes part."""

from django.conf import settings

SIGNS = {"EUR": "€", "GBP": "£", "USD": "$", "CAD": "CA$", "AUD": "A$", "CHF": "CHF\u00a0"}
# ISO 4217, minor units other than 2.
MINOR_DIGITS = {"JPY": 0, "ISK": 0, "KRW": 0, "CLP": 0, "KWD": 3, "BHD": 3, "TND": 3}


def plain_amount(cents: int, currency: str | None = None) -> str:
    """32025 becomes "320.25", 123450 becomes "1,234.50": for columns under one sign."""
    digits = MINOR_DIGITS.get(currency or settings.CURRENCY, 2)
    sign = "−" if cents < 0 else ""
    whole, rest = divmod(abs(int(cents)), 10**digits)
    return f"{sign}{whole:,}.{rest:0{digits}d}" if digits else f"{sign}{whole:,}"


def amount(cents: int, currency: str | None = None) -> str:
    """32025 becomes "€320.25"; a currency without a sign of its own keeps its code."""
    currency = currency or settings.CURRENCY
    sign = SIGNS.get(currency, f"{currency}\u00a0")
    text = plain_amount(abs(cents), currency)
    return f"−{sign}{text}" if cents < 0 else f"{sign}{text}"


def short_amount(cents: int, currency: str | None = None) -> str:
    """Like `amount`, without empty cents: 3800 becomes "€38". For "from" prices."""
    text = amount(cents, currency)
    return text.removesuffix(".00")


def percent(bps: int) -> str:
    """Basis points as a percentage: 500 becomes "5 %", 1250 becomes "12.5 %"."""
    whole, rest = divmod(bps, 100)
    text = f"{whole}.{rest:02d}".rstrip("0").rstrip(".")
    return f"{text}\u00a0%"
