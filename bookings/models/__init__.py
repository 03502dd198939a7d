from .bookings import Booking, BookingLine, BookingPet, BookingUnit
from .events import BookingEvent
from .messages import Message, MessagePhoto, Thread
from .notices import Notice
from .reports import Report

__all__ = [
    "Booking",
    "BookingEvent",
    "BookingLine",
    "BookingPet",
    "BookingUnit",
    "Message",
    "MessagePhoto",
    "Notice",
    "Report",
    "Thread",
]
