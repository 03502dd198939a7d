"""The refusals that a booking service may raise; `str(error)` is a sentence for people."""

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _


class BookingError(Exception):
    """Base of all refusals: something a person asked for cannot be done, and why."""


class NoRate(BookingError):
    """The sitter has no price for one of these animals at this length of visit."""


class NothingToPrice(BookingError):
    """No animal or no date was chosen."""


class RequestRefused(BookingError):
    """A request breaks a rule. `errors` maps a field of the form to its sentence."""

    def __init__(self, errors: dict[str, str]):
        self.errors = errors
        super().__init__(" ".join(dict.fromkeys(errors.values())))


class MessageRefused(BookingError):
    """A message may not be sent like this; `str(error)` stands beside the text."""


class PriceChanged(BookingError):
    """The price went up since the quote was shown; it has to be agreed again."""

    def __init__(self, shown_cents: int, total_cents: int):
        self.shown_cents, self.total_cents = shown_cents, total_cents
        super().__init__(_("The price has changed meanwhile. Please look at it again."))


class DatesTaken(BookingError):
    """The sitter has no room left on these dates."""

    def __init__(self, dates: Sequence[date]):
        self.dates = list(dates)
        super().__init__(_("Those dates have just been taken. Nothing was charged."))


class NotAllowedNow(BookingError):
    """The booking's present state does not allow this."""


class RefundChanged(BookingError):
    """The refund is no longer the one that was shown; nothing was cancelled."""

    def __init__(self):
        super().__init__(
            _("What you get back has changed since you looked. Nothing was cancelled; look again.")
        )


class PlacesHeld(BookingError):
    """Fewer places than confirmed bookings hold. `bookings` are the ones in the way."""

    def __init__(self, bookings):
        self.bookings = list(bookings)
        super().__init__(_("Confirmed bookings hold more places than that on some dates."))


class TooManySearches(BookingError):
    """A person has saved as many searches as one may."""

    def __init__(self, most: int):
        super().__init__(
            _("You have saved %(most)d searches, which is the most. Delete one first.")
            % {"most": most}
        )


class TooManyCalendars(BookingError):
    """A sitter has as many calendars from elsewhere as one may."""

    def __init__(self, most: int):
        super().__init__(
            _("You have %(most)d calendars, which is the most. Remove one first.") % {"most": most}
        )


class TryAgain(BookingError):
    """The change met others again and again; nothing was changed."""

    def __init__(self):
        super().__init__(_("Many people are asking at this moment. Please try again."))


class StillAgreed(BookingError):
    """An account cannot be closed while something is confirmed, runs, or goes on every week."""

    def __init__(self):
        super().__init__(_("There are bookings that you have agreed on. End or cancel them first."))
