"""The cards of search results and the distance dial, written here because search is a hot page.

Everything a person wrote goes through `escape`; a card takes about 30 µs.
"""

import json
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from html import escape
from math import atan2, cos, radians, sin, sqrt

from django.core.files.storage import default_storage
from django.templatetags.static import static
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language, ngettext

from accounts.images import small_name
from accounts.templatetags.ui import FACES, check_tag, icon
from bookings.pages.said import said as _
from pawsitters import clock
from profiles import geo
from profiles.money import amount, short_amount
from profiles.services.search import Found, SearchQuery, score
from profiles.services.search.bits import INSTANT

EAGER_PICTURES = 3
FEW = 5  # under this many events there is no percentage, and here no claim at all
PINS = 12


class CardWords:
    """The words that all cards of a page share, translated once."""

    def __init__(self, *, price_label: str, is_total: bool, address: str):
        self.price_label = escape(price_label)
        self.is_total = is_total
        self.address = escape(address)
        self.away = escape(_("%s away"))
        self.star = str(icon("star-fill"))
        tick = icon("check-circle-fill")
        self.instant = (
            f'<span class="status status-ok">{tick} {escape(_("Confirms at once"))}</span>'
        )
        self.why = f"{escape(_('Why here'))} {icon('chevron-down')}"
        self.from_word = escape(_("from"))
        self.none_yet = f'<span class="muted">{escape(_("No reviews yet"))}</span>'
        self.rated = escape(_("Rated"))
        self.reviews = escape(_("reviews"))


def price_words(cents: int | None, *, is_total: bool) -> str:
    if cents is None:
        return "–"
    return amount(cents) if is_total else short_amount(cents)


def cards(found: Sequence[Found], query: SearchQuery, words: CardWords) -> SafeString:
    """The list items of one page of results."""
    today = query.today.toordinal()
    return mark_safe("".join(_card(one, number, today, words) for number, one in enumerate(found)))


def _card(one: Found, number: int, today: int, words: CardWords) -> str:
    card = json.loads(one.card)
    name, slug = escape(card["name"]), card["slug"]
    lazy = "" if number < EAGER_PICTURES else ' loading="lazy"'
    facts = "".join(f"<span>{escape(fact)}</span>" for fact in facts_of(card))
    tags = "".join(_tag(*check) for check in card["checks"])
    if one.features & INSTANT:
        tags += words.instant
    tags = f'<p class="cluster mb-0">{tags}</p>' if tags else ""
    price = price_words(one.total_cents, is_total=words.is_total)
    start = "" if words.is_total else f'<span class="small muted">{words.from_word}</span> '
    return (
        f'<li><article class="panel sitter" id="sitter-{one.sitter_id}">'
        f'<img class="sitter-photo" src="{_picture(card)}" width="240" height="240" alt=""{lazy}>'
        f'<div><h2 class="h3 mb-0"><a class="stretched-link" href="/sitters/{slug}/?{words.address}">'
        f'{name}</a></h2><p class="muted small mb-2">{words.away % distance(one.metres)}, '
        f'{escape(card["town"])}</p><p class="mb-2">{escape(card["headline"])}</p>'
        f'<p class="cluster gap-1 column-gap-3 small mb-2">{_stars(one, words)}{facts}</p>{tags}</div>'
        f'<div class="sitter-foot"><details class="more why"><summary>{words.why}</summary>'
        f'{_why(one, card, today)}</details><div class="text-end"><span class="small muted d-block">'
        f'{words.price_label}</span>{start}<span class="price">{price}</span></div></div>'
        "</article></li>"
    )


def distance(metres: int) -> str:
    """Rounded as honestly as the 500 m grid allows: "under 1 km", "3.4 km", "12 km"."""
    if metres < 1_000:
        return escape(_("under 1 km"))
    return f"{metres / 1000:.1f} km" if metres < 10_000 else f"{round(metres / 1000)} km"


def facts_of(card: dict) -> list[str]:
    """Counted facts, each with what it was counted from; nothing that happened too seldom."""
    answered, asked, completed, confirmed, _late, repeat, owners = card["counts"]
    facts = []
    if asked >= FEW:
        facts.append(_("Answered %(n)d of %(all)d within a day") % {"n": answered, "all": asked})
    if confirmed >= FEW:
        facts.append(_("%(n)d of %(all)d bookings took place") % {"n": completed, "all": confirmed})
    elif owners >= FEW and repeat:
        facts.append(_("%(n)d of %(all)d households came back") % {"n": repeat, "all": owners})
    return facts


def _stars(one: Found, words: CardWords) -> str:
    if not one.rating_count:
        return words.none_yet
    tenths = (one.rating_e3 + 50) // 100
    return (
        f'<span class="stars">{words.star}<span class="visually-hidden">{words.rated}</span> '
        f'{tenths // 10}.{tenths % 10} <span class="muted">({one.rating_count}'
        f'<span class="visually-hidden"> {words.reviews}</span>)</span></span>'
    )


@lru_cache(maxsize=4096)
def _tag_on(what: str, how: str, until: str | None, today: date, language: str) -> str:
    return str(check_tag(what, how, until))


def _tag(what: str, how: str, until: str | None) -> str:
    return _tag_on(what, how, until, clock.now().date(), get_language())


def _picture(card: dict) -> str:
    if card["photo"]:
        return escape(default_storage.url(small_name(card["photo"])))
    face = card["face"].removeprefix("person-")
    return _face(face if face in FACES else FACES[card["person"] % len(FACES)])


@lru_cache(maxsize=64)
def _face(name: str) -> str:
    return static(f"img/illustrations/person-{name}.svg")


def _why(one: Found, card: dict, today: int) -> str:
    """The six parts of "recommended", each out of what it can be at most, in hundredths."""
    counts = card["counts"]
    parts = (
        (_("Rating"), score.rating_part(one.rating_e3), score.RATING),
        (
            _("Reliability"),
            score.reliability_part(counts[2], counts[3], counts[4]),
            score.RELIABILITY,
        ),
        (_("Response"), score.response_part(counts[0], counts[1]), score.RESPONSE),
        (_("Nearness"), score.nearness_part(one.metres), score.NEARNESS),
        (_("Calendar"), score.freshness_part(one.confirmed_day, today), score.FRESHNESS),
        (_("Newcomer"), score.newcomer_part(one.published_day, today), score.NEWCOMER),
    )
    total = sum(part for _name, part, _most in parts) // 10_000
    lines = "".join(
        f"<dt>{escape(name)}</dt><dd>{_of(part)} / {most // 10_000}</dd>"
        for name, part, most in parts
    )
    return (
        f'<dl class="pairs small">{lines}<dt><b>{escape(_("In all"))}</b></dt>'
        f"<dd>{total} / 100</dd></dl>"
    )


def _of(millionths: int) -> str:
    return f"{millionths / 10_000:.0f}"


# --- the dial --------------------------------------------------------------------------------
CENTRE_X, CENTRE_Y, OUTER = 180, 194, 166


def dial(found: Sequence[Found], query: SearchQuery, km: int, *, is_total: bool) -> SafeString:
    """Rings and prices by bearing and distance, drawn with attributes only; no tiles, no script.

    Areas stay true (the radius is the root of the share), so the middle is not crowded. A price
    that would lie on another one is left out: the list beside it has them all.
    """
    rings = "".join(
        f'<circle class="dial-ring" cx="{CENTRE_X}" cy="{CENTRE_Y}" r="{_radius(share)}"/>'
        f'<text x="{CENTRE_X + 6}" y="{CENTRE_Y - _radius(share) - 5}">{_km_words(km * share)}</text>'
        for share in (1, 0.5, 0.2)
    )
    pins, placed = [], []
    for one in found:
        x, y = _place(one, query)
        if len(placed) >= PINS or any(abs(x - a) < 74 and abs(y - b) < 32 for a, b in placed):
            continue
        placed.append((x, y))
        price = price_words(one.total_cents, is_total=is_total)
        name = escape(json.loads(one.card)["name"])
        pins.append(
            f'<a class="pin" href="#sitter-{one.sitter_id}" aria-label="{name}, '
            f'{distance(one.metres)}, {price}"><rect x="{x - 36}" y="{y - 15}" width="72" '
            f'height="30" rx="15"/><text x="{x}" y="{y + 5}">{price}</text></a>'
        )
    label = escape(_("Distance dial: prices by direction and distance"))
    return mark_safe(
        f'<svg class="dial" viewBox="0 0 360 380" role="group" aria-label="{label}">{rings}'
        f'<text x="175" y="14" aria-hidden="true">{escape(_("N"))}</text>'
        f'<circle class="dial-home" cx="{CENTRE_X}" cy="{CENTRE_Y}" r="7"/>{"".join(pins)}</svg>'
    )


def _radius(share: float) -> int:
    return round(OUTER * sqrt(share))


def _km_words(km: float) -> str:
    return f"{km:g} km"


def _place(one: Found, query: SearchQuery) -> tuple[int, int]:
    north = one.lat_e6 - query.lat_e6
    east = geo.wrap(one.lng_e6 - query.lng_e6) * cos(radians(query.lat_e6 / geo.E6))
    angle = atan2(east, north)
    away = OUTER * sqrt(min(1.0, one.metres / query.radius_m))
    x, y = CENTRE_X + away * sin(angle), CENTRE_Y - away * cos(angle)
    return round(min(320, max(40, x))), round(min(360, max(24, y)))


def count_words(total: int, is_more: bool, counted_to: int) -> str:
    """ "14 sitters", "1 sitter", "300+ sitters"."""
    if is_more or total > counted_to:
        return _("%(count)d+ sitters") % {"count": counted_to}
    return ngettext("%(count)d sitter", "%(count)d sitters", total) % {"count": total}
