"""Everything that is exported, and what is not, with the reason. A test walks all models.

A new model with a way to a person belongs into one of the two.
"""

from bookings.services.export.agreements import BOOKINGS, LETTERS, REVIEWS
from bookings.services.export.person import HOUSEHOLD, PERSON, SITTING

KINDS = (*PERSON, *HOUSEHOLD, *SITTING, *BOOKINGS, *LETTERS, *REVIEWS)

NOT_EXPORTED = {
    "profiles.BusyQuarter": "hours of an outside calendar, read anew every four hours",
    "profiles.Seat": "the places that a booking's units hold, counted once more",
    "account.EmailConfirmation": "keys of links in mails, which must stay secret",
    "admin.LogEntry": "what our staff did, under the staff's names",
}
