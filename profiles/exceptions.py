"""The refusals that a profile service may raise; `str(error)` is a sentence for people."""


class NotPossibleNow(Exception):
    """The sitter's page is not in a state, or not complete enough, for this."""
