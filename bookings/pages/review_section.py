"""Reviews on the page of one booking, and what other sitters say about an owner who asks."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import BigIntegerField, Count, F, Sum, Window
from django.utils.translation import ngettext

from bookings.models import Booking, Review
from bookings.pages.reviews import Shown, shown
from bookings.pages.said import said as _
from bookings.pages.section import Section
from bookings.services import reviews
from bookings.services.rules import OWNER, SITTER
from pawsitters import dates
from pawsitters.prepared import Prepared
from profiles.services.search import score

OWNERS_SHOWN = 3
OF_BOOKING = Prepared(
    lambda booking: (
        Review.objects.filter(booking=booking).select_related("author", "about").order_by("id")
    ),
    BigIntegerField,
)


def _of_owner(owner):
    with_stars = Review.objects.of_owner(owner).filter(stars__isnull=False)
    rows = with_stars.select_related("author", "booking")
    return rows.annotate(total=Window(Count("pk")), total_stars=Window(Sum(F("stars"))))[
        :OWNERS_SHOWN
    ]


OF_OWNER = Prepared(_of_owner, BigIntegerField)


@dataclass
class ReviewsData:
    """`sentence` says where it stands; `url` leads to the form while one may write."""

    sentence: str
    url: str
    own: Shown | None
    other: Shown | None
    is_own_open: bool
    may_reply: bool
    removed: str


@dataclass
class OwnerData:
    name: str
    score: int
    count: int
    heading: str
    reviews: list[Shown]


def review_section(booking: Booking, role: str, now: datetime) -> Section | None:
    if booking.status == Booking.Status.REQUESTED:
        return _owner_section(booking) if role == SITTER else None
    if not any(reviews.facts_asked(booking, side) for side in reviews.SIDES):
        return None
    found = {review.side: review for review in OF_BOOKING(booking.pk)}
    for review in found.values():
        review.booking = booking
    data = _data(booking, role, now, found)
    return Section("bookings/_reviews.html", data) if data else None


def _data(booking: Booking, role: str, now: datetime, found: dict) -> ReviewsData | None:
    other_side = SITTER if role == OWNER else OWNER
    own, other = found.get(role), found.get(other_side)
    may_write = own is None and reviews.is_open(booking, role, now)
    sentence = _sentence(booking, role, own, other, may_write)
    if not (sentence or own or other):
        return None
    readable = other if other and other.is_visible else None
    return ReviewsData(
        sentence=sentence,
        url=f"{booking.get_absolute_url()}review/" if may_write else "",
        own=shown(own) if own else None,
        other=shown(readable) if readable else None,
        is_own_open=bool(own and own.is_visible),
        may_reply=bool(readable and not readable.reply),
        removed=own.removed_reason if own else "",
    )


def _sentence(booking: Booking, role: str, own, other, may_write: bool) -> str:
    person = booking.sitter.user if role == OWNER else booking.owner
    words = {
        "other": person.get_short_name(),
        "until": dates.moment(reviews.closes_at(booking), booking.zone),
    }
    if may_write and other:
        return (
            _(
                "%(other)s has written a review. You can read it once yours is in, or from %(until)s."
            )
            % words
        )
    if may_write:
        return _("You can review %(other)s until %(until)s.") % words
    if own and not own.visible_at and not own.removed_at:
        return _("Yours opens with the review of %(other)s, or on %(until)s.") % words
    if other and not other.visible_at:
        return _("%(other)s has written a review. It opens on %(until)s.") % words
    return ""


def _owner_section(booking: Booking) -> Section:
    """What a sitter who was asked may know of the owner; nobody else sees it."""
    found = OF_OWNER(booking.owner_id)
    count = found[0].total if found else 0
    stars = found[0].total_stars if found else 0
    total = stars * 1000 + score.RATING_PRIOR_COUNT * score.USUAL_RATING_E3
    data = OwnerData(
        name=booking.owner.get_short_name(),
        score=total // (count + score.RATING_PRIOR_COUNT),
        count=count,
        heading=ngettext("%d review by a sitter", "%d reviews by sitters", count) % count
        if count
        else _("No sitter has reviewed %(name)s yet") % {"name": booking.owner.get_short_name()},
        reviews=[shown(review) for review in found],
    )
    return Section("bookings/_owner_reviews.html", data)
