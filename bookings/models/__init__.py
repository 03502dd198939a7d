from .bookings import Booking, BookingLine, BookingPet, BookingUnit
from .events import BookingEvent
from .notices import Notice

__all__ = ["Booking", "BookingEvent", "BookingLine", "BookingPet", "BookingUnit", "Notice"]
