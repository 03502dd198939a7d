"""The cards of search results and the distance dial, written here because search is a hot page.

Everything a person wrote goes through `escape`; a card takes about 30 µs.
"""

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
from profiles import geo
from profiles.money import amount, short_amount
from profiles.services.search import Found, SearchQuery, score
from profiles.services.search.bits import INSTANT

EAGER_PICTURES = 3
FEW = 5  # under this many events there is no percentage, and here no claim at all
PINS, PIN_WIDTH, PIN_HEIGHT = 12, 72, 30
HUNDREDTH = 10_000  # of a score in millionths


class CardWords:
    """What the cards of one page share: words, price label and the address of the choice."""

    def __init__(self, *, price_label: str, is_total: bool, address: str, today: date):
        self.language = get_language()
        self.fixed = _fixed_words(self.language)
        self.price_label = escape(price_label)
        self.address = escape(address)
        self.is_total = is_total
        self.today = today.toordinal()
        self.from_word = "" if is_total else self.fixed.from_word

    def price(self, cents: int | None) -> str:
        if cents is None:
            return "–"
        return amount(cents) if self.is_total else short_amount(cents)

    def distance(self, metres: int) -> str:
        """Rounded as honestly as the 500 m grid allows: "under 1 km", "3.4 km", "12 km"."""
        if metres < 1_000:
            return self.fixed.near
        return f"{metres / 1000:.1f} km" if metres < 10_000 else f"{round(metres / 1000)} km"


class FixedWords:
    """The words of every card, looked up and escaped once for each language."""

    def __init__(self):
        self.away = escape(_("%s away"))
        self.near = escape(_("under 1 km"))
        self.instant = (
            f'<span class="status status-ok">{icon("check-circle-fill")} '
            f"{escape(_('Confirms at once'))}</span>"
        )
        self.from_word = f'<span class="small muted">{escape(_("from"))}</span> '
        self.remember = escape(_("Remember %s"))
        self.heart = icon("heart")
        self.none_yet = f'<span class="muted">{escape(_("No reviews yet"))}</span>'
        rated, reviews = escape(_("Rated")), escape(_("reviews"))
        self.stars = (
            f'<span class="stars">{icon("star-fill")}<span class="visually-hidden">{rated}</span> %s.%s '
            f'<span class="muted">(%s<span class="visually-hidden"> {reviews}</span>)</span></span>'
        )
        self.answered = escape(_("Answered %(n)d of %(all)d within a day"))
        self.took_place = escape(_("%(n)d of %(all)d bookings took place"))
        self.came_back = escape(_("%(n)d of %(all)d households came back"))
        names = (
            (_("Rating"), score.RATING),
            (_("Reliability"), score.RELIABILITY),
            (_("Response"), score.RESPONSE),
            (_("Nearness"), score.NEARNESS),
            (_("Calendar"), score.FRESHNESS),
            (_("Newcomer"), score.NEWCOMER),
        )
        lines = "".join(
            f"<dt>{escape(name)}</dt><dd>%d / {most // HUNDREDTH}</dd>" for name, most in names
        )
        self.why = (
            f'<details class="more why"><summary>{escape(_("Why here"))} {icon("chevron-down")}'
            f'</summary><dl class="pairs small">{lines}<dt><b>{escape(_("In all"))}</b></dt>'
            '<dd>%d / 100</dd></dl><a class="small" href="/search/why/%s/?%s" rel="nofollow">'
            f"{escape(_('Worked out in full'))}</a></details>"
        )


@lru_cache(maxsize=16)
def _fixed_words(language: str | None) -> FixedWords:
    return FixedWords()


def read_cards(found: Sequence[Found]) -> list[dict]:
    return [one.details() for one in found]


def cards(found: Sequence[Found], read: Sequence[dict], words: CardWords) -> SafeString:
    """The list items of one page of results."""
    pairs = enumerate(zip(found, read, strict=True))
    return mark_safe("".join(_card(one, card, number, words) for number, (one, card) in pairs))


def _card(one: Found, card: dict, number: int, words: CardWords) -> str:
    lazy = "" if number < EAGER_PICTURES else ' loading="lazy"'
    tags = "".join([_tag(*check, words.today, words.language) for check in card["checks"]])
    if one.features & INSTANT:
        tags += words.fixed.instant
    tags = f'<p class="cluster mb-0">{tags}</p>' if tags else ""
    return (
        f'<li><article class="panel sitter" id="sitter-{one.sitter_id}">'
        f'<img class="sitter-photo" src="{_picture(card)}" width="240" height="240" alt=""{lazy}>'
        f'<div><h2 class="h3 mb-0"><a class="stretched-link" '
        f'href="/sitters/{card["slug"]}/?{words.address}">{escape(card["name"])}</a></h2>'
        f'<p class="muted small mb-2">{words.fixed.away % words.distance(one.metres)}, '
        f'{escape(card["town"])}</p><p class="mb-2">{escape(card["headline"])}</p>'
        f'<p class="cluster gap-1 column-gap-3 small mb-2">{_stars(one, words)}'
        f"{_facts(card['counts'], words)}</p>{tags}</div>{_heart(card, words)}"
        f'<div class="sitter-foot">{_why(one, card["slug"], card["counts"], words)}<div class="text-end">'
        f'<span class="small muted d-block">{words.price_label}</span>{words.from_word}'
        f'<span class="price">{words.price(one.total_cents)}</span></div></div></article></li>'
    )


def _heart(card: dict, words: CardWords) -> str:
    """A link to the page that asks; static/js/hearts.js makes it a button for who is signed in."""
    slug = card["slug"]
    return (
        f'<a class="btn btn-icon save" href="/favourites/add/{slug}/" data-heart="{slug}" '
        f'rel="nofollow" aria-label="{words.fixed.remember % escape(card["name"])}">'
        f"{words.fixed.heart}</a>"
    )


def _facts(counts: Sequence[int], words: CardWords) -> str:
    """Counted facts, each with what it was counted from; nothing that happened too seldom."""
    answered, asked, completed, confirmed, _late, repeat, owners = counts
    facts = ""
    if asked >= FEW:
        facts += f"<span>{words.fixed.answered % {'n': answered, 'all': asked}}</span>"
    if confirmed >= FEW:
        facts += f"<span>{words.fixed.took_place % {'n': completed, 'all': confirmed}}</span>"
    elif owners >= FEW and repeat:
        facts += f"<span>{words.fixed.came_back % {'n': repeat, 'all': owners}}</span>"
    return facts


def _stars(one: Found, words: CardWords) -> str:
    if not one.rating_count:
        return words.fixed.none_yet
    tenths = (one.rating_e3 + 50) // 100
    return words.fixed.stars % (tenths // 10, tenths % 10, one.rating_count)


def _why(one: Found, slug: str, counts: Sequence[int], words: CardWords) -> str:
    """The six parts of "recommended" in hundredths; the sum is of the shown, so that it adds up."""
    millionths = score.parts(
        rating_e3=one.rating_e3,
        counts=counts,
        metres=one.metres,
        confirmed_day=one.confirmed_day,
        published_day=one.published_day,
        today=words.today,
    )
    parts = [(part + HUNDREDTH // 2) // HUNDREDTH for part in millionths]
    return words.fixed.why % (*parts, sum(parts), slug, words.address)


@lru_cache(maxsize=4096)
def _tag(what: str, how: str, until: str | None, today: int, language: str | None) -> str:
    """`today` and `language` only make the memory forget in time."""
    return str(check_tag(what, how, until))


def _picture(card: dict) -> str:
    if card["photo"]:
        return escape(default_storage.url(small_name(card["photo"])))
    face = card["face"].removeprefix("person-")
    return _face(face if face in FACES else FACES[card["person"] % len(FACES)])


@lru_cache(maxsize=64)
def _face(name: str) -> str:
    return static(f"img/illustrations/person-{name}.svg")


# --- the dial --------------------------------------------------------------------------------
CENTRE_X, CENTRE_Y, OUTER = 180, 194, 166


def dial(
    found: Sequence[Found], read: Sequence[dict], query: SearchQuery, words: CardWords
) -> SafeString:
    """Rings and prices by bearing and distance, drawn with attributes only; no tiles, no script.

    Areas stay true (the radius is the root of the share), so the middle is not crowded. A price
    that would lie on another one is left out: the list beside it has them all.
    """
    pins, placed = [], []
    for one, card in zip(found, read, strict=True):
        x, y = _place(one, query)
        if any(abs(x - a) < PIN_WIDTH + 2 and abs(y - b) < PIN_HEIGHT + 2 for a, b in placed):
            continue
        placed.append((x, y))
        price = words.price(one.total_cents)
        pins.append(
            f'<a class="pin" href="#sitter-{one.sitter_id}" aria-label="{escape(card["name"])}, '
            f'{words.distance(one.metres)}, {price}"><rect x="{x - PIN_WIDTH // 2}" '
            f'y="{y - PIN_HEIGHT // 2}" width="{PIN_WIDTH}" height="{PIN_HEIGHT}" rx="15"/>'
            f'<text x="{x}" y="{y + 5}">{price}</text></a>'
        )
        if len(pins) == PINS:
            break
    label = escape(_("Distance dial: prices by direction and distance"))
    return mark_safe(
        f'<svg class="dial" viewBox="0 0 360 380" role="group" aria-label="{label}">'
        f"{_rings(query.radius_m)}"
        f'<text x="175" y="14" aria-hidden="true">{escape(_("N"))}</text>'
        f'<circle class="dial-home" cx="{CENTRE_X}" cy="{CENTRE_Y}" r="7"/>{"".join(pins)}</svg>'
    )


@lru_cache(maxsize=128)
def _rings(radius_m: int) -> str:
    return "".join(
        f'<circle class="dial-ring" cx="{CENTRE_X}" cy="{CENTRE_Y}" r="{_radius(share)}"/>'
        f'<text x="{CENTRE_X + 6}" y="{CENTRE_Y - _radius(share) - 5}">{radius_m * share / 1000:g} km</text>'
        for share in (1, 0.5, 0.2)
    )


def _radius(share: float) -> int:
    return round(OUTER * sqrt(share))


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
