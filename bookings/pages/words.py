"""How a booking is named: for whom it is, where, and when, as each side would say it."""

from django.utils.translation import gettext_lazy, ngettext

from bookings.models import Booking
from bookings.pages.said import said as _
from bookings.services.rules import OWNER
from pawsitters import clock, dates
from profiles.kinds import Kind

FOR_OWNER = {
    Kind.BOARDING: gettext_lazy("%(pets)s at %(sitter)s’s"),
    Kind.DAY_CARE: gettext_lazy("%(pets)s by day at %(sitter)s’s"),
    Kind.HOUSE_SITTING: gettext_lazy("%(sitter)s stays with %(pets)s"),
    Kind.DROP_IN_VISIT: gettext_lazy("%(sitter)s visits %(pets)s"),
    Kind.DOG_WALK: gettext_lazy("%(sitter)s walks %(pets)s"),
}
FOR_SITTER = {
    Kind.BOARDING: gettext_lazy("%(pets)s at your place"),
    Kind.DAY_CARE: gettext_lazy("%(pets)s by day at your place"),
    Kind.HOUSE_SITTING: gettext_lazy("With %(pets)s at %(owner)s’s"),
    Kind.DROP_IN_VISIT: gettext_lazy("Visits to %(pets)s at %(owner)s’s"),
    Kind.DOG_WALK: gettext_lazy("Walks with %(pets)s"),
}


def names(booking: Booking, pets: str) -> dict[str, str]:
    return {
        "owner": booking.owner.get_short_name(),
        "sitter": booking.sitter.user.get_short_name(),
        "pets": pets,
    }


def join_names(pet_names: list[str]) -> str:
    """Biscuit; Biscuit and Moss; Biscuit, Moss and Pip."""
    if len(pet_names) < 2:
        return "".join(pet_names)
    return _("%(first)s and %(last)s") % {
        "first": ", ".join(pet_names[:-1]),
        "last": pet_names[-1],
    }


def title(booking: Booking, role: str, pets: str) -> str:
    phrases = FOR_OWNER if role == OWNER else FOR_SITTER
    return phrases[Kind(booking.kind)] % names(booking, pets)


def when(booking: Booking) -> str:
    """Thu 23 December, 10:00 to Mon 27 December, 16:30, on the clocks at the place of care."""
    zone = booking.zone
    start, end = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    if start.date() == end.date():
        return _("%(start)s to %(end)s") % {
            "start": dates.moment(start, zone),
            "end": f"{end:%H:%M}",
        }
    if Kind(booking.kind).is_nights:
        return _("%(start)s to %(end)s") % {
            "start": dates.moment(start, zone),
            "end": dates.moment(end, zone),
        }
    return dates.day_range(start.date(), end.date())


def until(booking: Booking) -> str:
    """What a list says beside the first date: "until Mon 27 Dec, 16:30", "12:00 to 13:00"."""
    zone = booking.zone
    start, end = booking.starts_at.astimezone(zone), booking.ends_at.astimezone(zone)
    if start.date() == end.date():
        return _("%(start)s to %(end)s") % {"start": f"{start:%H:%M}", "end": f"{end:%H:%M}"}
    if Kind(booking.kind).is_nights:
        return _("until %(day)s, %(hour)s") % {
            "day": dates.short_day(end),
            "hour": f"{end:%H:%M}",
        }
    return _("until %(day)s") % {"day": dates.short_day(end)}


def pet_kind(pet) -> str:
    """Labrador, 5 years; expects a Pet."""
    parts = [pet.breed or pet.get_species_display()]
    if pet.born_on:
        months = pet.age_months(clock.now().date())
        parts.append(
            ngettext("%d month", "%d months", months) % months
            if months < 24
            else ngettext("%d year", "%d years", months // 12) % (months // 12)
        )
    return ", ".join(parts)


def tel_url(phone: str) -> str:
    return "tel:" + "".join(sign for sign in phone if sign in "+0123456789")
