"""Reviews as people read them: stars, kept promises, words, reply."""

from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils.dateformat import format as date_format
from django.utils.translation import gettext_lazy, ngettext

from bookings.models import Review
from bookings.pages.said import said as _
from bookings.services.ratings import STARS
from bookings.services.reviews import SIDES
from profiles.models import SitterProfile
from profiles.services.search import score

SHOWN = 3
FACT_WORDS = {
    Review.Side.OWNER: {
        "on_time": gettext_lazy("on time"),
        "instructions": gettext_lazy("followed instructions"),
        "updates": gettext_lazy("kept us posted"),
        "as_described": gettext_lazy("as described"),
    },
    Review.Side.SITTER: {
        "on_time": gettext_lazy("on time"),
        "updates": gettext_lazy("easy to reach"),
        "as_described": gettext_lazy("animals as described"),
    },
}
RELIABILITY_WORDS = {
    "on_time": gettext_lazy("told in good time"),
    "updates": gettext_lazy("kept posted"),
}
SUMMARY_WORDS = {
    "on_time": gettext_lazy("On time"),
    "instructions": gettext_lazy("Followed instructions"),
    "updates": gettext_lazy("Kept owners posted"),
    "as_described": gettext_lazy("As described"),
}


@dataclass(frozen=True)
class Shown:
    """One review: `facts` are (icon, sentence), `care` is "Boarding, October 2026"."""

    review: Review
    name: str
    care: str
    ending: str
    facts: list[tuple[str, str]]
    reply_by: str


def shown(review: Review) -> Shown:
    """Expects author and booking loaded, and `about` where there is a reply."""
    booking = review.booking
    began = booking.starts_at.astimezone(booking.zone)
    kind = str(booking.get_kind_display())
    return Shown(
        review=review,
        name=review.author.get_short_name(),
        care=f"{kind}, {date_format(began, 'F Y')}",
        ending="" if review.stars else booking.get_status_display(),
        facts=_facts(review),
        reply_by=review.about.get_short_name() if review.reply else "",
    )


def _facts(review: Review) -> list[tuple[str, str]]:
    words = FACT_WORDS[review.side] if review.stars else RELIABILITY_WORDS
    by_answer: dict[str, list[str]] = {}
    for name, word in words.items():
        by_answer.setdefault(getattr(review, name), []).append(str(word))
    lines = (
        ("yes", "check-lg", "%s"),
        ("partly", "info-circle-fill", _("Partly: %s")),
        ("no", "x-lg", _("Not: %s")),
    )
    found = []
    for answer, icon, sentence in lines:
        if said := ", ".join(by_answer.get(answer, ())):
            text = sentence % said
            found.append((icon, text[0].upper() + text[1:]))
    return found


def summary(sitter: SitterProfile) -> dict:
    """Score, distribution and kept promises, from the numbers on the sitter: no statement."""
    counts = sitter.review_counts or {"stars": [0] * len(STARS), "without": 0}
    by_stars, total = counts["stars"], sitter.rating_count
    return {
        "score": score.shown_rating_e3(sitter, score.mean_rating_e3()),
        "rating_count": total,
        "review_count": total + counts["without"],
        "without": counts["without"],
        "heading": ngettext("%d review", "%d reviews", total + counts["without"])
        % (total + counts["without"]),
        "bars": [
            (number, by_stars[number - 1], f"{100 * by_stars[number - 1] / (total or 1):.1f}")
            for number in reversed(STARS)
        ],
        "kept": [
            (word, *counts[name])
            for name, word in SUMMARY_WORDS.items()
            if counts.get(name, [0, 0])[1]
        ],
    }


def section_html(sitter: SitterProfile) -> str:
    """The part of a sitter's page: the newest few. One statement, none without a review."""
    found = []
    if sitter.review_counts:
        rows = Review.objects.of_sitter(sitter.user_id).select_related("author", "booking")
        found = [
            shown(review) for review in rows.select_related("author", "booking", "about")[:SHOWN]
        ]
    context = {"sitter": sitter, "reviews": found, **summary(sitter)}
    return render_to_string("bookings/_sitter_reviews.html", context)


def thanks(review: Review) -> str:
    """What is said after sending."""
    if review.booking.reviews.count() == len(SIDES):
        return _("Thank you. Both reviews are open now.")
    return _("Thank you. Your review opens with the other one, or after 21 days.")
