"""Report cards of the invented bookings between Lena and Mara, with drawn pictures."""

import io
from datetime import datetime, timedelta
from random import Random

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from PIL import Image, ImageDraw

from accounts.images import clean_image, small_name
from bookings.demo.rows import Rows
from bookings.models import Booking, ReportCard, ReportPhoto
from bookings.services.report_cards import Subject, subjects
from bookings.services.tasks import tasks_of

NOTES = (
    "Slept through until seven, then straight to the water. Breakfast was gone in a minute.",
    "A slow round because of the rain. Dried off on the rug, and snored through the afternoon.",
    "Met a terrier called Fritz, and they ran until both lay down. Water twice, dinner at six.",
    "A quiet day. Long nose work in the park; the tablet went down with a bit of cheese.",
)
# sky, far hill, near hill, ball
SCENES = (
    ("#f4d9a8", "#8fa77b", "#4f6f52", "#d9822b"),
    ("#cfe3e8", "#7f9c8a", "#5a7a4a", "#c4473a"),
    ("#f2c6b0", "#a88f6a", "#6b5a3c", "#3d6a8a"),
)
MOST_CARDS = 5  # of one booking


def write_cards(rows: Rows, rng: Random, booking: Booking, now: datetime) -> None:
    """A card for each visit or day that is over, the newest few; expects the booking's parts."""
    told = [one for one in subjects(booking, now) if one.begins_at <= now][-MOST_CARDS:]
    for number, subject in enumerate(told):
        card = rows.add(_card(rng, booking, subject, now))
        for scene in range(rng.randint(0, 2) if number else 1):
            name = _drawn(rng, SCENES[(number + scene) % len(SCENES)])
            rows.add(ReportPhoto(card=card, image=name, digest=name))


def _card(rng: Random, booking: Booking, subject: Subject, now: datetime) -> ReportCard:
    tasks = tasks_of(booking)
    return ReportCard(
        booking=booking,
        on=subject.on,
        visit=subject.visit,
        idempotency_key=f"demo:{booking.public_id}:{subject.on}:{subject.visit}",
        food=rng.choice(["all", "all", "some"]),
        water="all",
        toilet=rng.choice(["both", "both", "pee"]),
        medicine="given" if any("tablet" in task.text for task in tasks) else "not_needed",
        mood=rng.choice(["happy", "calm", "playful"]),
        note=rng.choice(NOTES),
        tasks=[{"text": task.text, "done": True} for task in tasks],
        # A visit's at its end, a day's in the evening.
        written_at=min(now, subject.begins_at + timedelta(minutes=25 if subject.visit else 480)),
    )


def _drawn(rng: Random, colours: tuple[str, ...]) -> str:
    """Two hills and a ball under a plain sky, stored as an upload would be."""
    sky, far, near, ball = colours
    image = Image.new("RGB", (960, 720), sky)
    draw = ImageDraw.Draw(image)
    draw.ellipse((-200, 380, 760, 1300), far)
    draw.ellipse((260, 470, 1400, 1500), near)
    x = rng.randint(300, 640)
    draw.ellipse((x, 520, x + 90, 610), ball)
    out = io.BytesIO()
    image.save(out, "PNG")
    photo = clean_image(ContentFile(out.getvalue()))
    name = default_storage.save(f"reports/{rng.getrandbits(96):024x}.webp", photo)
    default_storage.save(small_name(name), photo.small)
    return name
