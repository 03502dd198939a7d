"""Fills an empty site with a plausible market: the same seed gives the same people and prices."""

from collections.abc import Callable, Iterable, Sequence
from random import Random

from allauth.account.models import EmailAddress
from django.db.models import Q

from accounts.models import User
from bookings.demo.bookings import BookingMaker
from bookings.demo.care import tell_care
from bookings.demo.changes import tell_changes, walk_weekly
from bookings.demo.feeds import save_and_share
from bookings.demo.messages import FROM_LENA, talk, tell_talks
from bookings.demo.owners import OwnerMaker
from bookings.demo.reviews import write_reviews
from bookings.demo.rows import Rows
from bookings.demo.sitters import SitterMaker
from bookings.demo.story import make_lena, make_mara, make_staff, rng_for, tell_story
from bookings.services.ratings import recount_everybody
from bookings.services.reliability import recount_all
from pawsitters import clock
from profiles.models import SitterProfile, Town
from profiles.services.load_towns import load_towns
from profiles.services.search import rebuild_search
from profiles.snapshot import build_snapshot

COUNTRIES = [
    "AT",
    "BE",
    "CA",
    "CH",
    "CZ",
    "DE",
    "DK",
    "ES",
    "FI",
    "FR",
    "GB",
    "IE",
    "IT",
    "NL",
    "NO",
    "PL",
    "PT",
    "SE",
    "US",
]
STEP = 200
BERLIN = 2950159  # geonameid
# One town and what lies around it holds this share, so that there is a dense place to search.
HOME_SHARE = 0.12

Report = Callable[[Iterable, str], Iterable]


def seed(
    *, sitters: int, seed: int, past: float, upcoming: float, report: Report
) -> dict[str, int]:
    """Write the demo accounts, `sitters` more sitters, and bookings; return counts by table.

    `past` and `upcoming` are bookings per sitter on average. `report(iterable, label)` wraps long
    loops to show progress. Raise ValueError if there are demo people already.
    """
    if User.objects.filter(Q(email__endswith="@example.org")).exists():
        raise ValueError("The demo data is there already.")
    if not Town.objects.exists():
        load_towns(lambda steps: report(steps, "Towns"))
    # A minute's precision, so that two runs on one day differ in nothing that people read.
    now = clock.now().replace(second=0, microsecond=0)
    rows = Rows()
    staff = make_staff(rows, now)
    towns, weights = _towns()
    home = Town.objects.filter(pk=BERLIN).first() or towns[0]

    owner_maker = OwnerMaker(rows, rng_for(seed, "owners"), now=now)
    rng = rng_for(seed, "towns")
    lena = make_lena(rows, owner_maker, home, now)
    owners = max(20, min(5_000, sitters // 4))
    households = [owner_maker.make(_pick(rng, towns, weights, home)) for _ in range(owners)]

    sitter_maker = SitterMaker(rows, rng_for(seed, "sitters"), now=now, staff=staff)
    maker = BookingMaker(rows, rng_for(seed, "bookings"), now=now, households=households)
    mara = make_mara(rows, sitter_maker, home, now)
    mara.snapshot = build_snapshot(mara)
    tell_story(maker, lena, mara, now)
    walk_weekly(rows, maker, rng_for(seed, "series"), lena, mara, now)
    tell_talks(rows, lena.user, mara, [household.user for household in households[:2]], now)
    save_and_share(rows, lena.user, mara, home, now)
    maker.fill(mara, past=30, upcoming=0)
    rows.save()

    for number in report(range(sitters), "Sitters"):
        sitter = sitter_maker.make(_pick(rng, towns, weights, home))
        sitter.snapshot = build_snapshot(sitter)
        maker.fill(sitter, past=_about(rng, past), upcoming=_about(rng, upcoming))
        if number == 0:
            talk(rows, lena.user, sitter, FROM_LENA, now)
        if number % STEP == STEP - 1:
            rows.save()
    rows.save()
    _verify_addresses(report)
    write_reviews(rows, rng_for(seed, "reviews"), now)
    rows.save()
    recount_everybody()
    tell_changes(rng_for(seed, "changes"), now)
    recount_all(lambda steps: report(steps, "Track records"))
    rebuild_search(lambda batches: report(batches, "Search table"))
    tell_care(lena, mara, now)
    return dict(rows.counts)


def _towns() -> tuple[Sequence[Town], Sequence[float]]:
    """The biggest towns of a few countries, weighted so that small ones are not empty."""
    towns = list(Town.objects.filter(country__in=COUNTRIES).order_by("-population", "pk")[:300])
    return towns, [town.population**0.6 for town in towns]


def _pick(rng: Random, towns: Sequence[Town], weights: Sequence[float], home: Town) -> Town:
    return home if rng.random() < HOME_SHARE else rng.choices(towns, weights=weights)[0]


def _about(rng: Random, average: float) -> int:
    """A whole number around an average, many small and a few large."""
    return min(60, int(rng.expovariate(1 / average) + 0.5)) if average > 0 else 0


def _verify_addresses(report: Report) -> None:
    people = User.objects.filter(emailaddress=None).only("pk", "email").order_by("pk")
    ids = list(people.values_list("pk", "email"))
    for start in report(range(0, len(ids), 2_000), "Addresses"):
        EmailAddress.objects.bulk_create(
            EmailAddress(user_id=pk, email=email, verified=True, primary=True)
            for pk, email in ids[start : start + 2_000]
        )


def is_seeded() -> bool:
    return SitterProfile.objects.filter(user__email__endswith="@example.org").exists()
