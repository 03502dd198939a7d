"""What the walk through all pages needs of visits and report cards."""

from datetime import timedelta

from django.core.files.storage import default_storage

from accounts.images import small_name
from accounts.models import User
from accounts.tests.test_images import picture
from bookings.models import Booking, ReportCard
from bookings.tests.factories import make_choice, make_running
from pawsitters import clock
from profiles.kinds import Kind
from profiles.models import Pet, SitterProfile


def visit_names(owner: User, sitter: SitterProfile, pet: Pet) -> dict[str, object]:
    """A walk that is under way at this moment, with a report card and its photo."""
    booking = make_running(
        owner=owner, sitter=sitter, pets=[pet], choice=make_choice(Kind.DOG_WALK, units=1)
    )
    checked_in_at = clock.now() - timedelta(minutes=10)
    for rows in (Booking.objects.filter(pk=booking.pk), booking.units.all()):
        rows.update(checked_in_at=checked_in_at)
    card = ReportCard.objects.create(
        booking=booking,
        on=booking.starts_on,
        visit=1,
        idempotency_key="walk",
        mood="happy",
        note="Twice round the lake.",
        tasks=[{"text": "Moss: walk", "done": True}],
        written_at=checked_in_at,
    )
    name = "reports/kl90.webp"
    for stored in (name, small_name(name)):
        default_storage.save(stored, picture())
    card.photos.create(image=name, digest="1")
    return {"walk": booking.public_id}
