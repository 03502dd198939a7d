"""The form beside a sitter's page: what it asks for each kind of care, and the answer to it."""

from dataclasses import dataclass
from functools import lru_cache

from django.http import QueryDict
from django.urls import reverse
from django.utils.dates import WEEKDAYS
from django.utils.html import escape, format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

from bookings.choice import COUNTS, DEFAULT_TIMES, KINDS, Reading, read_choice, to_query
from bookings.emails import date_list
from bookings.pages.sitter_prices import add_on_words, from_price
from bookings.services.lines import UNITS
from bookings.services.quotes import Offer
from bookings.services.schedule import Choice
from pawsitters import clock, dates
from profiles.kinds import DogSize, Kind, Species
from profiles.models import SitterProfile

SPARE_TIMES = 1
FEWEST_TIMES = 2
MOST_TIMES = 6
NUMBERS = (
    "",
    gettext_lazy("one"),
    gettext_lazy("two"),
    gettext_lazy("three"),
    gettext_lazy("four"),
    gettext_lazy("five"),
    gettext_lazy("six"),
    gettext_lazy("seven"),
    gettext_lazy("eight"),
    gettext_lazy("nine"),
)
ANIMAL_FIELDS = ("pets", *COUNTS, "other", "kg")


def read_for(sitter: SitterProfile, params: QueryDict) -> Reading:
    """The choice in the parameters, with this sitter's first service and animal as defaults."""
    services = sitter.snapshot["services"]
    kinds = {service["kind"]: service for service in services}
    service = kinds.get(params.get("kind", "")) or services[0]
    is_other_kind = params.get("kind") in KINDS and params["kind"] not in kinds
    takes_dogs = Species.DOG in service["species"]
    names_none = not any(name in params for name in COUNTS)
    if is_other_kind or (names_none and not takes_dogs):
        params = params.copy()
        if is_other_kind:
            params["kind"] = service["kind"]
        if names_none and not takes_dogs and Species.CAT in service["species"]:
            params["cats"] = "1"
        elif names_none and not takes_dogs and service["species"]:
            params["other"], params["others"] = service["species"][0], "1"
    reading = read_choice(
        params,
        time_zone_today=clock.today(sitter.time_zone),
        default_kind=Kind(services[0]["kind"]),
        default_dogs=int(takes_dogs),
    )
    if is_other_kind:
        name = sitter.user.get_short_name()
        reading.errors["kind"] = _("%(sitter)s does not offer this.") % {"sitter": name}
    return reading


@dataclass(frozen=True)
class Panel:
    """What the form's template shows; `errors` has a sentence per field.

    `dates` and `animals` are fields written here, because a page has a dozen of them.
    """

    reading: Reading
    errors: dict[str, str]
    kinds: SafeString
    minutes: SafeString
    dates: SafeString
    times: list[str]
    weekdays: list[tuple[int, str, bool]]
    animals: SafeString
    animals_error: str
    has_puppies: bool
    sizes: SafeString
    add_ons: list[tuple[int, str, bool]]
    carried: list[tuple[str, str]]


def panel_of(sitter: SitterProfile, reading: Reading, offer: Offer) -> Panel:
    services, service = sitter.snapshot["services"], offer.service
    kind = Kind(service["kind"])
    values, errors = reading.values, {**reading.errors, **offer.problems}
    lengths = sorted({rate[1] for rate in service["rates"]})
    species = [Species(value) for value in service["species"]]
    has_weight_limit = Species.DOG in species and service["max_dog_kg"] != DogSize.GIANT
    animals_error = next((errors[name] for name in ANIMAL_FIELDS if name in errors), "")
    return Panel(
        reading=reading,
        errors=errors,
        kinds=_kind_options(tuple(s["kind"] for s in services), kind.value, get_language()),
        minutes=options(((str(m), _("%d min") % m) for m in lengths if m), values["minutes"]),
        dates=date_fields(kind, values, errors),
        times=time_fields(reading) if kind.is_visits else [],
        weekdays=weekday_fields(reading),
        animals=_animal_fields(species, values, animals_error),
        animals_error=animals_error,
        has_puppies=Species.DOG in species,
        sizes=_size_options(values["kg"], get_language()) if has_weight_limit else SafeString(),
        add_ons=[
            (row[0], add_on_words(row), row[0] in reading.add_on_ids) for row in service["add_ons"]
        ],
        carried=[(name, values[name]) for name in ("where", "town", "km") if values[name]],
    )


def options(pairs, chosen: str) -> SafeString:
    options = (
        f'<option value="{escape(value)}"{" selected" if value == chosen else ""}>'
        f"{escape(label)}</option>"
        for value, label in pairs
    )
    return SafeString("".join(options))


# The language is a parameter because it is a part of the answer.
@lru_cache(maxsize=512)
def _kind_options(kinds: tuple[str, ...], chosen: str, language: str) -> SafeString:
    return options(((kind, Kind(kind).label) for kind in kinds), chosen)


@lru_cache(maxsize=64)
def _size_options(chosen: str, language: str) -> SafeString:
    sizes = [("", _("Choose")), *((str(size.value), size.label) for size in DogSize)]
    return options(sizes, chosen)


def date_fields(kind: Kind, values: dict[str, str], errors: dict[str, str]) -> SafeString:
    first_word, last_word = _date_words(kind)
    if kind.is_visits:
        return _field("from", first_word, "date", values, errors, "col-6") + _field(
            "to", last_word, "date", values, errors, "col-6"
        )
    start, end = DEFAULT_TIMES[kind is Kind.DAY_CARE]
    hours = {"at": values["at"] or start, "until": values["until"] or end}
    at_word, until_word = _hour_words(kind)
    return (
        _field("from", first_word, "date", values, errors, "col-7")
        + _field("at", at_word, "time", hours, errors, "col-5")
        + _field("to", last_word, "date", values, errors, "col-7")
        + _field("until", until_word, "time", hours, errors, "col-5")
    )


def _date_words(kind: Kind) -> tuple[str, str]:
    if kind == Kind.BOARDING:
        return _("Bring"), _("Collect")
    if kind == Kind.HOUSE_SITTING:
        return _("From"), _("Until")
    return _("First day"), _("Last day")


def _hour_words(kind: Kind) -> tuple[str, str]:
    return (_("bring at"), _("collect at")) if kind == Kind.DAY_CARE else (_("at"), _("at"))


# Written as text with every value escaped by hand: format_html takes four times as long, and these
# are a dozen fields of the page that is asked for most.
def _field(name: str, label: str, type_: str, values, errors, column: str) -> SafeString:
    """A label, the sentence that is in the way if there is one, and the input."""
    feedback, style, attributes = "", "form-control", ""
    if error := errors.get(name):
        style = "form-control is-invalid"
        attributes = f' aria-invalid="true" aria-describedby="error_id_{name}"'
        feedback = (
            f'<div id="error_id_{name}" class="invalid-feedback d-block">{escape(error)}</div>'
        )
    return SafeString(
        f'<div class="{column}"><div id="div_id_{name}" class="mb-3">'
        f'<label class="form-label" for="id_{name}">{escape(label)}</label>{feedback}'
        f'<input class="{style}" type="{type_}" id="id_{name}" name="{name}"'
        f' value="{escape(values[name])}"{attributes}></div></div>'
    )


def _animal_fields(species: list[Species], values: dict[str, str], error: str) -> SafeString:
    """A number for each kind of animal that is taken; one error speaks for all of them."""
    fields = []
    if Species.DOG in species:
        fields.append(_count("dogs", _("Dogs"), values, error))
        fields.append(_count("puppies", _("Puppies"), values, error))
    if Species.CAT in species:
        fields.append(_count("cats", _("Cats"), values, error))
    others = [one for one in species if one not in (Species.DOG, Species.CAT)]
    if len(others) == 1:
        fields.append(format_html('<input type="hidden" name="other" value="{}">', others[0].value))
        fields.append(_count("others", str(others[0].label), values, error))
    elif others:
        fields.append(
            format_html(
                '<div class="col-7"><label class="small" for="id_other">{}</label>'
                '<select class="form-select" id="id_other" name="other">{}</select></div>',
                _("Others"),
                options(((one.value, one.label) for one in others), values["other"]),
            )
        )
        fields.append(_count("others", _("How many"), values, error))
    return SafeString("".join(fields))


def _count(name: str, label: str, values: dict[str, str], error: str) -> SafeString:
    style = "form-control is-invalid" if error else "form-control"
    invalid = ' aria-invalid="true" aria-describedby="error_id_pets"' if error else ""
    return SafeString(
        f'<div class="col-4"><label class="small" for="id_{name}">{escape(label)}</label>'
        f'<input class="{style}" type="number" min="0" max="12" id="id_{name}" name="{name}"'
        f' value="{escape(values[name] or "0")}"{invalid}></div>'
    )


def time_fields(reading: Reading) -> list[str]:
    """The chosen times of day and a free field or two."""
    typed = reading.values["times"].split() if "times" in reading.errors else list(reading.times)
    typed = typed[:MOST_TIMES]
    wanted = min(MOST_TIMES, max(FEWEST_TIMES, len(typed) + SPARE_TIMES))
    return typed + [""] * (wanted - len(typed))


def weekday_fields(reading: Reading) -> list[tuple[int, str, bool]]:
    if reading.kind.is_nights:
        return []
    return [(n, str(name), n in reading.weekdays) for n, name in WEEKDAYS.items()]


# --- the answer -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """Whether there is room, in words, with the nearest dates that have some."""

    is_open: bool
    sentence: str
    others: SafeString
    summary: str
    send_url: str
    button: str
    next_step: str


def answer_to(sitter: SitterProfile, reading: Reading, offer: Offer) -> Answer | None:
    """None while there is no price to answer with."""
    if offer.proposal is None:
        return None
    name = sitter.user.get_short_name()
    is_instant = offer.service["is_instant"]
    return Answer(
        is_open=offer.is_possible,
        sentence=_room_sentence(name, reading.choice, offer),
        others=_other_dates(reading, offer),
        summary=_("%(units)s, %(animals)s, all in")
        % {"units": units_words(offer), "animals": animal_words(reading)},
        send_url=f"{reverse('bookings:new', args=[sitter.slug])}?{to_query(reading)}",
        button=_("Review and book") if is_instant else _("Review and ask"),
        next_step=_("Nothing is sent yet.")
        if is_instant
        else _("Nothing is sent yet. %(sitter)s then has a day to answer.") % {"sitter": name},
    )


def units_words(offer: Offer) -> str:
    """ "4 nights" """
    return UNITS[Kind(offer.service["kind"])] % {"count": len(offer.proposal.units)}


def animal_words(reading: Reading) -> str:
    """ "2 dogs", "3 animals" when they differ."""
    count = len(reading.pets)
    species = {pet.species for pet in reading.pets}
    if species == {Species.DOG}:
        return ngettext("%d dog", "%d dogs", count) % count
    if species == {Species.CAT}:
        return ngettext("%d cat", "%d cats", count) % count
    return ngettext("%d animal", "%d animals", count) % count


def _room_sentence(name: str, choice: Choice, offer: Offer) -> str:
    if offer.full:
        return _("%(sitter)s has no room on %(dates)s.") % {
            "sitter": name,
            "dates": date_list(offer.full),
        }
    count = len(offer.proposal.units)
    unit = UNITS[choice.kind]
    if count == 1:
        return _("%(sitter)s has this open.") % {"sitter": name}
    # "four nights": the words of UNITS with the number spelt out
    number = NUMBERS[count] if count < len(NUMBERS) else count
    words = (unit % {"count": count}).replace(str(count), str(number), 1)
    return _("%(sitter)s has all %(units)s open.") % {"sitter": name, "units": words}


def _other_dates(reading: Reading, offer: Offer) -> SafeString:
    choices = [choice for choice in (offer.earlier, offer.later) if choice]
    return format_html_join(
        " ",
        '<a class="btn btn-sm btn-outline-secondary" href="?{}#book">{}</a>',
        (
            (
                to_query(reading, from_=choice.starts_on, to=choice.last_on),
                dates.day_range(choice.starts_on, choice.last_on),
            )
            for choice in choices
        ),
    )


def from_words(service: dict) -> str:
    """ "From €42.00 a night": what the bar says before there are dates."""
    return _("From %(price)s") % {"price": from_price(service)}


def payment_words(sitter: SitterProfile) -> str:
    """P11: to whom the total is paid, and that it is not paid here."""
    name = sitter.user.get_short_name()
    if sitter.payment_note:
        return _(
            "You pay %(sitter)s directly: %(how)s. PawSitters takes no payment, and what comes "
            "back comes from %(sitter)s."
        ) % {"sitter": name, "how": sitter.payment_note.rstrip(".")}
    return _(
        "You pay %(sitter)s directly, as you agree with each other. PawSitters takes no payment, "
        "and what comes back comes from %(sitter)s."
    ) % {"sitter": name}
