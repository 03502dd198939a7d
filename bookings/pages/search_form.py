"""The search form and its filters, written here because a page has three dozen of these fields.

One form; the filters at the side and the order above the list belong to it by their `form`
attribute, so that changing one thing keeps all the others, with or without script.
"""

from functools import lru_cache
from html import escape

from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from accounts.templatetags.ui import SERVICES_IN_MANY
from bookings.choice import OTHER_SPECIES
from bookings.pages.said import said as _
from bookings.pages.search_reading import DISTANCES_KM, FEATURES, RATINGS, SearchReading
from profiles.kinds import VISIT_MINUTES, DogSize, Kind
from profiles.services.search import Sort

FORM = "search"
_COUNTS = tuple((str(number), str(number)) for number in range(7))
VISIT_FIELDS = 3
FILTER_NAMES = ("min", "max", "rating", *FEATURES)


def main_fields(reading: SearchReading) -> SafeString:
    """Where, what, when, and how many dogs and cats: the row on top."""
    values, errors = reading.choice.values, reading.errors
    where = _text(
        "where",
        _("Where"),
        values["where"],
        errors,
        attributes=f' placeholder="{escape(_("Town"))}" maxlength="80" '
        'autocomplete="address-level2" data-places="/places/"',
    )
    kinds = _lists(get_language())["kinds"]
    first, last = _date_words(reading.choice.kind)
    parts = [
        f'<div class="wide">{where}</div>',
        f'<div class="wide">{_select("kind", _("Care"), kinds, reading.choice.kind.value, errors)}</div>',
        f"<div>{_text('from', first, values['from'], errors, type_='date')}</div>",
        f"<div>{_text('to', last, values['to'], errors, type_='date')}</div>",
        f"<div>{_count('dogs', _('Dogs'), values, errors)}</div>",
        f"<div>{_count('cats', _('Cats'), values, errors)}</div>",
    ]
    return mark_safe("".join(parts))


def more_fields(reading: SearchReading) -> SafeString:
    """Other animals, weight, hours and distance: what most people leave as it is."""
    values, errors, kind = reading.choice.values, reading.errors, reading.choice.kind
    lists = _lists(get_language())
    species, sizes = lists["species"], lists["sizes"]
    distances = [(str(km), f"{km} km") for km in sorted({*DISTANCES_KM, reading.km})]
    parts = [
        _select("km", _("Within"), distances, str(reading.km), errors),
        _count("puppies", _("Puppies under 12 months"), values, errors),
        _select("kg", _("Heaviest dog"), sizes, values["kg"], errors),
        _select("other", _("Another animal"), species, values["other"], errors),
        _count("others", _("How many of those"), values, errors),
    ]
    if kind.is_visits:
        lengths = [(str(minutes), _("%d min") % minutes) for minutes in VISIT_MINUTES[kind]]
        parts.append(_select("minutes", _("How long"), lengths, values["minutes"], errors))
        parts += _visit_times(reading, errors)
    else:
        parts.append(_text("at", _("Bring at"), values["at"], errors, type_="time"))
        parts.append(_text("until", _("Collect at"), values["until"], errors, type_="time"))
    hidden = "".join(
        f'<input type="hidden" name="weekdays" value="{day}">'
        for day in sorted(reading.choice.weekdays)
    )
    return mark_safe("".join(f"<div>{part}</div>" for part in parts) + hidden)


def is_more_open(reading: SearchReading) -> bool:
    """Whether something in `more_fields` was set or needs to be seen."""
    values = reading.choice.values
    names = ("km", "kg", "puppies", "other", "others", "minutes", "times", "at", "until", "pets")
    if any(name in reading.errors for name in names):
        return True
    return any(values[name] not in ("", "0") for name in ("puppies", "others"))


def filter_fields(reading: SearchReading) -> SafeString:
    """Price, home, rating and how it works: at the side, or in the drawer on small screens."""
    errors, typed = reading.errors, reading.typed
    return _filters(
        reading.choice.choice is not None,
        (typed["min"], errors.get("min", "")),
        (typed["max"], errors.get("max", "")),
        reading.features,
        reading.rating,
        get_language(),
    )


@lru_cache(maxsize=512)
def _filters(is_total, low_typed, high_typed, chosen, rating, language) -> SafeString:
    legend = _("Total price") if is_total else _("Price of one")
    decimal = _of_form('inputmode="decimal"')
    low = _input("min", _("At least"), *low_typed, "text", decimal, "min")
    high = _input("max", _("At most"), *high_typed, "text", decimal, "max")
    homes = (
        ("fenced", _("Fenced garden")),
        ("smokefree", _("No smoking")),
        ("noanimals", _("No other animals")),
        ("nochildren", _("No children")),
    )
    ratings = [("", _("Any")), *((key, _("%s and better") % key) for key in RATINGS)]
    return mark_safe(
        f'<fieldset><legend class="form-label">{escape(legend)}</legend><div class="row g-2">'
        f'<div class="col">{low}</div><div class="col">{high}</div></div></fieldset>'
        f'<fieldset><legend class="form-label">{escape(_("The home"))}</legend>'
        f"{''.join(_check(name, label, name in chosen) for name, label in homes)}</fieldset>"
        f"<div class='mt-3'>{_select('rating', _('Rating'), ratings, rating, {}, _of_form())}</div>"
        f'<fieldset class="mt-3"><legend class="form-label">{escape(_("How it works"))}</legend>'
        f"{_check('instant', _('Confirms at once'), 'instant' in chosen)}</fieldset>"
    )


def sort_options(reading: SearchReading) -> SafeString:
    return _sorts(reading.choice.choice is not None, reading.sort, get_language())


@lru_cache(maxsize=64)
def _sorts(is_total: bool, chosen: Sort, language: str | None) -> SafeString:
    cheapest = _("Lowest total") if is_total else _("Lowest price")
    names = (
        (Sort.RECOMMENDED, _("Recommended")),
        (Sort.NEAREST, _("Nearest")),
        (Sort.CHEAPEST, cheapest),
        (Sort.BEST, _("Best rated")),
        (Sort.NEWEST, _("Newest")),
    )
    return mark_safe(_options([(sort.value, name) for sort, name in names], chosen.value))


def _date_words(kind: Kind) -> tuple[str, str]:
    return (_("From"), _("To")) if kind.is_nights else (_("First day"), _("Last day"))


def _visit_times(reading: SearchReading, errors: dict[str, str]) -> list[str]:
    times = [*(reading.choice.times or reading.choice.values["times"].split())]
    times += [""] * max(1, VISIT_FIELDS - len(times))
    fields = []
    for number, value in enumerate(times, start=1):
        label = _("Time %(number)d") % {"number": number}
        shown = errors if number == 1 else {}
        fields.append(_text("times", label, value, shown, type_="time", id_=f"times-{number}"))
    return fields


def _text(name, label, value, errors, *, type_="text", attributes="", id_="") -> str:
    return _input(name, label, value, errors.get(name, ""), type_, attributes, id_ or name)


def _select(name, label, options, chosen, errors, attributes="") -> str:
    return _choice(name, label, tuple(options), chosen, errors.get(name, ""), attributes)


# Most fields are the same in most searches, so they are written once.
@lru_cache(maxsize=4096)
def _input(name, label, value, error, type_, attributes, id_) -> str:
    style, described, sentence = _error(f"q-{id_}", error)
    return (
        f'<label class="form-label" for="q-{id_}">{escape(label)}</label>{sentence}'
        f'<input type="{type_}" class="form-control{style}" id="q-{id_}" name="{name}" '
        f'value="{escape(value)}"{described}{attributes}>'
    )


@lru_cache(maxsize=4096)
def _choice(name, label, options, chosen, error, attributes) -> str:
    style, described, sentence = _error(f"q-{name}", error)
    return (
        f'<label class="form-label" for="q-{name}">{escape(label)}</label>{sentence}'
        f'<select class="form-select{style}" id="q-{name}" name="{name}"{described}{attributes}>'
        f"{_options(options, chosen)}</select>"
    )


def _count(name, label, values, errors) -> str:
    value = values[name] or "0"
    options = _COUNTS
    if value not in dict(options):
        options = (*options, (value, value))
    return _select(name, label, options, value, errors)


@lru_cache(maxsize=64)
def _check(name: str, label: str, is_on: bool) -> str:
    return (
        f'<div class="form-check"><input class="form-check-input" type="checkbox" id="q-{name}" '
        f'name="{name}" value="1"{" checked" if is_on else ""}{_of_form()}>'
        f'<label class="form-check-label" for="q-{name}">{escape(label)}</label></div>'
    )


def _options(options, chosen: str) -> str:
    return "".join(
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>{escape(name)}</option>'
        for value, name in options
    )


def _of_form(more: str = "") -> str:
    return f' form="{FORM}" {more}'.rstrip()


def _error(id_: str, sentence: str) -> tuple[str, str, str]:
    if not sentence:
        return "", "", ""
    words = f'<div class="invalid-feedback d-block" id="{id_}-error">{escape(sentence)}</div>'
    return " is-invalid", f' aria-invalid="true" aria-describedby="{id_}-error"', words


@lru_cache(maxsize=16)
def _lists(language: str | None) -> dict[str, tuple[tuple[str, str], ...]]:
    """Options that depend on nothing but the language."""
    return {
        "kinds": tuple((kind, str(name)) for kind, name in SERVICES_IN_MANY.items()),
        "species": (
            ("", _("None")),
            *((key, str(one.label)) for key, one in OTHER_SPECIES.items()),
        ),
        "sizes": (("", _("Not told")), *((str(size.value), str(size.label)) for size in DogSize)),
    }
