"""Fills the tables of towns from profiles/data/towns.tsv.xz; safe to run again."""

import lzma
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import islice
from pathlib import Path

from django.db import connection, transaction

from profiles.folding import fold
from profiles.models import Town, TownName, TownPrefix
from profiles.services.towns import LONGEST_PREFIX

PATH = Path(__file__).resolve().parent.parent / "data" / "towns.tsv.xz"
BATCH = 2_000
POPULATION = 6  # where it stands among the values of a town
OWN_NAME_WEIGHT = 20
# Prefixes with fewer names are a short range of the index and need no row of their own.
SHARED_BY = 40
SUGGESTIONS = 12
# Bangkok's ceremonial name has 193 letters; nobody searches by it.
LONGEST_NAME = TownName._meta.get_field("key").max_length


def read_towns(path: Path = PATH) -> Iterable[tuple[tuple, list[str]]]:
    """Column values of each town, in the model's order, and its other folded names."""
    country = code = region = ""
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("="):
                country, code, region = line[1:].rstrip("\n").split("\t")
                continue
            geonameid, name, people, lat, lng, zone, others = line.rstrip("\n").split("\t")
            # The largest town of an unnamed region is not "around" itself.
            around = "" if region == f"around {name}" else region
            town = (int(geonameid), name, fold(name), around, code, country, int(people))
            place = (int(lat) * 100, int(lng) * 100, zone)
            yield town + place, others.split("|") if others else []


@transaction.atomic
def load_towns(
    report: Callable[[Iterable], Iterable] = lambda rows: rows, *, at_least: int = 0
) -> int:
    """Insert or update every town and rebuild its names; return how many towns there are.

    Towns are never deleted: homes and sitters point at them. `report` wraps the iteration (tqdm).
    `at_least` leaves out those with fewer people.
    """
    towns = [town for town in read_towns() if town[0][POPULATION] >= at_least]
    names, by_prefix = [], defaultdict(dict)
    for values, others in towns:
        town_id, own, people = values[0], values[2], values[POPULATION]
        for key, weight in ((own, people * OWN_NAME_WEIGHT), *((key, people) for key in others)):
            if len(key) > LONGEST_NAME:
                continue
            names.append((key, town_id, weight))
            for length in range(1, min(LONGEST_PREFIX, len(key)) + 1):
                best = by_prefix[key[:length]]
                best[town_id] = max(best.get(town_id, 0), weight)
    steps = [
        *_upserts(
            Town, [field.column for field in Town._meta.concrete_fields], (t[0] for t in towns)
        ),
        *_inserts(TownName, ["key", "town_id", "weight"], names),
        *_inserts(TownPrefix, ["prefix", "town_ids"], _prefix_rows(by_prefix)),
    ]
    TownName.objects.all().delete()
    TownPrefix.objects.all().delete()
    with connection.cursor() as cursor:
        for sql, rows in report(steps):
            cursor.executemany(sql, rows)
    return len(towns)


def _prefix_rows(by_prefix: dict[str, dict[int, int]]) -> Iterable[tuple[str, str]]:
    for prefix, weights in by_prefix.items():
        if len(weights) >= SHARED_BY and not prefix.endswith(" "):
            best = sorted(weights, key=weights.get, reverse=True)[:SUGGESTIONS]
            yield prefix, str(best)


def _inserts(model, columns: list[str], rows: Iterable[tuple]) -> Iterable[tuple[str, list]]:
    quoted = ", ".join(connection.ops.quote_name(column) for column in columns)
    marks = ", ".join(["%s"] * len(columns))
    sql = f"INSERT INTO {model._meta.db_table} ({quoted}) VALUES ({marks})"
    return _batches(sql, rows)


def _upserts(model, columns: list[str], rows: Iterable[tuple]) -> Iterable[tuple[str, list]]:
    # The key stays as it is, so rows that point here do too (REPLACE would delete them first).
    columns = [connection.ops.quote_name(column) for column in columns]
    if connection.vendor == "mysql":
        tail = "ON DUPLICATE KEY UPDATE " + ", ".join(f"{c} = VALUES({c})" for c in columns[1:])
    else:
        tail = "ON CONFLICT (id) DO UPDATE SET " + ", ".join(
            f"{c} = excluded.{c}" for c in columns[1:]
        )
    quoted = ", ".join(columns)
    marks = ", ".join(["%s"] * len(columns))
    table = model._meta.db_table
    return _batches(f"INSERT INTO {table} ({quoted}) VALUES ({marks}) {tail}", rows)


def _batches(sql: str, rows: Iterable[tuple]) -> Iterable[tuple[str, list]]:
    rows = iter(rows)
    while batch := list(islice(rows, BATCH)):
        yield sql, batch
