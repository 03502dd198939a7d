"""Finds towns by what people type: "Köln", "koln", "Springfield, IL", "Berlin DE"."""

from dataclasses import dataclass, field
from difflib import SequenceMatcher
from hashlib import md5

from django.core.cache import caches
from django.db import connection

from profiles.countries import country_name
from profiles.folding import fold
from profiles.models import Town, TownPrefix

LONGEST_PREFIX = 8
LONGEST_TEXT = 80
# Later than every folded name with the same beginning, in any collation: z is our last letter.
LAST = "zzzzzzzz"
# One of several namesakes is meant when it has this many times the people of the next.
CLEARLY = 5
REMEMBERED_SECONDS = 600

_COLUMNS = [field.column for field in Town._meta.concrete_fields]
_NAMES = [field.attname for field in Town._meta.concrete_fields]
_SELECT = ", ".join(f"t.{column}" for column in _COLUMNS)
# Plain text, because composing these in the ORM takes longer than running them.
_BY_ID = f"SELECT {_SELECT} FROM profiles_town t WHERE t.id = %s"
_BY_IDS = f"SELECT {_SELECT} FROM profiles_town t WHERE t.id IN "
_BY_NAME = (
    f"SELECT {_SELECT}, n.key, n.weight FROM profiles_townname n "
    "JOIN profiles_town t ON t.id = n.town_id WHERE "
)


@dataclass
class Places:
    """What a text may mean: the one town, several to choose from, or near spellings.

    With a `town`, `choices` are its namesakes.
    """

    town: Town | None = None
    choices: list[Town] = field(default_factory=list)
    near: list[Town] = field(default_factory=list)


def get_town(town_id: int) -> Town | None:
    """The town with that number, in one statement."""
    rows = _rows(_BY_ID, [town_id]) if 0 < town_id < 2**31 else []
    return _town(rows[0]) if rows else None


def find_towns(text: str, limit: int = 8) -> list[Town]:
    """Towns whose name begins with the text, best known first; at most two statements.

    A region or country may follow, after a comma or as the last word, by name or code.
    """
    key = fold(text[:LONGEST_TEXT])
    if not key:
        return []
    if "," not in text and len(key) <= LONGEST_PREFIX:
        known = TownPrefix.objects.filter(prefix=key).values_list("town_ids", flat=True).first()
        if known:
            return _in_order(known[:limit])
    return [town for town, _, _ in _matches(text, limit)]


def resolve(text: str) -> Places:
    """Decide which town a text typed without picking a suggestion means.

    One statement when it is plain, at most three.
    """
    found = _matches(text, 24, with_beginnings=False)
    if found:
        towns = [town for town, _, _ in found]
        if len(found) == 1 or found[0][2] >= CLEARLY * found[1][2]:
            return Places(town=towns[0], choices=towns[1:8])
        return Places(choices=towns[:12])
    begins = [town for town, _, _ in _matches(text, 12)]
    if len(begins) == 1:
        return Places(town=begins[0])
    return Places(choices=begins) if begins else Places(near=near_spellings(text))


def resolve_remembered(text: str) -> Places:
    """`resolve`, with the places found lately kept for ten minutes: many ask for few towns."""
    cache, key = (
        caches["fragments"],
        "place:" + md5(text.encode(), usedforsecurity=False).hexdigest(),
    )
    places = cache.get(key)
    if places is None:
        places = resolve(text)
        if places.town:
            cache.set(key, places, REMEMBERED_SECONDS)
    return places


def near_spellings(text: str, limit: int = 4) -> list[Town]:
    """Well-known towns that begin alike and are spelt most alike; empty when nothing is close."""
    key = fold(text[:LONGEST_TEXT].split(",")[0])
    if len(key) < 3:
        return []
    # The first letter is rarely wrong, and a slip changes the length by one at most.
    rows = _rows(
        _BY_NAME + "n.key >= %s AND n.key < %s AND LENGTH(n.key) BETWEEN %s AND %s "
        "ORDER BY n.weight DESC LIMIT 300",
        [key[0], key[0] + LAST, len(key) - 1, len(key) + 1],
    )
    scored = {}
    for row in rows:
        score = SequenceMatcher(None, key, row[-2]).ratio()
        if score >= 0.8:
            scored.setdefault(row[0], (score, _town(row)))
    best = sorted(scored.values(), key=lambda pair: -pair[0])
    return [town for _, town in best[:limit]]


def _matches(text, limit, *, with_beginnings=True) -> list[tuple[Town, str, int]]:
    """Towns with the name that was looked for and its weight, heaviest first."""
    head, comma, tail = text[:LONGEST_TEXT].partition(",")
    name, qualifiers = fold(head), [fold(part) for part in tail.split(",") if fold(part)]
    if not name:
        return []
    wheres, values = ["n.key = %s"], [name]
    if with_beginnings:
        wheres, values = ["(n.key >= %s AND n.key < %s)"], [name, name + LAST]
    words = name.split(" ")
    # Without a comma the last word, or the last two ("New Mexico"), may be the region or country.
    splits = {}
    for count in (1, 2):
        if not comma and len(words) > count:
            splits[" ".join(words[:-count])] = " ".join(words[-count:])
    for shorter in splits:
        wheres.append("n.key = %s")
        values.append(shorter)
    # Far more than asked for: a region may pick the smallest of forty Springfields.
    sql = f"{_BY_NAME}{' OR '.join(wheres)} ORDER BY n.weight DESC LIMIT {limit + 200}"
    best: dict[int, tuple[Town, str, int]] = {}
    for row in _rows(sql, values):
        key, weight = row[-2], row[-1]
        town = _town(row)
        wanted = qualifiers
        if key in splits and not key.startswith(name):
            wanted = [splits[key]]
        if not all(_is_in(town, word) for word in wanted):
            continue
        if key == name or key in splits:
            weight *= 20
        if town.id not in best or weight > best[town.id][2]:
            best[town.id] = (town, key, weight)
    return sorted(best.values(), key=lambda match: -match[2])[:limit]


def _is_in(town: Town, word: str) -> bool:
    """Whether a folded word names the town's region or country, by code or by its beginning."""
    if word in (town.country.lower(), town.region_code.lower()):
        return True
    if word in _ALIASES.get(town.country, ()):
        return True
    names = (fold(town.region), fold(country_name(town.country)))
    return len(word) > 1 and any(name.startswith(word) for name in names)


_ALIASES = {
    "US": ("usa",),
    "GB": ("uk", "great britain"),
    "DE": ("deutschland",),
    "AT": ("osterreich",),
}


def _in_order(ids: list[int]) -> list[Town]:
    marks = ", ".join(["%s"] * len(ids))
    towns = {row[0]: _town(row) for row in _rows(f"{_BY_IDS}({marks})", ids)}
    return [towns[town_id] for town_id in ids if town_id in towns]


def _rows(sql: str, values: list) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def _town(row: tuple) -> Town:
    return Town.from_db(connection.alias, _NAMES, row[: len(_NAMES)])
