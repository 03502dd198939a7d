"""A few conversations of the demo accounts: a long one, a question, one that waits for an answer."""

from datetime import datetime, timedelta
from random import Random

from accounts.models import User
from bookings.demo.rows import Rows
from bookings.models import Message, Thread
from bookings.models.bookings import REFERENCE_ALPHABET
from profiles.models import SitterProfile

# (days ago, hour of that day, side, text); what was not yet read comes last.
LENA_AND_MARA = [
    (
        302,
        9,
        "owner",
        "Hello Mara! Two dogs, one with tablets at eight and eight. Would that work for you?",
    ),
    (
        302,
        11,
        "sitter",
        "It would. I have had seniors with tablets before, and I set alarms.\n\nDo they sleep "
        "together, or apart?",
    ),
    (302, 12, "owner", "Together, on anything that is softer than the floor."),
    (302, 12, "sitter", "Then they will like the sofa corner. Come by for tea before you book?"),
    (
        295,
        18,
        "sitter",
        "Both are well. Moss took the tablet in cheese and looked at me for more cheese.",
    ),
    (295, 19, "owner", "That is him. Thank you for writing, we can enjoy the sea now."),
    (
        46,
        8,
        "sitter",
        "I am so sorry about next week. It is the knee, I cannot even do the stairs.",
    ),
    (46, 9, "owner", "Get well first. We have found somebody, and Biscuit sends you a stick."),
    (2, 20, "owner", "Moss has had his check-up: all fine, same dose as before."),
    (2, 21, "sitter", "Good to hear. I have written it on the door of the fridge."),
    (0, 7, "sitter", "Morning! Long walk done, he is asleep with his head on my foot."),
]
QUESTIONS = [
    [
        (1, 17, "owner", "Hello, our cat hides from visitors for a day or two. Is that a problem?"),
        (1, 19, "sitter", "Not at all. I sit on the floor and read until they come out."),
        (1, 20, "owner", "That sounds exactly right. I will look at our dates."),
    ],
    [
        (
            0,
            6,
            "owner",
            "Good morning! Do you also take a puppy of five months, for one night first?",
        )
    ],
]
FROM_LENA = [
    (20, 10, "owner", "Hello! Is the garden fenced all around? Biscuit is curious."),
    (20, 13, "sitter", "It is, as high as my shoulder. He may be as curious as he likes."),
]


def tell_talks(rows: Rows, lena: User, mara: SitterProfile, others: list[User], now: datetime):
    talk(rows, lena, mara, LENA_AND_MARA, now, unread_by="owner")
    for owner, lines in zip(others, QUESTIONS, strict=False):
        talk(rows, owner, mara, lines, now, unread_by="sitter")


def talk(rows: Rows, owner: User, sitter: SitterProfile, lines, now, unread_by: str = "") -> None:
    """A conversation; the last line is still to be read by `unread_by`."""
    # The same people have the same address of their talk, whenever it is made.
    rng = Random(f"{owner.pk}:{sitter.pk}")
    public_id = "".join(rng.choice(REFERENCE_ALPHABET) for _ in range(12))
    thread = rows.add(
        Thread(public_id=public_id, owner=owner, sitter=sitter, created_at=now, last_at=now)
    )
    people = {"owner": owner, "sitter": sitter.user}
    for number, (days, hour, side, text) in enumerate(lines):
        at = now - timedelta(days=days)
        at = min(at.replace(hour=hour, minute=(7 * number) % 60), now - timedelta(minutes=5))
        message = rows.add(
            Message(
                thread=thread,
                sender=people[side],
                text=text,
                created_at=at,
                idempotency_key=f"demo:{thread.pk}:{number}",
            )
        )
        thread.created_at = min(thread.created_at, at)
        thread.last_at = at
        if number < len(lines) - 1 or unread_by != "owner":
            thread.owner_read_id = message.pk
        if number < len(lines) - 1 or unread_by != "sitter":
            thread.sitter_read_id = message.pk
        setattr(thread, f"last_from_{side}_id", message.pk)
