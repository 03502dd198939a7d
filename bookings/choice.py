"""The choice that links carry: place, service, dates, times and animals as GET parameters.

Search and the sitter page read the same parameters, so a link from one to the other keeps the
choice. Nothing typed ever raises: what cannot be read gets a sentence beside its field, and the
text stays as it was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from bookings.choice_fields import (
    MAX_TEXT,
    read_count,
    read_date,
    read_number,
    read_time,
    text_of,
    texts_of,
)
from bookings.services.schedule import Choice, minutes_between
from bookings.services.terms import PetFacts
from profiles.kinds import VISIT_MINUTES, DogSize, Kind, Species

# In the order of a canonical address. `times`, `weekdays` and `addons` may be repeated.
FIELDS = (
    "where",
    "town",
    "km",
    "kind",
    "from",
    "to",
    "at",
    "until",
    "times",
    "minutes",
    "weekdays",
    "dogs",
    "puppies",
    "cats",
    "other",
    "others",
    "kg",
    "addons",
)
REPEATED = frozenset({"times", "weekdays", "addons"})
COUNTS = ("dogs", "puppies", "cats", "others")
MAX_DATES = 60
MAX_PETS = 12
MAX_TIMES = 6
MAX_ADD_ONS = 20
# Further ahead than any sitter's horizon; also keeps date arithmetic inside the calendar.
MAX_AHEAD = timedelta(days=800)
KINDS = {kind.value: kind for kind in Kind}
OTHER_SPECIES = {s.value: s for s in Species if s not in (Species.DOG, Species.CAT)}
DOG_SIZES = {str(size.value): size.value for size in DogSize}
DEFAULT_MINUTES = 30
DEFAULT_TIMES = {True: ("08:00", "18:00"), False: ("10:00", "10:00")}


@dataclass(frozen=True)
class Reading:
    """What the parameters say.

    `choice` is empty without dates or with an error in them. `values` has every name of `FIELDS`,
    as typed (tidied where it could be read; repeated ones joined by spaces), `errors` a sentence
    per field; "pets" stands for the group of counts. `dog_size` is a value of DogSize or None.
    """

    kind: Kind
    choice: Choice | None
    pets: tuple[PetFacts, ...]
    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    times: tuple[str, ...] = ()
    weekdays: frozenset[int] = frozenset()
    add_on_ids: tuple[int, ...] = ()
    dog_size: int | None = None

    @property
    def is_valid(self) -> bool:
        return not self.errors

    @property
    def is_priceable(self) -> bool:
        """Dates, times and animals are all there, so that there can be a price."""
        return self.choice is not None and bool(self.pets) and not self.errors


def read_choice(
    params: Mapping,
    *,
    time_zone_today: date,
    default_kind: Kind = Kind.BOARDING,
    default_dogs: int = 1,
) -> Reading:
    """Read a QueryDict, or any mapping to a text or a list of texts.

    `time_zone_today` is the date at the place of care. A link that names no animals at all means
    `default_dogs` dogs; naming them all as 0 is an error.
    """
    values = {name: text_of(params, name) for name in FIELDS if name not in REPEATED}
    errors: dict[str, str] = {}
    kind = _kind(values, errors, default_kind)
    minutes = _minutes(kind, values, errors)
    times = _times(params, kind, minutes, values, errors)
    weekdays = _weekdays(params, kind, values, errors)
    start_time, end_time = _hours(kind, values, errors)
    starts_on, last_on = _dates(kind, values, errors, time_zone_today)

    choice = None
    if starts_on and last_on and not errors:
        choice = Choice(kind, starts_on, last_on, start_time, end_time, times, weekdays, minutes)
        if not choice.dates:
            errors["weekdays"] = _("None of these weekdays lies between the two dates.")
            choice = None
    return Reading(
        kind=kind,
        choice=choice,
        pets=_pets(params, values, errors, default_dogs),
        values=values,
        errors=errors,
        times=tuple(f"{at:%H:%M}" for at in times),
        weekdays=weekdays,
        add_on_ids=_add_ons(params, values),
        dog_size=_dog_size(values, errors),
    )


def to_query(reading: Reading, **changes) -> str:
    """The canonical query string of a reading, without "?": known names in a fixed order.

    `changes` replaces or, with None, removes a parameter; a list repeats it. Write `from_` for
    `from`. Names that are none of ours (sort, page) follow at the end, sorted.
    """
    wanted: dict[str, object] = {
        name: reading.values[name].split() if name in REPEATED else reading.values[name]
        for name in FIELDS
    }
    changes = {name.rstrip("_"): value for name, value in changes.items()}
    kind = KINDS.get(_plain(changes.get("kind")), reading.kind)
    if kind != reading.kind:
        wanted.update({"at": None, "until": None, "minutes": None})
    elif _has_default_hours(reading):
        wanted.update({"at": None, "until": None})
    wanted.update(changes)
    unused = _unused(kind)
    names = [name for name in FIELDS if name not in unused]
    names += sorted(name for name in wanted if name not in FIELDS)
    pairs = []
    for name in names:
        value = wanted[name]
        many = value if isinstance(value, list | tuple | set | frozenset) else [value]
        pairs += [(name, _plain(one)) for one in many if _plain(one)]
    if any(name in COUNTS and value != "0" for name, value in pairs):
        pairs = [pair for pair in pairs if pair[0] not in COUNTS or pair[1] != "0"]
    return urlencode(pairs, safe=":")


def _has_default_hours(reading: Reading) -> bool:
    hours = (reading.values["at"], reading.values["until"])
    return hours == DEFAULT_TIMES[reading.kind is Kind.DAY_CARE]


def _plain(value: object) -> str:
    if value is None or value is False:
        return ""
    if isinstance(value, time):
        return f"{value:%H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    return str(value)


def _unused(kind: Kind) -> set[str]:
    """Parameters that mean nothing for this kind of care."""
    if kind.is_nights:
        return {"times", "minutes", "weekdays"}
    return {"at", "until"} if kind.is_visits else {"times", "minutes"}


def _kind(values, errors, default: Kind) -> Kind:
    typed = values["kind"]
    kind = KINDS.get(typed)
    if kind is None:
        if typed:
            errors["kind"] = _("Choose one of the kinds of care in the list.")
        else:
            values["kind"] = default.value
    return kind or default


def _minutes(kind: Kind, values, errors) -> int:
    if not kind.is_visits:
        return 0
    if not values["minutes"]:
        values["minutes"] = str(DEFAULT_MINUTES)
    minutes = read_number(values["minutes"])
    if minutes in VISIT_MINUTES[kind]:
        return minutes
    allowed = [str(m) for m in VISIT_MINUTES[kind]]
    errors["minutes"] = _("Choose %(first)s or %(last)s minutes.") % {
        "first": ", ".join(allowed[:-1]),
        "last": allowed[-1],
    }
    return DEFAULT_MINUTES


def _times(params, kind: Kind, minutes: int, values, errors) -> tuple[time, ...]:
    typed = texts_of(params, "times")
    values["times"] = " ".join(typed)
    if not kind.is_visits:
        return ()
    if "times" not in params:
        values["times"] = "12:00"
        return (time(12),)
    read = {read_time(text) for text in typed}
    if not typed:
        errors["times"] = _("Choose at least one time of day.")
    elif None in read:
        errors["times"] = _("Write each time like 08:30.")
    elif len(read) > MAX_TIMES:
        errors["times"] = _("At most %(count)d times a day.") % {"count": MAX_TIMES}
    if "times" in errors:
        return ()
    times = sorted(read)
    if any(minutes_between(a, b) < minutes for a, b in zip(times, times[1:], strict=False)):
        errors["times"] = _("These times are closer together than one visit lasts.")
    values["times"] = " ".join(f"{at:%H:%M}" for at in times)
    return tuple(times)


def _weekdays(params, kind: Kind, values, errors) -> frozenset[int]:
    typed = texts_of(params, "weekdays")
    values["weekdays"] = " ".join(typed)
    if kind.is_nights:
        return frozenset()
    days = {read_number(text) for text in typed}
    if any(day is None or day > 6 for day in days):
        errors["weekdays"] = _("Choose weekdays from the list.")
        return frozenset()
    values["weekdays"] = " ".join(str(day) for day in sorted(days))
    return frozenset(days) if len(days) < 7 else frozenset()


def _hours(kind: Kind, values, errors) -> tuple[time, time]:
    defaults = DEFAULT_TIMES[kind is Kind.DAY_CARE]
    if kind.is_visits:
        return time(10), time(10)
    if kind is Kind.DAY_CARE and values["at"] == values["until"]:
        # Left over from nights, whose two fields are the same hour by default.
        values["at"] = values["until"] = ""
    read = []
    for name, default in zip(("at", "until"), defaults, strict=True):
        at = read_time(values[name] or default)
        if at is None:
            errors[name] = _("Write the time like 10:00.")
            at = time.fromisoformat(default)
        else:
            values[name] = f"{at:%H:%M}"
        read.append(at)
    if kind is Kind.DAY_CARE and read[1] <= read[0] and not errors:
        errors["until"] = _("Collecting must be later than bringing.")
    return read[0], read[1]


def _dates(kind: Kind, values, errors, today: date) -> tuple[date | None, date | None]:
    """The first and last date; both None when none is chosen or one cannot be used."""
    if not values["from"] and not values["to"]:
        return None, None
    if not values["to"] and not kind.is_nights:
        values["to"] = values["from"]  # a single day
    found = [_date(name, values, errors, today) for name in ("from", "to")]
    starts_on, last_on = found
    if not (starts_on and last_on):
        return None, None
    count = (last_on - starts_on).days + (not kind.is_nights)
    if kind.is_nights and count < 1:
        errors["to"] = _("The day of collection must be after the first night.")
    elif count < 1:
        errors["to"] = _("The last day must not be before the first.")
    elif count > MAX_DATES:
        sentence = (
            _("At most %(most)d nights in one booking; these are %(count)d.")
            if kind.is_nights
            else _("At most %(most)d days in one booking; these are %(count)d.")
        )
        errors["to"] = sentence % {"most": MAX_DATES, "count": count}
    return (None, None) if "to" in errors else (starts_on, last_on)


def _date(name: str, values, errors, today: date) -> date | None:
    if not values[name]:
        errors[name] = _("Choose this date too.")
        return None
    on = read_date(values[name])
    if on is None:
        errors[name] = _("Write the date like %(date)s.") % {"date": today.isoformat()}
        return None
    values[name] = on.isoformat()
    if on < today:
        errors[name] = _("This date is in the past.")
    elif name == "from" and on - today > MAX_AHEAD:
        errors[name] = _("This date is more than two years away.")
    return None if name in errors else on


def _pets(params, values, errors, default_dogs: int) -> tuple[PetFacts, ...]:
    if not any(name in params for name in COUNTS):
        values["dogs"] = str(default_dogs) if default_dogs else ""
    counts = {}
    for name in COUNTS:
        count = read_count(values[name])
        if count is None or count > MAX_PETS:
            errors[name] = _("Write a number from 0 to %(most)d.") % {"most": MAX_PETS}
            count = 0
        counts[name] = count
    species = OTHER_SPECIES.get(values["other"])
    if species is None and (counts["others"] or values["other"]):
        errors["other"] = _("Choose the kind of animal from the list.")
        counts["others"] = 0
    if errors.keys() & {*COUNTS, "other"}:
        return ()
    total = sum(counts.values())
    if total > MAX_PETS:
        errors["pets"] = _("At most %(most)d animals in one booking.") % {"most": MAX_PETS}
        return ()
    if total == 0 and any(name in params for name in COUNTS):
        errors["pets"] = _("Choose at least one animal.")
    return _anonymous(counts, species or Species.OTHER)


def _anonymous(counts: dict[str, int], other: Species) -> tuple[PetFacts, ...]:
    """Animals without a name, numbered from 1, such as "dog 1", "dog 2" and "puppy 1"."""
    groups = (
        ("dogs", _("dog"), Species.DOG, False),
        ("puppies", _("puppy"), Species.DOG, True),
        ("cats", _("cat"), Species.CAT, False),
        ("others", other.label.lower() if counts["others"] else "", other, False),
    )
    pets: list[PetFacts] = []
    for name, word, species, is_young in groups:
        for number in range(1, counts[name] + 1):
            pets.append(PetFacts(len(pets) + 1, f"{word} {number}", species.value, is_young))
    return tuple(pets)


def _add_ons(params, values) -> tuple[int, ...]:
    """Ids of ticked extras; what is no number is dropped, foreign ids fall out at pricing."""
    ids = sorted({n for n in map(read_number, texts_of(params, "addons")) if n})[:MAX_ADD_ONS]
    values["addons"] = " ".join(map(str, ids))
    return tuple(ids)


def _dog_size(values, errors) -> int | None:
    if values["kg"] and values["kg"] not in DOG_SIZES:
        errors["kg"] = _("Choose one of the weights in the list.")
    return DOG_SIZES.get(values["kg"])


__all__ = ["FIELDS", "MAX_TEXT", "Reading", "read_choice", "to_query"]
