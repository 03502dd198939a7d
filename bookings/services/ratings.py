"""The numbers made of reviews: kept on the sitter in the transaction that changes them."""

from collections.abc import Iterator

from django.db.models import Count, Q, Sum

from bookings.models import Review
from profiles.models import SitterProfile
from profiles.services.snapshot import sitter_changed

STARS = (1, 2, 3, 4, 5)
FIELDS = ("rating_sum", "rating_count", "review_counts")


def recount_reviews(sitter_id: int) -> None:
    """Write sum, number, distribution and facts from the visible reviews themselves.

    Call it with the sitter's capacity locked, in the transaction in which a review opens or is
    removed, so that no two of these count past each other.
    """
    sitter = SitterProfile.objects.select_related("user", "town").get(pk=sitter_id)
    for name, value in counted(sitter.user_id).items():
        setattr(sitter, name, value)
    sitter.save(update_fields=FIELDS)
    sitter_changed(sitter)


def counted(user_id: int) -> dict:
    """What the visible reviews of a sitter add up to, by the names of SitterProfile's fields.

    A fact is counted in the reviews with stars only: after a cancellation it means another thing.
    """
    row = Review.objects.of_sitter(user_id).order_by().aggregate(**_aggregates())
    return _fields(row)


def _aggregates() -> dict:
    with_stars = Q(stars__isnull=False)
    found = {
        "sum": Sum("stars", default=0),
        "without": Count("pk", filter=~with_stars),
        **{f"stars_{stars}": Count("pk", filter=Q(stars=stars)) for stars in STARS},
    }
    for fact in Review.FACTS:
        asked = with_stars & ~Q(**{fact: ""})
        found[f"{fact}_asked"] = Count("pk", filter=asked)
        found[f"{fact}_yes"] = Count("pk", filter=asked & Q(**{fact: Review.Fact.YES}))
    return found


def _fields(row: dict) -> dict:
    stars = [row[f"stars_{number}"] for number in STARS]
    counts = {"stars": stars, "without": row["without"]}
    counts |= {fact: [row[f"{fact}_yes"], row[f"{fact}_asked"]] for fact in Review.FACTS}
    has_any = any(stars) or row["without"]
    return {
        "rating_sum": row["sum"],
        "rating_count": sum(stars),
        "review_counts": counts if has_any else {},
    }


def recount_everybody() -> None:
    """For reviews that were written in bulk; leaves the search table alone."""
    rated = []
    for sitter, fields in _all_counted():
        if fields["review_counts"]:
            rated.append(SitterProfile(pk=sitter.pk, **fields))
    SitterProfile.objects.bulk_update(rated, FIELDS, batch_size=250)


def rating_faults() -> Iterator[str]:
    """A line for each sitter whose numbers are not what the visible reviews say."""
    for sitter, fields in _all_counted():
        wrong = [name for name in FIELDS if getattr(sitter, name) != fields[name]]
        for name in wrong:
            yield f"{sitter.slug}: {name} is {getattr(sitter, name)}, reviews say {fields[name]}"


def _all_counted() -> Iterator[tuple[SitterProfile, dict]]:
    """Every sitter with what the reviews say, in two statements."""
    rows = Review.objects.visible().filter(side=Review.Side.OWNER).order_by().values("about")
    by_user = {row.pop("about"): row for row in rows.annotate(**_aggregates())}
    nothing = dict.fromkeys(_aggregates(), 0)
    sitters = SitterProfile.objects.only("slug", "user_id", *FIELDS).order_by("pk")
    for sitter in sitters.iterator():
        yield sitter, _fields(by_user.get(sitter.user_id, nothing))
