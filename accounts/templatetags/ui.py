"""{% load ui %}: the small pieces that pages are made of. Formatting only; no queries."""

from datetime import date
from functools import lru_cache

from django import template
from django.conf import settings
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.utils.dateformat import format as date_format
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.html import conditional_escape, format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.images import small_url
from accounts.translate_tag import translate
from pawsitters import clock, dates

register = template.Library()
register.tag("translate", translate)

# kind: class and icon (the same word), name
SERVICES = {
    "boarding": ("boarding", _("Boarding")),
    "house_sitting": ("house", _("House sitting")),
    "day_care": ("daycare", _("Day care")),
    "drop_in_visit": ("dropin", _("Drop-in visit")),
    "dog_walk": ("walk", _("Dog walk")),
}
SERVICES_IN_MANY = {
    "boarding": _("Boarding"),
    "house_sitting": _("House sitting"),
    "drop_in_visit": _("Drop-in visits"),
    "day_care": _("Day care"),
    "dog_walk": _("Dog walks"),
}
# status: tone, icon, word
STATUSES = {
    "requested": ("info", "hourglass-split", _("Asked, waiting")),
    "confirmed": ("ok", "check-circle-fill", _("Confirmed")),
    "in_progress": ("ok", "play-circle-fill", _("In progress")),
    "completed": ("", "check-lg", _("Completed")),
    "declined": ("", "dash-circle-fill", _("Declined")),
    "withdrawn": ("", "dash-circle-fill", _("Withdrawn")),
    "expired": ("", "clock", _("Ran out")),
    "cancelled_by_owner": ("bad", "x-circle-fill", _("Cancelled by the owner")),
    "cancelled_by_sitter": ("bad", "x-circle-fill", _("Cancelled by the sitter")),
    "cancelled_by_staff": ("bad", "x-circle-fill", _("Cancelled by our staff")),
    "no_show_owner": ("bad", "x-circle-fill", _("Owner was not there")),
    "no_show_sitter": ("bad", "x-circle-fill", _("Sitter was not there")),
}
# A sitter's page, in the same language of tone, icon, word
PAGE_STATUSES = {
    "draft": ("", "pencil", _("Draft, only you see it")),
    "in_review": ("info", "hourglass-split", _("Being checked")),
    "published": ("ok", "check-circle-fill", _("Published")),
    "paused": ("warn", "pause-circle-fill", _("Paused")),
    "rejected": ("warn", "exclamation-triangle-fill", _("Needs changes")),
    "suspended": ("bad", "x-circle-fill", _("Suspended")),
}
# These are on signed-in and staff pages only, so they are a file of their own: public pages stay light.
MORE_ICONS = frozenset(
    [
        "arrow-repeat",
        "bell",
        "box-arrow-right",
        "calendar-check",
        "calendar-plus",
        "camera",
        "capsule",
        "chat-left-text",
        "cloud",
        "dash-circle-fill",
        "database",
        "download",
        "envelope",
        "eye",
        "file-earmark-text",
        "flag",
        "gear",
        "graph-up",
        "hdd-network",
        "heart-pulse",
        "key",
        "lock",
        "moon-stars",
        "pause-circle-fill",
        "pencil",
        "person-badge",
        "play-circle-fill",
        "send",
        "server",
        "shield-lock",
        "star",
        "sun",
        "telephone",
        "trash3",
        "wallet2",
        "wifi-off",
        "x-circle-fill",
    ]
)
FACES = ("mara", "amelie", "tomasz", "ines", "yusuf", "priya", "jonas", "sam")
PORTRAITS = {
    "dog": ("dog-lab", "dog-collie", "dog-terrier", "dog-corgi", "dog-dachshund"),
    "cat": ("cat-grey", "cat-ginger", "cat-tuxedo"),
    "small_mammal": ("rabbit", "guinea-pig"),
    "bird": ("budgie",),
    "fish": ("fish",),
}
SPECIES_ICONS = {
    "dog": "dog",
    "cat": "cat",
    "small_mammal": "rabbit",
    "bird": "bird",
    "reptile": "tortoise",
    "fish": "fish",
}
# Width and height by the first word of an illustration's name.
DRAWN_SIZES = {
    "person": (240, 240),
    "pet": (240, 240),
    "scene": (640, 480),
    "state": (480, 300),
    "hero": (760, 332),
}
AVATAR_PIXELS = {"sm": 36, "md": 48, "lg": 88}


@register.simple_tag
def fixed(
    name: str, current: str = "", unread: int = 0, threads: int = 0, is_staff: bool = False
) -> SafeString:
    """A component that is the same for everybody, such as the footer, rendered once per language.

    Header, footer and the list of styles cost as much as the rest of a public page otherwise.
    `unread` notices, `threads` and `is_staff` are all that the menus of two signed-in persons differ by.
    """
    context = {"current": current, "unread": unread, "threads": threads, "is_staff": is_staff}
    if settings.DEBUG:
        return render_to_string(name, context)
    return _fixed(name, get_language(), *context.items())


@lru_cache(maxsize=512)
def _fixed(name: str, language: str, *context: tuple[str, str | int]) -> SafeString:
    return render_to_string(name, dict(context))


@register.simple_tag
def icon(name: str, classes: str = "") -> SafeString:
    """{% icon "paw" %} or {% icon "paw" "icon-lg" %}; always beside words, or in a labelled button."""
    sprite = "icons/sprite-more.svg" if name in MORE_ICONS else "icons/sprite.svg"
    return _icon(name, classes, _sprite_url(sprite, settings.DEBUG))


@lru_cache(maxsize=8)
def _sprite_url(sprite: str, is_debug: bool) -> str:
    return static(sprite)


@lru_cache(maxsize=512)
def _icon(name: str, classes: str, sprite: str) -> SafeString:
    return format_html(
        '<svg class="{}" aria-hidden="true"><use href="{}#{}"/></svg>',
        f"icon {classes}".rstrip(),
        sprite,
        name,
    )


@register.simple_tag
def service_label(kind: str, label: str = "") -> SafeString:
    """Coloured icon and name of a service kind; `label` replaces the name."""
    return _service_label(str(kind), label, get_language())


@lru_cache(maxsize=512)
def _service_label(kind: str, label: str, language: str | None) -> SafeString:
    style, name = SERVICES[kind]
    return format_html(
        '<span class="service service-{}">{} {}</span>', style, icon(style), label or name
    )


@register.simple_tag
def service_kinds() -> list[tuple[str, str]]:
    """(value, name) of each kind for a select: {% service_kinds as kinds %}"""
    return list(SERVICES_IN_MANY.items())


@register.filter
def service_style(kind: str) -> str:
    """boarding, house, daycare, dropin or walk: suffix of the class and name of the icon."""
    return SERVICES[str(kind)][0]


@register.simple_tag
def booking_status(status: str, label: str = "") -> SafeString:
    """Icon and word for a booking's status; `label` says more ("In progress, night 3 of 4")."""
    return _booking_status(str(status), label, get_language())


@lru_cache(maxsize=512)
def _booking_status(status: str, label: str, language: str | None) -> SafeString:
    return _status(*STATUSES[status], label)


@register.simple_tag
def page_status(status: str, label: str = "") -> SafeString:
    """Icon and word for the state of a sitter's own page."""
    return _status(*PAGE_STATUSES[str(status)], label)


@register.simple_tag
def status(tone: str, icon_name: str, label: str) -> SafeString:
    """Any state: tone is ok, info, warn, bad or empty. {% status "warn" "bell" "Answer by 18:00" %}"""
    return _status(tone, icon_name, label)


def _status(tone: str, icon_name: str, word: str, label: str = "") -> SafeString:
    classes = f"status status-{tone}" if tone else "status"
    return format_html('<span class="{}">{} {}</span>', classes, icon(icon_name), label or word)


@register.simple_tag
def check_tag(what: str, how: str = "", until: date | str | None = None) -> SafeString:
    """A checked fact: what, by whom, until when. Past `until` (a date or its ISO text) it lapses."""
    expires_on = dates.as_date(until) if until else None
    if expires_on and expires_on < clock.now().date():
        ran_out_on = _("on %(date)s") % {"date": date_format(expires_on, "j M Y")}
        return _tag("tag tag-lapsed", what, _("ran out"), ran_out_on)
    valid = _("until %(month)s") % {"month": date_format(expires_on, "M Y")} if expires_on else ""
    return _tag("tag", what, how, valid)


@register.simple_tag
def fact_tag(what: str, figure: str, since: str = "") -> SafeString:
    """A counted fact with its denominator: {% fact_tag "On time" "187 of 191 visits" "last 12 months" %}"""
    return _tag("tag", what, figure, since)


def _tag(classes: str, what: str, middle: str, end: str) -> SafeString:
    tail = format_html(" <span>{}</span>", end) if end else ""
    return format_html('<span class="{}"><b>{}</b> {}{}</span>', classes, what, middle, tail)


@register.simple_tag
def stars(score_e3: int, count: int) -> SafeString:
    """The score in thousandths (4870 shows 4.9) with the number of reviews behind it."""
    if not count:
        return format_html('<span class="muted">{}</span>', _("No reviews yet"))
    return format_html(
        '<span class="stars">{}<span class="visually-hidden">{}</span> {} '
        '<span class="muted">({}<span class="visually-hidden"> {}</span>)</span></span>',
        icon("star-fill"),
        _("Rated"),
        score(score_e3),
        count,
        ngettext("review", "reviews", count),
    )


@register.simple_tag
def score(score_e3: int) -> str:
    """4704 as "4.7"."""
    tenths = (int(score_e3) + 50) // 100
    return f"{tenths // 10}.{tenths % 10}"


@register.filter
def face_url(person) -> str:
    """Address of a person's photo, or of the face drawn for them. Never a grey silhouette."""
    if getattr(person, "photo", None):
        return small_url(person.photo)
    face = getattr(person, "face", "").removeprefix("person-")
    if face not in FACES:
        face = FACES[(getattr(person, "pk", None) or 0) % len(FACES)]
    return static(f"img/illustrations/person-{face}.svg")


@register.filter
def illustration_url(name: str) -> str:
    """{{ "scene-garden"|illustration_url }}"""
    return static(f"img/illustrations/{name}.svg")


@register.simple_tag
def illustration(name: str, alt: str = "", classes: str = "") -> SafeString:
    """{% illustration "state-empty" %}; alt only where no words beside it say the same."""
    return _img(illustration_url(name), classes, *DRAWN_SIZES[name.split("-")[0]], alt)


@register.simple_tag
def avatar(person, size: str = "md", alt: str = "") -> SafeString:
    """A round picture of a user; size is sm (36), md (48) or lg (88). Beside the name, no alt."""
    side = AVATAR_PIXELS[size]
    classes = "avatar" if size == "md" else f"avatar avatar-{size}"
    return _img(face_url(person), classes, side, side, alt)


@register.filter
def portrait_url(pet) -> str:
    """Address of a pet's photo, or of a portrait of its species."""
    if getattr(pet, "photo", None):
        return small_url(pet.photo)
    name = getattr(pet, "portrait", "").removeprefix("pet-")
    known = PORTRAITS.get(str(pet.species), ())
    if name not in {face for faces in PORTRAITS.values() for face in faces}:
        if not known:
            return static("img/illustrations/pet-other.svg")
        name = known[(getattr(pet, "pk", None) or 0) % len(known)]
    return static(f"img/illustrations/pet-{name}.svg")


@register.simple_tag
def pet_portrait(pet, classes: str = "", alt: str = "") -> SafeString:
    """A pet's picture, 4:3 on a pet card, round with {% pet_portrait pet "avatar" %}."""
    side = 48 if "avatar" in classes else 320
    return _img(portrait_url(pet), classes, side, side if "avatar" in classes else 240, alt)


@register.filter
def species_icon(species: str) -> str:
    return SPECIES_ICONS.get(str(species), "paw")


def _img(url: str, classes: str, width: int, height: int, alt: str) -> SafeString:
    return format_html(
        '<img class="{}" src="{}" width="{}" height="{}" alt="{}" loading="lazy">',
        classes,
        url,
        width,
        height,
        alt,
    )


@register.simple_tag
def pairs(items, classes: str = "") -> SafeString:
    """A list of (term, value) as a `dl`: the term at the left, the figure at the right."""
    rows = format_html_join("", "<dt>{}</dt><dd>{}</dd>", items)
    return format_html('<dl class="{}">{}</dl>', f"{classes} pairs".strip(), rows)


@register.simple_tag
def answers(items) -> SafeString:
    """A list of (question, answer) as a `dl`; the lines of an answer stay lines."""
    rows = [
        f"<dt>{conditional_escape(term)}</dt><dd>{_with_breaks(conditional_escape(value))}</dd>"
        for term, value in items
    ]
    return mark_safe(f'<dl class="answers">{"".join(rows)}</dl>')


def _with_breaks(html: SafeString) -> str:
    return html.replace("\r\n", "\n").replace("\r", "\n").replace("\n", "<br>")


@register.simple_tag
def of(count: int, total: int) -> str:
    """24 of 25: a figure never stands without what it was counted from."""
    return _("%(count)s of %(total)s") % {"count": count, "total": total}


@register.simple_tag
def weekdays() -> list[tuple[str, str]]:
    """(Mon, Monday) … in the order of a calendar's columns."""
    return [(WEEKDAYS_ABBR[number], WEEKDAYS[number]) for number in range(7)]


register.filter("day", dates.day)
register.filter("short_day", dates.short_day)
register.filter("long_day", dates.long_day)
register.filter("day_range", dates.day_range)
register.filter("moment", dates.moment)
register.filter("soon", dates.soon)
register.filter("hour", dates.hour)
