"""The tables of a sitter's page: prices with every fee, extras, and the rules of each service."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import groupby

from django.conf import settings
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.templatetags.ui import service_label
from bookings.services.quotes import with_owner_fee
from bookings.services.terms import Fees, fees
from bookings.services.wording import say_dates, say_percent
from profiles.kinds import UNIT_WORDS, DogSize, Kind, Species, Tier
from profiles.models import AddOn
from profiles.money import amount, plain_amount

MANY = {
    Species.DOG: gettext_lazy("dogs"),
    Species.CAT: gettext_lazy("cats"),
    Species.SMALL_MAMMAL: gettext_lazy("small mammals"),
    Species.BIRD: gettext_lazy("birds"),
    Species.REPTILE: gettext_lazy("reptiles"),
    Species.FISH: gettext_lazy("fish"),
    Species.OTHER: gettext_lazy("other animals"),
}
CURRENCY_WORDS = {
    "EUR": gettext_lazy("euros"),
    "GBP": gettext_lazy("pounds"),
    "USD": gettext_lazy("dollars"),
    "CHF": gettext_lazy("francs"),
}


def price_table(snapshot: dict) -> SafeString:
    """Head and rows: one row per service, length and group of animals with the same rates.

    The column of holidays is there only if somebody fills it.
    """
    rows = [row for service in snapshot["services"] for row in _rate_rows(service)]
    has_holiday = any(rates[2] is not None for _s, _m, _a, rates in rows)
    heads = [_("Usual"), _("Holidays"), _("Each further")]
    if not has_holiday:
        del heads[1]
    installation = fees()
    body = []
    for service, minutes, animals, (base, additional, holiday, young, _ya) in rows:
        cells = [base, base if holiday is None else max(base, holiday), additional]
        if not has_holiday:
            del cells[1]
        head = _row_head(service, minutes, animals, young, installation)
        body.append((head, _cells(cells, installation)))
    return format_html(
        '<thead><tr><th scope="col">{}</th>{}</tr></thead><tbody>{}</tbody>',
        _("Care"),
        format_html_join("", '<th scope="col" class="end">{}</th>', ((head,) for head in heads)),
        format_html_join("", '<tr><th scope="row">{}</th>{}</tr>', body),
    )


def caption() -> str:
    """In which currency, and that nothing is added to the figures."""
    currency = {"currency": CURRENCY_WORDS.get(settings.CURRENCY, settings.CURRENCY)}
    if settings.OWNER_FEE_BPS:
        return _("In %(currency)s, service fee included") % currency
    return _("In %(currency)s, with no fee on top") % currency


def _rate_rows(service: dict) -> Iterator[tuple[dict, int, list[str], list]]:
    """(service, minutes, species, rates), animals with equal rates together."""
    rates = sorted(service["rates"], key=lambda row: row[1])
    for minutes, rows in groupby(rates, key=lambda row: row[1]):
        groups: dict[tuple, list[str]] = {}
        for row in rows:
            if row[0] in service["species"]:
                groups.setdefault(tuple(row[2:]), []).append(row[0])
        for prices, species in groups.items():
            yield service, minutes, species, prices


def _row_head(
    service: dict, minutes: int, species: list[str], young: int | None, installation: Fees
) -> SafeString:
    kind = Kind(service["kind"])
    unit = _("%d min") % minutes if minutes else _("a %s") % UNIT_WORDS[kind]
    words = f"{unit}, {animal_words(species)}"
    if young is not None:
        price = plain_amount(with_owner_fee(young, installation))
        words += "; " + _("under 12 months %(price)s") % {"price": price}
    return format_html('{} <span class="muted small">{}</span>', label_of(kind), words)


def animal_words(species: list[str]) -> str:
    """ "dogs, cats" """
    return ", ".join(str(MANY[value]) for value in species)


def label_of(kind: Kind) -> SafeString:
    return service_label(kind.value)


def _cells(cents: list[int], installation: Fees) -> SafeString:
    texts = ((plain_amount(with_owner_fee(value, installation)),) for value in cents)
    return format_html_join("", '<td class="end num">{}</td>', texts)


def price_notes(snapshot: dict) -> list[str]:
    """Sentences under the table: holidays, late pick-up, long stays."""
    notes = []
    services = snapshot["services"]
    has_holiday_rate = any(rate[4] is not None for s in services for rate in s["rates"])
    if has_holiday_rate and (days := _coming_holidays(snapshot)):
        notes.append(_("Holidays: %(dates)s, priced day by day.") % {"dates": days})
    if any(Kind(s["kind"]).is_nights and s["late_pickup"] for s in services):
        notes.append(_("Late pick-up: half a night from two hours on, a whole one from eight."))
    notes += [_long_stay(service) for service in services if service["long_stay"]]
    return notes


def _coming_holidays(snapshot: dict) -> str:
    """The holidays in the snapshot as runs: "24 to 26 Dec, Sat 1 Jan"."""
    runs: list[list[date]] = []
    for iso, _name in snapshot["holidays"]:
        on = date.fromisoformat(iso)
        if runs and on - runs[-1][-1] == timedelta(days=1):
            runs[-1].append(on)
        else:
            runs.append([on])
    return ", ".join(say_dates(run) for run in runs[:6])


def _long_stay(service: dict) -> str:
    steps = ", ".join(
        _("%(percent)s off from %(count)d on") % {"percent": say_percent(bps), "count": units}
        for units, bps in service["long_stay"]
    )
    return _("Long stays, %(kind)s: %(steps)s.") % {
        "kind": str(Kind(service["kind"]).label).lower(),
        "steps": steps,
    }


def add_on_words(add_on: list) -> str:
    """ "Bath, €15.00 per animal"."""
    _id, name, cents, per = add_on
    return _("%(name)s, %(amount)s %(per)s") % {
        "name": name,
        "amount": amount(with_owner_fee(cents, fees())),
        "per": AddOn.Per(per).label,
    }


def extras(snapshot: dict) -> list[str]:
    """Every extra that any service has, once."""
    words = (add_on_words(add_on) for s in snapshot["services"] for add_on in s["add_ons"])
    return list(dict.fromkeys(words))


def rules(snapshot: dict) -> SafeString:
    """The house rules in sentences: first those of every service, then what each adds."""
    each = {service["kind"]: _rules_of(service) for service in snapshot["services"]}
    lists = list(each.values())
    shared = [rule for rule in lists[0] if all(rule in others for others in lists)]
    blocks = [(label_of(Kind(kind)), own) for kind, own in each.items()]
    if len(lists) > 1:
        blocks = [(label, [r for r in own if r not in shared]) for label, own in blocks]
        blocks.insert(0, (_("For all care"), shared))
    return format_html_join(
        "",
        "<div><h3>{}</h3><ul>{}</ul></div>",
        ((label, _items(own)) for label, own in blocks if own),
    )


def _items(sentences: list[str]) -> SafeString:
    return format_html_join("", "<li>{}</li>", ((sentence,) for sentence in sentences))


def cancelling(tier: str) -> str:
    """What the tier means for the owner, in one sentence."""
    return _("Cancelling is free %(until)s.") % {"until": _lower(Tier(tier).label)}


def _lower(text) -> str:
    text = str(text)
    return text[:1].lower() + text[1:]


def _rules_of(service: dict) -> list[str]:
    kind = Kind(service["kind"])
    most = service["max_pets"]
    sentences = [
        _("Takes %(animals)s") % {"animals": animal_words(service["species"])},
        ngettext("%d animal in a booking", "At most %d animals in a booking", most) % most,
    ]
    if Species.DOG in service["species"] and service["max_dog_kg"] != DogSize.GIANT:
        sentences.append(_("Dogs up to %d kg") % service["max_dog_kg"])
    if months := service["min_age_months"]:
        sentences.append(ngettext("From %d month of age", "From %d months of age", months) % months)
    if service["needs_vaccinations"]:
        sentences.append(_("Vaccinations must be valid to the last day"))
    if service["one_household"]:
        sentences.append(_("One household at a time"))
    if kind == Kind.DOG_WALK and service["group_size"] > 1:
        sentences.append(_("Up to %d households on one walk") % service["group_size"])
    sentences.append(_notice(service["lead_hours"]))
    if service["is_instant"]:
        sentences.append(_("Confirmed at once, without waiting for an answer"))
    sentences.append(cancelling(service["tier"]).removesuffix("."))
    return sentences


def _notice(hours: int) -> str:
    if hours and hours % 24 == 0:
        days = hours // 24
        return ngettext("%d day of notice", "%d days of notice", days) % days
    return ngettext("%d hour of notice", "%d hours of notice", hours) % hours


def from_price(service: dict, species: str | None = None) -> str:
    """The lowest usual price of a service, every fee included: "€42.00 a night"."""
    bases = [row[2] for row in service["rates"] if species in (None, row[0])]
    if not bases:
        return ""
    unit = UNIT_WORDS[Kind(service["kind"])]
    return _("%(amount)s a %(unit)s") % {
        "amount": amount(with_owner_fee(min(bases), fees())),
        "unit": unit,
    }
