"""What people are told: `transitions` for what becomes of a booking, a module for each other subject."""

from .message import Message, date_list, facts, message, moment, pet_names

__all__ = ["Message", "date_list", "facts", "message", "moment", "pet_names"]
