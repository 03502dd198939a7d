"""What a sitter's page says about person and place: pictures, tags, facts, track record."""

from django.conf import settings
from django.templatetags.static import static
from django.utils.dateformat import format as date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.images import small_name
from accounts.templatetags.ui import check_tag, icon
from bookings.forms.actions import SitterCancelForm
from bookings.models import Booking
from bookings.services.late_cancellations import on_record
from pawsitters import clock
from profiles.models import SitterProfile

SHOWN_PHOTOS = 5


def gallery(photos: list) -> tuple[SafeString, SafeString, int]:
    """The first five pictures, the others, and how many others there are."""
    shown = format_html_join("", "{}", ((_photo(p, i == 0),) for i, p in enumerate(photos[:5])))
    more = photos[SHOWN_PHOTOS:]
    return shown, format_html_join("", "{}", ((_photo(photo, False),) for photo in more)), len(more)


def _photo(photo: list, is_first: bool) -> SafeString:
    image, scene, caption = photo
    if image:
        full = settings.MEDIA_URL + image
        small = full if is_first else small_name(full)
    else:
        full = small = static(f"img/illustrations/{scene}.svg")
    return format_html(
        '<li><a href="{}"><img src="{}" width="640" height="480" alt="{}"{}></a></li>',
        full,
        small,
        caption,
        mark_safe(' fetchpriority="high"' if is_first else ' loading="lazy"'),
    )


def check_tags(checks: list) -> SafeString:
    """One tag per check: what, by whom, until when."""
    tags = ((check_tag(title, how, until),) for _what, title, how, until in checks)
    return format_html_join("", "<li>{}</li>", tags)


def place_of(sitter: SitterProfile) -> str:
    """Town and region; the address is nobody's business before a booking."""
    town = sitter.town
    if town is None:
        return ""
    return ", ".join(dict.fromkeys(part for part in (town.name, town.region) if part))


def home_facts(sitter: SitterProfile) -> SafeString:
    rows = (
        ("house-check", sitter.get_home_type_display(), _home(sitter)),
        ("people", _("Who lives here"), _household(sitter)),
        ("paw", _("Own animals"), sitter.own_pets or _("None")),
        ("hourglass-split", _("Longest time alone"), _alone(sitter.max_alone_hours)),
        ("camera-video-off", _("Cameras"), sitter.cameras or _("None inside, none outside")),
        ("emoji-smile", _("Speaks"), sitter.languages),
        ("clock-history", _("With animals"), _experience(sitter.experience_years)),
    )
    return format_html_join(
        "",
        "<div>{}<dt>{}</dt><dd>{}</dd></div>",
        ((icon(name), term, fact) for name, term, fact in rows if fact),
    )


def _home(sitter: SitterProfile) -> str:
    garden = _("fenced garden") if sitter.has_fenced_yard else _("no fenced garden")
    smoke = _("nobody smokes inside") if sitter.is_smoke_free else _("somebody smokes inside")
    sentence = f"{garden}, {smoke}"
    return sentence[0].upper() + sentence[1:]


def _household(sitter: SitterProfile) -> str:
    return sitter.get_children_display()


def _alone(hours: int) -> str:
    if not hours:
        return _("Never alone")
    return ngettext("%d hour at most", "%d hours at most", hours) % hours


def _experience(years: int) -> str:
    return ngettext("%d year", "%d years", years) % years if years else ""


def late_cancellations(sitter: SitterProfile) -> SafeString:
    """Each late cancellation with its reason and the sitter's reply; one statement if there are any."""
    if not sitter.late_cancellation_count:
        return SafeString("")
    return format_html_join(
        "",
        '<li><p class="mb-1">{}</p>{}</li>',
        ((_cancellation(booking), _reply(booking, sitter)) for booking in on_record(sitter.pk)),
    )


def _cancellation(booking: Booking) -> str:
    days = max(0, (booking.starts_at - booking.ended_at).days)
    notice = ngettext("%d day", "%d days", days) % days if days else _("less than a day")
    reason = dict(SitterCancelForm.REASONS).get(booking.end_reason, "")
    sentence = _("%(date)s: %(kind)s, cancelled %(notice)s before the start.") % {
        "date": date_format(booking.ended_at.astimezone(booking.zone), "j F Y"),
        "kind": booking.get_kind_display(),
        "notice": notice,
    }
    return f"{sentence} {_('Reason given: %s.') % reason}" if reason else sentence


def _reply(booking: Booking, sitter: SitterProfile) -> SafeString | str:
    if not booking.public_reply:
        return ""
    wrote = _("%(name)s wrote:") % {"name": sitter.user.get_short_name()}
    return format_html('<p class="mb-0"><strong>{}</strong> {}</p>', wrote, booking.public_reply)


def calendar_age(sitter: SitterProfile) -> str:
    """How long ago the sitter last said that the calendar is right."""
    on = sitter.calendar_confirmed_on
    if on is None:
        return _("Calendar not confirmed yet")
    days = (clock.today(sitter.time_zone) - on).days
    if days <= 0:
        return _("Calendar confirmed today")
    if days > 60:
        return _("Calendar confirmed on %(date)s") % {"date": date_format(on, "j M Y")}
    return ngettext("Calendar confirmed %d day ago", "Calendar confirmed %d days ago", days) % days
