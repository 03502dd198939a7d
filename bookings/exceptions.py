"""The refusals that a booking service may raise; `str(error)` is a sentence for people."""


class BookingError(Exception):
    """Base of all refusals: something a person asked for cannot be done, and why."""


class NoRate(BookingError):
    """The sitter has no price for one of these animals at this length of visit."""


class NothingToPrice(BookingError):
    """No animal or no date was chosen."""
