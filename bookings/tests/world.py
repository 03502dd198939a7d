"""A small market with everybody and everything in it, for tests that walk through all pages."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.contrib.auth.models import Group
from django.core.files.storage import default_storage

from accounts.images import small_name
from accounts.models import User
from accounts.tests.factories import make_second_factor, make_user
from accounts.tests.test_images import picture
from bookings.models import Booking
from bookings.services.reliability import recount
from bookings.tests.factories import flag, make_booking, make_confirmed, make_in, make_owner
from bookings.tests.review_tools import both_review
from bookings.tests.world_care import write_down
from bookings.tests.world_changes import change_names
from bookings.tests.world_data import data_names
from bookings.tests.world_feeds import feed_names
from bookings.tests.world_messages import message_names
from bookings.tests.world_series import series_names
from bookings.tests.world_visits import visit_names
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import AddOn, CalendarException, SitterPhoto, SitterProfile, Vaccination
from profiles.services.snapshot import sitter_changed
from profiles.tests.factories import make_home, make_pet, make_sitter

VISITOR, STRANGER, STAFF = "visitor", "stranger", "staff"
OWNER, SITTER = "owner", "sitter"
OTHER_OWNER, OTHER_SITTER = "other owner", "other sitter"
PEOPLE = (VISITOR, STRANGER, OTHER_OWNER, OTHER_SITTER, OWNER, SITTER, STAFF)


@dataclass
class World:
    """`users` by the names in PEOPLE (None for the visitor); `names` fill in addresses."""

    users: dict[str, User | None]
    bookings: dict[str, Booking]
    names: dict[str, object] = field(default_factory=dict)


def make_world(statuses=tuple(Booking.Status)) -> World:
    """Owner and sitter with one booking in each status and one flagged; others have their own."""
    owner, sitter = make_owner(name="Lena Fischer", phone="+49 30 111"), _busy_sitter()
    pet = _pet_with_pictures(owner)
    make_home(owner)
    write_down(owner, sitter, pet)
    parties = {"owner": owner, "sitter": sitter, "pets": [pet]}
    bookings = {status: make_in(status, **parties) for status in statuses}
    bookings["flagged"] = flag(make_confirmed(**parties))
    reviewed = both_review(make_in(Booking.Status.COMPLETED, **parties))
    with clock.at(reviewed.ended_at + timedelta(hours=1)):
        recount(sitter)
    other_owner, other_sitter = make_owner(name="Noor Haddad"), make_sitter(user=make_owner())
    make_home(other_owner)
    make_booking(owner=other_owner, sitter=other_sitter)
    users = {
        VISITOR: None,
        STRANGER: make_owner(name="Piet Jansen"),
        OTHER_OWNER: other_owner,
        OTHER_SITTER: other_sitter.user,
        OWNER: owner,
        SITTER: sitter.user,
        STAFF: make_owner(name="Staff", is_staff=True, is_superuser=True),
    }
    names = {
        **_names(owner, sitter, pet),
        **change_names(owner, sitter, pet),
        **series_names(owner, sitter, pet),
        **data_names(owner, sitter),
        **feed_names(owner, sitter),
        **visit_names(owner, sitter, pet),
        "review": reviewed.reviews.get(side="owner").pk,
        **message_names(owner, sitter),
        "flagged": bookings["flagged"].pk,
        "confirmed": owner.bookings.filter(confirmed_at__isnull=False).first().pk,
    }
    return World(users, bookings, names)


def _pet_with_pictures(owner: User):
    pet = make_pet(
        owner,
        must_follow="Never off the lead\nTablet at eight",
        feeding="Twice a day",
        photo=_stored("pets/ab12.webp"),
    )
    Vaccination.objects.create(
        pet=pet,
        kind="Rabies",
        given_on=date(2020, 1, 1),
        expires_on=clock.now().date() + timedelta(days=500),
        document=_stored("vaccinations/cd34.webp"),
    )
    return pet


def _busy_sitter() -> SitterProfile:
    user = make_owner(name="Mara Lindqvist", phone="+49 30 222", photo=_stored("people/gh78.webp"))
    sitter = make_sitter(user=user, kinds=list(Kind), night_places=20, day_places=20)
    today = clock.today(sitter.time_zone)
    for position in range(2):
        SitterPhoto.objects.create(
            sitter=sitter,
            image=_stored(f"sitters/ef5{position}.webp"),
            caption="The garden",
            position=position,
        )
    sitter.holidays.create(on=today + timedelta(days=60), name="Feast")
    CalendarException.objects.create(
        sitter=sitter,
        starts_on=today + timedelta(days=90),
        ends_on=today + timedelta(days=95),
        is_away=True,
    )
    AddOn.objects.create(
        service=sitter.services.get(kind=Kind.BOARDING), name="Bath", amount_cents=1550
    )
    sitter_changed(sitter)
    return sitter


def _stored(name: str) -> str:
    default_storage.save(name, picture())
    default_storage.save(small_name(name), picture())
    return name


def _names(owner: User, sitter: SitterProfile, pet) -> dict[str, object]:
    starts_on = clock.now().date() + timedelta(days=20)
    factors = make_second_factor(owner)
    query = f"kind=boarding&from={starts_on}&to={starts_on + timedelta(days=2)}&dogs=1"
    return {
        "pet": pet.pk,
        "vaccination": pet.vaccinations.get().pk,
        "photo": sitter.photos.first().pk,
        "holiday": sitter.holidays.get().pk,
        "exception": sitter.calendar_exceptions.get().pk,
        "slug": sitter.slug,
        "sitter": sitter.pk,
        "choice": query,
        "day": starts_on,
        "town": sitter.town_id,
        "notice": owner.notices.first().pk,
        "user": owner.pk,
        "authenticator": factors["totp"].pk,
        "passkey": factors["webauthn"].pk,
        "email": owner.emailaddress_set.get().pk,
        "group": Group.objects.create(name="Reviewers").pk,
        "unpublished": make_sitter(user=make_user(), status="draft").slug,
    }
