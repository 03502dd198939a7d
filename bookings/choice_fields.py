"""Reads single typed texts of a choice: None means that it cannot be read, never an exception."""

import re
from collections.abc import Mapping
from datetime import date, time
from functools import lru_cache

MAX_TEXT = 100
MAX_REPEATS = 30
TIME = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})(?::[0-9]{2})?", re.ASCII)
DAY_FIRST = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})\.([0-9]{4})", re.ASCII)


def text_of(params: Mapping, name: str) -> str:
    """One parameter, trimmed and cut to a length no honest value reaches; "" without it."""
    value = params.get(name, "")
    if isinstance(value, list | tuple):
        value = value[-1] if value else ""
    return str(value).strip()[:MAX_TEXT]


def texts_of(params: Mapping, name: str) -> list[str]:
    """All values of a repeated parameter, blanks left out; a single text is split at spaces."""
    if hasattr(params, "getlist"):
        values = params.getlist(name)
    else:
        values = params.get(name, [])
        values = [values] if isinstance(values, str) else values
    words = [word[:MAX_TEXT] for value in values[:MAX_REPEATS] for word in str(value)[:400].split()]
    return words[:MAX_REPEATS]


@lru_cache(maxsize=2048)
def read_date(text: str) -> date | None:
    """An ISO date; also "23.12.2027", which people type where there is no date picker."""
    match = DAY_FIRST.fullmatch(text)
    try:
        if match:
            return date(int(match[3]), int(match[2]), int(match[1]))
        return date.fromisoformat(text)
    except ValueError:
        return None


@lru_cache(maxsize=2048)
def read_time(text: str) -> time | None:
    """A time of day such as "8:30" or "08:30:00"; seconds are dropped."""
    match = TIME.fullmatch(text)
    try:
        return time(int(match[1]), int(match[2])) if match else None
    except ValueError:
        return None


def read_number(text: str) -> int | None:
    """A whole number ≥ 0 in at most nine plain digits."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 9 else None


def read_count(text: str) -> int | None:
    """As `read_number`, with nothing typed meaning 0."""
    return read_number(text) if text else 0
