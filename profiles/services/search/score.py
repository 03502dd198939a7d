"""The "recommended" order: one public formula, written once for the rows, the query and the page.

score = 0.30 rating + 0.20 reliability + 0.15 response + 0.15 nearness + 0.10 calendar
freshness + 0.10 newcomer, each part between 0 and 1, in millionths here. What nobody has done yet
counts as a little below average, so that three good answers beat none and lose to thirty.
"""

from collections.abc import Sequence

from django.core.cache import caches
from django.db.models import Sum

from profiles.models import SitterProfile

RATING, RELIABILITY, RESPONSE = 300_000, 200_000, 150_000
NEARNESS, FRESHNESS, NEWCOMER = 150_000, 100_000, 100_000
NEAR_KM = 5  # half the points for nearness at this distance
FRESH_DAYS = 30  # a calendar confirmed this long ago counts nothing
NEW_DAYS = 90

RATING_PRIOR_COUNT = 8
USUAL_RATING_E3 = 4_700  # until there are reviews
PRIOR_COUNT = 5
USUAL_RELIABILITY = 0.9
USUAL_RESPONSE = 0.8
LATE_CANCELLATION = 0.1
MEAN_SECONDS = 3_600


def mean_rating_e3() -> int:
    """The mean of all stars in thousandths, kept for an hour: it moves slowly and is a full scan."""
    cache = caches["fragments"]
    mean = cache.get("mean-rating")
    if mean is None:
        sums = SitterProfile.objects.filter(rating_count__gt=0).aggregate(
            stars=Sum("rating_sum"), count=Sum("rating_count")
        )
        mean = sums["stars"] * 1000 // sums["count"] if sums["count"] else USUAL_RATING_E3
        cache.set("mean-rating", mean, MEAN_SECONDS)
    return mean


def shown_rating_e3(sitter: SitterProfile, mean_e3: int) -> int:
    """(Σ stars + 8 × mean) / (n + 8) in thousandths: five stars from one friend are not 5.0."""
    total = sitter.rating_sum * 1000 + RATING_PRIOR_COUNT * mean_e3
    return total // (sitter.rating_count + RATING_PRIOR_COUNT)


def rating_part(rating_e3: int) -> int:
    return RATING * (rating_e3 - 1000) // 4000


def reliability_part(completed: int, confirmed: int, late_cancellations: int) -> int:
    """Bookings that took place, less a tenth for each cancelled by the sitter at short notice."""
    share = (completed + PRIOR_COUNT * USUAL_RELIABILITY) / (confirmed + PRIOR_COUNT)
    return round(RELIABILITY * max(0.0, share - LATE_CANCELLATION * late_cancellations))


def response_part(answered: int, asked: int) -> int:
    """Requests answered within a day."""
    return round(RESPONSE * (answered + PRIOR_COUNT * USUAL_RESPONSE) / (asked + PRIOR_COUNT))


def fixed_score(sitter: SitterProfile, rating_e3: int) -> int:
    """The parts that know neither the place searched from nor the day."""
    return (
        rating_part(rating_e3)
        + reliability_part(
            sitter.completed_count, sitter.confirmed_count, sitter.late_cancellation_count
        )
        + response_part(sitter.answered_count, sitter.asked_count)
    )


def freshness_part(confirmed_day: int, today: int) -> int:
    return _fading(FRESHNESS, confirmed_day, today, FRESH_DAYS)


def newcomer_part(published_day: int, today: int) -> int:
    return _fading(NEWCOMER, published_day, today, NEW_DAYS)


def _fading(most: int, day: int, today: int, days: int) -> int:
    return most * max(0, min(days, days - (today - day))) // days


def nearness_part(metres: int) -> int:
    return round(NEARNESS / (1 + metres / 1000 / NEAR_KM))


def parts(
    *,
    rating_e3: int,
    counts: Sequence[int],
    metres: int,
    confirmed_day: int,
    published_day: int,
    today: int,
) -> tuple[int, ...]:
    """All six in the order of MOST; `counts` begin as those of a search card do."""
    answered, asked, completed, confirmed, late = counts[:5]
    return (
        rating_part(rating_e3),
        reliability_part(completed, confirmed, late),
        response_part(answered, asked),
        nearness_part(metres),
        freshness_part(confirmed_day, today),
        newcomer_part(published_day, today),
    )


MOST = (RATING, RELIABILITY, RESPONSE, NEARNESS, FRESHNESS, NEWCOMER)
