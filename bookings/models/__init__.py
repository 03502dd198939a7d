from .access import AccessView
from .bookings import Booking, BookingLine, BookingPet, BookingUnit
from .events import BookingEvent
from .exports import Export
from .favourites import Favourite
from .feeds import CalendarFeed
from .messages import Message, MessagePhoto, Thread
from .notices import Notice
from .pet_notes import PetNote
from .proposals import Proposal
from .report_cards import ReportCard, ReportPhoto
from .reports import Report
from .reviews import Review
from .series import RELEASED, Series, SeriesDate

__all__ = [
    "AccessView",
    "Booking",
    "BookingEvent",
    "BookingLine",
    "BookingPet",
    "BookingUnit",
    "CalendarFeed",
    "Favourite",
    "Export",
    "Message",
    "MessagePhoto",
    "Notice",
    "PetNote",
    "Proposal",
    "Report",
    "RELEASED",
    "Review",
    "ReportCard",
    "ReportPhoto",
    "Series",
    "SeriesDate",
    "Thread",
]
