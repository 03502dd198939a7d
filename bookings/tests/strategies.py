"""Hypothesis strategies: any choice, terms, animals and agreement the rules must hold for."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from bookings.services.cancellation import Agreement, agreement_for_quote
from bookings.services.pricing import make_quote
from bookings.services.schedule import Choice, planned_units
from bookings.services.terms import AddOnChoice, Fees, PetFacts, RateCard, Terms
from profiles.kinds import VISIT_MINUTES, Kind, Tier

# With clock changes in spring and autumn, at other dates, by half an hour, at midnight, and none.
ZONES = [
    ZoneInfo(name)
    for name in (
        "Europe/Berlin",
        "America/New_York",
        "Australia/Lord_Howe",
        "Atlantic/Azores",
        "Asia/Kolkata",
    )
]
SPECIES = ("dog", "cat", "bird")
kinds = st.sampled_from(Kind)
zones = st.sampled_from(ZONES)
times = st.builds(time, st.integers(0, 23), st.sampled_from((0, 15, 30, 59)))
# Around both clock changes, 29 February and the turn of a year.
first_dates = st.one_of(
    st.dates(date(2027, 3, 10), date(2027, 3, 30)),
    st.dates(date(2027, 10, 15), date(2027, 11, 5)),
    st.dates(date(2027, 12, 20), date(2028, 3, 5)),
)
cents = st.integers(1, 12_345)
maybe_cents = st.none() | cents
rate_cards = st.builds(
    RateCard, cents, st.integers(0, 5_000), maybe_cents, maybe_cents, maybe_cents
)
fees = st.builds(Fees, st.integers(0, 2_000), st.integers(0, 3_000), st.integers(0, 2_000))


@st.composite
def choices(draw, kind: Kind | None = None, most: int = 12) -> Choice:
    kind = kind or draw(kinds)
    first = draw(first_dates)
    start, end = draw(times), draw(times)
    if kind.is_nights:
        return Choice(kind, first, first + timedelta(days=draw(st.integers(1, most))), start, end)
    last = first + timedelta(days=draw(st.integers(0, most - 1)))
    if kind is Kind.DAY_CARE:
        start, end = sorted((start, end))
        return Choice(kind, first, last, start, end if end > start else time(23, 59, 30))
    visits = tuple(draw(st.lists(times, min_size=1, max_size=3, unique=True)))
    minutes = draw(st.sampled_from(VISIT_MINUTES[kind]))
    return Choice(kind, first, last, visit_times=visits, minutes=minutes)


@st.composite
def pets(draw) -> list[PetFacts]:
    ids = draw(st.lists(st.integers(1, 99), min_size=1, max_size=4, unique=True))
    return [
        PetFacts(n, f"pet {n}", draw(st.sampled_from(SPECIES)), draw(st.booleans())) for n in ids
    ]


@st.composite
def terms(draw, choice: Choice) -> Terms:
    tiers = draw(st.dictionaries(st.integers(2, 14), st.integers(1, 9_000), max_size=3))
    return Terms(
        kind=choice.kind,
        rates={(species, choice.minutes): draw(rate_cards) for species in SPECIES},
        holidays=draw(st.frozensets(st.sampled_from(choice.dates), max_size=4)),
        long_stay=tuple(tiers.items()),
        charges_late_pickup=draw(st.booleans()),
    )


add_ons = st.lists(
    st.builds(
        AddOnChoice, st.just(1), st.just("Bath"), cents, st.sampled_from(["booking", "pet", "unit"])
    ),
    max_size=2,
)


@st.composite
def cases(draw) -> dict:
    """Keyword arguments of make_quote."""
    choice = draw(choices())
    return {
        "terms": draw(terms(choice)),
        "choice": choice,
        "units": planned_units(choice, draw(zones)),
        "pets": draw(pets()),
        "add_ons": draw(add_ons),
        "fees": draw(fees),
    }


@st.composite
def agreements(draw) -> Agreement:
    case = draw(cases())
    zone = draw(zones)
    case["units"] = planned_units(case["choice"], zone)
    start = case["units"][0].starts_at
    before = st.none() | st.integers(0, 21 * 24 * 60)
    minutes = draw(before)
    return agreement_for_quote(
        make_quote(**case),
        choice=case["choice"],
        tier=draw(st.sampled_from(Tier)),
        time_zone=zone.key,
        confirmed_at=None if minutes is None else start - timedelta(minutes=minutes),
    )


@st.composite
def moments(draw, agreement: Agreement) -> datetime:
    """Any moment, with a liking for those at and around which a refund changes."""
    edges = {agreement.ends_at, agreement.starts_at, agreement.starts_at - timedelta(hours=48)}
    edges |= {unit.starts_at for unit in agreement.units}
    for days in (1, 3, 7, 14):
        for unit in agreement.units[:3]:
            noon = datetime.combine(unit.on - timedelta(days=days), time(12), agreement.zone)
            edges.add(noon.astimezone(UTC))
    if agreement.confirmed_at:
        edges.add(agreement.confirmed_at + timedelta(minutes=60))
    near = st.builds(
        lambda edge, ticks: edge + timedelta(microseconds=ticks),
        st.sampled_from(sorted(edges)),
        st.integers(-1, 1),
    )
    anywhere = st.integers(-25 * 1440, 20 * 1440).map(
        lambda minutes: agreement.starts_at + timedelta(minutes=minutes)
    )
    return draw(near | anywhere)
