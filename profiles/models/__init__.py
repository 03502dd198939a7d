from .calendar import CalendarException, Seat, SitterCapacity, WeekdayHours
from .homes import Home, HomeAccess
from .outside_calendars import BusyQuarter, OutsideCalendar
from .pets import Pet, Vaccination
from .places import Town, TownName, TownPrefix
from .saved_searches import SavedSearch
from .search import SearchCard, SearchRow
from .services import AddOn, LongStayTier, Rate, Service, SitterHoliday
from .sitters import Check, SitterPhoto, SitterProfile

__all__ = [
    "AddOn",
    "BusyQuarter",
    "CalendarException",
    "Check",
    "Home",
    "HomeAccess",
    "LongStayTier",
    "OutsideCalendar",
    "Pet",
    "Rate",
    "SavedSearch",
    "SearchCard",
    "SearchRow",
    "Seat",
    "Service",
    "SitterCapacity",
    "SitterHoliday",
    "SitterPhoto",
    "SitterProfile",
    "Town",
    "TownName",
    "TownPrefix",
    "Vaccination",
    "WeekdayHours",
]
