""" "Recommended" in plain figures: why a sitter stands where they do, and the help page's example."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import ngettext

from bookings.pages.said import said as _
from bookings.services.rounding import half_up, spread
from pawsitters import clock
from profiles.models import SitterProfile
from profiles.services.search import Found, score

PER_HUNDREDTH = 100  # millionths of the whole in a hundredth of a point


@dataclass(frozen=True)
class Part:
    """One line: `points` and `most` are texts such as "24.35" and "30"."""

    name: str
    reason: str
    sum: str
    points: str
    most: str


def names() -> tuple[str, ...]:
    return (
        _("Rating"),
        _("Reliability"),
        _("Response"),
        _("Nearness"),
        _("Calendar"),
        _("Newcomer"),
    )


def lines(
    found: Found, stars: int, counts: Sequence[int], today: date, total_e6: int | None = None
) -> list[Part]:
    """The six parts, in hundredths of a point that add up to the total exactly.

    `stars` are the sum of all stars, `counts` begin as those of a search card do, `total_e6` is
    what the search has sorted by (default: the sum of the parts).
    """
    day = today.toordinal()
    millionths = score.parts(
        rating_e3=found.rating_e3,
        counts=counts,
        metres=found.metres,
        confirmed_day=found.confirmed_day,
        published_day=found.published_day,
        today=day,
    )
    reasons = (
        _rating(found, stars),
        _reliability(*counts[2:5]),
        _response(*counts[:2]),
        _nearness(found.metres),
        _calendar(found.confirmed_day, day),
        _newcomer(found.published_day, day),
    )
    total = sum(millionths) if total_e6 is None else total_e6
    hundredths = spread(half_up(total, PER_HUNDREDTH), list(millionths))
    return [
        Part(name, *reason, points=points(part), most=str(most // 10_000))
        for name, reason, part, most in zip(names(), reasons, hundredths, score.MOST, strict=True)
    ]


def points(hundredths: int) -> str:
    return f"{hundredths // 100}.{hundredths % 100:02}"


def total_points(total_e6: int) -> str:
    return points(half_up(total_e6, PER_HUNDREDTH))


# Each returns (in words, as a sum).


def _rating(found: Found, stars: int) -> tuple[str, str]:
    shown = f"{found.rating_e3 / 1000:.3f}"
    if not found.rating_count:
        words = _("No reviews yet, so the average of all sitters counts")
    else:
        words = ngettext(
            "%(n)d review with %(stars)d stars in all, and 8 times the average of all sitters",
            "%(n)d reviews with %(stars)d stars in all, and 8 times the average of all sitters",
            found.rating_count,
        ) % {"n": found.rating_count, "stars": stars}
    return words, f"({shown} − 1) ÷ 4 × 30"


def _reliability(completed: int, confirmed: int, late: int) -> tuple[str, str]:
    words = _("%(n)d of %(all)d confirmed bookings took place") % {"n": completed, "all": confirmed}
    taken = ""
    if late:
        words += (
            ", "
            + ngettext("%d cancelled at short notice", "%d cancelled at short notice", late) % late
        )
        taken = f" − {late} × 0.1"
    return words, f"(({completed} + 4.5) ÷ ({confirmed} + 5){taken}) × 20"


def _response(answered: int, asked: int) -> tuple[str, str]:
    words = _("%(n)d of %(all)d requests answered within 24 hours") % {
        "n": answered,
        "all": asked,
    }
    return words, f"({answered} + 4) ÷ ({asked} + 5) × 15"


def _nearness(metres: int) -> tuple[str, str]:
    km = f"{metres / 1000:.2f}"
    return _("%(km)s km away, to a grid of 500 m") % {"km": km}, f"1 ÷ (1 + {km} ÷ 5) × 15"


def _calendar(confirmed: int, today: int) -> tuple[str, str]:
    if not confirmed:
        return _("Calendar never confirmed"), f"0 ÷ {score.FRESH_DAYS} × 10"
    ago = max(0, today - confirmed)
    words = ngettext("Calendar confirmed %d day ago", "Calendar confirmed %d days ago", ago) % ago
    return words, f"{max(0, score.FRESH_DAYS - ago)} ÷ {score.FRESH_DAYS} × 10"


def _newcomer(published: int, today: int) -> tuple[str, str]:
    ago = max(0, today - published)
    words = ngettext("Page published %d day ago", "Page published %d days ago", ago) % ago
    return words, f"{max(0, score.NEW_DAYS - ago)} ÷ {score.NEW_DAYS} × 10"


# --- The help page -----------------------------------------------------------------------------
@dataclass(frozen=True)
class Example:
    name: str
    lines: list[Part]
    total: str


def examples() -> list[Example]:
    """Three invented sitters, worked out anew with the average of all reviews as it is now.

    Stars and reviews; answered, asked, completed, confirmed, late; metres; days since the calendar
    was confirmed and since the page was published.
    """
    return [
        _example(_("Amelie"), (196, 40), (70, 72, 58, 60, 0), 4_000, 3, 900),
        _example(_("Tomasz"), (0, 0), (1, 1, 0, 0, 0), 1_000, 0, 7),
        _example(_("Ines"), (61, 13), (15, 21, 16, 20, 2), 500, 25, 400),
    ]


def _example(name, reviews, counts, metres, confirmed_days, published_days) -> Example:
    stars, count = reviews
    today = clock.now().date()
    rating = score.shown_rating_e3(
        SitterProfile(rating_sum=stars, rating_count=count), score.mean_rating_e3()
    )
    days = (today.toordinal() - ago for ago in (published_days, confirmed_days))
    found = Found(0, 0, 0, 0, 0, metres, 0, rating, count, 0, *days)
    parts = lines(found, stars, counts, today)
    total = sum(round(100 * float(part.points)) for part in parts)
    return Example(name, parts, points(total))
