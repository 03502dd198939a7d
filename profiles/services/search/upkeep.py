"""Keeps the search rows true: after an edit, after a change of seats, and as days go by."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date

from django.db import connection, transaction

from profiles.availability import Taken
from profiles.kinds import KIND_CODES, Kind
from profiles.models import SearchCard, SearchRow, Seat, SitterCapacity, SitterProfile

from .bits import COLUMNS, FULL, RING_DAYS, day_masks
from .rows import DAY_RESOURCES, KIND_SHIFT, build_rows, first_day, left_on

HORIZON_DAYS = 400
BATCH = 1_000


def refresh_search(sitter: SitterProfile) -> None:
    """Write one sitter's rows anew, within the caller's transaction.

    A sitter who is not published, or whose account is closed, has none.
    """
    if sitter.is_published and sitter.user.is_active:
        capacity = SitterCapacity.objects.filter(pk=sitter.pk).first() or SitterCapacity()
        _replace([sitter.pk], build_rows(sitter, capacity, _seats([sitter.pk])[sitter.pk]))
    else:
        _replace([sitter.pk], [])


def update_busy(sitter: SitterProfile, capacity: SitterCapacity, dates: Iterable[date]) -> None:
    """Set the bits of some dates from the seats as they are now.

    Call it after every change of a sitter's seats, in the same transaction, with the capacity row
    locked. Two statements; dates that have passed are left alone, because their bits already
    stand for a day fourteen months on.
    """
    start = first_day()
    days = sorted({day for on in dates if (day := on.toordinal()) >= start})
    if not days:
        return
    if days[-1] > start + HORIZON_DAYS:
        refresh_search(sitter)  # further than some rows reach; see `filled_to`
        return
    services = sitter.snapshot.get("services", ())
    services = [service for service in services if not Kind(service["kind"]).is_visits]
    if services:
        taken = Taken.from_rows(_seats_on(sitter.pk, days))
        _write_bits(sitter, capacity, services, taken, days)


def _write_bits(sitter, capacity, services, taken, days: Sequence[int]) -> None:
    touched = day_masks(days)
    columns = [number for number in range(COLUMNS) if touched[number]]
    values: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for service in services:
        left = {day: left_on(service, sitter.snapshot, capacity, taken, day) for day in days}
        busy = day_masks(day for day in days if left[day] < 1)
        tight = day_masks(day for day in days if left[day] < 2)
        code = KIND_CODES[Kind(service["kind"])]
        for number in columns:
            values[f"busy_{number}"].append((code, busy[number]))
            values[f"tight_{number}"].append((code, tight[number]))
    sets = []
    for column, pairs in values.items():
        keep = FULL ^ touched[int(column.rpartition("_")[2])]
        cases = " ".join(f"WHEN {code} THEN {bits}" for code, bits in pairs)
        # Only our own integers are in this text; the two numbers below are parameters.
        sets.append(
            f"{column} = ({column} & {keep}) | (CASE id >> {KIND_SHIFT} {cases} ELSE 0 END)"
        )
    codes = ", ".join(str(KIND_CODES[Kind(service["kind"])]) for service in services)
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE profiles_searchrow SET {', '.join(sets)} "
            f"WHERE sitter_id = %s AND id >> {KIND_SHIFT} IN ({codes})",
            [sitter.pk],
        )


def roll_forward(today: date, limit: int = 20_000) -> int:
    """Rewrite rows whose bits do not reach the furthest horizon any more; return how many sitters.

    The ring knows 419 days and nobody books further than 400 ahead, so each row comes round every
    19 days and nothing has to happen at midnight: a query asks only for days up to `filled_to`.
    """
    reach = today.toordinal() + HORIZON_DAYS
    ids = SearchRow.objects.filter(filled_to__lte=reach).values_list("sitter_id", flat=True)
    ids = sorted(set(ids[: limit * len(Kind)]))[:limit]
    for start in range(0, len(ids), BATCH):
        _rebuild(ids[start : start + BATCH])
    return len(ids)


def rebuild_search(report: Callable[[Sequence], Iterable] = lambda batches: batches) -> int:
    """Write every row anew; return how many sitters are published. `report` wraps the batches."""
    ids = list(SitterProfile.objects.published().order_by("pk").values_list("pk", flat=True))
    with transaction.atomic():
        for model in (SearchRow, SearchCard):
            model.objects.exclude(sitter_id__in=SitterProfile.objects.published()).delete()
    for batch in report([ids[start : start + BATCH] for start in range(0, len(ids), BATCH)]):
        _rebuild(batch)
    return len(ids)


def sitters_with_wrong_bits() -> list[int]:
    """Sitters whose rows differ from what their seats and calendar say now; reads everything."""
    wrong = []
    ids = list(SitterProfile.objects.published().values_list("pk", flat=True))
    for start in range(0, len(ids), BATCH):
        batch = ids[start : start + BATCH]
        wanted = defaultdict(dict)
        for row, _card in _build(batch):
            wanted[row.sitter_id][row.id] = row
        found = defaultdict(dict)
        for row in SearchRow.objects.filter(sitter_id__in=batch):
            found[row.sitter_id][row.id] = row
        wrong += [pk for pk in batch if not _same(wanted[pk], found[pk])]
    return wrong


def _same(wanted: dict[int, SearchRow], found: dict[int, SearchRow]) -> bool:
    return wanted.keys() == found.keys() and all(
        _known_bits(row, found[key].filled_to) == _known_bits(found[key], found[key].filled_to)
        for key, row in wanted.items()
    )


def _known_bits(row: SearchRow, until: int) -> list[int]:
    """The bits of the days that both an older and a newer row speak of."""
    known = day_masks(range(first_day() + 1, min(until, first_day() + RING_DAYS - 1) + 1))
    return [
        getattr(row, f"{name}_{number}") & known[number]
        for name in ("busy", "tight")
        for number in range(COLUMNS)
    ]


@transaction.atomic
def _rebuild(ids: Sequence[int]) -> None:
    # Seats must not change between reading them and writing the bits.
    list(SitterCapacity.objects.select_for_update().filter(pk__in=ids).order_by("pk"))
    _replace(ids, _build(ids))


def _build(ids: Sequence[int]) -> list[tuple[SearchRow, SearchCard]]:
    sitters = SitterProfile.objects.published().filter(pk__in=ids)
    sitters = sitters.select_related("user", "town", "capacity").defer("about")
    seats = _seats(ids)
    pairs = []
    for sitter in sitters:
        capacity = getattr(sitter, "capacity", None) or SitterCapacity()
        pairs += build_rows(sitter, capacity, seats[sitter.pk])
    return pairs


def _replace(ids: Sequence[int], pairs: list[tuple[SearchRow, SearchCard]]) -> None:
    for model, rows in ((SearchRow, [p[0] for p in pairs]), (SearchCard, [p[1] for p in pairs])):
        model.objects.filter(sitter_id__in=ids).delete()
        model.objects.bulk_create(rows, batch_size=500)


def _seats(ids: Sequence[int]) -> dict[int, list[tuple]]:
    start = first_day()
    rows = Seat.objects.filter(
        sitter_id__in=ids, resource__in=DAY_RESOURCES, slot__range=(start, start + RING_DAYS)
    ).values_list("sitter_id", "resource", "slot", "number")
    by_sitter = defaultdict(list)
    for sitter_id, *seat in rows:
        by_sitter[sitter_id].append((*seat, ""))
    return by_sitter


def _seats_on(sitter_id: int, days: Sequence[int]) -> list[tuple]:
    rows = Seat.objects.filter(
        sitter_id=sitter_id, resource__in=DAY_RESOURCES, slot__range=(days[0], days[-1])
    ).values_list("resource", "slot", "number")
    return [(*seat, "") for seat in rows]
