"""Book again: the review of a new request with the same animals, kind, times and weekdays."""

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlencode

from django.urls import reverse

from bookings.choice import Reading, to_query
from bookings.models import Booking, BookingUnit
from bookings.pages.sitter_panel import read_for
from bookings.services.quotes import offer_for, taken_between
from bookings.services.rules import OWNER
from pawsitters import clock
from profiles.kinds import Species
from profiles.models import Pet, SitterProfile

WEEKS_AHEAD = 8
ONE_DAY = timedelta(days=1)
REPEATED = frozenset({Booking.Status.COMPLETED, Booking.Status.CANCELLED_BY_OWNER})


def again_url(booking: Booking, role: str) -> str:
    """The link on a booking that may be had once more; empty on others."""
    if role == OWNER and booking.status in REPEATED and booking.sitter.is_published:
        return reverse("bookings:again", args=[booking.public_id])
    return ""


def address_of(booking: Booking) -> str:
    """Where the second click waits: the next weeks in which the sitter has room, else the first.

    Expects units and pets loaded. What stands in the way (a service that is not offered any more,
    no room for eight weeks) is said on that page.
    """
    sitter = SitterProfile.objects.public_page(booking.sitter.slug)
    if sitter is None or not sitter.snapshot.get("services"):
        return reverse("bookings:search")
    pets = [row.pet for row in booking.booking_pets.all() if row.pet and not row.pet.is_archived]
    readings = list(_readings(sitter, booking, pets))
    reading = _first_with_room(sitter, readings) or readings[0]
    own = urlencode({"pets": [pet.pk for pet in pets]}, doseq=True)
    path = reverse("bookings:new", args=[sitter.slug])
    return f"{path}?{to_query(reading)}{'&' if own else ''}{own}"


def _first_with_room(sitter: SitterProfile, readings: list[Reading]) -> Reading | None:
    priced = [reading for reading in readings if reading.is_priceable]
    if not priced:
        return None
    first, last = priced[0].choice, priced[-1].choice
    taken = taken_between(
        sitter, first.kind, first.starts_on - ONE_DAY, last.last_on + WEEKS_AHEAD * 7 * ONE_DAY
    )
    return next((one for one in priced if offer_for(sitter, one, taken).is_possible), None)


def _readings(sitter: SitterProfile, booking: Booking, pets: list[Pet]) -> Iterator[Reading]:
    """The same choice on the same weekdays of the coming weeks."""
    units = list(booking.units.all())
    behind = (clock.today(sitter.time_zone) - units[0].on).days
    weeks = max(1, -(-behind // 7))
    for week in range(weeks, weeks + WEEKS_AHEAD):
        yield read_for(sitter, _params(booking, units, pets, timedelta(weeks=week)))


def _params(booking: Booking, units: list[BookingUnit], pets: list[Pet], shift: timedelta) -> dict:
    zone, kind = booking.zone, booking.kind_enum
    start, end = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    first, last = units[0].on + shift, units[-1].on + shift
    params: dict = {"kind": kind.value, "from": first.isoformat(), "to": last.isoformat()}
    if kind.is_nights:
        params["to"] = (end.date() + shift).isoformat()
    elif weekdays := _weekdays(units):
        params["weekdays"] = [str(day) for day in weekdays]
    if kind.is_visits:
        times = {f"{unit.starts_at.astimezone(zone):%H:%M}" for unit in units}
        minutes = (units[0].ends_at - units[0].starts_at).total_seconds() / 60
        params |= {"times": sorted(times), "minutes": str(round(minutes))}
    else:
        params |= {"at": f"{start:%H:%M}", "until": f"{end:%H:%M}"}
    return params | _animals(pets, first)


def _weekdays(units: list[BookingUnit]) -> list[int]:
    """The weekdays that were chosen; none where every day between was."""
    days = {unit.on for unit in units}
    is_every_day = len(days) == (units[-1].on - units[0].on).days + 1
    return [] if is_every_day else sorted({on.weekday() for on in days})


def _animals(pets: list[Pet], on) -> dict[str, str]:
    counts = {"dogs": 0, "puppies": 0, "cats": 0, "others": 0}
    other = ""
    for pet in pets:
        if pet.species == Species.DOG:
            counts["puppies" if pet.is_young(on) else "dogs"] += 1
        elif pet.species == Species.CAT:
            counts["cats"] += 1
        else:
            counts["others"] += 1
            other = pet.species
    found = {name: str(count) for name, count in counts.items() if count}
    return found | ({"other": other} if other else {})
