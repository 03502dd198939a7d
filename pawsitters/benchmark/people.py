"""The people whose pages are measured: dashboards with 20 rows, a booking page, a request to send."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from random import Random

from allauth.account.models import EmailAddress
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.db.models import Q

from accounts.models import User
from accounts.sessions import SessionStore
from bookings.demo.bookings import BookingMaker, Household
from bookings.demo.owners import OwnerMaker
from bookings.demo.rows import Rows
from bookings.demo.seed import BERLIN
from bookings.demo.sitters import SitterMaker
from bookings.models import Booking
from bookings.services.schedule import Choice
from pawsitters import clock
from profiles.kinds import Kind, Species
from profiles.models import SitterProfile, Town
from profiles.services.search import refresh_search
from profiles.snapshot import build_snapshot

Status = Booking.Status
DOMAIN = "@bench.example.org"
# 20 rows: (how many, state, first day from now, days between)
ROWS = [(6, Status.REQUESTED, 20, 2), (9, Status.CONFIRMED, 150, 5), (5, Status.COMPLETED, -40, 7)]


@dataclass
class People:
    """`guest` sends requests to `host`; `owner` and `sitter` have 20 rows each."""

    owner: User
    sitter: SitterProfile
    guest: User
    host: SitterProfile


def people() -> People:
    """The four of them, made on first use."""
    if not User.objects.filter(email=f"owner{DOMAIN}").exists():
        _make()
    profiles = SitterProfile.objects.select_related("user")
    return People(
        owner=User.objects.get(email=f"owner{DOMAIN}"),
        sitter=profiles.get(user__email=f"sitter{DOMAIN}"),
        guest=User.objects.get(email=f"guest{DOMAIN}"),
        host=profiles.get(user__email=f"host{DOMAIN}"),
    )


def _make() -> None:
    rows, rng = Rows(), Random(11)
    now = clock.now().replace(second=0, microsecond=0)
    town = Town.objects.get(pk=BERLIN)
    staff = User.objects.filter(is_staff=True).first()
    sitters = SitterMaker(rows, rng, now=now, staff=staff)
    sitter = full_sitter(sitters, rows, town, "sitter", now)
    host = full_sitter(sitters, rows, town, "host", now)
    owners = OwnerMaker(rows, rng, now=now)
    households = [household(owners, rows, town, f"guest{n}", now) for n in range(20)]
    owner = household(owners, rows, town, "owner", now)
    household(owners, rows, town, "guest", now)
    maker = BookingMaker(rows, rng, now=now, households=households)
    others = SitterProfile.objects.filter(Q(pk__lt=sitter.pk), time_zone=sitter.time_zone)
    others = others.select_related("user", "town", "capacity").order_by("pk")
    hosts = [one for one in others[:400] if _takes_any_dog_overnight(one)]
    _fill_rows(maker, [(owner, one) for one in hosts], now)
    _fill_rows(maker, [(one, sitter) for one in households], now)
    rows.save()
    for one in (sitter, host):
        refresh_search(one)


def _fill_rows(maker: BookingMaker, pairs: list[tuple[Household, SitterProfile]], now) -> None:
    pairs_left = iter(pairs)
    for count, status, first, step in ROWS:
        made = 0
        while made < count:
            household, sitter = next(pairs_left)
            starts_on = now.date() + timedelta(days=first + step * made)
            choice = Choice(Kind.BOARDING, starts_on, starts_on + timedelta(3), time(10), time(10))
            made += bool(maker.make(sitter, household, household.pets, choice, status))


def _takes_any_dog_overnight(sitter: SitterProfile) -> bool:
    days = sitter.snapshot["hours"].values()
    if len(days) < 7 or sitter.snapshot["exceptions"]:
        return False
    return any(
        service["kind"] == Kind.BOARDING and Species.DOG in service["species"]
        for service in sitter.snapshot["services"]
    )


def full_sitter(
    maker: SitterMaker, rows: Rows, town: Town, name: str, now: datetime
) -> SitterProfile:
    user = _user(rows, name, now)
    sitter = maker.make_full(
        town,
        user=user,
        headline="A quiet flat by the water",
        payment_note="Bank transfer on the first day",
        calendar_confirmed_on=now.date(),
    )
    sitter.snapshot = build_snapshot(sitter)
    return sitter


def _user(rows: Rows, name: str, now: datetime) -> User:
    user = User(
        email=f"{name}{DOMAIN}",
        name=f"Robin {name.capitalize()}",
        phone="+49 30 5550100",
        face="jonas",
        password="!",
        time_zone="Europe/Berlin",
        date_joined=now - timedelta(days=500),
    )
    rows.add(user)
    rows.add(EmailAddress(user=user, email=user.email, verified=True, primary=True))
    return user


def household(owners: OwnerMaker, rows: Rows, town: Town, name: str, now) -> Household:
    user = _user(rows, name, now)
    dog = owners.pet(
        user, Species.DOG, weight_grams=6_000, born_on=now.date() - timedelta(days=2_000)
    )
    return Household(user, owners.home(user, town), [dog])


def session_cookie(user: User) -> str:
    """A signed-in session written straight into the database; signing in is slow on purpose."""
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"{settings.SESSION_COOKIE_NAME}={session.session_key}"
