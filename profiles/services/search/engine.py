"""Finds the sitters that can take a choice, ranks and prices them (docs/adr/0003)."""

import json
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from django.db import connection

from profiles import geo
from profiles.kinds import Kind
from profiles.models import Seat

from .query import MOST_RANKED, PAGE_SIZE, Found, Results, SearchQuery, Sort
from .sql import COLUMNS_READ, Statement

# From the JSON text of a row's terms to the price of the choice in cents, None if there is none.
PriceOf = Callable[[str], int | None]
WIDTH = len(COLUMNS_READ.split(", "))


def find_sitters(query: SearchQuery, price_of: PriceOf) -> Results:
    """One page of the sitters that can take it, in two statements.

    Recommended and nearest rank the 500 nearest that can take it; best rated and newest everybody
    in the circle; cheapest prices the 500 with the lowest usual rates. Bounds on the price look at
    the 500 of the order asked. Three or more animals cost a third statement where a sitter has
    fewer places than usual on one of the dates.
    """
    if query.dates and query.hours_ahead < 0:
        return Results([], 0, 1)
    if query.is_bounded or query.sort == Sort.CHEAPEST or _may_be_capped(query):
        results = _priced(query, price_of)
    else:
        results = _page(query)
    results = replace(results, found=with_cards(results.found))
    for found in results.found:
        if found.total_cents is None:
            found.total_cents = price_of(found.terms)
    return results


def find_everybody(query: SearchQuery, price_of: PriceOf) -> tuple[list[Found], bool]:
    """All who can take it, nearest first and without their cards; whether 500 were not enough.

    The same statements and tests as a page of results, so that nobody is told of a sitter who is
    not on the page.
    """
    query = replace(query, sort=Sort.NEAREST)
    if query.dates and query.hours_ahead < 0:
        return [], False
    if query.is_bounded or _may_be_capped(query):
        return _matching(query, price_of)
    rows = read(Statement(query).page(MOST_RANKED, 0))
    return [_found(row) for row in rows], len(rows) >= MOST_RANKED


def score_of(query: SearchQuery, sitter_id: int) -> tuple[Found, int] | None:
    """One sitter as the order "recommended" sees them, with the sum it sorts by, in millionths.

    None where the sitter does not offer this kind of care. Two statements.
    """
    rows = read(Statement(query).scored(sitter_id))
    found = with_cards([_found(row) for row in rows])
    return (found[0], round(rows[0][WIDTH])) if found else None


def _page(query: SearchQuery) -> Results:
    last_page = MOST_RANKED // PAGE_SIZE
    page = max(1, min(query.page, last_page))
    rows = read(Statement(query).page(PAGE_SIZE, (page - 1) * PAGE_SIZE))
    if not rows and page > 1:
        # An old link to a page that is no more: the first one is better than "nobody".
        page, rows = 1, read(Statement(query).page(PAGE_SIZE, 0))
    total = rows[0][WIDTH] if rows else 0
    found = [_found(row) for row in rows]
    return Results(found, min(total, MOST_RANKED), page, is_more=total >= MOST_RANKED)


def _priced(query: SearchQuery, price_of: PriceOf) -> Results:
    matching, is_more = _matching(query, price_of)
    if query.sort == Sort.CHEAPEST:
        matching.sort(key=lambda found: (found.total_cents, found.metres))
    page = max(1, min(query.page, -(-len(matching) // PAGE_SIZE) or 1))
    shown = matching[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
    return Results(shown, len(matching), page, is_more=is_more)


def _matching(query: SearchQuery, price_of: PriceOf) -> tuple[list[Found], bool]:
    """Those whose price and places fit too; whether there were more than are ranked."""
    rows = read(Statement(query).priced())
    is_more = len(rows) >= MOST_RANKED
    if _may_be_capped(query):
        rows = _without_capped(query, rows)
    matching = []
    for row in rows:
        found = _found(row)
        found.terms = row[WIDTH + 1]
        found.total_cents = price_of(found.terms)
        if is_within(query, found.total_cents):
            matching.append(found)
    return matching, is_more


def is_within(query: SearchQuery, cents: int | None) -> bool:
    if cents is None:
        return False
    if query.min_cents is not None and cents < query.min_cents:
        return False
    return query.max_cents is None or cents <= query.max_cents


def _may_be_capped(query: SearchQuery) -> bool:
    """The bits know "room for one" and "room for two"; the rest needs the calendar's numbers."""
    return bool(query.dates) and query.kind.is_at_sitters and query.pets > 2


def _without_capped(query: SearchQuery, rows: Sequence[tuple]) -> list[tuple]:
    """Drop sitters whose exceptions leave too few places on one of the dates."""
    caps = {row[1]: found for row in rows if (found := _caps(query, row[WIDTH + 1]))}
    if not caps:
        return list(rows)
    resource = Seat.Resource.DAY if query.kind == Kind.DAY_CARE else Seat.Resource.NIGHT
    days = [on.toordinal() for on in query.dates]
    held = Counter(
        Seat.objects.filter(
            sitter_id__in=caps, resource=resource, slot__range=(days[0], days[-1])
        ).values_list("sitter_id", "slot")
    )
    return [
        row
        for row in rows
        if all(
            cap - held[row[1], on.toordinal()] >= query.pets
            for on, cap in caps.get(row[1], {}).items()
        )
    ]


def _caps(query: SearchQuery, terms: str) -> dict[date, int]:
    """The dates of the choice on which this sitter takes another number than usual."""
    column = 4 if query.kind == Kind.DAY_CARE else 3
    found = {}
    for row in json.loads(terms)["caps"]:
        for on in query.dates:
            if row[0] <= on.isoformat() < row[1]:
                # The last exception wins, also when it says "as usual".
                found.pop(on, None)
                if row[column] is not None:
                    found[on] = row[column]
    return found


def with_cards(found: Sequence[Found]) -> list[Found]:
    """Those on one page with what is shown of them; accounts that were closed are left out."""
    if not found:
        return []
    marks = ", ".join(["%s"] * len(found))
    sql = (
        "SELECT c.id, c.card, c.terms, u.name, u.photo, u.face FROM profiles_searchcard c "
        "JOIN profiles_sitterprofile s ON s.id = c.sitter_id "
        f"JOIN accounts_user u ON u.id = s.user_id WHERE u.is_active = 1 AND c.id IN ({marks})"
    )
    texts = {row[0]: row[1:] for row in read(sql, [one.id for one in found])}
    shown = [one for one in found if one.id in texts]
    for one in shown:
        one.card, one.terms, one.name, one.photo, one.face = texts[one.id]
    return shown


def _found(row: tuple) -> Found:
    return Found(*row[:5], geo.metres(row[5]), *row[6:WIDTH])


def read(sql: str, values: Sequence = ()) -> Sequence[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()
