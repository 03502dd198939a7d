"""Believable reviews of invented bookings: mostly kind, some not, a few answered."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from bookings.demo.rows import Rows
from bookings.models import Booking, Review
from bookings.services.reviews import FULL, RELIABILITY, WINDOW
from bookings.services.rules import OWNER, SITTER

Status = Booking.Status
# What ended so lately is still to be reviewed by its owner; the sitter was quicker.
JUST_ENDED = timedelta(days=10)
LET_DOWN = (Status.CANCELLED_BY_SITTER, Status.NO_SHOW_SITTER)

BY_OWNERS = {
    5: [
        "Every tablet was ticked off with a time. I slept better than at home.",
        "Came back tired and happy, and did not look round once when we left.",
        "A photo every evening, and the one morning he would not eat I was told at once.",
        "Third time, and by now they pull towards the door.",
        "Arrived ten minutes early, asked the right questions, wrote everything down.",
        "Our shy cat was seen on the sofa. Nobody has managed that before.",
        "Followed the feeding plan to the gram. The vet was pleased, so are we.",
        "Calm, kind and exact. The lead hung where it hung before.",
        "Two dogs who usually argue came back as a team.",
        "",
        "",
    ],
    4: [
        "All went well. The garden gate could do with a second latch.",
        "Lovely with the dog. News came a little late on the first day, then daily.",
        "Good care; the stairs are steep for an old dog, so ask if yours is one.",
        "Very pleased. We would have liked one more walk on the Sunday.",
        "Friendly and careful. The handover took longer than planned.",
        "",
    ],
    3: [
        "Fine in the end, but half an hour late twice, which matters with a puppy.",
        "Fed and walked, yes. We had asked for a photo a day and got two in five.",
        "The flat is livelier than the page says: two children and a parrot.",
        "All right. The evening walk was shorter than agreed.",
    ],
    2: [
        "The medicine was given at noon instead of at eight. No harm done, but we had ticked it.",
        "We had to ask for news three times.",
        "Left alone longer than agreed; the neighbour heard the barking.",
    ],
    1: ["The dog was not walked on the last day. We found out from the tag on the lead."],
}
BY_SITTERS = {
    5: [
        "A list on the fridge, a bag packed by a professional, and a dog who knows his name.",
        "On time to the minute, and easy to reach. Any day again.",
        "Exactly the animal that was described, only softer.",
        "Clear instructions, and a thank-you that was not needed. Welcome back.",
        "",
        "",
    ],
    4: [
        "A lovely dog. Collected a little later than planned, but told in time.",
        "All as described. The food ran out on the last day; easily solved.",
        "",
    ],
    3: ["Pulls more than the page says. Otherwise a gentle guest."],
    2: ["Collected two hours late without a word. The cat could not have cared less."],
}
AFTER_CANCELLATIONS = [
    "Told us the evening before. We found somebody, but it was a long night.",
    "Rang at once and said why. These things happen.",
    "",
]
REPLIES = {
    True: [
        "Thank you. The door is open.",
        "A pleasure, and greetings to the whole pack.",
    ],
    False: [
        "Fair point, and I am sorry. I have changed how I plan my mornings.",
        "The second latch went on the next day.",
        "I remember it differently, but I hear you. I send photos every evening now.",
    ],
}


def write_reviews(rows: Rows, rng: Random, now: datetime) -> None:
    """Add reviews of bookings that are in the database already; the caller saves `rows`."""
    quality: dict[int, float] = {}
    ended = Booking.objects.filter(status__in=(Status.COMPLETED, *LET_DOWN), ended_at__lt=now)
    fields = ("pk", "status", "ended_at", "owner_id", "sitter_id", "sitter__user_id")
    for booking in ended.order_by("pk").values_list(*fields, named=True):
        if booking.sitter_id not in quality:
            quality[booking.sitter_id] = rng.choice([0.5, 0.65, 0.78, 0.82, 0.9, 0.95])
        found = list(_reviews(booking, rng, now, quality[booking.sitter_id]))
        both = len(found) == 2
        for review in found:
            opens = max(one.written_at for one in found) if both else review.opens_at
            review.visible_at = opens if opens <= now else None
            if review.visible_at and review.stars:
                _reply(review, rng, now)
            rows.add(review)
    Booking.objects.filter(ended_at__lt=now).update(review_reminders=2)


def _reviews(booking, rng: Random, now: datetime, quality: float) -> Iterable[Review]:
    """At most one of each side; nobody has written before the booking ended."""
    if booking.status in LET_DOWN:
        if rng.random() < 0.5:
            facts = {name: rng.choice(["yes", "partly", "no"]) for name in RELIABILITY}
            yield _review(booking, OWNER, rng, now, None, rng.choice(AFTER_CANCELLATIONS), facts)
        return
    if booking.ended_at > now - JUST_ENDED:
        yield _review(booking, SITTER, rng, now, 5, BY_SITTERS[5][1], {"on_time": "yes"})
        return
    for side, texts, share in ((OWNER, BY_OWNERS, 0.72), (SITTER, BY_SITTERS, 0.6)):
        if rng.random() < share:
            good = quality if side == OWNER else 0.88
            stars = _stars(rng, good, min(texts))
            odds = [stars, max(0.3, 5 - stars), max(0.05, 3 - stars)]
            facts = {
                name: rng.choices(["yes", "partly", "no"], odds)[0]
                for name in FULL[side]
                if rng.random() < 0.9
            }
            yield _review(booking, side, rng, now, stars, rng.choice(texts[stars]), facts)


def _stars(rng: Random, good: float, least: int) -> int:
    stars = 5
    while stars > least and rng.random() > good:
        stars -= 1
    return stars


def _review(booking, side: str, rng: Random, now, stars, text: str, facts: dict) -> Review:
    hours = rng.randint(2, 20 * 24)
    people = (booking.owner_id, booking.sitter__user_id)
    author, about = people if side == OWNER else reversed(people)
    return Review(
        booking_id=booking.pk,
        side=side,
        author_id=author,
        about_id=about,
        stars=stars,
        text=text,
        written_at=min(booking.ended_at + timedelta(hours=hours), now),
        opens_at=booking.ended_at + WINDOW,
        **facts,
    )


def _reply(review: Review, rng: Random, now: datetime) -> None:
    if rng.random() < (0.08 if review.stars > 3 else 0.5):
        review.reply = rng.choice(REPLIES[review.stars > 3])
        review.replied_at = min(now, review.visible_at + timedelta(hours=rng.randint(1, 90)))
