"""Closing an account: asked for, 14 days to change one's mind, then nothing personal is left."""

from .asking import ask_to_close, keep_account, obstacles, remind_closing, series_in_the_way
from .erasing import close_account, close_due

__all__ = [
    "ask_to_close",
    "close_account",
    "close_due",
    "keep_account",
    "obstacles",
    "remind_closing",
    "series_in_the_way",
]
