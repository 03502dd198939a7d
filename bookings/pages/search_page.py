"""The words and pieces of the search page around its results."""

from dataclasses import dataclass
from datetime import timedelta

from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import ngettext

from bookings.choice import Reading
from bookings.pages.said import said as _
from bookings.pages.search_cards import count_words
from bookings.pages.search_reading import SearchReading
from bookings.services.lines import UNITS
from bookings.services.terms import PetFacts
from pawsitters import dates
from profiles.kinds import UNIT_WORDS, Species
from profiles.models import Town
from profiles.services.search import Nearby, Results
from profiles.services.search.query import COUNTED_TO

ANIMALS = {
    Species.DOG: lambda n: ngettext("%(count)d dog", "%(count)d dogs", n),
    Species.CAT: lambda n: ngettext("%(count)d cat", "%(count)d cats", n),
    Species.SMALL_MAMMAL: lambda n: ngettext(
        "%(count)d small mammal", "%(count)d small mammals", n
    ),
    Species.BIRD: lambda n: ngettext("%(count)d bird", "%(count)d birds", n),
    Species.REPTILE: lambda n: ngettext("%(count)d reptile", "%(count)d reptiles", n),
    Species.FISH: lambda n: ngettext("%(count)d fish", "%(count)d fish", n),
    Species.OTHER: lambda n: ngettext("%(count)d other animal", "%(count)d other animals", n),
}


def animal_words(pets: tuple[PetFacts, ...]) -> str:
    """ "2 dogs and 1 cat"."""
    counts: dict[str, int] = {}
    for pet in pets:
        counts[pet.species] = counts.get(pet.species, 0) + 1
    words = [ANIMALS[Species(one)](count) % {"count": count} for one, count in counts.items()]
    if len(words) < 2:
        return "".join(words)
    return _("%(first)s and %(last)s") % {"first": ", ".join(words[:-1]), "last": words[-1]}


def unit_words(reading: Reading) -> str:
    """ "4 nights" of the choice."""
    per_date = len(reading.choice.visit_times) if reading.kind.is_visits else 1
    return UNITS[reading.kind] % {"count": len(reading.choice.dates) * per_date}


def price_label(reading: Reading) -> str:
    """What stands beside the price on a card: what it is for, and that fees are in it."""
    animals = animal_words(reading.pets)
    if reading.choice:
        return _("%(units)s, %(animals)s, all in") % {
            "units": unit_words(reading),
            "animals": animals,
        }
    return _("a %(unit)s, %(animals)s, fees included") % {
        "unit": UNIT_WORDS[reading.kind],
        "animals": animals,
    }


def title_of(reading: SearchReading, results: Results | None) -> str:
    if results is None:
        return _("Find a sitter")
    animals = animal_words(reading.choice.pets)
    if not results.total:
        return (
            _("Nobody near %(town)s can take %(animals)s then")
            % {
                "town": reading.town.name,
                "animals": animals,
            }
            if reading.choice.choice
            else _("Nobody near %(town)s for %(animals)s yet")
            % {
                "town": reading.town.name,
                "animals": animals,
            }
        )
    return _("%(sitters)s can take %(animals)s") % {
        "sitters": count_words(results.total, results.is_more, COUNTED_TO),
        "animals": animals,
    }


def summary_of(reading: SearchReading) -> str:
    """What was asked, in one line: "Boarding, Berlin, 23 to 27 December, 2 dogs"."""
    choice = reading.choice
    parts = [str(choice.kind.label)]
    if reading.town:
        parts.append(reading.town.name)
    if choice.choice:
        parts.append(dates.day_range(choice.choice.starts_on, choice.choice.last_on))
    parts.append(animal_words(choice.pets))
    return ", ".join(part for part in parts if part)


def lead_of(reading: SearchReading, has_results: bool) -> str:
    choice = reading.choice.choice
    place = {"km": reading.km, "town": reading.town.label}
    where = _("Within %(km)d km of %(town)s") % place
    if choice is None:
        return _(
            "%(kind)s. %(where)s. Choose dates to see who has room then, and the whole price."
        ) % {"kind": reading.choice.kind.label, "where": where}
    first, last = dates.day(choice.starts_on), dates.day(choice.last_on)
    if choice.kind.is_nights:
        first, last = f"{first}, {choice.start_time:%H:%M}", f"{last}, {choice.end_time:%H:%M}"
    if choice.kind.is_visits:
        times = ", ".join(f"{at:%H:%M}" for at in choice.visit_times)
        last = _("%(day)s, at %(times)s") % {"day": last, "times": times}
    when = _("%(first)s to %(last)s") % {"first": first, "last": last}
    what = {"kind": reading.choice.kind.label, "when": when, "where": where}
    if not has_results:
        return _("%(kind)s, %(when)s. %(where)s.") % what
    return (
        _(
            "%(kind)s, %(when)s. %(where)s. Everyone here has room on all these dates, and every "
            "price includes the fees."
        )
        % what
    )


def town_links(reading: SearchReading, towns: list[Town]) -> SafeString:
    """The namesakes, or near spellings, each with the rest of the search kept."""
    return format_html_join(
        "",
        '<li><a class="btn btn-sm btn-outline-secondary" href="/search/?{}" rel="nofollow">{}</a></li>',
        ((reading.address(where=town.label, town=town.id), town.label) for town in towns),
    )


@dataclass(frozen=True)
class Pages:
    words: str
    previous_url: str
    next_url: str


def pages_of(results: Results, address: str) -> Pages | None:
    if results.pages < 2:
        return None
    last = results.first + len(results.found) - 1
    of = f"{COUNTED_TO}+" if results.is_more or results.total > COUNTED_TO else results.total
    return Pages(
        _("Sitters %(first)d to %(last)d of %(all)s")
        % {"first": results.first, "last": last, "all": of},
        f"/search/?{address}&page={results.page - 1}" if results.page > 1 else "",
        f"/search/?{address}&page={results.page + 1}" if results.page < results.pages else "",
    )


@dataclass(frozen=True)
class Empty:
    """What a search without results offers instead."""

    sentence: str
    links: SafeString


def empty_of(reading: SearchReading, nearby: Nearby) -> Empty:
    links = [(_moved(reading, days), _date_words(reading, days, n)) for days, n in nearby.dates]
    if nearby.km:
        words = ngettext(
            "Within %(km)d km: %(count)d sitter",
            "Within %(km)d km: %(count)d sitters",
            nearby.km_total,
        ) % {"km": nearby.km, "count": nearby.km_total}
        links.append((reading.address(km=nearby.km), words))
    if reading.filter_count:
        none = dict.fromkeys(("min", "max", "rating", *reading.features))
        links.append((reading.address(**none), _("Without the filters")))
    if nearby.dates and nearby.dates[0][1]:
        sentence = _("Nobody has these dates open within %(km)d km. These come nearest:")
    elif nearby.dates or nearby.km:
        sentence = _("Nobody within %(km)d km fits all of this. These come nearest:")
    elif links:
        sentence = _("Nobody within 100 km fits all of this. Try it with fewer wishes:")
    else:
        sentence = _(
            "Nobody within %(km)d km offers this yet. Try another kind of care, or another town."
        )
    buttons = format_html_join(
        "",
        '<li><a class="btn btn-outline-secondary" href="/search/?{}" rel="nofollow">{}</a></li>',
        links,
    )
    return Empty(sentence % {"km": reading.km}, buttons)


def _moved(reading: SearchReading, days: int) -> str:
    choice, by = reading.choice.choice, timedelta(days=days)
    return reading.address(from_=choice.starts_on + by, to=choice.last_on + by)


def _date_words(reading: SearchReading, days: int, total: int) -> str:
    choice, by = reading.choice.choice, timedelta(days=days)
    when = dates.day_range(choice.starts_on + by, choice.last_on + by)
    if not total:
        return when
    return _("%(when)s: %(sitters)s") % {
        "when": when,
        "sitters": count_words(total, False, COUNTED_TO),
    }


def error_links(reading: SearchReading) -> SafeString:
    """The error summary: each sentence leads to its field."""
    fields = {"times": "times-1", "pets": "dogs", "weekdays": "from"}
    return format_html_join(
        "",
        '<li><a href="#q-{}">{}</a></li>',
        ((fields.get(name, name), sentence) for name, sentence in reading.errors.items()),
    )
