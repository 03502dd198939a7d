from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from bookings.querysets import ReviewQuerySet


class Review(models.Model):
    """What one side of a booking says about the other, never edited afterwards.

    Hidden until `visible_at`, which is set with the second review of the booking or by the clock at
    `opens_at` (21 days after the end); until then nobody but its author may learn what it says.
    Without `stars` it is about reliability only (after a cancellation or a no-show). A fact that was
    not asked is empty. Removed by staff it stays here, with the reason, and is shown to nobody.
    """

    class Side(models.TextChoices):
        OWNER = "owner", _("Owner")
        SITTER = "sitter", _("Sitter")

    class Fact(models.TextChoices):
        YES = "yes", _("Yes")
        PARTLY = "partly", _("Partly")
        NO = "no", _("No")

    FACTS = ("on_time", "instructions", "updates", "as_described")

    booking = models.ForeignKey("bookings.Booking", models.PROTECT, related_name="reviews")
    side = models.CharField(max_length=6, choices=Side)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews_written"
    )
    about = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="reviews")
    stars = models.PositiveSmallIntegerField(
        null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    on_time = models.CharField(max_length=6, choices=Fact, blank=True)
    instructions = models.CharField(max_length=6, choices=Fact, blank=True)
    updates = models.CharField(max_length=6, choices=Fact, blank=True)
    as_described = models.CharField(max_length=6, choices=Fact, blank=True)
    text = models.TextField(max_length=2000, blank=True)
    written_at = models.DateTimeField()
    opens_at = models.DateTimeField()
    visible_at = models.DateTimeField(null=True, blank=True)
    reply = models.TextField(max_length=1000, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    removed_reason = models.CharField(max_length=300, blank=True)

    objects = ReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-visible_at", "-id"]
        indexes = [
            models.Index(fields=["about", "side", "visible_at"], name="review_about"),
            models.Index(fields=["visible_at", "opens_at"], name="review_to_open"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["booking", "side"],
                name="review_once_per_side",
                violation_error_message=_("You have reviewed this booking already."),
            ),
            models.CheckConstraint(
                condition=Q(stars=None) | Q(stars__range=(1, 5)), name="review_stars_1_to_5"
            ),
            models.CheckConstraint(
                condition=~Q(author=F("about")), name="review_is_of_somebody_else"
            ),
            models.CheckConstraint(
                condition=Q(visible_at=None) | Q(visible_at__gte=F("written_at")),
                name="review_seen_after_it_is_written",
            ),
            models.CheckConstraint(
                condition=Q(reply="", replied_at=None)
                | ~Q(reply="")
                & Q(replied_at__isnull=False, visible_at__isnull=False)
                & Q(replied_at__gte=F("visible_at")),
                name="review_reply_is_dated_and_later",
            ),
            models.CheckConstraint(
                condition=Q(removed_at=None, removed_by=None, removed_reason="")
                | Q(removed_at__isnull=False, removed_by__isnull=False) & ~Q(removed_reason=""),
                name="review_removal_has_a_reason",
            ),
        ]

    def __str__(self):
        return f"{self.booking_id} {self.side}"

    @property
    def is_visible(self) -> bool:
        return self.visible_at is not None and self.removed_at is None
