"""VTIMEZONE from the time zone database.

Written here because icalendar 7.3 puts the onset of summer time an hour late: it writes the new
wall clock where RFC 5545, section 3.6.5, wants the old one.
"""

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

ONE_DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@lru_cache(maxsize=256)
def time_zone_component(name: str, first_year: int, last_year: int) -> Timezone:
    """The zone's offsets in these years, the last included, one part for each change."""
    zone = ZoneInfo(name)
    begins, ends = datetime(first_year, 1, 1, tzinfo=UTC), datetime(last_year + 1, 1, 1, tzinfo=UTC)
    component = Timezone()
    component.add("tzid", name)
    component.add_component(_part(zone, begins, begins))
    for moment in _changes(zone, begins, ends):
        component.add_component(_part(zone, moment - SECOND, moment))
    return component


def _changes(zone: ZoneInfo, begins: datetime, ends: datetime) -> list[datetime]:
    """The moments, in UTC, from which another offset holds."""
    found, day = [], begins
    while day < ends:
        if _offset(day, zone) != _offset(day + ONE_DAY, zone):
            found.append(_first_second(day, zone))
        day += ONE_DAY
    return found


def _first_second(day: datetime, zone: ZoneInfo) -> datetime:
    before, low, high = _offset(day, zone), 0, 86_400
    while high - low > 1:
        middle = (low + high) // 2
        if _offset(day + timedelta(seconds=middle), zone) == before:
            low = middle
        else:
            high = middle
    return day + timedelta(seconds=high)


def _offset(moment: datetime, zone: ZoneInfo) -> timedelta:
    return moment.astimezone(zone).utcoffset()


def _part(zone: ZoneInfo, before: datetime, moment: datetime):
    there, old = moment.astimezone(zone), _offset(before, zone)
    part = TimezoneDaylight() if there.dst() else TimezoneStandard()
    part.add("dtstart", (moment + old).replace(tzinfo=None))
    part.add("tzoffsetfrom", old)
    part.add("tzoffsetto", there.utcoffset())
    part.add("tzname", there.tzname())
    return part
