"""Search: one clustered table of what sitters offer, and how it is kept true (docs/adr/0003)."""

from . import score
from .engine import find_everybody, find_sitters, score_of, with_cards
from .nearby import Nearby, find_nearby
from .query import Found, Results, SearchQuery, Sort
from .upkeep import (
    rebuild_search,
    refresh_search,
    roll_forward,
    sitters_with_wrong_bits,
    update_busy,
)

__all__ = [
    "Found",
    "Nearby",
    "Results",
    "SearchQuery",
    "Sort",
    "find_everybody",
    "find_nearby",
    "find_sitters",
    "rebuild_search",
    "refresh_search",
    "roll_forward",
    "score",
    "score_of",
    "sitters_with_wrong_bits",
    "update_busy",
    "with_cards",
]
