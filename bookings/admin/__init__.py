"""What our staff sees and decides, a module for each subject."""

from . import bookings, log, notices, people, reports

__all__ = ["bookings", "log", "notices", "people", "reports"]
